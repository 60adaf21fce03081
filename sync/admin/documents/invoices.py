"""Invoices: what was billed, with its lines and what was paid of it."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet, Sum
from django.forms import BaseInlineFormSet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.access import Capability
from sync.admin.common.base import ReadOnlyMixin, row_numbers, units_of
from sync.admin.common.forms import InvoiceForm, InvoiceLineForm, InvoiceLineFormSet
from sync.admin.common.standing import standings, taken_by
from sync.admin.common.theme import NOTHING, TabularInline, action, display
from sync.admin.discrepancies.drifts import list_after, warn_before
from sync.admin.documents.checked import CheckedWhenSaved
from sync.admin.documents.story import Story, story_of
from sync.admin.documents.story_part import Storied
from sync.admin.documents.typing_aids import TypingAids, initial_unit
from sync.admin.lists.amount_filter import AmountFilter
from sync.admin.lists.date_filter import DateFilter
from sync.admin.lists.downloads import Downloadable
from sync.admin.lists.filters import CustomerFilter, InvoiceReasonFilter, PaidFilter, UnitFilter
from sync.admin.lists.list_admin import ListAdmin
from sync.admin.remedies.failures import failure_of_payment
from sync.admin.remedies.offer import PAGE_ACTIONS
from sync.admin.remedies.single import InvoiceRemedies, own_customer_link
from sync.admin.search.documents import HELP, search_documents
from sync.intake.numbers import next_number
from sync.models import Invoice, InvoiceLine, Payment, SyncRecord
from sync.words import later, money

MOST_LINES = 250
MOST_TOLD = 50


class LinesInline(TabularInline):
    """What was done; the invoice's subtotal is what these add up to."""

    model = InvoiceLine
    form = InvoiceLineForm
    formset = InvoiceLineFormSet
    extra = 0
    min_num = 1
    hide_title = True
    verbose_name = later("line")
    verbose_name_plural = later("lines")

    def get_formset(
        self, request: HttpRequest, obj: Invoice | None = None, **kwargs: Any
    ) -> "type[BaseInlineFormSet[Any, Any, Any]]":
        """Take in as many lines as people enter, and no thousands that somebody counts up to."""
        kept = _lines_of(obj) if obj else 0
        most = max(MOST_LINES, kept + MOST_LINES // 10)
        return super().get_formset(request, obj, max_num=most, absolute_max=most, **kwargs)

    def _may_change(self, request: HttpRequest, invoice: Invoice | None) -> bool:
        owner = self.admin_site.get_model_admin(Invoice)
        return owner.has_change_permission(request, invoice)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True  # whoever sees the invoice sees its lines

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may_change(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may_change(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may_change(request, obj)


def _lines_of(invoice: Invoice) -> int:
    """Count an invoice's lines, once for a page that asks several times."""
    known = vars(invoice)
    if "lines_counted" not in known:
        known["lines_counted"] = invoice.lines.count()
    return int(known["lines_counted"])


class PaymentsInline(ReadOnlyMixin, TabularInline):
    """What was received for the invoice; each is changed on its own page."""

    model = Payment
    fk_name = "invoice"
    extra = 0
    readonly_fields = ["page", "received_on", "kind", "method", "money", "refunded"]
    fields = (*readonly_fields,)
    verbose_name_plural = later("payments")
    hide_title = True

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    @display(description=later("payment"))
    def page(self, payment: Payment) -> str:
        return format_html(
            '<a class="paidup-link" href="{}">{}</a>', payment.get_absolute_url(), payment
        )

    @display(description=later("amount"))
    def money(self, payment: Payment) -> str:
        words = money(payment.amount, payment.currency)
        return f"{words} (voided)" if payment.voided_at else words

    @display(description=later("refunded"))
    def refunded(self, payment: Payment) -> str:
        return money(payment.refunded_total, payment.currency) if payment.refunded_total else "-"


@admin.register(Invoice)
class InvoiceAdmin(CheckedWhenSaved, TypingAids, Downloadable, InvoiceRemedies, Storied, ListAdmin):
    """What was billed."""

    form = InvoiceForm
    download_columns: ClassVar[dict[str, str]] = {
        "Invoice": "number",
        "Number in QuickBooks": "quickbooks_number",
        "Business unit": "business_unit__name",
        "Issued on": "issued_on",
        "Due on": "due_on",
        "Customer": "customer__display_name",
        "Subtotal": "subtotal",
        "Discount": "discount_total",
        "Tax": "tax_total",
        "Total": "total",
        "Paid": "paid_total",
        "Refunded": "refunded_total",
        "Balance due": "balance_due",
        "Currency": "currency",
        "Voided at": "voided_at",
        "Source": "source",
        "Source's ID": "external_id",
    }
    list_display = [
        "number",
        "issued_on",
        "customer",
        "business_unit",
        "total_shown",
        "paid_shown",
        "due_shown",
    ]
    list_select_related = ["customer", "business_unit"]
    list_filter = [
        PaidFilter,
        UnitFilter,
        ("issued_on", DateFilter),
        ("total", AmountFilter),
        InvoiceReasonFilter,
        CustomerFilter,
    ]
    more_columns = ("due_on", "quickbooks_number", "source")
    search_fields = ["number"]
    search_help_text = HELP
    ordering = ["-issued_on", "-id"]
    autocomplete_fields = ["customer"]
    inlines = [LinesInline, PaymentsInline]
    actions_detail = [
        "record_payment", "hold", "allow", "release", "own_customer", *PAGE_ACTIONS
    ]  # fmt: skip
    change_form_outer_before_template = "admin/sync/documents/standing_panel.html"
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "business_unit",
                    "customer",
                    ("number", "chosen_number"),
                    "issued_on",
                    "due_on",
                    "dates_asked",
                )
            },
        ),
        (later("Money"), {"fields": ("currency", "discount_total", "tax_total")}),
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term:
            return queryset, False
        return search_documents(request, queryset, search_term), False

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        sets = super().get_fieldsets(request, obj)
        if obj is None:
            return sets
        name, money_set = sets[1]
        sums = ("subtotal", "total", "paid_total", "refunded_total", "balance_due")
        sets = (sets[0], (name, {"fields": (*money_set["fields"], *sums)}))
        if not self.has_change_permission(request, obj):
            return sets
        return (*sets, (_("Voiding"), {"fields": ("is_voided",)}))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        sums = ["subtotal", "total", "paid_total", "refunded_total", "balance_due"]
        return ["business_unit", *sums] if obj else []

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return [LinesInline, PaymentsInline] if obj else [LinesInline]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        given: dict[str, Any] = super().get_changeform_initial_data(request)
        proposed = initial_unit(request) | given
        unit = (
            units_of(request, Capability.RESOLVE)
            .filter(pk__in=row_numbers([str(proposed.get("business_unit", ""))]))
            .first()
        )
        return {"number": next_number(unit), **proposed} if unit else proposed

    @action(description=later("Record a payment"), permissions=["resolve"], icon="payments")
    def record_payment(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Open the form for money received for this invoice."""
        invoice = self.get_object(request, object_id)
        page = reverse("admin:sync_payment_add")
        return HttpResponseRedirect(f"{page}?{urlencode({'invoice': invoice.pk})}")

    @display(description=later("total"), ordering="total")
    def total_shown(self, invoice: Invoice) -> str:
        return money(invoice.total, invoice.currency)

    @display(description=later("paid"), ordering="paid_total")
    def paid_shown(self, invoice: Invoice) -> str:
        return money(invoice.paid_total - invoice.refunded_total, invoice.currency)

    @display(description=later("still due"), ordering="balance_due")
    def due_shown(self, invoice: Invoice) -> str:
        if invoice.voided_at:
            return _("voided")
        return money(invoice.balance_due, invoice.currency) if invoice.balance_due else NOTHING

    def save_model(self, request: HttpRequest, obj: Invoice, form: Any, change: Any) -> None:
        _add_up(obj)
        super().save_model(request, obj, form, change)

    def when_whole(self, request: HttpRequest, form: Any, formsets: Any, change: Any) -> None:
        """Let subtotal and total follow from the lines just saved, in the same transaction."""
        for words in (
            line.rounded for lines in formsets for line in lines if hasattr(line, "rounded")
        ):
            if words:
                messages.warning(request, words)
        _add_up(form.instance)
        form.instance.save()
        if change:
            list_after(request, "invoice", SyncRecord.objects.filter(invoice=form.instance))

    def story(self, request: HttpRequest, row: Invoice) -> Story:
        payments = _payments_of(row)
        standing = standings(payments[:1])[payments[0].pk] if payments else None
        return story_of(request, row.business_unit, row, payments, standing)

    def page_of(self, request: HttpRequest, row: Invoice, **shown: Any) -> HttpResponse:
        warn_before(request, "invoice", SyncRecord.objects.filter(invoice=row))
        first = first_payment(row)
        standing = standings([first])[first.pk] if first else None
        may_resolve = self.has_resolve_permission(request, row)
        return super().page_of(
            request,
            row,
            standing=standing,
            taken_by=taken_by(request, standing, row),
            own_customer=own_customer_link(standing, row, may_resolve=may_resolve),
            may_resolve=may_resolve,
            invoice=row,
            failure=failure_of_payment(first),
            **shown,
        )


def first_payment(invoice: Invoice) -> Payment | None:
    """Return the payment that tells how an invoice stands, for they go together."""
    return invoice.payments.filter(voided_at=None).order_by("received_on", "id").first()


def _payments_of(invoice: Invoice) -> list[Payment]:
    """Return the payments that its story tells of."""
    return list(invoice.payments.filter(voided_at=None).order_by("received_on", "id")[:MOST_TOLD])


def _add_up(invoice: Invoice) -> None:
    lines = invoice.lines.aggregate(total=Sum("amount")) if invoice.pk else {"total": None}
    invoice.subtotal = lines["total"] or 0
    invoice.total = invoice.subtotal - invoice.discount_total + invoice.tax_total

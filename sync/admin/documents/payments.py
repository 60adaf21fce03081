"""Payments: the list that people export from, and a payment's own page."""

from dataclasses import replace
from decimal import Decimal
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from accounts.access import Capability
from sync.admin.common.base import initial_unit, units_held, units_of
from sync.admin.common.downloads import Downloadable
from sync.admin.common.filters import MethodFilter, StatusFilter, UnitFilter
from sync.admin.common.forms import PaymentForm
from sync.admin.common.lists import (
    MOST_COUNTED,
    ListAdmin,
    QuietList,
    count_parts_up_to,
    count_up_to,
    in_words,
    moment_words,
    row_numbers,
    search_documents,
)
from sync.admin.common.standing import (
    COUNTED_TABS,
    SAID_BY_TAB,
    TABS,
    Standing,
    in_tab,
    standings,
    taken_by,
    units_for,
)
from sync.admin.common.theme import ChangeList, RangeDateFilter, action, display
from sync.admin.discrepancies.drifts import list_after, warn_before
from sync.admin.documents.checked import CheckedWhenSaved
from sync.admin.documents.typing_aids import TypingAids
from sync.admin.exports.exporting import preview_of
from sync.admin.remedies.bulk import DECISIONS
from sync.admin.remedies.failures import failure_of_payment
from sync.admin.remedies.offer import LIST_ACTIONS, PAGE_ACTIONS
from sync.admin.remedies.single import PaymentRemedies
from sync.exports.rules.by_stage import not_ready_parts
from sync.exports.rules.reasons import money
from sync.models import BusinessUnit, Invoice, Payment, SyncRecord
from sync.quickbooks.links import deep_link


class PaymentList(QuietList):
    """The list with what its rows and tabs say, worked out once for the page."""

    def get_filters(self, request: HttpRequest) -> Any:
        """Count the open tab as no filter: the button for filters stays plain for it."""
        specs, *rest, _ = super().get_filters(request)
        names = {name for spec in specs for name in spec.expected_parameters() if name}
        others = names - {StatusFilter.parameter_name}
        return (specs, *rest, any(request.GET.get(name) for name in others))

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.units = units_for(request)
        self.whole = self.get_queryset(request, [StatusFilter.parameter_name])
        self.result_list = list(self.result_list)
        stands = standings(self.result_list)
        for row in self.result_list:
            row.standing_shown = replace(stands[row.pk], hides_label=self.tab() in SAID_BY_TAB)

    def tab(self) -> str:
        """Return the tab that is open."""
        return next(spec for spec in self.filter_specs if isinstance(spec, StatusFilter)).tab()

    def tabs(self) -> list[dict[str, Any]]:
        """Return the tabs above the list, with counts that heed the other filters."""
        return [
            {
                "title": f"{title} ({self._count(tab)})" if tab in COUNTED_TABS else title,
                "link": self.get_query_string({StatusFilter.parameter_name: tab}, ["p"]),
                "active": tab == self.tab(),
            }
            for tab, title in TABS.items()
        ]

    def _count(self, tab: str) -> str:
        if tab == self.tab() and self.result_count < MOST_COUNTED:
            return in_words(self.result_count)  # the list has counted it already
        if tab == "not-ready":
            return in_words(count_parts_up_to(not_ready_parts(self.whole, self.units)))
        return in_words(count_up_to(in_tab(self.whole, tab, self.units)))


@admin.register(Payment)
class PaymentAdmin(CheckedWhenSaved, TypingAids, Downloadable, PaymentRemedies, ListAdmin):
    """Money received."""

    form = PaymentForm
    list_select_related = ["customer", "invoice", "business_unit"]
    list_display = ["received_on", "customer", "invoice_shown", "method", "money", "status"]
    list_display_links = ["received_on", "customer"]
    list_filter = [
        StatusFilter,
        UnitFilter,
        ("received_on", RangeDateFilter),
        MethodFilter,
    ]
    download_columns: ClassVar[dict[str, str]] = {
        "Payment": "pk",
        "Business unit": "business_unit__name",
        "Received on": "received_on",
        "Customer": "customer__display_name",
        "Invoice": "invoice__number",
        "Kind": "kind",
        "Method": "method",
        "Amount": "amount",
        "Currency": "currency",
        "Reference": "reference",
        "Refunded": "refunded_total",
        "Voided at": "voided_at",
        "Source": "source",
        "Source's ID": "external_id",
    }
    list_before_template = "admin/sync/documents/tabs.html"
    change_form_outer_before_template = "admin/sync/documents/standing_panel.html"
    search_fields = ["pk"]
    search_help_text = "Customer or invoice number"
    ordering = ["-received_on", "-id"]
    autocomplete_fields = ["customer", "invoice"]
    actions = ["export_to_quickbooks", *DECISIONS, *LIST_ACTIONS]
    actions_detail = ["record_refund", "retry", *PAGE_ACTIONS]
    fieldsets = (
        (None, {"fields": ("business_unit", "customer", "invoice", "kind")}),
        (
            "Money",
            {
                "fields": (
                    "amount",
                    "currency",
                    "method",
                    "received_on",
                    "reference",
                    "dates_asked",
                    "amount_asked",
                )
            },
        ),
    )

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return PaymentList

    def get_list_display(self, request: HttpRequest) -> Any:
        columns = super().get_list_display(request)
        held = units_held(request, Capability.VIEW)
        if (BusinessUnit.objects.count() if held is None else len(held)) < 2:
            return columns
        return [columns[0], "business_unit", *columns[1:]]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term:
            return queryset, False
        return search_documents(request, queryset, search_term), False

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        sets = super().get_fieldsets(request, obj)
        if obj is None or not self.has_change_permission(request, obj):
            return sets
        return (*sets, ("Voiding", {"fields": ("is_voided",)}))

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Fill in what follows from the invoice that the person came from, or from their unit."""
        given: dict[str, Any] = super().get_changeform_initial_data(request)
        held = units_of(request, Capability.RESOLVE)
        numbers = row_numbers([str(given.get("invoice", ""))])
        invoice = Invoice.objects.filter(pk__in=numbers, business_unit__in=held).first()
        if invoice is None:
            return initial_unit(request) | given
        return {
            "business_unit": invoice.business_unit_id,
            "customer": invoice.customer_id,
            "currency": invoice.currency,
            "amount": max(invoice.balance_due, Decimal(0)) or None,
            "received_on": invoice.business_unit.today(),
            **given,
        }

    @action(description="Record a refund", permissions=["resolve"], icon="currency_exchange")
    def record_refund(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Open the form for money given back of this payment."""
        payment = self.get_object(request, object_id)
        page = reverse("admin:sync_refund_add")
        return HttpResponseRedirect(f"{page}?{urlencode({'payment': payment.pk})}")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["business_unit"] if obj else []

    def get_urls(self) -> list[URLPattern]:
        own = path(
            "<path:object_id>/export/",
            self.admin_site.admin_view(require_POST(self.export_view)),
            name="sync_payment_export",
        )
        return [own, *super().get_urls()]

    @display(description="invoice", ordering="invoice__number")
    def invoice_shown(self, payment: Payment) -> str:
        return payment.invoice.number if payment.invoice else "no invoice yet"

    @display(description="amount", ordering="amount")
    def money(self, payment: Payment) -> str:
        return money(payment.amount, payment.currency)

    @display(description="status")
    def status(self, payment: Any) -> Standing:
        shown: Standing = payment.standing_shown
        return shown

    @action(description="Export to QuickBooks", permissions=["export"])
    def export_to_quickbooks(
        self, request: HttpRequest, queryset: QuerySet[Payment]
    ) -> HttpResponse | None:
        return preview_of(request, self, queryset)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method == "POST" and "export_payments" in request.POST:
            return self._export_payments(request)
        allowed = {"may_export": self.has_export_permission(request)}
        return super().changelist_view(request, {**(extra_context or {}), **allowed})

    def _export_payments(self, request: HttpRequest) -> HttpResponse:
        """Preview what is ticked; with nothing ticked, all that is ready among what is listed."""
        if not self.has_export_permission(request):
            raise PermissionDenied
        rows = self.get_changelist_instance(request).get_queryset(request)
        ticked = request.POST.getlist(ACTION_CHECKBOX_NAME)
        everything = request.POST.get("select_across") == "1"
        if ticked and not everything:
            rows = rows.filter(pk__in=row_numbers(ticked))
        elif not ticked:
            rows = in_tab(rows, "ready", units_for(request))
        response = preview_of(request, self, rows)
        return response or HttpResponseRedirect(request.get_full_path())

    def export_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Preview the export of one payment, or say why it stays here."""
        payment = self.get_object(request, object_id)
        if not self.has_export_permission(request, payment):
            raise PermissionDenied
        standing = standings([payment])[payment.pk]
        if not standing.is_ready:
            messages.warning(request, standing.words or f"This payment is {standing.label}.")
            return HttpResponseRedirect(payment.get_absolute_url())
        rows = Payment.objects.filter(pk=payment.pk)
        response = preview_of(request, self, rows, is_single=True)
        return response or HttpResponseRedirect(payment.get_absolute_url())

    def page_of(self, request: HttpRequest, row: Payment, **shown: Any) -> HttpResponse:
        warn_before(request, "payment", SyncRecord.objects.filter(payment=row))
        standing = standings([row])[row.pk]
        return super().page_of(
            request,
            row,
            standing=standing,
            taken_by=taken_by(request, standing, row.invoice),
            may_export=self.has_export_permission(request, row),
            may_resolve=self.has_resolve_permission(request, row),
            documents=documents_of(row),
            payment=row,
            failure=failure_of_payment(row),
            **shown,
        )

    def save_model(self, request: HttpRequest, obj: Payment, form: Any, change: Any) -> None:
        super().save_model(request, obj, form, change)
        if change and form.changed_data:
            list_after(request, "payment", SyncRecord.objects.filter(payment=obj))


def documents_of(payment: Payment) -> list[dict[str, Any]]:
    """Return the payment and its invoice as they stand in QuickBooks, with links to them."""
    records = SyncRecord.objects.filter(payment=payment).exclude(qbo_id="")
    if payment.invoice_id:
        records |= SyncRecord.objects.filter(invoice=payment.invoice_id).exclude(qbo_id="")
    return [
        {
            "name": str(payment.invoice if record.kind == "invoice" else payment),
            "record": record,
            "exported": moment_words(record.exported_at, payment.business_unit),
            "url": deep_link(record.company.realm_id, record.kind.capitalize(), record.qbo_id),
        }
        for record in records.select_related("company", "requested_by").order_by("kind")
    ]

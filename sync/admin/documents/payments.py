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
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import Capability
from sync.admin.common.base import row_numbers, units_held, units_of
from sync.admin.common.forms import PaymentForm
from sync.admin.common.standing import (
    COUNTED_TABS,
    READY,
    SAID_BY_TAB,
    TABS,
    Standing,
    in_tab,
    standings,
    taken_by,
    units_for,
)
from sync.admin.common.theme import ChangeList, action, display
from sync.admin.discrepancies.drifts import list_after, warn_before
from sync.admin.documents.checked import CheckedWhenSaved
from sync.admin.documents.story import Story, story_of
from sync.admin.documents.story_part import Storied
from sync.admin.documents.tab_counts import (
    MOST_FILTERED,
    counts_by_tab,
    counts_in_units,
    counts_of_filtered,
    counts_of_search,
)
from sync.admin.documents.typing_aids import TypingAids, initial_unit
from sync.admin.exports.exporting import preview_of
from sync.admin.lists.amount_filter import AmountFilter
from sync.admin.lists.date_filter import DateFilter
from sync.admin.lists.downloads import Downloadable
from sync.admin.lists.filters import (
    CustomerFilter,
    MethodFilter,
    ReasonFilter,
    StatusFilter,
    UnitFilter,
)
from sync.admin.lists.kept_views import VIEW
from sync.admin.lists.list_admin import MOST_COUNTED, ListAdmin, QuietList, in_words, moment_words
from sync.admin.remedies.bulk import DECISIONS
from sync.admin.remedies.failures import failure_of_payment
from sync.admin.remedies.offer import LIST_ACTIONS, PAGE_ACTIONS
from sync.admin.remedies.single import PaymentRemedies, own_customer_link
from sync.admin.search.documents import HELP, search_documents
from sync.models import BusinessUnit, Invoice, Payment, SyncRecord
from sync.quickbooks.links import deep_link
from sync.words import later, money, number

# What an address may name without narrowing the list by more than a unit.
_NO_FILTERS = {StatusFilter.parameter_name, UnitFilter.parameter_name, VIEW, "p", "o"}


class PaymentList(QuietList):
    """The list with what its rows and tabs say, worked out once for the page."""

    def get_filters(self, request: HttpRequest) -> Any:
        """Count the open tab as no filter: the button for filters stays plain for it."""
        specs, *rest, _ = super().get_filters(request)
        names = {name for spec in specs for name in spec.expected_parameters() if name}
        others = names - {StatusFilter.parameter_name}
        return (specs, *rest, any(request.GET.get(name) for name in others))

    def get_results(self, request: HttpRequest) -> None:
        self.units = units_for(request)
        named = {name for name, value in request.GET.items() if value}
        self.is_filtered = not self.query and bool(named - _NO_FILTERS)
        self.most = MOST_FILTERED if self.is_filtered else MOST_COUNTED
        self.counts = self._counts(request)
        known = self.counts.get(self.tab())
        is_whole = known is not None and known <= self.most
        request.__dict__["rows_known"] = known if is_whole or not self.is_filtered else None
        if known == 0:
            self.queryset = self.queryset.none()  # none of many is found by asking all of them
        super().get_results(request)
        self.result_list = list(self.result_list)
        # What is listed as ready was asked for its reasons just now.
        is_asked = self.tab() == "ready"
        stands = (
            dict.fromkeys((row.pk for row in self.result_list), READY)
            if is_asked
            else standings(self.result_list)
        )
        for row in self.result_list:
            row.standing_shown = replace(stands[row.pk], hides_label=self.tab() in SAID_BY_TAB)

    def tab(self) -> str:
        """Return the tab that is open."""
        return next(spec for spec in self.filter_specs if isinstance(spec, StatusFilter)).tab()

    def tabs(self) -> list[dict[str, Any]]:
        """Return the tabs above the list, with counts that heed the other filters."""
        shown = {tab: in_words(n, self.most) for tab, n in self.counts.items() if tab != "all"}
        if self.is_filtered and self.tab() in shown and self.result_count < MOST_COUNTED:
            shown[self.tab()] = number(self.result_count)
        return [
            {
                "title": f"{title} ({shown[tab]})" if tab in shown else title,
                "link": self._link_to(tab),
                "active": tab == self.tab(),
            }
            for tab, title in TABS.items()
        ]

    def _counts(self, request: HttpRequest) -> dict[str, int]:
        """Count what is under the tabs that say it: under all, where somebody searched."""
        whole = self.get_queryset(request, [StatusFilter.parameter_name])
        known: dict[str, int] = {}
        if self.units.moved:
            pass  # what of theirs is where, only each payment tells
        elif self.query:
            known = counts_of_search(whole, self.units)
        elif self.is_filtered:
            known = counts_of_filtered(whole, self.units)
        else:
            known = counts_in_units(whole, self.units, self._units_seen(request))
        tabs = TABS if self.query else COUNTED_TABS
        return counts_by_tab(whole, self.units, tabs, known, self.most)

    def _units_seen(self, request: HttpRequest) -> frozenset[int] | None:
        """Return the units that the list is about; None for every one."""
        seen = units_held(request, Capability.VIEW)
        unit = request.GET.get(UnitFilter.parameter_name)
        if not unit:
            return seen
        named = frozenset(row_numbers([unit]))
        return named if seen is None else named & seen

    def elsewhere(self) -> list[dict[str, Any]]:
        """Return what a search found under other tabs."""
        if not self.query:
            return []
        return [
            {
                "words": _("%(counts)s under %(title)s")
                % {"counts": in_words(self.counts[tab]), "title": title},
                "link": self._link_to(tab),
            }
            for tab, title in TABS.items()
            if tab not in (self.tab(), "all") and self.counts.get(tab)
        ]

    def _link_to(self, tab: str) -> str:
        link: str = self.get_query_string({StatusFilter.parameter_name: tab}, ["p"])
        return link


@admin.register(Payment)
class PaymentAdmin(CheckedWhenSaved, TypingAids, Downloadable, PaymentRemedies, Storied, ListAdmin):
    """Money received."""

    form = PaymentForm
    list_select_related = ["customer", "invoice", "business_unit"]
    list_display = ["received_on", "customer", "invoice_shown", "method", "money", "status"]
    list_display_links = ["received_on", "customer"]
    list_filter = [
        StatusFilter,
        UnitFilter,
        ("received_on", DateFilter),
        MethodFilter,
        ("amount", AmountFilter),
        ReasonFilter,
        CustomerFilter,
    ]
    more_columns = ("kind", "reference", "source")
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
    search_help_text = HELP
    ordering = ["-received_on", "-id"]
    autocomplete_fields = ["customer", "invoice"]
    actions = ["export_to_quickbooks", *DECISIONS, *LIST_ACTIONS]
    actions_detail = ["record_refund", "retry", *PAGE_ACTIONS]
    fieldsets = (
        (None, {"fields": ("business_unit", "customer", "invoice", "kind")}),
        (
            later("Money"),
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

    def get_paginator(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Count no more what the list has counted already."""
        paginator = super().get_paginator(request, *args, **kwargs)
        known = request.__dict__.get("rows_known")
        if known is not None:
            paginator.count = min(known, MOST_COUNTED)
        return paginator

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
        return (*sets, (_("Voiding"), {"fields": ("is_voided",)}))

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

    @action(
        description=later("Record a refund"),
        permissions=["resolve"],
        icon="currency_exchange",
    )
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

    @display(description=later("invoice"), ordering="invoice__number")
    def invoice_shown(self, payment: Payment) -> str:
        return payment.invoice.number if payment.invoice else _("no invoice yet")

    @display(description=later("amount"), ordering="amount")
    def money(self, payment: Payment) -> str:
        return money(payment.amount, payment.currency)

    @display(description=later("status"))
    def status(self, payment: Any) -> Standing:
        shown: Standing = payment.standing_shown
        return shown

    @action(description=later("Export to QuickBooks"), permissions=["export"])
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
            messages.warning(
                request,
                standing.words or _("This payment is %(label)s.") % {"label": standing.label},
            )
            return HttpResponseRedirect(payment.get_absolute_url())
        rows = Payment.objects.filter(pk=payment.pk)
        response = preview_of(request, self, rows, is_single=True)
        return response or HttpResponseRedirect(payment.get_absolute_url())

    def story(self, request: HttpRequest, row: Payment) -> Story:
        standing = standings([row])[row.pk]
        return story_of(request, row.business_unit, row.invoice, [row], standing)

    def page_of(self, request: HttpRequest, row: Payment, **shown: Any) -> HttpResponse:
        warn_before(request, "payment", SyncRecord.objects.filter(payment=row))
        standing = standings([row])[row.pk]
        may_resolve = self.has_resolve_permission(request, row)
        return super().page_of(
            request,
            row,
            standing=standing,
            taken_by=taken_by(request, standing, row.invoice),
            own_customer=own_customer_link(standing, row.invoice, may_resolve=may_resolve),
            may_export=self.has_export_permission(request, row),
            may_resolve=may_resolve,
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

"""Sync records: where each document stands in QuickBooks, and what to do when it failed."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html

from accounts.access import Capability
from sync.admin.common.base import ReadOnlyMixin, units_of
from sync.admin.common.filters import UnitFilter
from sync.admin.common.lists import MOST_CUSTOMERS, ListAdmin, moment_words
from sync.admin.common.standing import BY_STATE, Standing
from sync.admin.common.theme import ChoicesDropdownFilter, display
from sync.admin.exports.causes import CauseFilter
from sync.admin.remedies.bulk import DECISIONS, DecidingLists
from sync.admin.remedies.confirm_page import Meaning, Row
from sync.admin.remedies.failures import failure_of
from sync.admin.remedies.offer import LIST_ACTIONS, PAGE_ACTIONS, SETTLING, AskingAdmin
from sync.exports.remedies.decision_plan import MOST_AT_ONCE
from sync.exports.rules.reasons import money
from sync.models import Customer, Invoice, SyncRecord
from sync.quickbooks.links import deep_link

TONES = {str(label): tone for label, tone in BY_STATE.values()}


def _invoices_about(rows: QuerySet[SyncRecord]) -> QuerySet[Invoice]:
    return Invoice.objects.filter(
        Q(pk__in=rows.values("invoice"))
        | Q(pk__in=rows.values("payment__invoice"))
        | Q(pk__in=_behind(rows.values("customer")).values("invoice"))
    )


def _customers_alone(rows: QuerySet[SyncRecord]) -> list[Row]:
    waited_for = _behind(rows.values("customer")).values("invoice__customer")
    alone = rows.filter(kind=SyncRecord.Kind.CUSTOMER).exclude(customer__in=waited_for)
    return [
        Row(str(record.customer), refused="No invoice waits for this customer.")
        for record in alone.select_related("customer")[:MOST_AT_ONCE]
    ]


def _behind(customers: QuerySet[Any]) -> QuerySet[SyncRecord]:
    """Return the invoices that were never sent and wait for these customers."""
    waiting = SyncRecord.objects.filter(kind=SyncRecord.Kind.INVOICE, qbo_id="")
    return waiting.filter(invoice__customer__in=customers)


@admin.register(SyncRecord)
class SyncRecordAdmin(DecidingLists, AskingAdmin, ReadOnlyMixin, ListAdmin):
    """One document in one QuickBooks company."""

    actions = [*DECISIONS, *LIST_ACTIONS]
    actions_detail = [*PAGE_ACTIONS, *SETTLING]
    change_form_outer_before_template = "admin/sync/documents/standing_panel.html"
    meaning = Meaning(
        records=lambda rows, _remedy: rows, invoices=_invoices_about, strays=_customers_alone
    )
    list_display = ["document", "status", "total", "business_unit", "error", "in_quickbooks"]
    list_display_links = ["document"]
    list_select_related = ["customer", "invoice", "payment", "business_unit", "company"]
    list_filter = [
        ("state", ChoicesDropdownFilter),
        ("kind", ChoicesDropdownFilter),
        CauseFilter,
        UnitFilter,
    ]
    search_fields = ["pk"]
    search_help_text = "Invoice number, customer, or id in QuickBooks"
    ordering = ["-id"]
    readonly_fields = [
        "document",
        "status",
        "error",
        "total",
        "exported_balance_shown",
        "in_quickbooks",
        "business_unit",
        "company",
        "run",
        "requested_by",
        "queued",
        "exported",
        "intuit_tid",
    ]
    fields = (*readonly_fields,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[SyncRecord]:
        return super().get_queryset(request).defer("content", "company__preferences")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term:
            return queryset, False
        held = units_of(request, Capability.VIEW)
        invoices = Invoice.objects.filter(business_unit__in=held, number=search_term)
        names = Customer.objects.filter(
            business_unit__in=held, display_name__icontains=search_term
        ).order_by()
        customers = list(names.values_list("pk", flat=True)[:MOST_CUSTOMERS])
        return queryset.filter(
            Q(qbo_id=search_term)
            | Q(invoice__in=invoices)
            | Q(payment__invoice__in=invoices)
            | Q(customer__in=customers)
            | Q(invoice__customer__in=customers)
            | Q(payment__customer__in=customers)
        ), False

    def page_of(self, request: HttpRequest, row: SyncRecord, **shown: Any) -> HttpResponse:
        """Show the record, and what stopped it."""
        failure = failure_of(row)
        if failure is not None:
            label, tone = BY_STATE[SyncRecord.State(row.state)]
            shown["standing"] = Standing(label, tone, failure.words, row.error_code)
        return super().page_of(request, row, failure=failure, **shown)

    @display(description="document")
    def document(self, record: SyncRecord) -> str:
        return str(record.customer or record.invoice or record.payment)

    @display(description="status", label=TONES)
    def status(self, record: SyncRecord) -> str:
        return record.get_state_display()

    @display(description="amount in QuickBooks")
    def total(self, record: SyncRecord) -> str:
        return _amount(record, "exported_total")

    @display(description="balance in QuickBooks")
    def exported_balance_shown(self, record: SyncRecord) -> str:
        return _amount(record, "exported_balance")

    @display(description="queued")
    def queued(self, record: SyncRecord) -> str:
        return moment_words(record.queued_at, record.business_unit)

    @display(description="exported")
    def exported(self, record: SyncRecord) -> str:
        return moment_words(record.exported_at, record.business_unit)

    @display(description="in QuickBooks")
    def in_quickbooks(self, record: SyncRecord) -> str:
        if not record.qbo_id:
            return "-"
        url = deep_link(record.company.realm_id, record.kind.capitalize(), record.qbo_id)
        return format_html(
            '<a class="paidup-link" href="{}" target="_blank" rel="noopener">{} {} ↗</a>',
            url,
            record.get_kind_display(),
            record.qbo_id,
        )


def _amount(record: SyncRecord, name: str) -> str:
    value = getattr(record, name)
    document = record.invoice or record.payment
    return money(value, document.currency) if document and value is not None else "-"

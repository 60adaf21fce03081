"""Sync records: where each document stands in QuickBooks, and what to do when it failed."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from sync.admin.common.base import ReadOnlyMixin
from sync.admin.common.standing import BY_STATE, Standing
from sync.admin.common.theme import NOTHING, ChoicesDropdownFilter, display
from sync.admin.exports.causes import CauseFilter, SettlingCauses
from sync.admin.lists.filters import UnitFilter
from sync.admin.lists.list_admin import ListAdmin, moment_words
from sync.admin.remedies.bulk import DECISIONS
from sync.admin.remedies.confirm_page import Meaning, Row
from sync.admin.remedies.failures import failure_of
from sync.admin.remedies.offer import LIST_ACTIONS, PAGE_ACTIONS, SETTLING
from sync.admin.search.documents import HELP, search_records
from sync.exports.remedies.decision_plan import MOST_AT_ONCE
from sync.models import Invoice, SyncRecord, without_tokens
from sync.quickbooks.links import deep_link
from sync.words import later, money

TONES = {state.value: tone for state, (_label, tone) in BY_STATE.items()}


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
        Row(str(record.customer), refused=_("No invoice waits for this customer."))
        for record in alone.select_related("customer")[:MOST_AT_ONCE]
    ]


def _behind(customers: QuerySet[Any]) -> QuerySet[SyncRecord]:
    """Return the invoices that were never sent and wait for these customers."""
    waiting = SyncRecord.objects.filter(kind=SyncRecord.Kind.INVOICE, qbo_id="")
    return waiting.filter(invoice__customer__in=customers)


@admin.register(SyncRecord)
class SyncRecordAdmin(SettlingCauses, ReadOnlyMixin, ListAdmin):
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
    search_help_text = HELP
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
        rows = super().get_queryset(request).defer("content", "company__preferences")
        return without_tokens(rows, "company")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term:
            return queryset, False
        return search_records(request, queryset, search_term), False

    def page_of(self, request: HttpRequest, row: SyncRecord, **shown: Any) -> HttpResponse:
        """Show the record, and what stopped it."""
        failure = failure_of(row)
        if failure is not None:
            label, tone = BY_STATE[SyncRecord.State(row.state)]
            shown["standing"] = Standing(label, tone, failure.words, row.error_code)
        return super().page_of(request, row, failure=failure, **shown)

    @display(description=later("document"))
    def document(self, record: SyncRecord) -> str:
        return str(record.customer or record.invoice or record.payment)

    @display(description=later("status"), label=TONES)
    def status(self, record: SyncRecord) -> tuple[str, str]:
        return record.state, record.get_state_display()

    @display(description=later("amount in QuickBooks"))
    def total(self, record: SyncRecord) -> str:
        return _amount(record, "exported_total")

    @display(description=later("balance in QuickBooks"))
    def exported_balance_shown(self, record: SyncRecord) -> str:
        return _amount(record, "exported_balance")

    @display(description=later("queued"))
    def queued(self, record: SyncRecord) -> str:
        return moment_words(record.queued_at, record.business_unit)

    @display(description=later("exported"))
    def exported(self, record: SyncRecord) -> str:
        return moment_words(record.exported_at, record.business_unit)

    @display(description=later("in QuickBooks"))
    def in_quickbooks(self, record: SyncRecord) -> str:
        if not record.qbo_id:
            return NOTHING
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
    return money(value, document.currency) if document and value is not None else NOTHING

"""Refunds to adjust in QuickBooks: the report as a list and as a file."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts.access import Capability
from sync.admin.common.base import units_of
from sync.admin.common.theme import ChangeList, ChoicesDropdownFilter, display
from sync.admin.discrepancies.refund_list import (
    AgeFilter,
    ListingFilter,
    QueueFilter,
    RefundList,
    SizeFilter,
    SummedPaginator,
)
from sync.admin.discrepancies.refund_review import LIST, RefundReviews
from sync.admin.lists.amount_filter import AmountFilter
from sync.admin.lists.date_filter import DateFilter
from sync.admin.lists.filters import UnitFilter
from sync.admin.search.documents import HELP, search_documents
from sync.discrepancies.refunds.refunds import Listing, of_listing, rows_of
from sync.discrepancies.refunds.report import csv_lines
from sync.discrepancies.refunds.rows import Document, Row, Status
from sync.models import Payment, RefundDiscrepancy
from sync.words import day, later, money

BYTE_ORDER_MARK = "\ufeff"
"""Tells a spreadsheet that the file is UTF-8; without it accents come out wrong."""
# Beside the column's heading: less than the status says by itself.
SHORT_LABELS = {Status.RECORDED: later("Recorded"), Status.VERIFIED: later("Verified")}
STATUS_LABELS = {
    Status.OPEN: "warning",
    Status.RECORDED: "info",
    Status.VERIFIED: "success",
    Status.ADJUSTED_OTHERWISE: "quiet",
    Status.NOT_NEEDED: "quiet",
}


@admin.register(RefundDiscrepancy)
class RefundDiscrepancyAdmin(RefundReviews):
    """The bookkeeper's list of refunds that QuickBooks was not told of."""

    paginator = SummedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_max_show_all = 0
    list_per_page = 50
    list_display = [
        "refund_date",
        "customer",
        "amount_and_size",
        "status",
        "what_to_enter",
        "paid_by",
        "in_quickbooks",
    ]
    list_display_links = ["refund_date", "customer"]
    list_filter = [
        ListingFilter,
        UnitFilter,
        AgeFilter,
        SizeFilter,
        QueueFilter,
        ("refunded_on", DateFilter),
        ("amount", AmountFilter),
        ("kind", ChoicesDropdownFilter),
    ]
    list_filter_submit = True
    list_before_template = "admin/sync/discrepancies/refunds/above.html"
    search_fields = ["pk"]
    search_help_text = HELP
    ordering = ["refunded_on", "id"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return RefundList

    def get_list_display(self, request: HttpRequest) -> Any:
        columns = super().get_list_display(request)
        if units_of(request, Capability.VIEW).count() < 2:
            return columns
        return [columns[0], "unit", *columns[1:]]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term:
            return queryset, False
        payments = search_documents(request, Payment.objects.all(), search_term)
        return queryset.filter(payment__in=payments.values("pk")), False

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("csv/", view(require_safe(self.csv_view)), name="sync_refunddiscrepancy_csv"),
            path("oldest/", view(require_safe(self.oldest)), name="sync_refunddiscrepancy_oldest"),
            *super().get_urls(),
        ]

    def oldest(self, request: HttpRequest) -> HttpResponse:
        """Lead to the refund that is open longest; the open ones follow it, one by one."""
        rows = of_listing(self.get_queryset(request), Listing.OPEN).order_by(*self.ordering)
        first = rows.values_list("pk", flat=True).first()
        if first is None:
            return HttpResponseRedirect(reverse(LIST))
        page = reverse("admin:sync_refunddiscrepancy_change", args=[first])
        listed = urlencode({"status": Listing.OPEN.value})
        return HttpResponseRedirect(f"{page}?{urlencode({'_changelist_filters': listed})}")

    @display(description=later("refund date"), ordering="refunded_on")
    def refund_date(self, refund: Any) -> SafeString:
        days = refund.row.days_open
        words = ngettext("%(days)s day open", "%(days)s days open", days) % {"days": days}
        return under(day(refund.refunded_on), words)

    @display(description=later("unit"))
    def unit(self, refund: Any) -> str:
        return str(refund.row.unit)

    @display(description=later("customer and invoice"))
    def customer(self, refund: Any) -> SafeString:
        return format_html(
            '{}<br><span class="paidup-muted">{}</span>',
            refund.row.customer,
            refund.row.invoice or _("no invoice"),
        )

    @display(description=later("amount"), ordering="amount")
    def amount_and_size(self, refund: Any) -> SafeString:
        amount = money(refund.amount, refund.row.currency)
        return format_html(
            '<div class="paidup-amount">{}<br><span class="paidup-muted">{}<br>{}</span></div>',
            amount,
            refund.row.size,
            refund.row.timing.lower(),
        )

    @display(description=later("paid by"))
    def paid_by(self, refund: Any) -> SafeString:
        paid = money(refund.payment.amount, refund.row.currency)
        return under(refund.row.method, f"{paid} {refund.row.reference}")

    @display(description=later("in QuickBooks"))
    def in_quickbooks(self, refund: Any) -> SafeString:
        documents = [refund.row.quickbooks_invoice, refund.row.quickbooks_payment]
        exported_on = refund.row.exported_on
        since = (
            _("since %(exported_on)s") % {"exported_on": day(exported_on)} if exported_on else ""
        )
        return format_html(
            '{}<span class="paidup-muted whitespace-nowrap">{}</span>',
            format_html_join("", "{}<br>", [(link_to(each),) for each in documents if each]),
            since,
        )

    @display(description=later("what to enter"))
    def what_to_enter(self, refund: Any) -> str:
        return str(refund.entry.name)

    @display(description=later("status and owner"))
    def status(self, refund: Any) -> SafeString:
        row = refund.row
        badge = format_html(
            '<span class="paidup-badge paidup-{}">{}</span>',
            STATUS_LABELS[row.status],
            SHORT_LABELS.get(row.status, row.status.label),
        )
        said = [words for words in (_asked(row), _said(row)) if words]
        owner = format_html('<span class="paidup-muted">{}</span>', row.owner) if row.owner else ""
        if not said and not owner:
            return badge
        return format_html(
            '<div class="paidup-standing">{}<span class="paidup-said">{}</span>{}</div>',
            badge,
            " ".join(map(str, said)),
            owner,
        )

    def csv_view(self, request: HttpRequest) -> HttpResponseBase:
        """Send what is listed, all pages of it, as a file."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        listed = self.get_changelist_instance(request)
        lines = csv_lines(rows_of(listed.queryset))
        response = StreamingHttpResponse(_marked(lines), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="refunds-to-adjust.csv"'
        return response


def _marked(lines: Iterator[str]) -> Iterator[str]:
    yield BYTE_ORDER_MARK
    yield from lines


def _asked(row: Row) -> str:
    number = len(row.proposals)
    return (
        ngettext("%(number)s document to accept.", "%(number)s documents to accept.", number)
        % {"number": number}
        if number
        else ""
    )


def _said(row: Row) -> str:
    """Return what a person, or else reading QuickBooks, said last."""
    if row.status in {Status.RECORDED, Status.ADJUSTED_OTHERWISE, Status.NOT_NEEDED}:
        return row.note
    return row.half or row.finding


def under(words: str, below: str) -> SafeString:
    """Write two short things, one under the other."""
    return format_html(
        '<span class="whitespace-nowrap">{}</span><br><span class="paidup-muted">{}</span>',
        words,
        below,
    )


_CALLED = {
    "Invoice": later("Invoice %(number)s"),
    "Payment": later("Payment %(id)s"),
}


def link_to(document: Document) -> SafeString:
    """Return a link to an invoice or payment in QuickBooks."""
    return format_html(
        '<a class="paidup-link whitespace-nowrap" href="{}" target="_blank" rel="noopener">'
        "{} ↗</a>",
        document.url,
        _CALLED[document.entity] % {"number": document.qbo_id, "id": document.qbo_id},
    )

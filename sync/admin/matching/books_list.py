"""The list of invoices that QuickBooks may hold: one unit at a time, both sides in a row."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sync.admin.common.theme import NOTHING, DropdownFilter
from sync.admin.connections.page import latest_request, progress_of
from sync.admin.lists.list_admin import moment_words
from sync.admin.matching.one_unit import OneUnitList
from sync.exports.books import deciding, reading
from sync.exports.books.step import Summary, summary_of
from sync.exports.existing.matching import words_of
from sync.models import BooksDocument, BooksMatch, BusinessUnit, Invoice, QuickBooksCompany
from sync.quickbooks.links import deep_link
from sync.words import day, later, money, number

LIST = "admin:sync_booksmatch_changelist"
CERTAIN, LOOK, DECLINED = "certain", "look", "declined"
TABS = {
    CERTAIN: later("Certain"),
    LOOK: later("To look at"),
    DECLINED: later("To be exported"),
}


class TabFilter(DropdownFilter):
    """By what there is to decide; the tabs above the list are its choices."""

    title = later("standing")
    parameter_name = "standing"
    template = "admin/sync/documents/no_filter.html"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(TABS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        tab = tab_of(request)
        if tab == DECLINED:
            return queryset.filter(is_declined=True)
        return queryset.filter(is_declined=False, standing=tab)


class DoubtFilter(DropdownFilter):
    """By what there is to look at first."""

    title = later("what differs")
    parameter_name = "doubt"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return (
            [(one.value, str(one.label)) for one in BooksMatch.Doubt]
            if tab_of(request) != CERTAIN
            else []
        )

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(doubt=self.value()) if self.value() else queryset


def tab_of(request: HttpRequest) -> str:
    """Return the tab that is open."""
    value = request.GET.get(TabFilter.parameter_name, "")
    return value if value in TABS else CERTAIN


def list_of(unit: BusinessUnit, tab: str = CERTAIN) -> str:
    """Return the address of a unit's list."""
    return f"{reverse(LIST)}?{urlencode({'unit': str(unit.pk), 'standing': tab})}"


class BooksList(OneUnitList):
    """The list with what stands above it, worked out once for the page."""

    read_by, linked_by = reading.KIND, deciding.LINK

    def get_filters(self, request: HttpRequest) -> Any:
        """Count neither tab nor unit as filters: the button for filters stays plain for them."""
        specs, *rest, _ = super().get_filters(request)
        return (specs, *rest, bool(request.GET.get(DoubtFilter.parameter_name)))

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.tab = tab_of(request)

    @cached_property
    def summary(self) -> Summary | None:
        return summary_of(self.unit) if self.unit else None

    @cached_property
    def certain_customers(self) -> int:
        """Return how many customers are accepted with what is certain."""
        return deciding.certain_customers(self.unit).count() if self.unit else 0

    @property
    def read_on(self) -> str:
        """Say when the books were read."""
        moment = self.summary.read_at if self.summary else None
        return moment_words(moment, self.unit) if moment else ""

    @property
    def since(self) -> str:
        """Say from when on they were read."""
        return day(self.summary.since) if self.summary and self.summary.since else ""

    @cached_property
    def moving(self) -> dict[str, Any] | None:
        """Return how far reading or linking is while one of them is under way."""
        return moving(self.unit.quickbooks_company) if self.unit else None

    @property
    def linked(self) -> str:
        """Say what came of what was linked last in the unit, until the books are read again."""
        result = self.last_linked()
        if result is None:
            return ""
        linked, refused = result["linked"], result["refused"]
        words = ngettext(
            "Linked last: %(linked)s invoice of %(company)s.",
            "Linked last: %(linked)s invoices of %(company)s.",
            linked,
        ) % {"linked": number(linked), "company": self.company}
        return words + (
            _(" %(refused)s could not be, and say why.") % {"refused": number(refused)}
            if refused
            else ""
        )

    def tabs(self) -> list[dict[str, Any]]:
        """Return the tabs above the list, with counts."""
        found = self.summary
        counts = (
            {CERTAIN: found.certain + found.linking, LOOK: found.look, DECLINED: found.declined}
            if found
            else {}
        )
        return [
            {
                "title": f"{title} ({number(counts[tab])})" if tab in counts else title,
                "link": self.get_query_string(
                    {TabFilter.parameter_name: tab}, ["p", DoubtFilter.parameter_name]
                ),
                "active": tab == self.tab,
            }
            for tab, title in TABS.items()
        ]


def moving(company: QuickBooksCompany | None) -> dict[str, Any] | None:
    """Return how far the reading or linking that is under way is; None where none is."""
    for kind in (deciding.LINK, reading.KIND):
        if not (progress := progress_of(latest_request(company, kind)))["finished"]:
            return progress
    return None


# The cells of a row ------------------------------------------------------------------------------


def of_invoice(invoice: Invoice) -> SafeString:
    """Return one of ours as it is compared."""
    figures = (money(invoice.total, invoice.currency), day(invoice.issued_on))
    return _cell(invoice.number, str(invoice.customer), *figures)


def of_document(document: BooksDocument | None, company: QuickBooksCompany) -> SafeString | str:
    """Return one of theirs as it is compared, with a link to it there."""
    if document is None:
        return NOTHING
    link = format_html(
        '<a class="paidup-link" href="{}" target="_blank" rel="noopener">{} ↗</a>',
        deep_link(company.realm_id, "Invoice", document.qbo_id),
        document.number or _("id %(qbo_id)s") % {"qbo_id": document.qbo_id},
    )
    total = "" if document.total is None else money(document.total, document.currency or "USD")
    said = day(document.day) if document.day else ""
    return _cell(link, document.customer_name, total, said)


def _cell(name: SafeString | str, *parts: str) -> SafeString:
    given = format_html_join(" · ", "{}", ((text,) for text in parts if text))
    strong = format_html('<span class="paidup-strong">{}</span>', name)
    return format_html('{}<div class="paidup-muted">{}</div>', strong, given)


def why(match: BooksMatch) -> SafeString:
    """Say what there is to look at, and why it was not linked."""
    doubts = match.candidates[0][1] if match.candidates else []
    several = len(match.candidates) > 1
    found = (
        _("%(candidates_count)s in QuickBooks fit.") % {"candidates_count": len(match.candidates)}
        if several
        else words_of(doubts)
    )
    lines = [found or _("Same number, total, tax and customer."), match.refusal]
    said = format_html_join("", "<p>{}</p>", ((line,) for line in lines if line))
    return format_html('<div class="paidup-why">{}</div>', said)

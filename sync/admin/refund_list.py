"""The list of refunds to adjust: its tabs, filters and what is worked out once for the page."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from sync.admin.filters import UnitFilter
from sync.admin.lists import count_up_to, in_words
from sync.admin.theme import ChangeList, DropdownFilter
from sync.discrepancies.entries import what_to_enter
from sync.discrepancies.refunds import (
    Listing,
    full_only,
    of_listing,
    open_totals,
    partial_only,
    row_of,
    with_details,
)
from sync.exports.reasons import money
from sync.models import RefundDiscrepancy

TABS = {
    Listing.LISTED: "To adjust",
    Listing.OPEN: "Open",
    Listing.RECORDED: "Recorded",
    Listing.VERIFIED: "Verified",
    Listing.NOT_NEEDED: "Not needed",
    Listing.ALL: "All",
}
_COUNTED = (Listing.OPEN, Listing.RECORDED)


class ListingFilter(DropdownFilter):
    """By status; the tabs above the list are its choices, and it opens on what is to adjust."""

    title = "status"
    parameter_name = "status"
    template = "admin/sync/payment/no_filter.html"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(listing.value, title) for listing, title in TABS.items()]

    def listing(self) -> Listing:
        """Return the tab that is open."""
        value = self.value()
        return Listing(value) if value in list(Listing) else Listing.LISTED

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return of_listing(queryset, self.listing())


class RefundUnitFilter(UnitFilter):
    """By the unit of the refunded payment."""

    lookup = "payment__business_unit"


class SizeFilter(DropdownFilter):
    """By whether the whole payment was given back."""

    title = "full or partial"
    parameter_name = "size"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("full", "Full refund"), ("partial", "Partial refund")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        narrow = {"full": full_only, "partial": partial_only}.get(self.value() or "")
        return narrow(queryset) if narrow else queryset


class RefundList(ChangeList):
    """The list with what its rows, tabs and totals say, worked out once for the page."""

    plain: QuerySet[RefundDiscrepancy]
    """What is listed, of all pages, without what only the page's own rows need."""

    def get_queryset(
        self, request: HttpRequest, exclude_parameters: list[str | None] | None = None
    ) -> QuerySet[Any]:
        rows = super().get_queryset(request, exclude_parameters)
        if exclude_parameters is None:
            self.plain = rows
        return with_details(rows)

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.whole = super().get_queryset(request, [ListingFilter.parameter_name])
        self.result_list = list(self.result_list)
        for refund in self.result_list:
            refund.row = row_of(refund)
            refund.entry = what_to_enter(refund.row)

    def tabs(self) -> list[dict[str, Any]]:
        """Return the tabs above the list, with counts that heed the other filters."""
        status = ListingFilter.parameter_name
        shown = next(spec for spec in self.filter_specs if isinstance(spec, ListingFilter))
        titles = {
            listing: f"{title} ({in_words(count_up_to(of_listing(self.whole, listing)))})"
            for listing, title in TABS.items()
            if listing in _COUNTED
        }
        return [
            {
                "title": titles.get(listing, title),
                "link": self.get_query_string({status: listing.value}, ["p"]),
                "active": listing == shown.listing(),
            }
            for listing, title in TABS.items()
        ]

    def open_amounts(self) -> list[str]:
        """Return what is open among the rows listed, by currency."""
        return [
            f"{money(total, currency)} in {number:,} refund{'s' if number != 1 else ''}"
            for currency, number, total in open_totals(self.plain)
        ]

    def csv_link(self) -> str:
        """Return the address of the same rows as a file."""
        return f"csv/{self.get_query_string(remove=['p'])}"

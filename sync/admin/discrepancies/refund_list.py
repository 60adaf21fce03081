"""The list of refunds to adjust: its tabs, filters and what is worked out once for the page."""

from collections.abc import Collection
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.access import Capability
from sync.admin.common.base import is_allowed, units_of
from sync.admin.common.theme import DropdownFilter
from sync.admin.discrepancies.refund_words import readings
from sync.admin.lists.list_admin import MOST_COUNTED, CappedPaginator, QuietList
from sync.discrepancies.refunds.refunds import (
    Listing,
    full_only,
    of_listing,
    partial_only,
    row_of,
    with_details,
)
from sync.discrepancies.refunds.suggested_entry import what_to_enter
from sync.discrepancies.refunds.summary import AGES, number_in, of_age, open_by, slices
from sync.models import RefundDiscrepancy, RefundMatch
from sync.words import later, money, number

TABS = {
    Listing.LISTED: later("To adjust"),
    Listing.OPEN: later("Open"),
    Listing.RECORDED: later("Recorded"),
    Listing.VERIFIED: later("Verified"),
    Listing.ADJUSTED_OTHERWISE: later("Adjusted another way"),
    Listing.NOT_NEEDED: later("Not needed"),
    Listing.ALL: later("All"),
}
TO_ACCEPT = "accept"
Cells = dict[tuple[Any, ...], tuple[int, Decimal]]


class ListingFilter(DropdownFilter):
    """By status; the tabs above the list are its choices, and it opens on what is to adjust."""

    title = later("status")
    parameter_name = "status"
    template = "admin/sync/documents/no_filter.html"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(listing.value, title) for listing, title in TABS.items()]

    def listing(self) -> Listing:
        """Return the tab that is open."""
        value = self.value()
        return Listing(value) if value in list(Listing) else Listing.LISTED

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return of_listing(queryset, self.listing())


class SizeFilter(DropdownFilter):
    """By whether the whole payment was given back."""

    title = later("full or partial")
    parameter_name = "size"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("full", _("Full refund")), ("partial", _("Partial refund"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        narrow = {"full": full_only, "partial": partial_only}.get(self.value() or "")
        return narrow(queryset) if narrow else queryset


class AgeFilter(DropdownFilter):
    """By how long ago the money was given back."""

    title = later("age")
    parameter_name = "age"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(age.key, age.title) for age in AGES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = next((age for age in AGES if age.key == self.value()), None)
        return of_age(queryset, chosen) if chosen else queryset


class QueueFilter(DropdownFilter):
    """By who works on it, and by whether a document waits to be accepted."""

    title = later("owner and questions")
    parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("mine", _("Mine")),
            ("nobody", _("Nobody's")),
            (TO_ACCEPT, _("With a document to accept")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case "mine":
                return queryset.filter(review__owner=request.user.pk)
            case "nobody":
                return queryset.filter(review__owner__isnull=True)
            case "accept":
                asked = RefundMatch.objects.filter(is_proof=False)
                return queryset.filter(pk__in=asked.values("refund"))
        return queryset


class SummedPaginator(CappedPaginator):
    """Counts nothing where the list's summary has the number already."""

    @cached_property
    def count(self) -> int:
        summed: int | None = getattr(self.object_list, "summed", None)
        return super().count if summed is None else min(summed, MOST_COUNTED)


class RefundList(QuietList):
    """The list with what its rows, tabs and totals say, worked out once for the page."""

    def get_results(self, request: HttpRequest) -> None:
        whole = self.get_queryset(request, [ListingFilter.parameter_name])
        held = units_of(request, Capability.VIEW)
        self.units = {unit.pk: unit for unit in held}
        self.slices = slices(whole, {unit.currency for unit in self.units.values()})
        self.queryset.summed = number_in(self.slices, self.listing())
        super().get_results(request)
        self.read = readings(self.units.values())
        self.may_read = is_allowed(request, Capability.RESOLVE)
        self.result_list = _worded(self.result_list.values_list("pk", flat=True))

    def listing(self) -> Listing:
        """Return the tab that is open."""
        shown = next(spec for spec in self.filter_specs if isinstance(spec, ListingFilter))
        return shown.listing()

    def tabs(self) -> list[dict[str, Any]]:
        """Return the tabs above the list, with counts that heed the other filters."""
        status = ListingFilter.parameter_name
        return [
            {
                "title": f"{title} ({number(number_in(self.slices, listing))})",
                "link": self.get_query_string({status: listing.value}, ["p"]),
                "active": listing == self.listing(),
            }
            for listing, title in TABS.items()
        ]

    def open_amounts(self) -> list[str]:
        """Return what is open under the filters, by currency."""
        return [
            ngettext("%(total)s in %(count)s refund", "%(total)s in %(count)s refunds", count)
            % {"total": money(total, currency), "count": number(count)}
            for (currency,), (count, total) in sorted(open_by(self.slices).items())
        ]

    def ages(self) -> list[dict[str, Any]]:
        """Return the chart's bars: what is open by age, longest bar 100, the oldest last."""
        sums = open_by(self.slices, "age")
        most = max((total for _, total in sums.values()), default=Decimal(1))
        currencies = sorted({currency for currency, _ in sums})
        return [
            {
                "title": age.title,
                "number": sums[currency, age.key][0] if (currency, age.key) in sums else 0,
                "amount": money(total, currency),
                "width": int(100 * total / most),
                "link": self.get_query_string({"age": age.key, "status": "open"}, ["p"]),
            }
            for currency in currencies
            for age in AGES
            for total in [sums.get((currency, age.key), (0, Decimal(0)))[1]]
        ]

    def by_unit(self) -> list[dict[str, Any]]:
        """Return what is open in each unit and of each age there, the greatest amount first."""
        cells = open_by(self.slices, "unit_id", "age")
        rows = sorted(open_by(self.slices, "unit_id").items(), key=lambda row: -row[1][1])
        return [
            {
                "unit": self.units[unit_id],
                "link": self.get_query_string({"unit": unit_id, "status": "open"}, ["p"]),
                **_by_age(cells, currency, unit_id),
            }
            for (currency, unit_id), _ in rows
            if unit_id in self.units
        ]

    def of_all_units(self) -> list[dict[str, Any]]:
        """Return the last rows of `by_unit`: all units together, by currency."""
        cells = open_by(self.slices, "age")
        return [_by_age(cells, currency) for currency in sorted({key[0] for key in cells})]

    def age_titles(self) -> list[str]:
        """Return the heads of the columns of `by_unit`."""
        return [age.title for age in AGES]

    def readings(self) -> list[str]:
        """Say when QuickBooks was last read."""
        return self.read

    def csv_link(self) -> str:
        """Return the address of the same rows as a file."""
        return f"csv/{self.get_query_string(remove=['p'])}"


def _by_age(cells: Cells, currency: str, *of: int) -> dict[str, Any]:
    """Return a row of amounts by age, with its number and sum."""
    mine = [cells.get((currency, *of, age.key), (0, Decimal(0))) for age in AGES]
    return {
        "number": sum(number for number, _ in mine),
        "amount": money(sum((total for _, total in mine), Decimal(0)), currency),
        "ages": [money(total, currency) if number else "" for number, total in mine],
    }


def _worded(ids: Collection[int]) -> list[RefundDiscrepancy]:
    """Load a page's rows with all they say; of the rows before it no more than the id was read."""
    loaded = with_details(RefundDiscrepancy.objects.all()).in_bulk(ids)
    refunds = [loaded[pk] for pk in ids if pk in loaded]
    for refund in refunds:
        refund.row = row_of(refund)  # type: ignore[attr-defined]
        refund.entry = what_to_enter(refund.row)  # type: ignore[attr-defined]
    return refunds

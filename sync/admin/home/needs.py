"""What needs the person first: each with how many there are, and the list that shows them."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count, Min
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from accounts.access import Capability
from sync.admin.common.base import is_allowed, units_of
from sync.admin.documents.unit_filter import Lacking, lacking
from sync.admin.exports.causes import causes
from sync.admin.matching.match_list import list_of
from sync.discrepancies.refunds.refunds import Listing, of_listing
from sync.exports.customers.summary import open_matches
from sync.models import (
    CustomerMatch,
    RefundDiscrepancy,
    SyncRecord,
)

MOST_CAUSES = 5
MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Need:
    """One thing to do: how many, of what, and where they are listed."""

    count: int
    title: str  # what there are so many of
    link: str
    words: str = ""
    is_bad: bool = True


def needs(request: HttpRequest, *, changes: int, strays: int) -> list[Need]:
    """Return what the person can do something about, the gravest first.

    How many changes after export and documents found in QuickBooks there are, is counted already.
    """
    manages, resolves = (
        is_allowed(request, capability) for capability in (Capability.MANAGE, Capability.RESOLVE)
    )
    found: list[Need] = []
    if manages:
        words = "Nothing is exported."
        found += _units(request, Lacking.RECONNECTION, "units to connect again", words, is_bad=True)
        words = "The set-up page says why."
        found += _units(request, Lacking.GOING_ON, "units with exports stopped", words, is_bad=True)
    if resolves:
        found += [*_failures(request), *_refunds(request)]
        found += _counted(changes, "changes after export", "sync_drift_changelist")
        found += _counted(strays, "documents found in QuickBooks", "sync_stray_changelist")
        found += _customers(request)
    if manages:
        words = "Nothing of theirs is ready."
        found += _units(request, Lacking.SETUP, "units with set-up to finish", words, is_bad=False)
        found += _units(request, Lacking.CONNECTION, "units not connected", words, is_bad=False)
    return found


def _units(
    request: HttpRequest, what: Lacking, title: str, words: str, *, is_bad: bool
) -> Iterator[Need]:
    """Yield how many of the person's units lack something, with the names of some."""
    rows = lacking(units_of(request, Capability.VIEW), what)
    count = rows.count()
    if not count:
        return
    first = list(rows[:MOST_NAMED])
    named = ", ".join(unit.name for unit in first)
    more = f" and {count - len(first)} more" if count > len(first) else ""
    link = f"{reverse('admin:sync_businessunit_changelist')}?{urlencode({'lacking': what.value})}"
    if count == 1:
        link = reverse("admin:sync_businessunit_quickbooks", args=[first[0].pk])
    yield Need(count, title, link, f"{named}{more}. {words}", is_bad)


def _failures(request: HttpRequest) -> Iterator[Need]:
    """Yield what stopped, by its cause."""
    seen = SyncRecord.objects.filter(business_unit__in=units_of(request, Capability.VIEW))
    records = reverse("admin:sync_syncrecord_changelist")
    for code, count, name in causes(seen)[:MOST_CAUSES]:
        link = f"{records}?{urlencode({'cause': code or 'none'})}"
        yield Need(count, "documents stopped", link, f"{name}.")


def _refunds(request: HttpRequest) -> Iterator[Need]:
    seen = units_of(request, Capability.VIEW)
    refunds = of_listing(
        RefundDiscrepancy.objects.filter(payment__business_unit__in=seen), Listing.OPEN
    )
    count, oldest = refunds.order_by().aggregate(n=Count("pk"), first=Min("refunded_on")).values()
    if count:
        days = (timezone.localdate() - oldest).days
        link = f"{reverse('admin:sync_refunddiscrepancy_changelist')}?status={Listing.OPEN.value}"
        yield Need(count, "refunds to adjust in QuickBooks", link, f"The oldest: {days} days.")


def _counted(count: int, title: str, changelist: str) -> Iterator[Need]:
    if count:
        yield Need(count, title, reverse(f"admin:{changelist}"))


def _customers(request: HttpRequest) -> Iterator[Need]:
    """Yield the units of which a person must say which customer in QuickBooks is which."""
    held = units_of(request, Capability.RESOLVE)
    asked = [CustomerMatch.Standing.CERTAIN, CustomerMatch.Standing.LOOK]
    rows = open_matches(CustomerMatch.objects.filter(business_unit__in=held, standing__in=asked))
    counted = rows.order_by().values_list("business_unit", "standing").annotate(count=Count("pk"))
    most_first = sorted(counted, key=lambda row: -row[2])[:MOST_NAMED]
    units = held.in_bulk([unit_id for unit_id, _, _ in most_first]) if most_first else {}
    for unit_id, value, count in most_first:
        unit, standing = units[unit_id], CustomerMatch.Standing(value)
        title, words = f"customers to match in {unit}", f"{standing.label}."
        yield Need(count, title, list_of(unit, standing), words, is_bad=False)

"""What needs a person, the gravest first: each with how many, and the list that shows them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, Min, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import Capability
from sync.discrepancies.refunds.refunds import Listing, of_listing
from sync.exports.customers.summary import open_matches
from sync.models import CustomerMatch, Drift, RefundDiscrepancy, Stray, SyncRecord
from sync.needs.causes import NO_CODE, causes, stopped_by
from sync.needs.lacking import Lacking, lacking
from sync.needs.places import list_of, matches_of, setup_of
from sync.needs.sight import Sight

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
    key: str = ""
    """What it is from one day to the next, whatever it is called."""
    rows: QuerySet[Any] | None = field(default=None, compare=False, repr=False)
    """What is counted."""
    first: str = ""
    """The page of the one to begin with, which leads to the next."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many there are of what the first page counts by unit anyway."""

    refunds: int
    oldest_refund: date | None
    changes: int
    strays: int


def open_refunds(sight: Sight) -> QuerySet[Any]:
    """Return the refunds to adjust that the person sees."""
    rows = sight.within(RefundDiscrepancy.objects.order_by(), Capability.VIEW)
    return of_listing(rows, Listing.OPEN)


def open_changes(sight: Sight) -> QuerySet[Drift]:
    """Return the changes after export that nobody has decided about."""
    return sight.within(Drift.objects.filter(state=Drift.State.OPEN), Capability.VIEW)


def open_strays(sight: Sight) -> QuerySet[Stray]:
    """Return what was found in QuickBooks and is not dealt with."""
    return sight.within(Stray.objects.filter(settled_at__isnull=True), Capability.VIEW)


def counts_of(sight: Sight) -> Counts:
    """Count them where no page has done so."""
    refunds = open_refunds(sight).aggregate(count=Count("pk"), oldest=Min("refunded_on"))
    changes, strays = open_changes(sight).count(), open_strays(sight).count()
    return Counts(refunds["count"], refunds["oldest"], changes, strays)


def needs(sight: Sight, counts: Counts | None = None) -> list[Need]:
    """Return what the person can do something about."""
    manages, resolves = map(sight.may, (Capability.MANAGE, Capability.RESOLVE))
    found: list[Need] = []
    if manages:
        words = _("Nothing is exported.")
        found += _units(
            sight, Lacking.RECONNECTION, _("units to connect again"), words, is_bad=True
        )
        words = _("The set-up page says why.")
        found += _units(
            sight, Lacking.GOING_ON, _("units with exports stopped"), words, is_bad=True
        )
    if resolves:
        counts = counts or counts_of(sight)
        found += [*_failures(sight), *_refunds(sight, counts), *_found_there(sight, counts)]
        found += _customers(sight)
    if manages:
        words = _("Nothing of theirs is ready.")
        found += _units(sight, Lacking.SETUP, _("units with set-up to finish"), words, is_bad=False)
        found += _units(sight, Lacking.CONNECTION, _("units not connected"), words, is_bad=False)
    return found


def _units(sight: Sight, what: Lacking, title: str, words: str, *, is_bad: bool) -> Iterator[Need]:
    """Yield how many of the person's units lack something, with the names of some."""
    rows = lacking(sight.units(Capability.VIEW), what)
    count = rows.count()
    if not count:
        return
    first = list(rows[:MOST_NAMED])
    named = ", ".join(unit.name for unit in first)
    more = _(" and %(value)s more") % {"value": count - len(first)} if count > len(first) else ""
    link = setup_of(first[0]) if count == 1 else list_of("businessunit", lacking=what.value)
    yield Need(count, title, link, f"{named}{more}. {words}", is_bad, what.value, rows)


def _failures(sight: Sight) -> Iterator[Need]:
    """Yield what stopped, by its cause."""
    seen = sight.within(SyncRecord.objects.all(), Capability.VIEW)
    for code, count, name in causes(seen)[:MOST_CAUSES]:
        cause = code or NO_CODE
        link = list_of("syncrecord", cause=cause)
        rows = stopped_by(seen, cause)
        yield Need(
            count, _("documents stopped"), link, f"{name}.", key=f"stopped {cause}", rows=rows
        )


def _refunds(sight: Sight, counts: Counts) -> Iterator[Need]:
    if counts.oldest_refund is None:
        return
    days = (timezone.localdate() - counts.oldest_refund).days
    link = list_of("refunddiscrepancy", status=Listing.OPEN.value)
    words, rows = _("The oldest: %(days)s days.") % {"days": days}, open_refunds(sight)
    first = reverse("admin:sync_refunddiscrepancy_oldest")
    what = _("refunds to adjust")
    yield Need(counts.refunds, what, link, words, first=first, key="refunds", rows=rows)


def _found_there(sight: Sight, counts: Counts) -> Iterator[Need]:
    found: tuple[tuple[int, str, str, QuerySet[Any]], ...] = (
        (counts.changes, _("changes after export"), "drift", open_changes(sight)),
        (counts.strays, _("documents found in QuickBooks"), "stray", open_strays(sight)),
    )
    for count, title, model, rows in found:
        if count:
            yield Need(count, title, list_of(model), key=model, rows=rows)


def _customers(sight: Sight) -> Iterator[Need]:
    """Yield the units of which a person must say which customer in QuickBooks is which."""
    asked = [CustomerMatch.Standing.CERTAIN, CustomerMatch.Standing.LOOK]
    rows = CustomerMatch.objects.filter(standing__in=asked)
    found = open_matches(sight.within(rows, Capability.RESOLVE)).order_by()
    counted = found.values_list("business_unit", "standing").annotate(count=Count("pk"))
    most_first = sorted(counted, key=lambda row: -row[2])[:MOST_NAMED]
    held = sight.units(Capability.RESOLVE)
    units = held.in_bulk([unit_id for unit_id, *_rest in most_first]) if most_first else {}
    for unit_id, value, count in most_first:
        unit, standing = units[unit_id], CustomerMatch.Standing(value)
        yield Need(
            count,
            _("customers to match in %(unit)s") % {"unit": unit},
            matches_of(unit, standing),
            f"{standing.label}.",
            is_bad=False,
            key=f"customers {standing} {unit_id}",
            rows=found.filter(business_unit=unit_id, standing=standing),
        )

"""Reading a list whole, however long it is and whatever changes in it meanwhile.

Intuit sorts by no Id any more, and rows that were changed in the same second come in any order. So
a list is read by the time of change: each page begins with the last second of the page before, and
what changes meanwhile moves on to a later page. A second of more rows than a page holds (a
*plateau*) is read by positions instead, and only until as many ids are known as QuickBooks counts
in it, before and after. The list as a whole is complete when the same is true of it, and a further
read of what changed since its beginning brings nothing new. It is read anew a few times where that
cannot be had; then it is incomplete, and nothing may be concluded from what is absent in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeAlias

from django.utils import timezone

from sync.quickbooks.faults import Fault, Outcome, QuickBooksFault
from sync.words import stored

Row: TypeAlias = dict[str, Any]
PAGE = 1000
UPDATED = "MetaData.LastUpdatedTime"
# What is committed there a moment late, and clocks that differ where QuickBooks tells no time.
OVERLAP = timedelta(minutes=1)
CLOCK_SKEW = timedelta(minutes=5)
MOST_PASSES = 3
MOST_ROUNDS = 4
MOST_TURNS = 6
# Rows that are equal in what they are sorted by may be missed between two pages: another size has
# its pages end elsewhere, each turn by an eighth of a page.
SMALLER = 8
# What tells the rows of a plateau apart; every list that people name has a name.
_DISPLAYED = ("DisplayName",)
KEYS = {
    "Customer": _DISPLAYED,
    "Vendor": _DISPLAYED,
    "Employee": _DISPLAYED,
    "Invoice": ("DocNumber", "TxnDate"),
    "Payment": ("TxnDate", "TotalAmt"),
    "CompanyCurrency": ("Code",),
}
# TAX and NON bear neither Active nor a time of change: read whole, by position, without a WHERE.
UNSORTED = {"TaxCode"}
_WITH_INACTIVE = "Active IN (true, false)"
_TRANSACTIONS = {
    *("CreditMemo", "RefundReceipt", "SalesReceipt", "Purchase", "Deposit", "JournalEntry"),
}


class ListIncomplete(QuickBooksFault):
    """A list was different each time it was read: nothing may be concluded from what is absent."""

    CODE = "LIST_INCOMPLETE"

    def __init__(self, entity: str) -> None:
        super().__init__(
            Fault(
                outcome=Outcome.UNKNOWN,
                status=200,
                code=self.CODE,
                message=f"the list of {entity} could not be read whole",
                detail="",
                element="",
                intuit_tid="",
                words=stored(
                    "QuickBooks' list “%(name)s” was different each time it was read, so nothing "
                    "was concluded from it. Another app may be changing much there: try again when "
                    "it is quieter.",
                    name=entity,
                ),
            )
        )


class Asked(Protocol):
    """What a company is asked by: a page, a count, and the time of its last answer."""

    def page(
        self, entity: str, start: int, where: str = "", order_by: str = "", size: int = PAGE
    ) -> list[Row]: ...

    def count(self, entity: str, where: str = "") -> int: ...

    @property
    def answered_at(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where the reading of a list goes on; it is kept as JSON between two pages."""

    begun: str = ""  # when this pass or round was begun, by QuickBooks' clock, less the overlap
    total: int = 0  # how many rows QuickBooks counted last
    since: str = ""  # the next page holds what was changed from then on
    before: int | None = None  # in a further read: how many ids were known when it began
    rounds: int = 0  # further reads that were begun
    passes: int = 0  # how often it was begun anew, and what was read before forgotten
    position: int = 0  # within a plateau, from 1; else 0
    held: int = 0  # rows of the plateau, when it was begun
    apart: int = 0  # ids known besides those of the plateau
    turn: int = 0  # how often the plateau was read


@dataclass(frozen=True, slots=True)
class Reading:
    """A list that is being read: which, what takes its rows, and how many ids these know."""

    client: Asked
    entity: str
    keep: Callable[[Sequence[Row]], None]
    known: Callable[[], int]
    where: str = ""
    since: str = ""
    checks_one_page: bool = True
    """One answer shows one moment; a list that is kept here is counted all the same."""

    def step(self, place: Place) -> Place | None:
        """Read one more page; return where it goes on, None once the list is complete."""
        if self.entity in UNSORTED:
            return self._by_position(place)
        return self._level(place) if place.position else self._sweep(place)

    def _sweep(self, place: Place) -> Place | None:
        since = place.since or self.since
        rows = self.client.page(self.entity, 1, self._from(since), UPDATED, PAGE)
        if not place.begun:
            place = replace(place, begun=self._now())
            if len(rows) < PAGE:
                self.keep(rows)
                return self._one_page(place)
            place = replace(place, total=self._count(self._from(self.since)))
        if len(rows) < PAGE:
            self.keep(rows)
            return self._end(place)
        last = _stamp(rows[-1])
        if not last:
            raise ListIncomplete(self.entity)
        # Rows of the last second come again with the next page.
        self.keep([row for row in rows if _stamp(row) != last])
        if _stamp(rows[0]) != last:
            return replace(place, since=last)
        held = self._count(self._within(last))
        return replace(place, since=last, position=1, turn=0, held=held, apart=self.known())

    def _one_page(self, place: Place) -> Place | None:
        if not self.checks_one_page or self._count(self._from(self.since)) == self.known():
            return None
        return self._anew(place)

    def _level(self, place: Place) -> Place:
        """Read a page of a plateau."""
        size, keys = PAGE - place.turn * PAGE // SMALLER, _keys(self.entity)
        within = self._within(place.since)
        key = keys[place.turn % len(keys)]
        rows = self.client.page(self.entity, place.position, within, key, size)
        self.keep(rows)
        following = place.position + size
        if len(rows) == size and following <= place.held:
            return replace(place, position=following)
        if self._count(within) != place.held:
            return self._anew(place)  # rows moved away, and others up into their places
        if place.before is not None or self.known() - place.apart == place.held:
            return replace(place, since=_a_second_after(place.since), position=0)
        if place.turn + 1 == MOST_TURNS:
            raise ListIncomplete(self.entity)  # nothing tells its rows apart
        return replace(place, position=1, turn=place.turn + 1)

    def _end(self, place: Place) -> Place | None:
        """After the last page: begin a further read, or say whether it has brought anything."""
        known = self.known()
        if place.before is None:
            return self._further(place, known)
        total = self._count(self._from(self.since))
        if known == place.before == place.total == total:
            return None
        if known == total and place.rounds < MOST_ROUNDS:
            return self._further(replace(place, total=total), known)
        return self._anew(place)

    def _further(self, place: Place, known: int) -> Place:
        rounds, now = place.rounds + 1, self._now()
        return replace(place, since=place.begun, begun=now, before=known, rounds=rounds)

    def _by_position(self, place: Place) -> Place | None:
        position = place.position or 1
        rows = self.client.page(self.entity, position, self.where, size=PAGE)
        self.keep(rows)
        if len(rows) >= PAGE:
            return replace(place, position=position + PAGE)
        if position == 1 and not self.checks_one_page:
            return None
        # QuickBooks may give more rows than it counts: pseudo-codes, which are in no table there.
        return None if self.known() >= self._count(self.where) else self._anew(place)

    def _anew(self, place: Place) -> Place:
        if place.passes + 1 == MOST_PASSES:
            raise ListIncomplete(self.entity)
        return Place(passes=place.passes + 1)

    def _now(self) -> str:
        there = self.client.answered_at or timezone.now() - CLOCK_SKEW
        return (there - OVERLAP).isoformat(timespec="seconds")

    def _count(self, where: str) -> int:
        return self.client.count(self.entity, where)

    def _from(self, since: str) -> str:
        return self._and(f"{UPDATED} >= '{since}'" if since else "")

    def _within(self, stamp: str) -> str:
        return self._and(f"{UPDATED} >= '{stamp}' AND {UPDATED} < '{_a_second_after(stamp)}'")

    def _and(self, condition: str) -> str:
        return " AND ".join(part for part in (self.where, condition) if part)


def with_inactive(entity: str) -> str:
    """The condition by which a list names its inactive rows, too."""
    return "" if entity in UNSORTED else _WITH_INACTIVE


def read_whole(
    client: Asked,
    entity: str,
    where: str = "",
    since: datetime | None = None,
    wanted: Callable[[Row], bool] = lambda _row: True,
) -> Iterator[Row]:
    """Yield the wanted rows of a list, each once; only once it is complete, else ListIncomplete."""
    rows: dict[str, Row] = {}
    ids: set[str] = set()

    def keep(page: Sequence[Row]) -> None:
        ids.update(str(row["Id"]) for row in page)
        rows.update((str(row["Id"]), row) for row in page if wanted(row))

    begin = since.isoformat(timespec="seconds") if since else ""
    reading = Reading(client, entity, keep, ids.__len__, where, begin, checks_one_page=False)
    place: Place | None = Place()
    while place is not None:
        passes = place.passes
        place = reading.step(place)
        if place is not None and place.passes != passes:
            rows.clear()
            ids.clear()
    yield from rows.values()


def _keys(entity: str) -> tuple[str, ...]:
    return KEYS.get(entity) or (("TxnDate",) if entity in _TRANSACTIONS else ("Name",))


def _stamp(row: Row) -> str:
    return str((row.get("MetaData") or {}).get("LastUpdatedTime") or "")


def _a_second_after(stamp: str) -> str:
    return (datetime.fromisoformat(stamp) + timedelta(seconds=1)).isoformat()

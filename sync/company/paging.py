"""Reading long lists of a company a page at a time, so that what is urgent goes in between."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeAlias

from django.utils import timezone

from sync.company.requests import RequestFailed, keep_place, progress
from sync.company.sessions import CompanySession
from sync.models import CompanyRequest
from sync.quickbooks.lists import ListIncomplete, Place, Reading, with_inactive
from sync.words import stored

Rows: TypeAlias = Sequence[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Listing:
    """A list in QuickBooks: its name there and on the page, and how its rows are kept.

    Rows are kept as read at the time when the list was begun; `known` says how many were so far.
    `end` is told that time only once the list is complete, does away with what was not read since,
    and counts. `where` narrows it; a list of names is read with its inactive rows.
    """

    entity: str
    name: str
    keep: Callable[[Rows, datetime], None]
    known: Callable[[datetime], int]
    end: Callable[[datetime], int]
    where: str | None = None


@dataclass(frozen=True, slots=True)
class Begun:
    """The list that is being read: since when, by our clock, and where it goes on."""

    at: datetime
    place: Place

    @classmethod
    def of(cls, kept: dict[str, Any] | None) -> "Begun":
        """Return what a request keeps, or a beginning."""
        if not kept:
            return cls(timezone.now(), Place())
        return cls(datetime.fromisoformat(kept["at"]), Place(**kept["place"]))

    def to_keep(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {"at": self.at.isoformat(), "place": asdict(self.place)}


def read_next_page(
    session: CompanySession,
    request: CompanyRequest,
    listings: Sequence[Listing],
    *,
    first_step: int,
    steps: int,
) -> bool:
    """Read one more page of the lists and keep the place; say whether there was one to read.

    The place holds what was counted of lists that are read whole, and where the next page begins.
    From a list that cannot be read whole nothing absent is concluded: the request says so.
    """
    counts = request.place.get("counts", [])
    if len(counts) == len(listings):
        return False
    listing, begun = listings[len(counts)], Begun.of(request.place.get("begun"))
    doing = stored("Reading its %(name)s", name=listing.name)
    if known := listing.known(begun.at):
        doing = stored("Reading its %(name)s (%(count)s so far)", name=listing.name, count=known)
    progress(request, doing, first_step + len(counts), steps)
    try:
        place = _reading(session, listing, begun.at).step(begun.place)
    except ListIncomplete:
        raise RequestFailed(_INCOMPLETE.filled(name=listing.name)) from None
    kept: dict[str, Any]
    if place is None:
        kept = {"counts": [*counts, [listing.name, listing.end(begun.at)]], "begun": None}
    else:
        at = begun.at if place.passes == begun.place.passes else timezone.now()
        kept = {"begun": Begun(at, place).to_keep()}
    keep_place(request, request.place | kept)
    return True


_INCOMPLETE = stored(
    "QuickBooks' list of %(name)s was different each time it was read. What was read is "
    "kept, and nothing was taken for gone. Please start it again when less is "
    "being changed there."
)


def _reading(session: CompanySession, listing: Listing, at: datetime) -> Reading:
    return Reading(
        client=session.client,
        entity=listing.entity,
        keep=lambda rows: listing.keep(rows, at),
        known=partial(listing.known, at),
        where=with_inactive(listing.entity) if listing.where is None else listing.where,
    )

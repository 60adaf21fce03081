"""Reading long lists of a company a page at a time, so that what is urgent goes in between."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from django.utils import timezone

from sync.company.requests import keep_place, progress
from sync.company.sessions import CompanySession
from sync.models import CompanyRequest
from sync.quickbooks.client import PAGE

WITH_INACTIVE = "Active IN (true, false)"
Rows: TypeAlias = Sequence[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Listing:
    """A list in QuickBooks: its name there and on the page, and how its rows are kept.

    Rows are kept as read at the time when the list was begun; `end` is told that time, too, does
    away with what was not read since, and counts.
    """

    entity: str
    name: str
    keep: Callable[[Rows, datetime], None]
    end: Callable[[datetime], int]


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
    """
    counts, start = request.place.get("counts", []), request.place.get("start", 1)
    if len(counts) == len(listings):
        return False
    listing = listings[len(counts)]
    so_far = f" ({start - 1:,} so far)" if start > 1 else ""
    progress(request, f"Reading its {listing.name}{so_far}", first_step + len(counts), steps)
    begun = datetime.fromisoformat(request.place["begun"]) if start > 1 else timezone.now()
    rows = session.client.page(listing.entity, start, where=WITH_INACTIVE, order_by="Id")
    listing.keep(rows, begun)
    if len(rows) < PAGE:
        place = {"counts": [*counts, [listing.name, listing.end(begun)]], "start": 1}
    else:
        place = {"start": start + PAGE, "begun": begun.isoformat()}
    keep_place(request, request.place | place)
    return True

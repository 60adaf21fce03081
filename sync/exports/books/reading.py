"""Reading what a company's books hold, and matching it to ours; nothing is linked.

It goes piece by piece, from the place that the request keeps, however many there are on each side.
"""

from datetime import date
from functools import partial
from typing import Any

from sync.company.isolation import together_or_apart
from sync.company.paging import read_next_page
from sync.company.requests import RequestFailed, keep_place, progress
from sync.company.sessions import CompanySession
from sync.connections import books_step
from sync.exports.books.step import conclude, outdate
from sync.exports.existing.candidates import to_match
from sync.exports.existing.proposals import propose
from sync.mappings import booked
from sync.models import BooksMatch, CompanyRequest, QuickBooksCompany, SyncRecord
from sync.words import stored

KIND = booked.READ
_CHUNK = 500
_STEPS = 3


def read_and_match(session: CompanySession, request: CompanyRequest) -> dict[str, Any] | None:
    """Read a page of invoices or payments, then match a chunk of ours, until all is done."""
    company = session.company
    since = _since(company, request)
    listings = booked.listings(company, since)
    if read_next_page(session, request, listings, first_step=0, steps=_STEPS):
        return None
    progress(request, stored("Comparing them with ours"), len(listings), _STEPS)
    if _match_more(session, request):
        return None
    _forget_decided(company)
    for unit in books_step.note_reading(company, since):
        conclude(unit, None)
    return {"read": request.place["counts"], "since": since.isoformat()}


def _since(company: QuickBooksCompany, request: CompanyRequest) -> date:
    """Return the day to read from: it stays while one reading goes on."""
    if "since" in request.place:
        return date.fromisoformat(request.place["since"])
    since = booked.since(company)
    if since is None:
        raise RequestFailed(
            stored("No start date is set: it says from when on the books are read.")
        )
    keep_place(request, request.place | {"since": since.isoformat()})
    return since


def _match_more(session: CompanySession, request: CompanyRequest) -> bool:
    """Match the next chunk of the invoices of all units; say whether there was one."""
    last = request.place.get("last", 0)
    rows = to_match(session.company).filter(pk__gt=last).select_related("customer", "business_unit")
    chunk = list(rows.order_by("pk")[:_CHUNK])
    if chunk:
        session.lease.renew()
        tried = together_or_apart(
            chunk, partial(propose, session.company), company=session.company.pk
        )
        tried.raise_if_general()
        # One that cannot be compared is looked at with its bodies, and is not Ready till then.
        outdate(invoice.pk for invoice, _ in tried.out)
        keep_place(request, request.place | {"last": chunk[-1].pk})
    return bool(chunk)


def _forget_decided(company: QuickBooksCompany) -> None:
    """Forget what went to QuickBooks meanwhile: there is nothing left to decide about it."""
    there = SyncRecord.objects.filter(company=company, invoice__isnull=False).exclude(qbo_id="")
    gone = BooksMatch.objects.filter(company=company, invoice__in=there.values("invoice"))
    while ids := list(gone.order_by("pk").values_list("pk", flat=True)[:_CHUNK]):
        BooksMatch.objects.filter(pk__in=ids).delete()

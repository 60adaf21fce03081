"""Linking the invoices that people chose, with the payments of theirs that are there.

Each is read in QuickBooks once more. What is linked counts as exported, as it was read; payments of
ours that are not there are late payments, which a person exports.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from accounts.access import Capability, may
from sync.company.isolation import together_or_apart
from sync.company.requests import RequestFailed, keep_place, progress
from sync.company.sessions import CompanySession
from sync.exports.books.records import Made, make_records
from sync.exports.books.rereading import AT_ONCE, There, read_anew
from sync.exports.books.step import conclude, outdate
from sync.exports.customers import linking as customers
from sync.exports.delivery.settling import make_sendable
from sync.exports.existing.candidates import Paying, payments_of, theirs_of
from sync.exports.existing.matching import NOT_LINKABLE, OurInvoice, doubts, pair, words_of
from sync.exports.existing.ours import ours_of
from sync.exports.existing.proposals import propose_for
from sync.exports.remedies.results import resume
from sync.exports.runs.balances import too_little
from sync.mappings import booked
from sync.models import BooksDocument, BooksMatch, CompanyRequest, Event, SyncRecord
from sync.words import stored, together

State = SyncRecord.State
Kind = BooksDocument.Kind
GONE = stored("It is no longer in QuickBooks. Read what it holds again.")
CHANGED_THERE = stored("It was changed in QuickBooks after it was read. Look at it again.")
NO_ROLE = stored("Who chose it may not do so in this business unit any more.")
ON_ITS_WAY = stored("It is on its way to QuickBooks, or may be there. Check it again first.")
NO_CUSTOMER = stored("Its customer could not be linked. Match the customer first.")
NO_LONGER = stored("It is not certain any more.")


@dataclass(slots=True)
class _Chunk:
    """What becomes of a chunk: made of what, and which rows are done with."""

    made: list[Made] = field(default_factory=list)
    refused: list[BooksMatch] = field(default_factory=list)


def link_chosen(session: CompanySession, request: CompanyRequest) -> dict[str, Any] | None:
    """Link the certain customers of a unit, then hundreds of its invoices by two reads."""
    unit = session.company.business_units.filter(pk=request.business_unit_id or 0).first()
    if unit is None:
        raise RequestFailed(stored("The business unit posts to another company now."))
    if "invoices" not in request.place:
        if customers.link_chosen(session, request) is None:
            return None
        keep_place(request, {"invoices": 0, "linked": 0})
    waiting = BooksMatch.objects.filter(
        company=session.company, business_unit=unit, chosen__isnull=False
    )
    chunk = list(waiting.select_related("chosen").order_by("pk")[:AT_ONCE])
    place = request.place
    if not chunk:
        conclude(unit, request.requested_by)
        refused = place["invoices"] - place["linked"]
        return {"linked": place["linked"], "refused": refused}
    total = place["invoices"] + waiting.count()
    progress(request, stored("Linking invoices"), place["invoices"], total)
    there = read_anew(session, chunk)
    with transaction.atomic():
        session.lease.lock()
        linked = _link_isolated(session, chunk, there)
    keep_place(
        request,
        {"invoices": place["invoices"] + len(chunk), "linked": place["linked"] + linked},
    )
    return None


def _locked(chunk: Sequence[BooksMatch]) -> QuerySet[BooksMatch]:
    """Return the rows as they stand now; what was chosen otherwise meanwhile waits its turn."""
    rows = BooksMatch.objects.select_for_update(no_key=True, of=("self",))
    return (
        rows.filter(pk__in=[row.pk for row in chunk], chosen__in={row.chosen_id for row in chunk})
        .select_related("invoice__customer", "invoice__business_unit", "chosen", "chosen_by")
        .order_by("pk")
    )


def _link_isolated(session: CompanySession, chunk: Sequence[BooksMatch], there: There) -> int:
    """Link a chunk; one that meets an unexpected error is put back, and stops no other."""

    def act(some: Sequence[BooksMatch]) -> int:
        return _link(session, _locked(some), there)

    tried = together_or_apart(chunk, act, company=session.company.pk)
    tried.raise_if_general()
    for row, trouble in tried.out:
        words = trouble.words(stored("Link it again."))
        BooksMatch.objects.filter(pk=row.pk).update(chosen=None, refusal=words)
    return sum(tried.done)


def _link(session: CompanySession, rows: QuerySet[BooksMatch], there: There) -> int:
    """Link rows under lock, or say on each why not; return how many were linked."""
    found = list(rows)
    company = session.company
    invoices = [row.invoice for row in found]
    ours = ours_of(company, invoices)
    paying = Paying.of(company, there.payments.values())
    records = SyncRecord.objects.filter(company=company)
    known = {r.invoice_id: r for r in records.filter(invoice__in=[i.pk for i in invoices])}
    claimed = _held(company.pk, there)
    linked = records.filter(customer__in=[i.customer_id for i in invoices]).exclude(qbo_id="")
    customers_there = dict(linked.values_list("customer", "qbo_id"))
    chunk = _Chunk()
    for row in found:
        document = there.invoices.get(row.chosen.qbo_id if row.chosen else "")
        words = _refusal(row, known.get(row.invoice_id), document, claimed)
        if document is not None and not words and there.is_news(document):
            words = CHANGED_THERE
        words = words or _differences(row, ours[row.invoice_id], document, paying)
        if not words and row.invoice.customer_id not in customers_there:
            words = NO_CUSTOMER
        if words or document is None:
            row.refusal = words or GONE
            chunk.refused.append(row)
            continue
        claimed.add(document.qbo_id)
        chunk.made.append(_made(row, ours[row.invoice_id], document, there, paying))
    _save(session, chunk, there)
    return len(chunk.made)


def _made(
    row: BooksMatch, ours: OurInvoice, document: BooksDocument, there: There, paying: Paying
) -> Made:
    """Return what a row's records are made of: the invoice there, and what pays it."""
    pairs, _ = pair(ours.payments, theirs_of(document, paying).payments)
    ids = {payment.pk: qbo_id for qbo_id, payment in there.payments.items()}
    return Made(
        row=row,
        entity=there.entities[Kind.INVOICE.value, document.qbo_id],
        payments={
            here.pk: (there.entities[Kind.PAYMENT.value, ids[each.pk]], each.applied)
            for here, each in pairs
        },
    )


def _held(company_id: int, there: There) -> set[str]:
    records = SyncRecord.objects.filter(
        company=company_id, kind=SyncRecord.Kind.INVOICE, qbo_id__in=there.invoices.keys()
    )
    return set(records.exclude(qbo_id="").values_list("qbo_id", flat=True))


def _refusal(
    row: BooksMatch,
    record: SyncRecord | None,
    document: BooksDocument | None,
    claimed: Collection[str],
) -> str:
    """Say why a row may not be linked, whatever the figures; empty where it may."""
    if record is not None and (record.qbo_id or record.state not in {State.PENDING, State.FAILED}):
        return ON_ITS_WAY
    if document is None or row.chosen is None:
        return GONE
    if document.pk is None or document.sync_token != row.chosen.sync_token:
        return CHANGED_THERE
    if row.chosen_by is None or not may(row.chosen_by, Capability.RESOLVE, row.business_unit_id):
        return NO_ROLE
    if document.qbo_id in claimed:
        return stored("Another invoice of ours is linked to it already.")
    return ""


def _differences(
    row: BooksMatch, ours: OurInvoice, document: BooksDocument | None, paying: Paying
) -> str:
    """Say what of it speaks against a link now: anything, where it was certain."""
    if document is None:
        return ""
    found = doubts(ours, theirs_of(document, paying))
    if row.standing == BooksMatch.Standing.CERTAIN and found:
        return together(NO_LONGER, words_of(found))
    return words_of([doubt for doubt in found if doubt in NOT_LINKABLE])


def _save(session: CompanySession, chunk: _Chunk, there: There) -> None:
    """Keep the links, let go what waited for them, and put what was refused before a person."""
    company = session.company
    linked = make_records(company, chunk.made)
    for record in linked.waited:
        record.save()
    SyncRecord.objects.bulk_create(linked.new)
    entities = {made.row.invoice_id: made.entity for made in chunk.made}
    for record in linked.waited:
        if record.invoice_id and (words := too_little(record, entities[record.invoice_id])):
            record.stop(State.MISMATCH, SyncRecord.Problem.BALANCE, words)
            record.save()
    make_sendable(linked.waited)
    resume(linked.waited)
    for actor in {made.row.chosen_by for made in chunk.made}:
        about = [r.as_subject() for r in linked.every if r.linked_by == actor]
        Event.objects.record(Event.Action.LINKED, actor, about)
    BooksMatch.objects.filter(pk__in=[made.row.pk for made in chunk.made]).delete()
    outdate(made.row.invoice_id for made in chunk.made)
    _put_back(session, chunk.refused, there)


def _put_back(session: CompanySession, refused: Sequence[BooksMatch], there: There) -> None:
    """Compare what was refused anew, with what was read just now."""
    if not refused:
        return
    ids = {row.chosen.qbo_id for row in refused if row.chosen}
    fresh = [there.invoices[qbo_id] for qbo_id in sorted(ids) if qbo_id in there.invoices]
    paying = {pk for document in fresh for pk in payments_of(document)}
    booked.keep(fresh)
    booked.keep(row for qbo_id, row in there.payments.items() if qbo_id in paying)
    gone = ids - there.invoices.keys()
    BooksDocument.objects.filter(
        company=session.company, kind=Kind.INVOICE, qbo_id__in=gone
    ).delete()
    words = {row.invoice_id: row.refusal for row in refused}
    BooksMatch.objects.filter(pk__in=[row.pk for row in refused]).update(chosen=None)
    propose_for(session.company, words.keys())
    for row in BooksMatch.objects.filter(company=session.company, invoice__in=words):
        row.refusal = words[row.invoice_id]
        row.save(update_fields=["refusal"])

"""Recovery: a request without an answer is looked up before it is sent again.

It is looked up once QuickBooks has done it or never will. If nothing is there, the same bytes go
again under the same id. If something is there, it is looked up once more. When both looks agree,
our documents are adopted, and the others wait for a new request. A doubt stops for a person.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import uuid4

from django.db import transaction
from django.db.models import F, Max, Q
from django.db.models.functions import Now

from sync.company.lanes import BATCH
from sync.company.sessions import CompanySession
from sync.exports.delivery import delete_write
from sync.exports.delivery.marker_search import Findings, Look, look
from sync.exports.delivery.planner import Planned
from sync.exports.delivery.settling import UNCLEAR, save
from sync.exports.delivery.taxes import update as tax_update
from sync.exports.documents import build
from sync.exports.documents.build import Document
from sync.exports.documents.remote import differences, take
from sync.models import BatchRequest, Invoice, Payment, QuickBooksCompany, SyncRecord
from sync.quickbooks.client import QuickBooksFault
from sync.quickbooks.faults import Fault
from sync.quickbooks.lists import ListIncomplete
from sync.words import stored, together

State, Kind = SyncRecord.State, SyncRecord.Kind
MOST_RESENDS = 5
# A request without bytes: a person wants the document sent, and it is looked for first.
LOOK = "look"


def look_first(record: SyncRecord) -> None:
    """Have recovery look a doubtful document up, and send it only if it is not there."""
    record.state = State.IN_FLIGHT
    record.batch = _request_to_look(record.company, record.queued_at)


def _request_to_look(company: QuickBooksCompany, since: datetime) -> BatchRequest:
    return BatchRequest.objects.create(
        company=company,
        request_id=uuid4().hex,
        target=LOOK,
        lease_token=uuid4(),
        sent_at=since,
        look_after=Now(),
    )


def look_first_together(records: Sequence[SyncRecord], since: datetime) -> None:
    """Look for documents before they are sent, those of a kind together; they may be there since.

    What others refer to is looked for, and adopted, before them.
    """
    for kind in (Kind.CUSTOMER, Kind.INVOICE, Kind.PAYMENT):
        if of_kind := [record for record in records if record.kind == kind]:
            batch = _request_to_look(of_kind[0].company, since)
            for record in of_kind:
                record.state, record.batch = State.IN_FLIGHT, batch
            SyncRecord.objects.bulk_update(of_kind, ["state", "batch"])


def recover(session: CompanySession, batch: BatchRequest) -> Planned | None:
    """Find out what became of a request; return it where the same bytes must go again.

    Raises QuickBooksFault where the company as a whole is refused, and TransportError.
    """
    if batch.operation == delete_write.DELETE:
        _find_out(session, batch, delete_write.find_out)
        return None
    if batch.operation == tax_update.UPDATE:
        _find_out(session, batch, tax_update.find_out)
        return None
    records = in_flight(batch)
    if (after := _referred_looked_for(batch, records)) is not None:
        _look_after(session, batch, after)
        return None
    findings = _look(session, batch, records)
    if isinstance(findings, Fault):
        _put_off(session, batch, records, findings)
        return None
    with transaction.atomic():
        session.lease.lock()
        return _conclude(session, batch, records, findings)


def _referred_looked_for(batch: BatchRequest, records: Sequence[SyncRecord]) -> datetime | None:
    """Return when what these refer to is looked for, where that is on its way by other requests.

    After a restored backup both are: an invoice is compared with its customer only once that is
    found.
    """
    paid = [record.payment_id for record in records if record.payment_id]
    invoices = [record.invoice_id for record in records if record.invoice_id]
    invoices += Payment.objects.filter(pk__in=paid).values_list("invoice", flat=True)
    customers = Invoice.objects.filter(pk__in=invoices).values_list("customer", flat=True)
    referred = SyncRecord.objects.filter(
        Q(customer__in=list(customers)) | Q(invoice__in=invoices),
        company=batch.company_id,
        state=State.IN_FLIGHT,
    ).exclude(batch=batch)
    latest: datetime | None = referred.aggregate(at=Max("batch__look_after"))["at"]
    return latest


def _look_after(session: CompanySession, batch: BatchRequest, other: datetime) -> None:
    with transaction.atomic():
        session.lease.lock()
        later = other + timedelta(milliseconds=1)
        BatchRequest.objects.filter(pk=batch.pk).update(look_after=later)


def rehearse(session: CompanySession, batch: BatchRequest, record: SyncRecord) -> None:
    """Find out about one document of a request, and keep nothing of it."""
    findings = _look(session, batch, [record])
    if isinstance(findings, Fault):
        return
    with transaction.atomic():
        session.lease.lock()
        _conclude(session, batch, [record], findings)
        transaction.set_rollback(True)


def in_flight(batch: BatchRequest) -> list[SyncRecord]:
    """Return the records of a request of which the outcome is not known."""
    return list(
        batch.records.filter(state=State.IN_FLIGHT).select_related(
            "company__discount_account", "business_unit"
        )
    )


def _look(
    session: CompanySession, batch: BatchRequest, records: Sequence[SyncRecord]
) -> Findings | Fault:
    """Return what is there, or the refusal where QuickBooks refuses this look for good."""
    if not records or batch.sent_at is None:  # what never left cannot be there
        return Findings()
    try:
        findings = look(session.client, records, batch.sent_at)
    except QuickBooksFault as refusal:
        if not _is_about_the_look(refusal):
            raise
        return refusal.fault
    if batch.target == LOOK:
        findings.deleted.clear()  # the person who wants it sent has seen what was deleted
    return findings


def _conclude(
    session: CompanySession,
    batch: BatchRequest,
    records: Sequence[SyncRecord],
    findings: Findings,
) -> Planned | None:
    refused = [record for record in records if record.is_refused]
    unknown = [record for record in records if not record.is_refused]
    _settle_refused(refused, findings)
    if not unknown:
        _settled(batch)
    elif findings.is_empty():
        return _again(session, batch, records, unknown)
    elif batch.last_look == findings.summary():
        _settle_unknown(unknown, findings)
        _settled(batch)
    elif batch.last_look and batch.attempts > MOST_RESENDS:
        _stop_looking(unknown, findings, batch.last_look)
        _settled(batch)
    else:
        _look_again(batch, findings)
    return None


def _find_out(
    session: CompanySession,
    batch: BatchRequest,
    look: Callable[[CompanySession, BatchRequest], None],
) -> None:
    try:
        look(session, batch)
    except QuickBooksFault as refusal:
        if not _is_about_the_look(refusal):
            raise
        put_off_look(batch)


def _is_about_the_look(refusal: QuickBooksFault) -> bool:
    """Say whether this look cannot be had, and not just now or for the company as a whole."""
    return isinstance(refusal, ListIncomplete) or refusal.fault.is_about_the_question


def _put_off(
    session: CompanySession, batch: BatchRequest, records: Sequence[SyncRecord], fault: Fault
) -> None:
    """Let the company's other work go before the next look; after five a person is asked."""
    with transaction.atomic():
        session.lease.lock()
        if batch.attempts > MOST_RESENDS:
            is_incomplete = fault.code == ListIncomplete.CODE
            for record in records:
                _doubt(
                    record, together(fault.words, _LOOK_THERE) if is_incomplete else _NOT_FOUND_OUT
                )
                record.error_detail = f"{fault.message} {fault.detail}".strip()
            save(records)
            _settled(batch)
            return
        put_off_look(batch)


def put_off_look(batch: BatchRequest) -> None:
    BatchRequest.objects.filter(pk=batch.pk).look_later(attempts=F("attempts") + 1)


def _settle_refused(records: Sequence[SyncRecord], findings: Findings) -> None:
    """A definite refusal stands, unless our own document was refused as its own duplicate."""
    for record in records:
        if record.pk not in findings.ours:
            record.state = State.FAILED
    _adopt([record for record in records if record.pk in findings.ours], findings)
    save(records)


def _settle_unknown(records: Sequence[SyncRecord], findings: Findings) -> None:
    _adopt([record for record in records if record.pk in findings.ours], findings)
    for record in records:
        if record.pk in findings.ours:
            continue
        if record.pk in findings.strangers:
            _doubt(record, _STRANGER.filled(qbo_id=str(findings.strangers[record.pk]["Id"])))
        elif _may_have_been_deleted(record, findings):
            _doubt(record, _DELETED)
        else:
            record.state = State.PENDING
    save(records)


_STRANGER = stored(
    "QuickBooks did not answer, and now holds a document like this one (id %(qbo_id)s) "
    "that does not carry our mark. Compare the two: link to it, or retry."
)
_DELETED = stored(
    "QuickBooks did not answer, and a document was deleted there since. It may be "
    "this one: check it again. What is not there can be retried, or kept out of "
    "QuickBooks."
)
_SILENT = stored(
    "QuickBooks did not answer five times, and nothing arrived. Retry when it is back."
)
_NOT_FOUND_OUT = stored(
    "QuickBooks did not answer, and refuses to be searched for this document. Look "
    "there for its number, name or amount: if it is there, link to it; if it is "
    "not, retry."
)
_LOOK_THERE = stored(
    "Whether this document arrived is not known. Look for it there: link to it, or retry."
)
_TROUBLE = stored(
    "QuickBooks had trouble with this six times, and nothing arrived. Read its "
    "words below, and retry when it is well again."
)
_RESTLESS = stored(
    "QuickBooks did not answer, and what it holds was different each time this "
    "document was looked for: another app may be changing or deleting documents "
    "there. Look for it there: link to it, or retry."
)
_HELD = stored(
    "QuickBooks holds this document, but another record here claims it. Compare the two."
)


def _stop_looking(records: Sequence[SyncRecord], findings: Findings, before: Look) -> None:
    """Adopt what the last two looks agree on, and ask a person about the rest."""
    now = findings.summary()["ours"]
    same = {pk for pk, found in before["ours"].items() if now.get(pk) == found}
    steady = [record for record in records if str(record.pk) in same]
    _adopt(steady, findings)
    for record in records:
        if record not in steady:
            _doubt(record, _RESTLESS)
    save(records)


def _may_have_been_deleted(record: SyncRecord, findings: Findings) -> bool:
    return any(kind == record.kind for kind, _ in findings.deleted)


def _doubt(record: SyncRecord, words: str) -> None:
    record.stop(State.UNCERTAIN, SyncRecord.Problem.UNCERTAIN, words)


def _adopt(records: Sequence[SyncRecord], findings: Findings) -> None:
    """Take documents that carry our marker for ours, as if their answer had come."""
    made, applied = build.documents(records), _applied_by_found(records)
    for record in records:
        document, entity = made[record.pk], findings.ours[record.pk]
        if record.is_held_by_another(str(entity["Id"])):
            _doubt(record, _HELD)
        elif isinstance(document, str):
            _doubt(
                record,
                stored(
                    "It is in QuickBooks, but cannot be compared: %(document)s", document=document
                ),
            )
        else:
            taken = applied[record.invoice_id or 0]
            take(record, entity, differences(document, entity, taken))


def _applied_by_found(records: Sequence[SyncRecord]) -> dict[int, Decimal]:
    """Return what was applied to invoices by payments of ours that were found with them.

    These are looked for after their invoice, since they refer to it.
    """
    applied: dict[int, Decimal] = defaultdict(Decimal)
    found = SyncRecord.objects.filter(
        payment__invoice__in=[record.invoice_id for record in records if record.invoice_id],
        company__in={record.company_id for record in records},
        state=State.IN_FLIGHT,
        batch__target=LOOK,
        batch__settled_at=None,
    )
    for invoice_id, content in found.values_list("payment__invoice", "content"):
        applied[invoice_id] += Decimal(content["applied"])
    return applied


def _settled(batch: BatchRequest) -> None:
    BatchRequest.objects.filter(pk=batch.pk).settle()


def _look_again(batch: BatchRequest, findings: Findings) -> None:
    """Look once more: only a second look that agrees shows that no more is coming."""
    disagreed = int(batch.last_look is not None)  # as good as sent in vain
    BatchRequest.objects.filter(pk=batch.pk).look_later(
        last_look=findings.summary(), attempts=F("attempts") + disagreed
    )


def _again(
    session: CompanySession,
    batch: BatchRequest,
    records: Sequence[SyncRecord],
    unknown: Sequence[SyncRecord],
) -> Planned | None:
    """Send a whole request again byte for byte; what is left of a part is planned anew."""
    sent = batch.body.count('"bId"') if batch.target == BATCH else 1
    # What QuickBooks answered by itself it would only answer again, under the same id.
    is_answered = batch.http_status is not None and batch.http_status not in UNCLEAR
    whole = bool(batch.body) and len(records) == len(unknown) == sent and not is_answered
    made = {pk: d for pk, d in build.documents(unknown).items() if not isinstance(d, str)}
    if batch.attempts > MOST_RESENDS:
        for record in unknown:
            _doubt(record, _SILENT)
    elif whole and len(made) == len(unknown):
        return _resend(session, batch, unknown, made)
    else:  # where a mapping is gone since, planning it anew names it
        for record in unknown:
            record.state = State.PENDING
            if record.tries > MOST_RESENDS:
                _doubt(record, _TROUBLE)
    save(unknown)
    _settled(batch)
    return None


def _resend(
    session: CompanySession,
    batch: BatchRequest,
    records: Sequence[SyncRecord],
    documents: dict[int, Document],
) -> Planned:
    BatchRequest.objects.filter(pk=batch.pk).update(
        attempts=F("attempts") + 1,
        http_status=None,
        lease_token=session.lease.token,
        last_look=None,
    )
    return Planned(batch, list(records), documents, is_again=True)

"""Deleting in QuickBooks: one write, committed before its bytes leave, and never believed unseen.

A delete carries the SyncToken it was decided on, so doing it twice is harmless, and it cannot hit
a document that changed since. Where the answer is lost, QuickBooks is read once that is conclusive.
"""

from collections.abc import Collection, Sequence

from django.db import transaction

from accounts.models import User
from sync.company.requests import LookLater, look_now
from sync.company.sessions import CompanySession
from sync.exports.delivery.planner import write_down
from sync.exports.delivery.release_record import forget
from sync.exports.documents.remote import read
from sync.models import BatchRequest, Event, ExportRunItem, SyncRecord
from sync.quickbooks.client import NotSent, OutcomeUnknown, QuickBooksFault
from sync.quickbooks.documents import Entity, dump
from sync.quickbooks.faults import Fault, Outcome, fault_of
from sync.words import stored

Kind = SyncRecord.Kind
DELETE = "delete"


def delete(session: CompanySession, record: SyncRecord, entity: Entity) -> Fault | None:
    """Delete a document; return the refusal, or None where it was done, which is yet to be seen.

    Raises LookLater where nobody knows, and QuickBooksFault where every other would meet the same.
    """
    body = dump({"Id": str(entity["Id"]), "SyncToken": str(entity["SyncToken"])})
    batch = write_down(session, record, DELETE, body)
    rows = BatchRequest.objects.filter(pk=batch.pk)
    try:
        answer = session.client.send(batch.target, batch.body.encode(), batch.request_id, DELETE)
    except NotSent:
        _settle(batch)
        raise
    except OutcomeUnknown:
        rows.look_later()
        raise LookLater from None
    rows.update(http_status=answer.status, intuit_tid=answer.intuit_tid)
    fault = fault_of(answer)
    if fault is not None and fault.outcome is Outcome.UNKNOWN:
        rows.look_later()
        if fault.throttled:
            raise QuickBooksFault(fault)
        raise LookLater
    _settle(batch)
    if fault is not None and (fault.company_wide or fault.outcome is Outcome.REAUTHORIZE):
        raise QuickBooksFault(fault)
    return fault


def _settle(batch: BatchRequest) -> None:
    BatchRequest.objects.filter(pk=batch.pk).settle()
    SyncRecord.objects.filter(batch=batch).update(batch=None)


def unanswered(record_ids: Collection[int]) -> bool:
    """Say whether nobody knows yet what became of a delete of one of these."""
    return SyncRecord.objects.filter(
        pk__in=record_ids, batch__operation=DELETE, batch__settled_at__isnull=True
    ).exists()


def find_out(session: CompanySession, batch: BatchRequest) -> None:
    """Read what a delete without an answer did, and let the removal go on from there."""
    records = list(
        batch.records.select_related(
            "invoice__do_not_export_by", "payment__invoice__do_not_export_by"
        )
    )
    there = read(session.client, records)
    with transaction.atomic():
        session.lease.lock()
        for record in records:
            invoice = record.payment.invoice if record.payment else record.invoice
            if record.pk not in there and invoice is not None:
                # Whoever asked for it has marked the invoice Do not export before the first write.
                forget_removed([record], invoice.do_not_export_by)
        _settle(batch)
    look_now(session.company.pk, "remove")


def forget_removed(records: Sequence[SyncRecord], actor: User | None) -> None:
    """Forget what was removed from QuickBooks, in the name of whoever asked for it."""
    subjects = [record.as_subject() for record in records]
    Event.objects.record(Event.Action.REMOVED_FROM_QUICKBOOKS, actor, subjects)
    forget(records, actor, ExportRunItem.Cause.REMOVED, stored("It was removed from QuickBooks."))

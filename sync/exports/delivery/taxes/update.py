"""Correcting an invoice in QuickBooks: one sparse update, written down before it leaves.

It carries the SyncToken that was just read, so it cannot hit what changed since. No marker tells
of it: where the answer is lost, the invoice is read once that is conclusive, and its figures tell.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction

from sync.company.requests import look_now
from sync.company.sessions import CompanySession
from sync.exports.delivery.planner import write_down
from sync.exports.delivery.settling import save
from sync.exports.documents import build
from sync.exports.documents.remote import differences, read, take
from sync.models import BatchRequest, SyncRecord
from sync.quickbooks.client import NotSent, OutcomeUnknown, QuickBooksFault
from sync.quickbooks.documents import Entity, dump, tax_update_body
from sync.quickbooks.faults import Fault, Outcome, fault_of

UPDATE = "tax_update"
CORRECTION = "correct"  # what a person asks for, which goes on once it is known


def set_tax(
    session: CompanySession, record: SyncRecord, entity: Entity, tax: Decimal, code_id: str
) -> bool:
    """Send an update of the tax alone; say whether it was answered."""
    body = tax_update_body(str(entity["Id"]), str(entity["SyncToken"]), tax, code_id)
    return send(session, record, body).is_answered


class Sent(NamedTuple):
    """What came of an update: whether it was answered, and the refusal where it was refused."""

    is_answered: bool
    refused: Fault | None = None


def send(session: CompanySession, record: SyncRecord, content: Mapping[str, object]) -> Sent:
    """Write an update down and send it.

    Raises QuickBooksFault where any other write would meet the same, and NotSent.
    """
    body = dump(content)
    batch = write_down(session, record, UPDATE, body)
    rows = BatchRequest.objects.filter(pk=batch.pk)
    try:
        answer = session.client.send(batch.target, body, batch.request_id)
    except NotSent:
        rows.settle()
        raise
    except OutcomeUnknown:
        rows.look_later()
        return Sent(is_answered=False)
    rows.update(http_status=answer.status, intuit_tid=answer.intuit_tid)
    fault = fault_of(answer)
    if fault is not None and fault.outcome is Outcome.UNKNOWN:
        rows.look_later()
        if fault.throttled:
            raise QuickBooksFault(fault)
        return Sent(is_answered=False)
    rows.settle()
    if fault is not None and (
        fault.company_wide or fault.throttled or fault.outcome is Outcome.REAUTHORIZE
    ):
        raise QuickBooksFault(fault)
    return Sent(is_answered=True, refused=fault)


def is_under_way(record: SyncRecord) -> bool:
    """Say whether nobody knows yet what became of an update of it."""
    return record.batch is not None and record.batch.settled_at is None


def keep_as_read(session: CompanySession, record: SyncRecord, entity: Entity) -> None:
    """Have the record say what QuickBooks holds of the invoice now, and let go what waited."""
    document = build.documents([record])[record.pk]
    if isinstance(document, str):
        return
    record.batch = None  # the record tells of the request that made it
    take(record, entity, differences(document, entity))
    with transaction.atomic():
        session.lease.lock()
        save([record])


def find_out(session: CompanySession, batch: BatchRequest) -> None:
    """Read what an update without an answer did; whether it is to be repeated is asked after."""
    records = list(batch.records.select_related("company__discount_account", "business_unit"))
    there = read(session.client, records)
    for record in records:
        if record.pk in there:
            keep_as_read(session, record, there[record.pk])
    with transaction.atomic():
        session.lease.lock()
        BatchRequest.objects.filter(pk=batch.pk).settle()
    session.has_tax_probes = True
    look_now(session.company.pk, CORRECTION)

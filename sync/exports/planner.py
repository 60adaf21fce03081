"""The planner: the next writes, committed before a byte of them leaves.

A batch may mix kinds, because each item refers only to what is in QuickBooks already: payments of
invoices that are in, invoices of customers that are in, and customers. So batches go full.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from sync.connections.lanes import BATCH
from sync.connections.mappings import Mappings
from sync.connections.sessions import CompanySession
from sync.exports.payloads import ENTITY, Document, NotMapped, body_of, document_of
from sync.exports.rechecking import return_changed
from sync.models import BatchRequest, BusinessUnit, ExportRun, QuickBooksCompany, SyncRecord
from sync.quickbooks.batches import MOST_ITEMS, BatchItem, compose
from sync.quickbooks.documents import DocumentError, dump

State, Kind = SyncRecord.State, SyncRecord.Kind
MOST_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Planned:
    """A write that is committed and about to be sent."""

    batch: BatchRequest
    records: list[SyncRecord]
    documents: dict[int, Document]
    renewals: int  # how often the session had renewed its token when it left


def sendable(company: QuickBooksCompany) -> QuerySet[SyncRecord]:
    """Return what may be sent now: singles first, then payments, invoices and customers."""
    paused = ExportRun.objects.filter(company=company, state=ExportRun.State.PAUSED)
    return (
        # IN (true), as SQLite finds no index for a bare boolean.
        SyncRecord.objects.filter(company=company, state=State.PENDING, is_sendable__in=[True])
        .exclude(run__in=list(paused.values_list("pk", flat=True)))
        .order_by("-is_single", "-kind", "id")
    )


def plan_batch(session: CompanySession, *, only_full: bool = False) -> Planned | None:
    """Commit the next batch, or return None where there is nothing to send, or too little."""
    rows = sendable(session.company)
    if only_full and len(rows.values_list("pk")[:MOST_ITEMS]) < MOST_ITEMS:
        return None
    with transaction.atomic():
        session.lease.lock()
        records, documents = _choose(session.company, rows, MOST_ITEMS)
        if not records:
            return None
        items = [
            BatchItem(
                bid=str(record.pk),
                operation="create",
                entity=ENTITY[Kind(record.kind)],
                body=body_of(documents[record.pk]),
            )
            for record in records
        ]
        return _commit(session, BATCH, compose(items), records, documents)


def plan_singles(session: CompanySession, most: int, *, bulk: bool = False) -> list[Planned]:
    """Commit writes of one document each: what people wait for, or bulk where there is room."""
    rows = sendable(session.company)
    if not bulk:
        rows = rows.filter(is_single__in=[True])
    if not rows.exists():
        return []
    with transaction.atomic():
        session.lease.lock()
        records, documents = _choose(session.company, rows, most)
        return [
            _commit(
                session,
                ENTITY[Kind(record.kind)],
                dump(body_of(documents[record.pk])),
                [record],
                {record.pk: documents[record.pk]},
            )
            for record in records
        ]


def _choose(
    company: QuickBooksCompany, rows: QuerySet[SyncRecord], most: int
) -> tuple[list[SyncRecord], dict[int, Document]]:
    """Return up to that many records that may still go and can be written."""
    company = QuickBooksCompany.objects.select_related("discount_account").get(pk=company.pk)
    documents: dict[int, Document] = {}
    records: list[SyncRecord] = []
    for _ in range(MOST_ROUNDS):  # whatever does not go, the lock is held for a moment only
        taken = [record.pk for record in records]
        found = list(
            rows.exclude(pk__in=taken).prefetch_related("business_unit")[: most - len(records)]
        )
        if not found or len(records) == most:
            break
        for record in found:  # one company for all: its tokens are decrypted once
            record.company = company
        _take(return_changed(company, found), records, documents)
    return records, documents


def _take(
    found: list[SyncRecord], records: list[SyncRecord], documents: dict[int, Document]
) -> None:
    """Add to the batch what can be written; what cannot fails with the reason."""
    parents = parents_of(found)
    mappings: dict[BusinessUnit, Mappings] = {}
    for record in found:
        unit = record.business_unit
        if unit not in mappings:
            mappings[unit] = Mappings.of(record.company, unit)
        if not parents[record.pk].are_exported:
            # It waits until what it refers to is in QuickBooks as it should be (settling.release).
            SyncRecord.objects.filter(pk=record.pk).update(is_sendable=False)
            continue
        try:
            document = document_of(record, mappings[unit], parents[record.pk])
            body_of(document)
        except (DocumentError, NotMapped) as problem:
            record.state, record.error, record.error_code = State.FAILED, str(problem)[:1000], ""
            record.save(update_fields=["state", "error", "error_code"])
            continue
        documents[record.pk] = document
        records.append(record)


@dataclass(frozen=True, slots=True)
class Parents:
    """What a document refers to: QuickBooks ids, and whether it may go after what it waits for."""

    customer_id: str
    invoice_id: str
    are_exported: bool


def parents_of(records: Sequence[SyncRecord]) -> dict[int, Parents]:
    """Return what each record refers to in QuickBooks, by record."""
    customers = _there(records, "customer")
    invoices = _there(records, "invoice")
    found = {}
    for record in records:
        customer_id, customer_state = customers.get(record.content.get("customer"), ("", ""))
        invoice_id, invoice_state = invoices.get(record.content.get("invoice"), ("", ""))
        before = {Kind.INVOICE: customer_state, Kind.PAYMENT: invoice_state}
        is_exported = before.get(Kind(record.kind), State.EXPORTED) == State.EXPORTED
        found[record.pk] = Parents(customer_id, invoice_id, is_exported)
    return found


def _there(records: Sequence[SyncRecord], name: str) -> dict[int | None, tuple[str, str]]:
    """Return the QuickBooks id and the state of the customers or invoices referred to."""
    companies = {record.company_id for record in records}
    wanted = {record.content[name] for record in records if name in record.content}
    rows = SyncRecord.objects.filter(company__in=companies, **{f"{name}__in": wanted})
    return {
        getattr(row, f"{name}_id"): (row.qbo_id, row.state)
        for row in rows.exclude(qbo_id="").only(name, "qbo_id", "state")
    }


def _commit(
    session: CompanySession,
    target: str,
    body: bytes,
    records: Sequence[SyncRecord],
    documents: dict[int, Document],
) -> Planned:
    batch = BatchRequest.objects.create(
        company=session.company,
        request_id=uuid4().hex,
        target=target,
        body=body.decode(),
        lease_token=session.lease.token,
        sent_at=Now(),
        **waiting_times(),
    )
    started = {"state": State.IN_FLIGHT, "batch": batch} | dict.fromkeys(
        ("error", "error_code", "error_detail"), ""
    )
    rows = SyncRecord.objects.filter(pk__in=[record.pk for record in records])
    if rows.update(tries=F("tries") + 1, **started) != len(records):
        raise RuntimeError("a document left the outbox while it was planned under lock")
    for record in records:
        record.tries += 1
        for name, value in started.items():
            setattr(record, name, value)
    return Planned(batch, list(records), documents, session.renewals)


def waiting_times() -> dict[str, object]:
    """Return when a request sent now is given up, and when looking for it is conclusive."""
    deadline = timedelta(seconds=settings.QUICKBOOKS_SEND_DEADLINE)
    limit = timedelta(seconds=settings.QUICKBOOKS_SERVER_LIMIT)
    return {"deadline_at": Now() + deadline, "look_after": Now() + deadline + limit}

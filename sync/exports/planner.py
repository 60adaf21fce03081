"""The planner: the next batch of writes, committed before a byte of it leaves.

A batch may mix kinds, because each item refers only to what is in QuickBooks already: payments of
invoices that are in, invoices of customers that are in, and customers. So batches go full.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from sync.connections.mappings import Mappings
from sync.connections.sessions import CompanySession
from sync.exports.payloads import ENTITY, Document, NotMapped, body_of, document_of
from sync.exports.rechecking import return_changed
from sync.models import BatchRequest, BusinessUnit, ExportRun, QuickBooksCompany, SyncRecord
from sync.quickbooks.batches import MOST_ITEMS, BatchItem, compose
from sync.quickbooks.documents import DocumentError

State, Kind = SyncRecord.State, SyncRecord.Kind


@dataclass(frozen=True, slots=True)
class Planned:
    """A write that is committed and about to be sent."""

    batch: BatchRequest
    records: list[SyncRecord]
    documents: dict[int, Document]


def plan_batch(session: CompanySession) -> Planned | None:
    """Commit the next batch, or return None where nothing can be sent now."""
    with transaction.atomic():
        session.lease.lock()
        documents: dict[int, Document] = {}
        records: list[SyncRecord] = []
        while len(records) < MOST_ITEMS:
            found = _candidates(session.company, MOST_ITEMS - len(records), records)
            if not found:
                break
            _take(return_changed(session.company, found), records, documents)
        if not records:
            return None
        return _commit(session, records, documents)


def _candidates(
    company: QuickBooksCompany, most: int, taken: Iterable[SyncRecord]
) -> list[SyncRecord]:
    """Return what may be sent next: singles first, then payments, invoices and customers."""
    paused = ExportRun.objects.filter(company=company, state=ExportRun.State.PAUSED)
    records = (
        SyncRecord.objects.filter(company=company, state=State.PENDING, is_sendable=True)
        .exclude(pk__in=[record.pk for record in taken])
        .exclude(run__in=list(paused.values_list("pk", flat=True)))
        .order_by("-is_single", "-kind", "id")
        .select_related("company__discount_account", "business_unit", "invoice", "payment__invoice")
    )
    return list(records[:most])


def _take(
    found: list[SyncRecord], records: list[SyncRecord], documents: dict[int, Document]
) -> None:
    """Add to the batch what can be written; what cannot fails with the reason."""
    parents = parent_ids(found)
    mappings: dict[BusinessUnit, Mappings] = {}
    for record in found:
        unit = record.business_unit
        if unit not in mappings:
            mappings[unit] = Mappings.of(record.company, unit)
        try:
            document = document_of(record, mappings[unit], parents[record.pk])
            body_of(document)
        except (DocumentError, NotMapped) as problem:
            record.state, record.error, record.error_code = State.FAILED, str(problem)[:1000], ""
            record.save(update_fields=["state", "error", "error_code"])
            continue
        documents[record.pk] = document
        records.append(record)


def parent_ids(records: Iterable[SyncRecord]) -> dict[int, dict[str, str]]:
    """Return the QuickBooks ids of each record's customer and invoice, by record."""
    found = list(records)
    if not found:
        return {}
    invoices = {r.pk: r.payment.invoice for r in found if r.payment} | {
        r.pk: r.invoice for r in found if r.invoice
    }
    there = SyncRecord.objects.filter(company=found[0].company).exclude(qbo_id="")
    customer_ids = dict(
        there.filter(
            customer__in={invoice.customer_id for invoice in invoices.values() if invoice}
        ).values_list("customer", "qbo_id")
    )
    invoice_ids = dict(
        there.filter(invoice__in={r.payment.invoice_id for r in found if r.payment}).values_list(
            "invoice", "qbo_id"
        )
    )
    return {
        record.pk: {
            "customer": customer_ids.get(invoice.customer_id, "") if invoice else "",
            "invoice": invoice_ids.get(invoice.pk, "") if invoice else "",
        }
        for record in found
        for invoice in [invoices.get(record.pk)]
    }


def _commit(
    session: CompanySession, records: list[SyncRecord], documents: dict[int, Document]
) -> Planned:
    items = [
        BatchItem(
            bid=str(record.pk),
            operation="create",
            entity=ENTITY[Kind(record.kind)],
            body=body_of(documents[record.pk]),
        )
        for record in records
    ]
    batch = BatchRequest.objects.create(
        company=session.company,
        request_id=uuid4().hex,
        body=compose(items).decode(),
        lease_token=session.lease.token,
        sent_at=Now(),
        **waiting_times(),
    )
    _start(records, batch)
    return Planned(batch, records, documents)


def _start(records: list[SyncRecord], batch: BatchRequest) -> None:
    for record in records:
        record.state, record.batch, record.tries = State.IN_FLIGHT, batch, record.tries + 1
        record.error = record.error_code = record.error_detail = ""
    SyncRecord.objects.bulk_update(
        records, ["state", "batch", "tries", "error", "error_code", "error_detail"]
    )


def waiting_times() -> dict[str, object]:
    """Return when a request sent now is given up, and when looking for it is conclusive."""
    deadline = timedelta(seconds=settings.QUICKBOOKS_SEND_DEADLINE)
    limit = timedelta(seconds=settings.QUICKBOOKS_SERVER_LIMIT)
    return {"deadline_at": Now() + deadline, "look_after": Now() + deadline + limit}

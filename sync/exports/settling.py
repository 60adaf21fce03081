"""Settling: what QuickBooks answered becomes what our records say, in one transaction."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from sync.connections.sessions import CompanySession
from sync.exports.payloads import Document
from sync.exports.planner import Planned
from sync.models import BatchRequest, ExportRun, QuickBooksCompany, SyncRecord
from sync.quickbooks.answers import Answer
from sync.quickbooks.batches import ItemResult, results
from sync.quickbooks.documents import (
    CustomerDocument,
    Difference,
    InvoiceDocument,
    check_customer,
    check_invoice,
    check_payment,
)
from sync.quickbooks.faults import Fault, Outcome, fault_of

State, Kind = SyncRecord.State, SyncRecord.Kind
MOST_TRIES = 5
MISMATCHES_THAT_PAUSE = 3
_FIELDS = [
    "state", "batch", "qbo_id", "qbo_sync_token", "exported_total", "exported_balance",
    "balance_read_at", "exported_at", "error", "error_code", "error_detail", "intuit_tid",
]  # fmt: skip


def settle(session: CompanySession, planned: Planned, answer: Answer) -> Fault | None:
    """Write down an answer; return the fault of the whole, which may stop the session."""
    whole = fault_of(answer)
    by_bid = results(answer)
    with transaction.atomic():
        session.lease.lock()
        for record in planned.records:
            result = by_bid.get(str(record.pk))
            fault = whole or (result.fault if result else None)
            if result is not None and result.entity is not None:
                accept(record, planned.documents[record.pk], result.entity, answer.intuit_tid)
            elif fault is not None:
                refuse(record, fault)
        save(planned.records)
        close(planned.batch, answer)
        if whole is not None and whole.throttled:
            pause(session.company, settings.QUICKBOOKS_THROTTLE_PAUSE, whole.words)
        _pause_runs(planned.records, by_bid)
    return whole


def accept(record: SyncRecord, document: Document, entity: dict[str, Any], tid: str) -> None:
    """Take a document in QuickBooks for the record's, and compare the two to the cent."""
    differences = _compare(document, entity)
    record.qbo_id, record.qbo_sync_token = str(entity["Id"]), str(entity.get("SyncToken", ""))
    record.exported_at, record.intuit_tid = timezone.now(), tid
    record.error_code, record.error, record.error_detail = "", "", ""
    if record.kind != Kind.CUSTOMER:
        record.exported_total = _amount(entity.get("TotalAmt"))
    if record.kind == Kind.INVOICE:
        record.exported_balance = _amount(entity.get("Balance"))
        record.balance_read_at = timezone.now()
    record.state = State.MISMATCH if differences else State.EXPORTED
    if differences:
        record.error_code, record.error = "MISMATCH", words_for(differences)


def _compare(document: Document, entity: dict[str, Any]) -> list[Difference]:
    if isinstance(document, CustomerDocument):
        return check_customer(document, entity)
    if isinstance(document, InvoiceDocument):
        return check_invoice(document, entity)
    return check_payment(document, entity)


_FIELD_WORDS = {
    "TotalAmt": "the total", "TotalTax": "the tax", "Balance": "the open balance",
    "DocNumber": "the number", "CustomerRef": "the customer", "TxnDate": "the date",
    "UnappliedAmt": "the unapplied amount", "Line": "what it is applied to",
    "DisplayName": "the name", "Active": "whether it is active", "CurrencyRef": "the currency",
}  # fmt: skip


def words_for(differences: Iterable[Difference]) -> str:
    """Say what differs, with both figures."""
    parts = [
        f"{_FIELD_WORDS.get(d.field, d.field)} is {d.ours or 'none'} here and"
        f" {d.theirs or 'none'} in QuickBooks"
        for d in differences
    ]
    return f"It is in QuickBooks, but {'; '.join(parts)}."[:1000]


def _amount(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def refuse(record: SyncRecord, fault: Fault) -> None:
    """Write down a refusal: again later, failed, or in flight until someone has looked."""
    record.intuit_tid = fault.intuit_tid
    if fault.outcome == Outcome.UNKNOWN:
        return
    record.error_code, record.error = fault.code or str(fault.status), fault.words[:1000]
    record.error_detail = f"{fault.message} {fault.detail}".strip()[:2000]
    if fault.outcome in {Outcome.RETRY, Outcome.REAUTHORIZE}:
        record.state = State.PENDING if record.tries < MOST_TRIES else State.FAILED
    elif fault.outcome != Outcome.DUPLICATE and not fault.unlisted:
        record.state = State.FAILED
    # A duplicate may be what we wrote before, and an unlisted refusal is not believed unseen:
    # such a record stays in flight with its error, and recovery looks for it (recovery.py).


def save(records: Sequence[SyncRecord]) -> None:
    """Save settled records, and let go what waited for them."""
    SyncRecord.objects.bulk_update(records, _FIELDS)
    SyncRecord.objects.filter(pk__in=[r.pk for r in records]).exclude(state=State.IN_FLIGHT).update(
        batch=None
    )
    release(records)


def release(records: Sequence[SyncRecord]) -> None:
    """Make sendable what referred to documents that are in QuickBooks now, as they should be."""
    there = [record for record in records if record.state == State.EXPORTED]
    if customers := [r for r in there if r.kind == Kind.CUSTOMER]:
        SyncRecord.objects.filter(
            company=customers[0].company,
            invoice__customer__in=[r.customer_id for r in customers],
            state=State.PENDING,
        ).update(is_sendable=True)
    if invoices := [r for r in there if r.kind == Kind.INVOICE]:
        SyncRecord.objects.filter(
            company=invoices[0].company,
            payment__invoice__in=[r.invoice_id for r in invoices],
            state=State.PENDING,
        ).update(is_sendable=True)


def close(batch: BatchRequest, answer: Answer) -> None:
    """Prune a request of which every record has an outcome; else say when to look for the rest."""
    rows = BatchRequest.objects.filter(pk=batch.pk)
    rows.update(http_status=answer.status, intuit_tid=answer.intuit_tid[:100])
    left = SyncRecord.objects.filter(batch=batch, state=State.IN_FLIGHT)
    if not left.exists():
        rows.update(settled_at=Now(), body="")
    elif left.filter(error="").exists():
        rows.update(look_after=Now() + timedelta(seconds=settings.QUICKBOOKS_SERVER_LIMIT))
    else:
        rows.update(look_after=Now())


def unanswered(session: CompanySession, batch: BatchRequest) -> None:
    """The connection ended without an answer: from now on Intuit's own limit runs."""
    limit = timedelta(seconds=settings.QUICKBOOKS_SERVER_LIMIT)
    BatchRequest.objects.filter(pk=batch.pk, lease_token=session.lease.token).update(
        look_after=Now() + limit
    )


def never_sent(session: CompanySession, batch: BatchRequest) -> None:
    """Not one byte left: everything of the request waits again."""
    with transaction.atomic():
        session.lease.lock()
        batch.records.filter(state=State.IN_FLIGHT).update(state=State.PENDING, batch=None)
        BatchRequest.objects.filter(pk=batch.pk).update(settled_at=Now(), body="")


def pause(company: QuickBooksCompany, seconds: float, words: str) -> None:
    """Leave a company alone for a while."""
    QuickBooksCompany.objects.filter(pk=company.pk).update(
        paused_until=Now() + timedelta(seconds=seconds), pause_reason=words[:200]
    )


def _pause_runs(records: Sequence[SyncRecord], by_bid: dict[str, ItemResult]) -> None:
    """Pause a run whose last invoices all came out otherwise than they are here."""
    for run_id in {r.run_id for r in records if r.state == State.MISMATCH and r.run_id}:
        latest = SyncRecord.objects.filter(
            run=run_id, kind=Kind.INVOICE, exported_at__isnull=False
        ).order_by("-exported_at", "-pk")[:MISMATCHES_THAT_PAUSE]
        states = [record.state for record in latest]
        if states == [State.MISMATCH] * MISMATCHES_THAT_PAUSE:
            ExportRun.objects.filter(pk=run_id, state=ExportRun.State.RUNNING).update(
                state=ExportRun.State.PAUSED,
                state_detail="Three invoices in a row differ in QuickBooks: look at them first.",
            )

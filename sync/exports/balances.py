"""Balances are read again before payments go, where the last reading is not from their run."""

from decimal import Decimal

from django.db import transaction
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.utils import timezone

from sync.connections.sessions import CompanySession
from sync.exports.reasons import money
from sync.models import QuickBooksCompany, SyncRecord
from sync.quickbooks.client import where_in

State, Kind = SyncRecord.State, SyncRecord.Kind
AT_ONCE = 200


def _stale(company: QuickBooksCompany) -> list[SyncRecord]:
    read_at = SyncRecord.objects.filter(company=company, invoice=OuterRef("payment__invoice"))
    waiting = SyncRecord.objects.filter(
        company=company, kind=Kind.PAYMENT, state=State.PENDING, is_sendable=True
    ).annotate(read_at=Subquery(read_at.values("balance_read_at")[:1]))
    old = waiting.filter(run__confirmed_at__gt=F("read_at"))
    invoices = set(old.values_list("payment__invoice", flat=True)[:AT_ONCE])
    return list(
        SyncRecord.objects.filter(
            company=company, invoice__in=invoices, state=State.EXPORTED
        ).select_related("invoice")
    )


def read_stale(session: CompanySession) -> bool:
    """Read the balances that waiting payments need; say whether there were any."""
    stale = _stale(session.company)
    if not stale:
        return False
    rows = session.client.select("Invoice", where_in("Id", [record.qbo_id for record in stale]))
    there = {str(row["Id"]): row for row in rows}
    with transaction.atomic():
        session.lease.lock()
        for record in stale:
            row = there.get(record.qbo_id)
            _keep(record, Decimal(str(row["Balance"])) if row else None)
    return True


def _keep(record: SyncRecord, balance: Decimal | None) -> None:
    record.balance_read_at, record.exported_balance = timezone.now(), balance
    needed = _needed(record)
    if balance is None or balance < needed:
        currency = record.invoice.currency if record.invoice else ""
        found = (
            "it is no longer there" if balance is None else f"{money(balance, currency)} is open"
        )
        record.state, record.error_code = State.MISMATCH, "BALANCE"
        record.error = (
            f"Payments of {money(needed, currency)} wait for this invoice, but in QuickBooks"
            f" {found}. Look what was applied to it there, then check again."
        )
        _waiting(record).update(is_sendable=False)
    record.save()


def _waiting(record: SyncRecord) -> QuerySet[SyncRecord]:
    return SyncRecord.objects.filter(
        company=record.company_id, payment__invoice=record.invoice_id, state=State.PENDING
    )


def _needed(record: SyncRecord) -> Decimal:
    contents = _waiting(record).values_list("content", flat=True)
    return sum((Decimal(content["applied"]) for content in contents), Decimal(0))

"""Balances are read again before payments go, where the last reading is not from their run.

A balance is stale while its record has no time of reading; its payments wait meanwhile.
"""

from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from sync.company.isolation import together_or_apart
from sync.company.sessions import CompanySession
from sync.models import SyncRecord
from sync.quickbooks.client import where_in
from sync.quickbooks.documents import Entity, figure
from sync.words import stored

State, Kind = SyncRecord.State, SyncRecord.Kind
AT_ONCE = 200


def _stale(company_id: int) -> QuerySet[SyncRecord]:
    return SyncRecord.objects.filter(
        company=company_id, kind=Kind.INVOICE, state=State.EXPORTED, balance_read_at__isnull=True
    )


def expire(records: QuerySet[SyncRecord]) -> None:
    """Have the balances of exported invoices read again, as new payments of them are to go."""
    records.filter(state=State.EXPORTED).update(balance_read_at=None)


def has_stale(company_id: int) -> bool:
    """Say whether a balance is to be read before anything of its invoice goes."""
    return _stale(company_id).exists()


def read_stale(session: CompanySession) -> bool:
    """Read the balances that waiting payments need; say whether there were any."""
    stale = list(_stale(session.company.pk).select_related("invoice")[:AT_ONCE])
    if not stale:
        return False
    rows = session.client.select("Invoice", where_in("Id", [record.qbo_id for record in stale]))
    there = {str(row["Id"]): row for row in rows}

    def keep(records: Sequence[SyncRecord]) -> None:
        with transaction.atomic():
            session.lease.lock()
            for record in records:
                _keep(record, there.get(record.qbo_id))

    tried = together_or_apart(stale, keep, company=session.company.pk)
    tried.raise_if_general()
    for record, trouble in tried.out:
        words = trouble.words(stored("Check it again, so that its payments can go."))
        record.stop(State.MISMATCH, SyncRecord.Problem.UNEXPECTED, words)
        record.balance_read_at = timezone.now()
        record.save(update_fields=["state", "error_code", "error", "balance_read_at"])
    return True


def _keep(record: SyncRecord, entity: Entity | None) -> None:
    record.balance_read_at = timezone.now()
    record.exported_balance = figure(entity, "Balance") if entity else None
    if words := too_little(record, entity):
        record.stop(State.MISMATCH, SyncRecord.Problem.BALANCE, words)
    else:
        waiting(record).update(is_sendable=True)
    record.save()


def too_little(record: SyncRecord, entity: Entity | None) -> str:
    """Say that less is open of an invoice in QuickBooks than the waiting payments need.

    Empty when it is enough. `entity` is None where the invoice is no longer there.
    """
    needed, balance = _needed(record), figure(entity, "Balance") if entity else None
    if balance is not None and balance >= needed:
        return ""
    currency = record.invoice.currency if record.invoice else ""
    if entity is None:
        found = stored("it is no longer there")
    elif balance is None:
        found = stored("nothing readable is open")
    else:
        found = stored("%(balance)s is open", balance=(balance, currency))
    return stored(
        "Payments of %(needed)s wait for this invoice, but in QuickBooks %(found)s. "
        "Look what was applied to it there, then check again.",
        needed=(needed, currency),
        found=found,
    )


def waiting(record: SyncRecord) -> QuerySet[SyncRecord]:
    """Return the payments that wait for an invoice's record."""
    return SyncRecord.objects.filter(
        company=record.company_id, payment__invoice=record.invoice_id, state=State.PENDING
    )


def _needed(record: SyncRecord) -> Decimal:
    contents = waiting(record).values_list("content", flat=True)
    return sum((Decimal(content["applied"]) for content in contents), Decimal(0))

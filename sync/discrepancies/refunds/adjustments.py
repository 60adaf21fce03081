"""Reading what QuickBooks holds as what it may be of a refund: who got how much back, and when."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Any, TypeAlias

from django.db.models import Q, QuerySet

from sync.discrepancies.changes import in_chunks, is_deleted
from sync.models import Adjustment, QuickBooksCompany, ReferenceEntry, SyncRecord
from sync.quickbooks.documents import day_of, is_voided

Row = dict[str, Any]
Kind: TypeAlias = Adjustment.Kind
Side: TypeAlias = Adjustment.Side
CENT = Decimal("0.01")
ENTITIES = ("CreditMemo", "RefundReceipt", "Purchase", "JournalEntry")
"""What is entered to adjust a refund; the payment itself may be changed as well."""
_UPDATED = ["kind", "side", "number", "amount", "currency", "dated_on", "sync_token"]
_UPDATED += ["linked_payments", "is_there"]


def receivable_accounts(company: QuickBooksCompany) -> set[str]:
    """Return the ids of the company's accounts receivable."""
    accounts = ReferenceEntry.objects.filter(
        company=company, kind=ReferenceEntry.Kind.ACCOUNT, type="Accounts Receivable"
    )
    return set(accounts.values_list("qbo_id", flat=True))


def adjustments_in(
    company: QuickBooksCompany, entity: str, row: Row, receivable: Collection[str]
) -> list[Adjustment]:
    """Return what a document takes back from customers; nothing where it is void or is no such."""
    kind, parts = _READERS[entity](row, receivable)
    dated_on = day_of(row.get("TxnDate"))
    if dated_on is None:
        return []
    return [
        Adjustment(
            company=company,
            entity=entity,
            qbo_id=str(row["Id"]),
            customer=customer,
            kind=kind,
            side=side,
            number=str(row.get("DocNumber") or "")[:50],
            amount=amount,
            currency=_ref(row, "CurrencyRef"),
            dated_on=dated_on,
            sync_token=str(row.get("SyncToken", "")),
            linked_payments=_linked_payments(row),
        )
        for customer, side, amount in parts
        if customer and amount > 0
    ]


Parts = list[tuple[str, Side, Decimal]]


def _credit_memo(row: Row, _receivable: Collection[str]) -> tuple[Kind, Parts]:
    return Kind.CREDIT_MEMO, [(_ref(row, "CustomerRef"), Side.CREDIT, _amount(row, "TotalAmt"))]


def _refund_receipt(row: Row, _receivable: Collection[str]) -> tuple[Kind, Parts]:
    return Kind.REFUND_RECEIPT, [(_ref(row, "CustomerRef"), Side.WHOLE, _amount(row, "TotalAmt"))]


def _purchase(row: Row, receivable: Collection[str]) -> tuple[Kind, Parts]:
    """Return what an expense or check pays back through accounts receivable, by customer."""
    kind = Kind.CHECK if row.get("PaymentType") == "Check" else Kind.EXPENSE
    if row.get("Credit") is True:  # money that came back to us
        return kind, []
    payee = row.get("EntityRef") or {}
    payee_id = str(payee.get("value", "")) if payee.get("type", "Customer") == "Customer" else ""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for line in row.get("Line") or []:
        detail = line.get("AccountBasedExpenseLineDetail") or {}
        if _ref(detail, "AccountRef") in receivable:
            sums[_ref(detail, "CustomerRef") or payee_id] += _amount(line, "Amount")
    return kind, [(customer, Side.PAYOUT, amount) for customer, amount in sums.items()]


def _journal_entry(row: Row, receivable: Collection[str]) -> tuple[Kind, Parts]:
    """Return what a journal entry credits to, or pays out of, customers' accounts."""
    credited: dict[str, Decimal] = defaultdict(Decimal)
    debited: dict[str, Decimal] = defaultdict(Decimal)
    elsewhere: dict[str, Decimal] = defaultdict(Decimal)
    for line in row.get("Line") or []:
        detail = line.get("JournalEntryLineDetail") or {}
        entity = detail.get("Entity") or {}
        if entity.get("Type") != "Customer":
            continue
        is_debit = detail.get("PostingType") == "Debit"
        if _ref(detail, "AccountRef") in receivable:
            side = debited if is_debit else credited
            side[_ref(entity, "EntityRef")] += _amount(line, "Amount")
        elif is_debit:
            elsewhere[_ref(entity, "EntityRef")] += _amount(line, "Amount")
    parts: Parts = []
    for customer in {*credited, *debited}:
        credit, debit = credited[customer], debited[customer]
        half = Side.WHOLE if credit and debit else Side.CREDIT if credit else Side.PAYOUT
        parts.append((customer, half, max(credit, debit)))
    parts += [(c, Side.WHOLE, a) for c, a in elsewhere.items() if c not in {*credited, *debited}]
    return Kind.JOURNAL_ENTRY, parts


_READERS = {
    "CreditMemo": _credit_memo,
    "RefundReceipt": _refund_receipt,
    "Purchase": _purchase,
    "JournalEntry": _journal_entry,
}


def payment_adjustment(
    record: SyncRecord, customer: str, row: Row | None, seen: date
) -> Adjustment:
    """Return by how much our payment became less in QuickBooks; 0 where it did not.

    `row` is None, or says Deleted, where the payment is gone; `seen` is when that was noticed.
    """
    exported = record.exported_total
    if exported is None:
        exported = Decimal(str(record.content.get("amount", "0")))
    is_gone = is_deleted(row)
    now = Decimal(0) if row is None or is_gone else _amount(row, "TotalAmt")
    kind = Kind.PAYMENT_CHANGED
    if is_gone:
        kind = Kind.PAYMENT_DELETED
    elif row is not None and is_voided(row):
        kind = Kind.PAYMENT_VOIDED
    changed = ((row or {}).get("MetaData") or {}).get("LastUpdatedTime")
    return Adjustment(
        company_id=record.company_id,
        entity="Payment",
        qbo_id=record.qbo_id,
        customer=customer,
        kind=kind,
        side=Side.WHOLE,
        amount=max(Decimal(0), exported - now).quantize(CENT),
        dated_on=day_of(changed) or seen,
        sync_token=str((row or {}).get("SyncToken", "")),
        is_there=exported > now,
    )


def store(
    company: QuickBooksCompany, entity: str, read: Collection[Adjustment], ids: set[str]
) -> None:
    """Keep what was read of an entity's documents; the rest of these documents is gone."""
    kept = Adjustment.objects.filter(company=company, entity=entity)
    there = {(each.qbo_id, each.customer) for each in read}
    before = {
        (row.qbo_id, row.customer): row
        for chunk in in_chunks(ids)
        for row in kept.filter(qbo_id__in=chunk)
    }
    gone = [row.pk for key, row in before.items() if key not in there and row.is_there]
    for chunk in in_chunks(gone):
        kept.filter(pk__in=chunk).update(is_there=False)
    for each in read:
        old = before.get((each.qbo_id, each.customer))
        if entity == "Payment" and old is not None and old.amount == each.amount:
            each.dated_on = old.dated_on  # the first time that it was less, not its last edit
    Adjustment.objects.bulk_create(
        read,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["company", "entity", "qbo_id", "customer"],
        update_fields=_UPDATED,
    )


def free_documents(company: QuickBooksCompany) -> QuerySet[Adjustment]:
    """Return what proves no refund yet."""
    return Adjustment.objects.filter(company=company, is_there=True, amount__gt=0).exclude(
        Q(matches__is_proof=True)
    )


def _linked_payments(row: Row) -> list[str]:
    links = row.get("LinkedTxn") or []
    return sorted({str(link["TxnId"]) for link in links if link.get("TxnType") == "Payment"})


def _ref(row: Row, name: str) -> str:
    reference = row.get(name)
    return str(reference.get("value", "")) if isinstance(reference, dict) else ""


def _amount(row: Row, name: str) -> Decimal:
    return Decimal(str(row.get(name) or 0)).quantize(CENT)

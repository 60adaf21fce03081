"""What became of our own payment and invoice in QuickBooks, as effects on the books.

Intuit's help has people enter a bounced check, or an overpayment that went back, by editing the
payment. A payment that was deleted and entered again changed nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sync.discrepancies.refunds.bookkeeping.fields import (
    ZERO,
    Effect,
    Kind,
    Row,
    amount_of,
    links_of,
    ref,
    ties_of,
)
from sync.models import Adjustment
from sync.quickbooks.documents import day_of, is_voided

_PAYOUTS = {"Purchase", "JournalEntry"}


@dataclass(frozen=True, slots=True)
class Ours:
    """A payment as it was exported, with its invoice's id in QuickBooks."""

    qbo_id: str
    customer: str
    currency: str
    amount: Decimal
    applied: Decimal
    invoice: str = ""
    invoice_total: Decimal = ZERO


def is_gone(row: Row | None) -> bool:
    """Say whether a document is gone: QuickBooks says so, or does not have it."""
    return row is None or row.get("status") == "Deleted"


def entered_again(ours: Ours, others: Iterable[Row]) -> Decimal:
    """Return the money of payments that are not ours and stand where ours stood."""
    again = ZERO
    for row in others:
        total = amount_of(row, "TotalAmt")
        if not total or ref(row, "CurrencyRef") not in {"", ours.currency}:
            continue  # a payment of nothing applies a credit
        applied = _applied(ours, row)
        unapplied = total - sum((amount for _, _, amount in links_of(row)), ZERO)
        again += min(applied, total) or (unapplied if unapplied == ours.amount else ZERO)
    return again


def _applied(ours: Ours, row: Row) -> Decimal:
    """Return what a payment pays of our invoice."""
    mine = ("Invoice", ours.invoice)
    return sum((amount for *document, amount in links_of(row) if tuple(document) == mine), ZERO)


def own_payment(
    ours: Ours, row: Row | None, invoice: Row | None, again: Decimal, seen: date
) -> Adjustment:
    """Return what our payment's change does; without any effect where nothing changed.

    `again` is the money that was entered anew in its place, `seen` when its end was noticed.
    """
    gone = is_gone(row)
    now: Row = {} if row is None or gone else row
    total, kind = amount_of(now, "TotalAmt"), Kind.PAYMENT_CHANGED
    if gone:
        kind = Kind.PAYMENT_DELETED
    elif now and is_voided(now):
        kind = Kind.PAYMENT_VOIDED
    balance = ZERO if is_gone(invoice) else amount_of(invoice or {}, "Balance")
    effects = _effects(ours, now, total, balance, again)
    made = _made("Payment", ours.qbo_id, row, kind, ours, effects, seen)
    made.ties = ties_of(now)
    return made


def _effects(
    ours: Ours, now: Row, total: Decimal, balance: Decimal, again: Decimal
) -> dict[Effect, Decimal]:
    applied = _applied(ours, now)
    paid_out = sum((a for entity, _, a in links_of(now) if entity in _PAYOUTS), ZERO)
    lost = max(ZERO, ours.amount - total)
    lost_applied = max(ZERO, ours.applied - applied)
    # What went from the payment came off its invoice first; the rest was never applied.
    lost_credit = max(ZERO, lost - lost_applied)
    freed = max(ZERO, lost_applied - lost)
    return {
        Effect.PAYOUT: max(ZERO, lost - again),
        Effect.RECEIVABLE_OPEN: min(lost_applied, balance),
        Effect.CREDIT_USED: max(ZERO, lost_credit - again) + max(ZERO, paid_out - freed),
    }


def own_invoice(ours: Ours, row: Row | None, seen: date) -> Adjustment | None:
    """Return what of the sale was credited by making our invoice less; None where nothing was."""
    total = ZERO if row is None or is_gone(row) else amount_of(row, "TotalAmt")
    less = ours.invoice_total - total
    if not ours.invoice or less <= 0:
        return None
    effects = {Effect.SALE_CREDIT: less}
    return _made("Invoice", ours.invoice, row, Kind.INVOICE_CHANGED, ours, effects, seen)


def _made(  # noqa: PLR0913, PLR0917 - one column each
    entity: str,
    qbo_id: str,
    row: Row | None,
    kind: Kind,
    ours: Ours,
    effects: dict[Effect, Decimal],
    seen: date,
) -> Adjustment:
    """Return the change of a document of ours; its words are ours, so they are no evidence."""
    given = {effect.value: amount for effect, amount in effects.items() if amount > 0}
    there = row or {}
    return Adjustment(
        entity=entity,
        qbo_id=qbo_id,
        customer=ref(there, "CustomerRef") or ours.customer,
        kind=kind,
        amount=max(given.values(), default=ZERO),
        currency=ours.currency,
        dated_on=_changed_on(row) or seen,
        sync_token=str(there.get("SyncToken", "")),
        **given,
    )


def _changed_on(row: Row | None) -> date | None:
    return day_of(((row or {}).get("MetaData") or {}).get("LastUpdatedTime"))

"""What to enter in QuickBooks for a refund that it was not told of: the first way of its kind.

Each piece of a way gives effects (needs.py); what is advised here is exactly what is accepted.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sync.discrepancies.refunds.bookkeeping.needs import WAYS, Kind, Piece
from sync.discrepancies.refunds.rows import Row
from sync.exports.rules.reasons import day, money


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to enter: what it is called in QuickBooks, and what goes into it."""

    title: str
    words: str

    def __str__(self) -> str:
        return f"{self.title}: {self.words}"


@dataclass(frozen=True, slots=True)
class Entry:
    """A suggested entry: its name for the list, one line, and the steps in QuickBooks."""

    kind: Kind
    summary: str
    steps: tuple[Step, ...]
    cautions: tuple[str, ...]
    other_ways: tuple[str, ...]
    """What is accepted as well, each in a line."""

    @property
    def name(self) -> str:
        return _NAMES[self.kind]


_NAMES = {
    Kind.SALE: "Credit memo and refund",
    Kind.OVERPAYMENT: "Overpayment or deposit returned",
    Kind.BOUNCED: "Payment bounced",
    Kind.CHARGEBACK: "Chargeback",
}


def what_to_enter(row: Row) -> Entry:
    """Return the suggested entry for one refund."""
    kind = Kind(row.kind)
    advised, *others = WAYS[kind]
    steps = [_STEPS[piece](row) for piece in advised]
    if kind == Kind.CHARGEBACK:
        steps.append(_fee())
    return Entry(
        kind,
        _summary(row, kind),
        tuple(steps),
        _cautions(row, kind),
        tuple(", then ".join(piece.value for piece in way) for way in others),
    )


def _summary(row: Row, kind: Kind) -> str:
    amount = money(row.amount, row.currency)
    if kind == Kind.SALE:
        return f"Credit memo and refund of {amount}, {row.size.lower()} refund of a paid invoice"
    if kind == Kind.OVERPAYMENT:
        what = "overpayment" if row.invoice else "deposit"
        return f"Expense or check of {amount} to Accounts Receivable: {what} returned"
    what = "the payment did not hold" if kind == Kind.BOUNCED else "the payment was charged back"
    return f"Expense of {amount} to Accounts Receivable: {what}, and is owed again"


def _credit_memo(row: Row) -> Step:
    items = (
        "with the same items and tax as"
        if row.amount == row.payment_amount
        else "tax included, for the items that were given back of"
    )
    return Step(
        Piece.CREDIT_MEMO.value,
        f"customer {row.customer}, date {day(row.refunded_on)},"
        f" {money(row.amount, row.currency)}, {items} invoice {row.invoice}."
        f" Memo: invoice {row.invoice}.",
    )


def _expense(row: Row) -> Step:
    reference = f" {row.reference}" if row.reference else ""
    of = f"invoice {row.invoice}" if row.invoice else f"payment{reference}"
    return Step(
        Piece.EXPENSE.value,
        f"payee {row.customer}, date {day(row.refunded_on)},"
        f" {money(row.amount, row.currency)}, from the account that the money left."
        f" The payment came by {row.method}{reference}."
        f" Category: Accounts Receivable (A/R), customer {row.customer}. Memo: {of}.",
    )


def _tie(row: Row) -> Step:
    return Step(
        Piece.TIE.value,
        f"customer {row.customer}. Tick the expense and the credit memo, so that nothing is left to"
        f" receive, and save. Invoice {row.invoice} stays paid.",
    )


def _use_credit(row: Row) -> Step:
    return Step(
        Piece.USE_CREDIT.value,
        f"open the payment of {money(row.payment_amount, row.currency)}, tick the expense for"
        f" {money(row.amount, row.currency)} of what was left over, and save."
        + (f" Invoice {row.invoice} stays paid." if row.invoice else ""),
    )


def _unapply(row: Row) -> Step:
    what = f"invoice {row.invoice}" if row.invoice else "what it paid"
    return Step(
        Piece.UNAPPLY.value,
        f"open the payment of {money(row.payment_amount, row.currency)}, untick {what} for"
        f" {money(row.amount, row.currency)}, tick the expense instead, and save."
        + (f" Invoice {row.invoice} is due again." if row.invoice else ""),
    )


def _fee() -> Step:
    return Step("Fee", "enter what the processor took for it as an expense of its own.")


_STEPS: dict[Piece, Callable[[Row], Step]] = {
    Piece.CREDIT_MEMO: _credit_memo,
    Piece.EXPENSE: _expense,
    Piece.TIE: _tie,
    Piece.USE_CREDIT: _use_credit,
    Piece.UNAPPLY: _unapply,
}


def _cautions(row: Row, kind: Kind) -> tuple[str, ...]:
    cautions = []
    if kind == Kind.SALE and not row.invoice:
        cautions.append(
            "Its payment has no invoice, so there is no sale to credit. If a deposit was returned,"
            " change the refund's kind."
        )
    elif kind == Kind.SALE and row.overpaid:
        cautions.append(
            f"{money(row.overpaid, row.currency)} of it was never applied to an invoice. If that"
            " was an overpayment returned, change the refund's kind, or enter it as a refund of"
            " its own."
        )
    if row.is_before_export and row.exported_on is not None:
        cautions.append(
            f"The money was given back before the export on {day(row.exported_on)}. The payment"
            f" went to QuickBooks at the full {money(row.payment_amount, row.currency)}, so this"
            " is still to be entered."
        )
    if row.books_closed_on is not None and row.refunded_on <= row.books_closed_on:
        cautions.append(
            f"QuickBooks has closed its books through {day(row.books_closed_on)}. Ask your"
            " accountant which date to use."
        )
    return tuple(cautions)

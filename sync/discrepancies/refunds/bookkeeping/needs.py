"""What an adjustment is: the effects on the books that each kind of refund needs.

This one table says what the page advises, what is recognised, what is missing, and what a person
may accept. Where a kind can be entered in several ways, the first is the one that is advised.
"""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from sync.models import Adjustment, Refund
from sync.words import both, stored

Kind: TypeAlias = Refund.Kind
Effect: TypeAlias = Adjustment.Effect
Amounts = Mapping[Effect, Decimal]
ZERO = Decimal(0)

NEEDS: dict[Kind, tuple[Effect, ...]] = {
    Kind.SALE: (Effect.PAYOUT, Effect.SALE_CREDIT),
    Kind.OVERPAYMENT: (Effect.PAYOUT, Effect.CREDIT_USED),
    Kind.BOUNCED: (Effect.PAYOUT, Effect.RECEIVABLE_OPEN),
    Kind.CHARGEBACK: (Effect.PAYOUT, Effect.RECEIVABLE_OPEN),
}
_NOUNS = {
    Effect.PAYOUT: stored("the payout"),
    Effect.SALE_CREDIT: stored("the credit of the sale"),
    Effect.RECEIVABLE_OPEN: stored("the open invoice"),
    Effect.CREDIT_USED: stored("the link that uses the credit up"),
}
_GIVES = {
    Effect.PAYOUT: stored("pays out %(amount)s"),
    Effect.SALE_CREDIT: stored("credits the sale by %(amount)s"),
    Effect.RECEIVABLE_OPEN: stored("leaves owed again %(amount)s"),
    Effect.CREDIT_USED: stored("uses up the credit of %(amount)s"),
}


class Piece(StrEnum):
    """One thing to enter in QuickBooks."""

    CREDIT_MEMO = "credit_memo"
    REFUND_RECEIPT = "refund_receipt"
    EXPENSE = "expense"
    EXPENSE_TO_INCOME = "expense_to_income"
    SALE_JOURNAL = "sale_journal"
    BOUNCE_JOURNAL = "bounce_journal"
    DEPOSIT_LINE = "deposit_line"
    BOUNCE_INVOICE = "bounce_invoice"
    TIE = "tie"
    USE_CREDIT = "use_credit"
    UNAPPLY = "unapply"
    REDUCE_UNAPPLIED = "reduce_unapplied"
    REDUCE_APPLIED = "reduce_applied"
    INVOICE_LESS = "invoice_less"


GIVES: dict[Piece, frozenset[Effect]] = {
    Piece.CREDIT_MEMO: frozenset({Effect.SALE_CREDIT}),
    Piece.REFUND_RECEIPT: frozenset({Effect.PAYOUT, Effect.SALE_CREDIT}),
    Piece.EXPENSE: frozenset({Effect.PAYOUT, Effect.RECEIVABLE_OPEN}),
    Piece.EXPENSE_TO_INCOME: frozenset({Effect.PAYOUT, Effect.SALE_CREDIT}),
    Piece.SALE_JOURNAL: frozenset({Effect.PAYOUT, Effect.SALE_CREDIT}),
    Piece.BOUNCE_JOURNAL: frozenset({Effect.PAYOUT, Effect.RECEIVABLE_OPEN}),
    Piece.DEPOSIT_LINE: frozenset({Effect.PAYOUT, Effect.RECEIVABLE_OPEN}),
    Piece.BOUNCE_INVOICE: frozenset({Effect.PAYOUT, Effect.RECEIVABLE_OPEN}),
    Piece.TIE: frozenset(),
    Piece.USE_CREDIT: frozenset({Effect.CREDIT_USED}),
    Piece.UNAPPLY: frozenset({Effect.RECEIVABLE_OPEN}),
    Piece.REDUCE_UNAPPLIED: frozenset({Effect.PAYOUT, Effect.CREDIT_USED}),
    Piece.REDUCE_APPLIED: frozenset({Effect.PAYOUT, Effect.RECEIVABLE_OPEN}),
    Piece.INVOICE_LESS: frozenset({Effect.SALE_CREDIT}),
}
Way = tuple[Piece, ...]
_BOUNCE_WAYS: tuple[Way, ...] = (
    (Piece.EXPENSE, Piece.UNAPPLY),
    (Piece.EXPENSE,),
    (Piece.BOUNCE_JOURNAL,),
    (Piece.DEPOSIT_LINE,),
    (Piece.BOUNCE_INVOICE,),
    (Piece.REDUCE_APPLIED,),
)
WAYS: dict[Kind, tuple[Way, ...]] = {
    Kind.SALE: (
        (Piece.CREDIT_MEMO, Piece.EXPENSE, Piece.TIE),
        (Piece.REFUND_RECEIPT,),
        (Piece.EXPENSE_TO_INCOME,),
        (Piece.SALE_JOURNAL,),
        (Piece.CREDIT_MEMO, Piece.DEPOSIT_LINE),
        (Piece.CREDIT_MEMO, Piece.REDUCE_APPLIED),
        (Piece.INVOICE_LESS, Piece.EXPENSE, Piece.USE_CREDIT),
    ),
    Kind.OVERPAYMENT: (
        (Piece.EXPENSE, Piece.USE_CREDIT),
        (Piece.BOUNCE_JOURNAL, Piece.USE_CREDIT),
        (Piece.REDUCE_UNAPPLIED,),
    ),
    Kind.BOUNCED: _BOUNCE_WAYS,
    Kind.CHARGEBACK: _BOUNCE_WAYS,
}


def needs_of(kind: str, amount: Decimal) -> dict[Effect, Decimal]:
    """Return what a refund needs in all, by effect."""
    return dict.fromkeys(NEEDS[Kind(kind)], amount)


def left_of(needs: Amounts, given: Amounts) -> dict[Effect, Decimal]:
    """Return what is still needed, by effect; empty where all is there to the cent."""
    left = {effect: amount - given.get(effect, ZERO) for effect, amount in needs.items()}
    return {effect: amount for effect, amount in left.items() if amount > 0}


def missing_words(left: Amounts, whole: Decimal, currency: str) -> str:
    """Say what is missing: the payout and $20.00 of the credit of the sale are missing."""
    if not left:
        return ""
    nouns = [
        _NOUNS[effect]
        if amount == whole
        else stored("%(amount)s of %(what)s", amount=(amount, currency), what=_NOUNS[effect])
        for effect, amount in left.items()
    ]
    if len(nouns) == 1:
        return stored("%(what)s is missing", what=nouns[0])
    return stored("%(what)s are missing", what=both(nouns))


def given_words(effects: Amounts, currency: str) -> str:
    """Say what a document does: pays out $50.00 and credits the sale by $50.00."""
    said = [_GIVES[effect].filled(amount=(amount, currency)) for effect, amount in effects.items()]
    return both(said) if said else stored("pays nothing back")


def half_words(there: list[str], left: Amounts, whole: Decimal, currency: str) -> str:
    """Say a half: Credit memo 326 is there; the payout is missing."""
    missing = missing_words(left, whole, currency)
    if len(there) == 1:
        return stored("%(what)s is there; %(missing)s.", what=there[0], missing=missing)
    return stored("%(what)s are there; %(missing)s.", what=both(there), missing=missing)

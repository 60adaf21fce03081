"""What to enter in QuickBooks for a refund that it was not told of: the first way of its kind.

Each piece of a way gives effects (needs.py); what is advised here is exactly what is accepted.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from sync.discrepancies.refunds.bookkeeping.needs import WAYS, Kind, Piece
from sync.discrepancies.refunds.rows import Row
from sync.words import day, later, money


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
        return str(_NAMES[self.kind])


_NAMES = {
    Kind.SALE: later("Credit memo and refund"),
    Kind.OVERPAYMENT: later("Overpayment or deposit returned"),
    Kind.BOUNCED: later("Payment bounced"),
    Kind.CHARGEBACK: later("Chargeback"),
}
# Written into QuickBooks, where it is looked for: the same in every language.
_OF_INVOICE, _OF_PAYMENT = "invoice {}", "payment{}"
# What each piece is called on the pages of QuickBooks.
_TITLES = {
    Piece.CREDIT_MEMO: later("Credit memo"),
    Piece.REFUND_RECEIPT: later("Refund receipt"),
    Piece.EXPENSE: later("Expense (or Check)"),
    Piece.EXPENSE_TO_INCOME: later("Expense (or Check) to income"),
    Piece.SALE_JOURNAL: later("Journal entry: income to bank"),
    Piece.BOUNCE_JOURNAL: later("Journal entry: receivable to bank"),
    Piece.DEPOSIT_LINE: later("Negative line of a bank deposit"),
    Piece.BOUNCE_INVOICE: later("Invoice of an item kept in the bank account"),
    Piece.TIE: later("Receive payment"),
    Piece.USE_CREDIT: later("Payment, with the expense"),
    Piece.UNAPPLY: later("Payment, without the invoice"),
    Piece.REDUCE_UNAPPLIED: later("Payment, less by what was overpaid"),
    Piece.REDUCE_APPLIED: later("Payment, less or deleted"),
    Piece.INVOICE_LESS: later("Invoice, less"),
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
        tuple(_(", then ").join(str(_TITLES[piece]) for piece in way) for way in others),
    )


def _summary(row: Row, kind: Kind) -> str:
    amount = money(row.amount, row.currency)
    if kind == Kind.SALE:
        words = (
            _("Credit memo and refund of %(amount)s, full refund of a paid invoice")
            if row.is_full
            else _("Credit memo and refund of %(amount)s, partial refund of a paid invoice")
        )
    elif kind == Kind.OVERPAYMENT:
        words = (
            _("Expense or check of %(amount)s to Accounts Receivable: overpayment returned")
            if row.invoice
            else _("Expense or check of %(amount)s to Accounts Receivable: deposit returned")
        )
    elif kind == Kind.BOUNCED:
        words = _(
            "Expense of %(amount)s to Accounts Receivable: the payment did not hold, and is owed"
            " again"
        )
    else:
        words = _(
            "Expense of %(amount)s to Accounts Receivable: the payment was charged back, and is"
            " owed again"
        )
    return words % {"amount": amount}


def _credit_memo(row: Row) -> Step:
    words = (
        _(
            "customer %(customer)s, date %(date)s, %(amount)s, with the same items and tax as"
            " invoice %(invoice)s. Memo: %(memo)s."
        )
        if row.amount == row.payment_amount
        else _(
            "customer %(customer)s, date %(date)s, %(amount)s, tax included, for the items that"
            " were given back of invoice %(invoice)s. Memo: %(memo)s."
        )
    )
    figures = {
        "customer": row.customer,
        "date": day(row.refunded_on),
        "amount": money(row.amount, row.currency),
        "invoice": row.invoice,
        "memo": _OF_INVOICE.format(row.invoice),
    }
    return Step(str(_TITLES[Piece.CREDIT_MEMO]), words % figures)


def _expense(row: Row) -> Step:
    reference = f" {row.reference}" if row.reference else ""
    memo = _OF_INVOICE.format(row.invoice) if row.invoice else _OF_PAYMENT.format(reference)
    words = _(
        "payee %(customer)s, date %(date)s, %(amount)s, from the account that the money left. The"
        " payment came by %(method)s%(reference)s. Category: Accounts Receivable (A/R), customer"
        " %(customer)s. Memo: %(memo)s."
    )
    figures = {
        "customer": row.customer,
        "date": day(row.refunded_on),
        "amount": money(row.amount, row.currency),
        "method": row.method,
        "reference": reference,
        "memo": memo,
    }
    return Step(str(_TITLES[Piece.EXPENSE]), words % figures)


def _tie(row: Row) -> Step:
    return Step(
        str(_TITLES[Piece.TIE]),
        _(
            "customer %(customer)s. Tick the expense and the credit memo, so that nothing is left"
            " to receive, and save. Invoice %(invoice)s stays paid."
        )
        % {"customer": row.customer, "invoice": row.invoice},
    )


def _use_credit(row: Row) -> Step:
    words = _(
        "open the payment of %(payment)s, tick the expense for %(amount)s of what was left over,"
        " and save."
    ) % {
        "payment": money(row.payment_amount, row.currency),
        "amount": money(row.amount, row.currency),
    }
    if row.invoice:
        words += _(" Invoice %(invoice)s stays paid.") % {"invoice": row.invoice}
    return Step(str(_TITLES[Piece.USE_CREDIT]), words)


def _unapply(row: Row) -> Step:
    invoice = _("invoice %(number)s") % {"number": row.invoice}
    words = _(
        "open the payment of %(payment)s, untick %(what)s for %(amount)s, tick the expense instead,"
        " and save."
    ) % {
        "payment": money(row.payment_amount, row.currency),
        "what": invoice if row.invoice else _("what it paid"),
        "amount": money(row.amount, row.currency),
    }
    if row.invoice:
        words += _(" Invoice %(invoice)s is due again.") % {"invoice": row.invoice}
    return Step(str(_TITLES[Piece.UNAPPLY]), words)


def _fee() -> Step:
    return Step(_("Fee"), _("enter what the processor took for it as an expense of its own."))


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
            _(
                "Its payment has no invoice, so there is no sale to credit. If a deposit"
                " was returned,"
                " change the refund's kind."
            )
        )
    elif kind == Kind.SALE and row.overpaid:
        cautions.append(
            _(
                "%(overpaid)s of it was never applied to an invoice. If that was an "
                "overpayment returned, change the refund's kind, or enter it as a refund of "
                "its own."
            )
            % {"overpaid": money(row.overpaid, row.currency)}
        )
    if row.is_before_export and row.exported_on is not None:
        cautions.append(
            _(
                "The money was given back before the export on %(exported_on)s. The payment "
                "went to QuickBooks at the full %(payment_amount)s, so this is still to be "
                "entered."
            )
            % {
                "exported_on": day(row.exported_on),
                "payment_amount": money(row.payment_amount, row.currency),
            }
        )
    if row.books_closed_on is not None and row.refunded_on <= row.books_closed_on:
        cautions.append(
            _(
                "QuickBooks has closed its books through %(books_closed_on)s. Ask your "
                "accountant which date to use."
            )
            % {"books_closed_on": day(row.books_closed_on)}
        )
    return tuple(cautions)

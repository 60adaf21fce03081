"""What to enter in QuickBooks for a refund that it was not told of.

Crediting the sale and paying the credit out through Accounts Receivable keeps the invoice paid
and the customer's balance at nothing; a refund receipt cannot be linked to the invoice.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from sync.discrepancies.refunds.rows import ZERO, Row
from sync.exports.rules.reasons import day, money


class Situation(StrEnum):
    """What the money given back was."""

    SALE = "sale"
    OVERPAYMENT = "overpayment"
    BOTH = "both"
    DEPOSIT = "deposit"
    BOUNCED = "bounced"


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

    situation: Situation
    summary: str
    steps: tuple[Step, ...]
    cautions: tuple[str, ...]

    @property
    def name(self) -> str:
        return _NAMES[self.situation]


_NAMES = {
    Situation.SALE: "Credit memo and refund",
    Situation.OVERPAYMENT: "Overpayment returned",
    Situation.BOTH: "Credit memo and refund, part was overpaid",
    Situation.DEPOSIT: "Deposit returned",
    Situation.BOUNCED: "Payment bounced or charged back",
}


_BOUNCED = re.compile(
    r"bounce|\bnsf\b|charge[- ]?back|charged back|dishono|check was returned|returned check",
    re.IGNORECASE,
)


def what_to_enter(row: Row) -> Entry:
    """Return the suggested entry for one refund."""
    situation = _situation(row)
    if situation == Situation.BOUNCED:
        return Entry(situation, _summary(row, situation, ZERO), _bounced(row), _cautions(row))
    credited = row.amount - row.overpaid
    steps = [_credit_memo(row, credited)] if credited else []
    steps += [_payout(row), _link(row, situation)]
    return Entry(situation, _summary(row, situation, credited), tuple(steps), _cautions(row))


def _situation(row: Row) -> Situation:
    if _BOUNCED.search(row.reason):
        return Situation.BOUNCED
    if not row.invoice:
        return Situation.DEPOSIT
    if row.overpaid == row.amount:
        return Situation.OVERPAYMENT
    return Situation.SALE if row.overpaid == ZERO else Situation.BOTH


def _summary(row: Row, situation: Situation, credited: Decimal) -> str:
    amount = money(row.amount, row.currency)
    if situation == Situation.SALE:
        return f"Credit memo and refund of {amount}, {row.size.lower()} refund of a paid invoice"
    if situation == Situation.BOUNCED:
        return f"Journal entry of {amount} to Accounts Receivable: the payment did not hold"
    if situation == Situation.OVERPAYMENT:
        return f"Expense or check of {amount} to Accounts Receivable: overpayment returned"
    if situation == Situation.DEPOSIT:
        return f"Expense or check of {amount} to Accounts Receivable: deposit returned"
    return (
        f"Credit memo of {money(credited, row.currency)} and refund of {amount}, of which"
        f" {money(row.overpaid, row.currency)} was overpaid"
    )


def _bounced(row: Row) -> tuple[Step, ...]:
    """The money was never ours: the customer owes again what the payment had paid."""
    amount, again = money(row.amount, row.currency), "the payment"
    if row.invoice:
        again = f"invoice {row.invoice}"
    reference = f" {row.reference}" if row.reference else ""
    return (
        Step(
            "Journal entry",
            f"date {day(row.refunded_on)}. Debit Accounts Receivable (A/R) {amount}, name"
            f" {row.customer}; credit the bank account that {row.method}{reference} was deposited"
            f" to, {amount}.",
        ),
        Step(
            "Receive payment",
            f"open the payment of {money(row.payment_amount, row.currency)}, untick {again} for"
            f" {amount} and tick the journal entry instead, and save."
            + (f" Invoice {row.invoice} is due again." if row.invoice else ""),
        ),
        Step("Expense", "enter the bank's fee, if it took one, and bill it to the customer."),
    )


def _credit_memo(row: Row, credited: Decimal) -> Step:
    items = (
        "with the same items and tax as"
        if credited == row.payment_amount
        else "tax included, for the items that were given back of"
    )
    return Step(
        "Credit memo",
        f"customer {row.customer}, date {day(row.refunded_on)},"
        f" {money(credited, row.currency)}, {items} invoice {row.invoice}.",
    )


def _payout(row: Row) -> Step:
    reference = f" {row.reference}" if row.reference else ""
    return Step(
        "Expense (or Check)",
        f"payee {row.customer}, date {day(row.refunded_on)},"
        f" {money(row.amount, row.currency)}, from the account that the money left."
        f" The payment came by {row.method}{reference}."
        " Category: Accounts Receivable (A/R).",
    )


def _link(row: Row, situation: Situation) -> Step:
    payment = f"payment of {money(row.payment_amount, row.currency)}"
    against = {
        Situation.SALE: "the credit memo",
        Situation.OVERPAYMENT: "what was left over of the overpayment",
        Situation.BOTH: "the credit memo and what was left over of the overpayment",
        Situation.DEPOSIT: f"the unapplied {payment}",
    }[situation]
    kept = f" Invoice {row.invoice} stays paid." if row.invoice else ""
    return Step(
        "Receive payment",
        f"customer {row.customer}. Tick the expense and {against}, so that nothing is left to"
        f" receive, and save.{kept}",
    )


def _cautions(row: Row) -> tuple[str, ...]:
    cautions = []
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

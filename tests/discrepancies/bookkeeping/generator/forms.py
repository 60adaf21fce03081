"""Correct ways of entering a refund, each for one refund of one customer.

A form takes the desk's pen, says what was meant by it, and knows nothing of how it is judged.
"""

from tests.discrepancies.bookkeeping.books import (
    BANK,
    BANK_FEES,
    CARD,
    CLEARING,
    INCOME,
    RECEIVABLE,
    RETURNED_CHECK,
    RETURNS,
    SALES_TAX,
    lines_of,
)

# Sale refunds. `pen` enters at the refund's customer, with day and note as the story has them.


def receipt(pen, amount):
    pen.books.refund_receipt(pen.customer, amount, **pen.how())


def receipt_with_tax(pen, amount):
    account = pen.chance.choice([BANK, CARD, CLEARING])
    pen.books.refund_receipt(
        pen.customer, amount, account=account, tax=round(amount * 0.08, 2), **pen.how()
    )


def memo_and_check(pen, amount):
    pen.books.credit_memo(pen.customer, amount, **pen.how())
    pen.books.check(pen.customer, amount, **pen.how())


def memo_and_expense_tied(pen, amount):
    memo = pen.books.credit_memo(pen.customer, amount, balance=0, **pen.how())
    expense = pen.books.expense(pen.customer, (RECEIVABLE, amount), **pen.how())
    pen.books.payment(
        pen.customer, 0, ("CreditMemo", memo, amount), ("Expense", expense, amount), day=pen.day
    )


def memo_and_deposit(pen, amount):
    pen.books.credit_memo(pen.customer, amount, **pen.how())
    pen.books.deposit(pen.customer, amount, taken=amount + 100, **pen.how())


def memo_and_journal(pen, amount):
    pen.books.credit_memo(pen.customer, amount, **pen.how())
    pen.books.journal(("Dr", RECEIVABLE, amount, pen.customer), ("Cr", CARD, amount), **pen.how())


def check_to_income(pen, amount):
    pen.books.check(pen.customer, amount, to=pen.chance.choice([INCOME, RETURNS]), **pen.how())


def deposit_of_income(pen, amount):
    pen.books.deposit(pen.customer, amount, taken=amount + 60, to=RETURNS, **pen.how())


def journal_of_income(pen, amount):
    tax = round(amount * 0.07, 2)
    pen.books.journal(
        ("Dr", RETURNS, round(amount - tax, 2), pen.customer),
        ("Dr", SALES_TAX, tax),
        ("Cr", BANK, amount),
        **pen.how(),
    )


def journal_of_both_halves(pen, amount):
    pen.books.journal(
        ("Dr", INCOME, amount),
        ("Cr", RECEIVABLE, amount, pen.customer),
        ("Dr", RECEIVABLE, amount, pen.customer),
        ("Cr", BANK, amount),
        **pen.how(),
    )


def two_receipts(pen, amount):
    first = round(amount * pen.chance.choice([0.3, 0.4, 0.6]), 2)
    pen.books.refund_receipt(pen.customer, first, **pen.how())
    pen.books.refund_receipt(pen.customer, round(amount - first, 2), **pen.how())


def memo_and_two_checks(pen, amount):
    first = round(amount * 0.45, 2)
    pen.books.credit_memo(pen.customer, amount, **pen.how())
    pen.books.check(pen.customer, first, **pen.how())
    pen.books.check(pen.customer, round(amount - first, 2), **pen.how())


def payment_less_and_memo_on_its_invoice(pen, amount):
    rest = round(pen.paid - amount, 2)
    memo = pen.books.credit_memo(pen.customer, amount, balance=0, day=pen.day)
    pen.books.payment(
        pen.customer, 0, ("Invoice", pen.invoice, amount), ("CreditMemo", memo, amount), day=pen.day
    )
    links = [("Invoice", pen.invoice, rest)] if rest else []
    pen.edit(row=pen.own_row(rest, links), balance=0)


def invoice_less_and_check(pen, amount):
    check = pen.books.check(pen.customer, amount, day=pen.day)
    rest = round(pen.paid - amount, 2)
    links = [("Check", check, amount)] + ([("Invoice", pen.invoice, rest)] if rest else [])
    pen.edit(row=pen.own_row(pen.paid, links), balance=0, total=rest)


# Overpayments and deposits: `pen.paid` is more than what was applied.


def overpayment_by_expense(pen, amount):
    expense = pen.books.expense(pen.customer, (RECEIVABLE, amount), **pen.how())
    links = [("Expense", expense, amount), *pen.applied_link()]
    pen.edit(row=pen.own_row(pen.paid, links), balance=0)


def overpayment_by_journal(pen, amount):
    entry = pen.books.journal(
        ("Dr", RECEIVABLE, amount, pen.customer), ("Cr", BANK, amount), **pen.how()
    )
    links = [("JournalEntry", entry, amount), *pen.applied_link()]
    pen.edit(row=pen.own_row(pen.paid, links), balance=0)


def overpayment_taken_off(pen, amount):
    pen.edit(row=pen.own_row(round(pen.paid - amount, 2), pen.applied_link()), balance=0)


# Bounces and chargebacks: what was paid is owed again.


def expense_and_unapplied(pen, amount):
    lines = [(RECEIVABLE, amount)]
    if pen.chance.random() < 0.5:
        lines.append((BANK_FEES, 12))
    expense = pen.books.expense(pen.customer, *lines, **pen.how())
    rest = round(pen.paid - amount, 2)
    links = [("Expense", expense, amount)] + ([("Invoice", pen.invoice, rest)] if rest else [])
    pen.edit(row=pen.own_row(pen.paid, links), balance=amount)


def bounce_by_check(pen, amount):
    pen.books.check(pen.customer, amount, **pen.how())


def bounce_by_journal(pen, amount):
    fee = pen.chance.choice([0, 15])
    fees = [("Dr", BANK_FEES, fee)] if fee else []
    pen.books.journal(
        ("Dr", RECEIVABLE, amount, pen.customer),
        *fees,
        ("Cr", BANK, round(amount + fee, 2)),
        **pen.how(),
    )


def bounce_by_deposit(pen, amount):
    pen.books.deposit(pen.customer, amount, taken=amount + 40, **pen.how())


def bounce_by_invoice(pen, amount):
    pen.books.invoice(pen.customer, amount, item=RETURNED_CHECK, **pen.how())


def payment_gone(pen, amount):
    rest = round(pen.paid - amount, 2)
    if not rest:
        voided = {**pen.own_row(0, []), "PrivateNote": "Voided"}
        pen.edit(row=pen.chance.choice([None, voided]), balance=amount)
    else:
        pen.edit(row=pen.own_row(rest, [("Invoice", pen.invoice, rest)]), balance=amount)


LINKED = {
    payment_less_and_memo_on_its_invoice,
    invoice_less_and_check,
    overpayment_by_expense,
    overpayment_by_journal,
    overpayment_taken_off,
    expense_and_unapplied,
    payment_gone,
}
_BOUNCES = (
    expense_and_unapplied,
    bounce_by_check,
    bounce_by_journal,
    bounce_by_deposit,
    bounce_by_invoice,
    payment_gone,
)
FORMS = {
    "sale": (
        receipt,
        receipt_with_tax,
        memo_and_check,
        memo_and_expense_tied,
        memo_and_deposit,
        memo_and_journal,
        check_to_income,
        deposit_of_income,
        journal_of_income,
        journal_of_both_halves,
        two_receipts,
        memo_and_two_checks,
        payment_less_and_memo_on_its_invoice,
        invoice_less_and_check,
    ),
    "overpayment": (overpayment_by_expense, overpayment_by_journal, overpayment_taken_off),
    "bounced": _BOUNCES,
    "chargeback": _BOUNCES,
}
__all__ = ["FORMS", "LINKED", "lines_of"]

"""What else happens to a customer: entries that adjust no refund, some of the very same amount."""

from tests.discrepancies.bookkeeping.books import (
    BAD_DEBT,
    BANK,
    INCOME,
    LATE_FEES,
    RECEIVABLE,
    RETURNS,
    UNDEPOSITED,
)

AWAY = (4, 30)
"""Days from a refund where a stranger of its amount is entered, if nothing else tells them apart:
one that were entered on the refund's own days could be told from its adjustment by nobody."""


def ordinary(pen, amount):
    """Enter something of any amount that pays nothing back, or is of another customer."""
    entries = (
        lambda: pen.books.journal(
            ("Dr", RECEIVABLE, amount, pen.customer), ("Cr", LATE_FEES, amount), day=pen.any_day()
        ),
        lambda: pen.books.journal(
            ("Dr", BANK, amount), ("Cr", INCOME, amount, pen.customer), day=pen.any_day()
        ),
        lambda: pen.books.journal(
            ("Dr", UNDEPOSITED, amount), ("Cr", RECEIVABLE, amount, pen.customer), day=pen.any_day()
        ),
        lambda: pen.books.journal(
            ("Dr", BAD_DEBT, amount), ("Cr", RECEIVABLE, amount, pen.customer), day=pen.any_day()
        ),
        lambda: pen.books.journal(
            ("Dr", RECEIVABLE, amount, pen.customer),
            ("Cr", RECEIVABLE, amount, "99"),
            day=pen.any_day(),
        ),
        lambda: pen.books.journal(
            ("Dr", RETURNS, amount, pen.customer),
            ("Cr", INCOME, amount, pen.customer),
            day=pen.any_day(),
        ),
        lambda: pen.books.payment(
            pen.customer, amount, ("Invoice", "555", amount), day=pen.any_day()
        ),
        lambda: pen.books.check("99", amount, day=pen.any_day()),
        lambda: pen.books.expense(pen.customer, (BAD_DEBT, amount), day=pen.any_day()),
    )
    pen.chance.choice(entries)()


def of_another_amount(pen, amount):
    """Enter a real payment back, or half of one, of another amount for something else."""
    other = round(amount + pen.chance.choice([-3, 0.01, 1, 7.5, 40]), 2)
    if other <= 0:
        return
    day = pen.any_day()
    entries = (
        lambda: pen.books.refund_receipt(pen.customer, other, day=day),
        lambda: pen.books.credit_memo(pen.customer, other, day=day),
        lambda: pen.books.check(pen.customer, other, day=day),
    )
    pen.chance.choice(entries)()


def stranger(pen, amount):
    """Enter a document of the refund's amount that was meant for something else, without a link."""
    day = pen.away()
    entries = (
        lambda: pen.books.credit_memo(pen.customer, amount, day=day),
        lambda: pen.books.credit_memo(pen.customer, amount, day=day, balance=0),
        lambda: pen.books.refund_receipt(pen.customer, amount, day=day),
        lambda: pen.books.check(pen.customer, amount, day=day),
        lambda: pen.books.check(pen.customer, amount, to=RETURNS, day=day),
        lambda: pen.books.deposit(pen.customer, amount, taken=amount + 20, day=day),
        # On any day, where something tells it apart.
        lambda: pen.books.refund_receipt(
            pen.customer, amount, day=pen.near(), note=f"Refund of invoice {pen.other_number}"
        ),
        lambda: pen.books.check(pen.customer, amount, to=INCOME, day=pen.near(), currency="EUR"),
        lambda: pen.books.refund_receipt(pen.relative, amount, day=pen.near()),
        lambda: pen.books.check(pen.customer, amount, to=INCOME, payee=False, day=pen.near()),
        lambda: ordinary(pen, amount),
    )
    pen.chance.choice(entries)()

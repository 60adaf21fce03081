"""What bookkeepers enter for refunds: what it does to the books, and what is said of the refund.

Each case holds in US dollars and, in a company of several currencies, in Canadian dollars. Customer
7 is Ann, 8 is somebody else; the refunds are of sale 1042 unless they say otherwise.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tests.discrepancies.bookkeeping.books import (
    BAD_DEBT,
    BANK,
    BANK_FEES,
    CARD,
    CLEARING,
    INCOME,
    INVENTORY,
    LATE_FEES,
    RECEIVABLE,
    RETURNS,
    SALES_TAX,
    UNDEPOSITED,
    Books,
)
from tests.discrepancies.bookkeeping.desk import Refund

ANN, SOMEBODY = "7", "8"
SALE, OVERPAID, BOUNCED, CHARGED_BACK = "sale", "overpayment", "bounced", "chargeback"
VERIFIED, HALF, ASKED, OPEN = "verified", "half", "asked", "open"
FIFTY = (Refund(50),)
BOTH = "pays out $50.00 and credits the sale by $50.00"
OWED = "pays out $50.00 and leaves owed again $50.00"
CREDITED = "credits the sale by $50.00"
PAYOUT_MISSING = "{} is there; the payout is missing."
CREDIT_MISSING = "{} is there; the credit of the sale is missing."


@dataclass(frozen=True)
class Case:
    """One way of entering something: its effects, the verdict on each refund and the words."""

    name: str
    enter: Callable[[Books], object]
    effects: tuple[str, ...]
    verdict: tuple[str, ...]
    words: str = ""
    refunds: tuple[Refund, ...] = FIFTY

    def __str__(self):
        return self.name


def several(*steps):
    return lambda books: [step(books) for step in steps]


def memo(amount=50, customer=ANN, **more):
    return lambda books: books.credit_memo(customer, amount, **more)


def receipt(amount=50, customer=ANN, **more):
    return lambda books: books.refund_receipt(customer, amount, **more)


def check(amount=50, customer=ANN, **more):
    return lambda books: books.check(customer, amount, **more)


def expense(*lines, customer=ANN, **more):
    return lambda books: books.expense(customer, *(lines or ((RECEIVABLE, 50),)), **more)


def journal(*lines, **more):
    return lambda books: books.journal(*lines, **more)


def deposit(amount=50, customer=ANN, **more):
    return lambda books: books.deposit(customer, amount, **more)


def tied(books):
    """Tie a memo with the check that pays it, by a payment of nothing."""
    credit, payout = books.credit_memo(ANN, 50, balance=0), books.check(ANN, 50, day=9)
    books.payment(ANN, 0, ("CreditMemo", credit, 50), ("Check", payout, 50), day=9)


def used_elsewhere(books):
    """Apply a memo to another open invoice, as QuickBooks does by itself."""
    credit = books.credit_memo(ANN, 50, balance=0)
    note = "Created by QB Online to link credits to charges."
    books.payment(ANN, 0, ("Invoice", "777", 50), ("CreditMemo", credit, 50), note=note)


NO_REFUND = (
    Case(
        "a late fee is charged",
        journal(("Dr", RECEIVABLE, 50, ANN), ("Cr", LATE_FEES, 50)),
        (),
        (OPEN,),
    ),
    Case("cash is received", journal(("Dr", BANK, 50), ("Cr", INCOME, 50, ANN)), (), (OPEN,)),
    Case(
        "a payment is received",
        journal(("Dr", UNDEPOSITED, 50), ("Cr", RECEIVABLE, 50, ANN)),
        (),
        (OPEN,),
    ),
    Case(
        "a bad debt is written off",
        journal(("Dr", BAD_DEBT, 50), ("Cr", RECEIVABLE, 50, ANN)),
        (),
        (OPEN,),
    ),
    Case(
        "the receivable is moved within the customer",
        journal(("Dr", RECEIVABLE, 50, ANN), ("Cr", RECEIVABLE, 50, ANN)),
        (),
        (OPEN,),
    ),
    Case(
        "the receivable is moved from one customer to another",
        journal(("Dr", RECEIVABLE, 50, ANN), ("Cr", RECEIVABLE, 50, SOMEBODY)),
        (),
        (OPEN,),
    ),
    Case(
        "the receivable is moved to the customer from another",
        journal(("Dr", RECEIVABLE, 50, SOMEBODY), ("Cr", RECEIVABLE, 50, ANN)),
        (),
        (OPEN,),
    ),
    Case(
        "income is moved between accounts",
        journal(("Dr", INCOME, 50, ANN), ("Cr", RETURNS, 50, ANN)),
        (),
        (OPEN,),
    ),
    Case("sales tax is paid", check(50, to=SALES_TAX), (), (OPEN,)),
    Case("a supply is bought of the customer", check(50, to=BANK_FEES), (), (OPEN,)),
    Case(
        "stock is written down",
        journal(("Dr", RECEIVABLE, 50, ANN), ("Cr", INVENTORY, 50)),
        (),
        (OPEN,),
    ),
    Case(
        "a fee and a receipt that nobody can pair",
        journal(
            ("Dr", RECEIVABLE, 50, ANN), ("Dr", BANK_FEES, 50), ("Cr", BANK, 50), ("Cr", INCOME, 50)
        ),
        (),
        (OPEN,),
    ),
    Case(
        "money comes back by card",
        journal(("Dr", CARD, 50), ("Cr", RECEIVABLE, 50, ANN)),
        (),
        (OPEN,),
    ),
    Case("an ordinary invoice", lambda books: books.invoice(ANN, 50), (), (OPEN,)),
)

WHOLE_SALE = (
    Case("refund receipt", receipt(), (BOTH,), (VERIFIED,)),
    Case("refund receipt with its sales tax", receipt(tax=4), (BOTH,), (VERIFIED,)),
    Case(
        "refund receipt out of a clearing account", receipt(account=CLEARING), (BOTH,), (VERIFIED,)
    ),
    Case("credit memo and expense", several(memo(), expense()), (CREDITED, OWED), (VERIFIED,)),
    Case("credit memo and check", several(memo(), check(day=3)), (CREDITED, OWED), (VERIFIED,)),
    Case(
        "credit memo and check, tied, the check late",
        tied,
        (CREDITED, OWED, "pays nothing back"),
        (VERIFIED,),
    ),
    Case(
        "credit memo and journal entry",
        several(memo(), journal(("Dr", RECEIVABLE, 50, ANN), ("Cr", BANK, 50))),
        (CREDITED, OWED),
        (VERIFIED,),
    ),
    Case(
        "credit memo and a negative line of a deposit",
        several(memo(), deposit()),
        (CREDITED, OWED),
        (VERIFIED,),
    ),
    Case("a negative line of a deposit, of income", deposit(to=INCOME), (BOTH,), (VERIFIED,)),
    Case("check to income with the customer as payee", check(to=INCOME), (BOTH,), (VERIFIED,)),
    Case("expense to returns", expense((RETURNS, 50)), (BOTH,), (VERIFIED,)),
    Case(
        "expense with the processor's fee",
        expense((RETURNS, 50), (BANK_FEES, 2)),
        (BOTH,),
        (VERIFIED,),
    ),
    Case(
        "journal entry from income to the bank",
        journal(("Dr", INCOME, 50, ANN), ("Cr", BANK, 50)),
        (BOTH,),
        (VERIFIED,),
    ),
    Case(
        "journal entry with its sales tax",
        journal(("Dr", RETURNS, 46, ANN), ("Dr", SALES_TAX, 4), ("Cr", BANK, 50)),
        (BOTH,),
        (VERIFIED,),
    ),
    Case(
        "journal entry of both halves",
        journal(
            ("Dr", INCOME, 50),
            ("Cr", RECEIVABLE, 50, ANN),
            ("Dr", RECEIVABLE, 50, ANN),
            ("Cr", BANK, 50),
        ),
        (BOTH,),
        (VERIFIED,),
    ),
    Case(
        "two journal entries, one a half each",
        several(
            journal(("Dr", INCOME, 50), ("Cr", RECEIVABLE, 50, ANN)),
            journal(("Dr", RECEIVABLE, 50, ANN), ("Cr", CARD, 50)),
        ),
        (CREDITED, OWED),
        (VERIFIED,),
    ),
    Case(
        "late, naming the sale",
        receipt(day=45, note="Refund of invoice 1042"),
        (BOTH,),
        (VERIFIED,),
    ),
)

HALVES = (
    Case(
        "credit memo alone", memo(), (CREDITED,), (HALF,), PAYOUT_MISSING.format("Credit memo 301")
    ),
    Case("check alone", check(), (OWED,), (HALF,), CREDIT_MISSING.format("Check 301")),
    Case("expense alone", expense(), (OWED,), (HALF,), CREDIT_MISSING.format("Expense 301")),
    Case(
        "journal entry from the receivable to the bank",
        journal(("Dr", RECEIVABLE, 50, ANN), ("Cr", BANK, 50)),
        (OWED,),
        (HALF,),
        CREDIT_MISSING.format("Journal entry 301"),
    ),
    Case(
        "credit memo used for another invoice",
        used_elsewhere,
        (CREDITED, "pays nothing back"),
        (HALF,),
        PAYOUT_MISSING.format("Credit memo 301"),
    ),
    Case(
        "credit memo used for another invoice, and a check for something else",
        several(used_elsewhere, check()),
        (CREDITED, "pays nothing back", OWED),
        (ASKED,),
        "Its credit was used for another invoice.",
    ),
    Case(
        "a receipt of a part",
        receipt(30),
        ("pays out $30.00 and credits the sale by $30.00",),
        (HALF,),
        "Refund receipt 301 is there; $20.00 of the payout and $20.00 of the credit of the sale are"
        " missing.",
    ),
    Case(
        "credit memo for a product that is no sale",
        memo(item="3"),
        (),
        (OPEN,),
    ),
)

SHARED = (
    Case(
        "one receipt for two refunds",
        receipt(50),
        (BOTH,),
        (VERIFIED, VERIFIED),
        refunds=(Refund(20), Refund(30, payment="P2")),
    ),
    Case(
        "two receipts for one refund",
        several(receipt(30), receipt(20, day=1)),
        (
            "pays out $30.00 and credits the sale by $30.00",
            "pays out $20.00 and credits the sale by $20.00",
        ),
        (VERIFIED,),
    ),
    Case(
        "one entry for three payments of one bounced check",
        journal(("Dr", RECEIVABLE, 300, ANN), ("Cr", BANK, 300)),
        ("pays out $300.00 and leaves owed again $300.00",),
        (VERIFIED, VERIFIED, VERIFIED),
        refunds=tuple(Refund(100, BOUNCED, payment=f"P{n}", invoice=f"I{n}") for n in range(3)),
    ),
    Case(
        "two equal refunds, two receipts",
        several(receipt(), receipt(day=10)),
        (BOTH, BOTH),
        (VERIFIED, VERIFIED),
        refunds=(Refund(50), Refund(50, day=10, payment="P2")),
    ),
    Case(
        "two equal refunds, one receipt",
        receipt(),
        (BOTH,),
        (ASKED, ASKED),
        "It may belong to any of 2 refunds of this customer.",
        refunds=(Refund(50), Refund(50, payment="P2", invoice="I2")),
    ),
    Case(
        "two equal refunds, one of a payment that never went",
        receipt(),
        (BOTH,),
        (ASKED, OPEN),
        "It may belong to any of 2 refunds of this customer.",
        refunds=(Refund(50), Refund(50, number="1050", is_asked=False)),
    ),
    Case(
        "two equal refunds, told apart by the sale that is named",
        receipt(note="Refund 1042"),
        (BOTH,),
        (VERIFIED, OPEN),
        refunds=(
            Refund(50, others=("1050",)),
            Refund(50, number="1050", invoice="I2", payment="P2", is_asked=False, others=("1042",)),
        ),
    ),
    Case(
        "a bounced payment and a sale refund of the same amount, one check",
        check(),
        (OWED,),
        (ASKED, ASKED),
        "It may belong to any of 2 refunds of this customer.",
        refunds=(Refund(50, BOUNCED), Refund(50, payment="P2", invoice="I2", number="1050")),
    ),
)

UNCERTAIN = (
    Case(
        "a courtesy credit memo seven weeks later",
        memo(day=49),
        (CREDITED,),
        (ASKED,),
        "Its amount fits, but not its date.",
    ),
    Case(
        "a receipt weeks later",
        receipt(day=25),
        (BOTH,),
        (ASKED,),
        "Its amount fits, but not its date.",
    ),
    Case(
        "a receipt that names another sale",
        receipt(note="Refund for invoice 1041"),
        (BOTH,),
        (ASKED,),
        "It names another sale: 1041.",
    ),
    Case(
        "a receipt that names a sale of hers that is known",
        receipt(note="see 1041"),
        (BOTH,),
        (ASKED,),
        "It names another sale: 1041.",
        refunds=(Refund(50, others=("1041", "1042")),),
    ),
    Case(
        "entered twice",
        several(receipt(), receipt(day=1)),
        (BOTH, BOTH),
        (ASKED,),
        "It is one of 2 documents that fit: was it entered twice?",
    ),
    Case(
        "an expense without a name",
        check(to=INCOME, payee=False),
        (BOTH,),
        (ASKED,),
        "It names no customer.",
    ),
    Case(
        "a receipt that is a cent off",
        receipt(50.01),
        ("pays out $50.01 and credits the sale by $50.01",),
        (ASKED,),
        "Its date fits, but not its amount.",
    ),
)

CASES = (*NO_REFUND, *WHOLE_SALE, *HALVES, *SHARED, *UNCERTAIN)

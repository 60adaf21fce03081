"""What a person reads of a rehearsal: sums, the documents behind them, and what could not go."""

from collections import Counter
from decimal import Decimal

import pytest

from sync.quickbooks.documents import Group, Posting
from sync.quickbooks.documents.postings import Part
from sync.rehearsal.beside import Beside, Side
from sync.rehearsal.files import rows
from sync.rehearsal.left_out import LeftOut, Stopped
from sync.rehearsal.month import Month
from sync.rehearsal.rehearse import Rehearsed
from sync.rehearsal.report import Report

NAMES = {("Account", "45"): "Cleaning Income", ("Account", "46"): "Hauling Income"}
MAY = Month.of("2026-05")


def sale(number, account, amount="150.00", customer="Ada"):
    amount = Decimal(amount)
    parts = (
        Part(Group.INCOME, account, amount), Part(Group.SOLD, "2026-05-04", amount)
    )  # fmt: skip
    return Posting(
        entity="Invoice", qbo_id=number, is_sale=True, number=number, customer=customer,
        day="2026-05-04", currency="USD", amount=amount, parts=parts,
    )  # fmt: skip


@pytest.fixture
def report(tmp_path):
    """Make the report of sales there and here, and of what was left out."""
    beside = Beside(tmp_path / "beside.sqlite3")

    def made(there, here, left=None):
        for side, sales in ((Side.THERE, there), (Side.HERE, here)):
            beside.keep(side, "Invoice", [each.number for each in sales], sales)
        beside.pair()
        left = left or LeftOut(Counter(), {}, [], [])
        return Report(Rehearsed("Books", ["Riverside"], beside, left, NAMES, 0, 9), MAY)

    yield made
    beside.close()


def test_what_is_equal_is_said_to_be(report):
    told = report([sale("7", "45")], [sale("7", "45")])
    assert told.is_equal
    assert list(told.lines()) == [
        "Riverside in May 2026, beside the books of Books",
        "In the books: 1 invoice",
        "Rehearsed: 1 invoice",
        "",
        f"{'Income account':<46}{'in the books':>16}{'rehearsed':>16}{'difference':>16}",
        f"  {'Cleaning Income USD':<44}{'150.00':>16}{'150.00':>16}{'-':>16}",
        "",
        f"{'Day sold':<46}{'in the books':>16}{'rehearsed':>16}{'difference':>16}",
        f"  {'4 May 2026 USD':<44}{'150.00':>16}{'150.00':>16}{'-':>16}",
        "",
        "It would be as the books are.",
    ]


def test_what_differs_is_named_with_both_figures(report):
    left = LeftOut(
        Counter({"Not fully paid": 2}), {"9": "Not fully paid"},
        [Stopped("Invoice", "8", "QuickBooks refused it.")], ["Three in a row differ."],
    )  # fmt: skip
    told = report([sale("7", "45"), sale("9", "45", "10.00", "Eve")], [sale("7", "46")], left)
    assert not told.is_equal
    lines = list(told.lines())
    assert lines[lines.index("") + 7 :] == [
        "",
        "Income account, Cleaning Income: 1 document otherwise (160.00 there, 0.00 rehearsed)",
        "  Invoice 7 of 4 May 2026, Ada: 150.00 there, 0.00 rehearsed",
        "",
        "Income account, Hauling Income: 1 document otherwise (0.00 there, 150.00 rehearsed)",
        "  Invoice 7 of 4 May 2026, Ada: 0.00 there, 150.00 rehearsed",
        "",
        "Only in the books",
        "  Invoice 9 of 4 May 2026, Eve: 10.00 (here: Not fully paid)",
        "",
        "What could not go",
        "  Not fully paid: 2",
        "  Invoice 8: QuickBooks refused it.",
        "Three in a row differ.",
        "",
        "It would not be as the books are.",
    ]


def test_of_a_long_list_twenty_are_shown_and_the_file_has_all(report):
    numbers = [str(n) for n in range(100, 125)]
    told = report([sale(n, "45") for n in numbers], [sale(n, "46") for n in numbers])
    assert list(told.lines()).count("  and 5 more (--csv names all)") == 2
    differing = [row for row in rows(told) if row[0] == "Differs"]
    assert len(differing) == 50
    assert differing[0] == [
        "Differs", "Income account", "Cleaning Income", "Invoice", "100", "", "2026-05-04", "Ada",
        "USD", Decimal("150.00"), Decimal("0.00"), Decimal("-150.00"), "",
    ]  # fmt: skip
    assert {len(row) for row in rows(told)} == {13}


@pytest.mark.parametrize("left", [
    LeftOut(Counter(), {}, [Stopped("Invoice", "7", "Refused.")], []),
    LeftOut(Counter(), {}, [], ["It paused."]),
])  # fmt: skip
def test_what_was_stopped_is_not_equal(report, left):
    assert not report([sale("7", "45")], [sale("7", "45")], left).is_equal

"""What is certain, what is asked, and what is nothing: the rules alone, without a database."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from sync.exports.existing.matching import (
    Doubt,
    OurInvoice,
    OurPayment,
    TheirInvoice,
    TheirPayment,
    match,
    pair,
    words_of,
)

DAY, PAID = date(2026, 5, 4), date(2026, 5, 9)
OURS = OurInvoice(
    number_key="1042",
    total=Decimal("150.00"),
    tax=Decimal("12.00"),
    day=DAY,
    currency="USD",
    customer="7",
    payments=(OurPayment(1, Decimal("150.00"), PAID, "3", "R-9"),),
)
PAYMENT = TheirPayment(51, Decimal("150.00"), Decimal("150.00"), PAID, "3", "R-9")
THEIRS = TheirInvoice(
    pk=41,
    number_key="1042",
    total=Decimal("150.00"),
    tax=Decimal("12.00"),
    left_open=Decimal("0.00"),
    day=DAY,
    currency="USD",
    customer="7",
    payments=(PAYMENT,),
)
UNPAID = replace(THEIRS, payments=(), left_open=Decimal("150.00"))
HALF = replace(
    THEIRS,
    payments=(replace(PAYMENT, amount=Decimal("70.00"), applied=Decimal("70.00")),),
    left_open=Decimal("80.00"),
)
IN_HALVES = replace(
    OURS,
    payments=(
        OurPayment(1, Decimal("70.00"), PAID),
        OurPayment(2, Decimal("80.00"), PAID),
    ),
)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (OURS, THEIRS),
        (OURS, replace(THEIRS, day=date(2026, 5, 6))),
        (OURS, replace(THEIRS, currency="")),
        (OURS, UNPAID),
        (IN_HALVES, HALF),
    ],
    ids=["alike", "another day", "one currency", "unpaid there", "half paid there"],
)
def test_nothing_is_left_to_decide(ours, theirs):
    found = match(ours, [theirs])
    assert (found.best.theirs.pk, found.doubt, found.best.is_linkable) == (41, None, True)


@pytest.mark.parametrize(
    ("changed", "doubt", "linkable"),
    [
        ({"total": Decimal("150.01"), "left_open": Decimal("0.01")}, Doubt.TOTAL, False),
        ({"total": None}, Doubt.TOTAL, False),
        ({"tax": Decimal("0.00")}, Doubt.TAX, False),
        ({"currency": "CAD"}, Doubt.CURRENCY, False),
        ({"customer": "8"}, Doubt.CUSTOMER, False),
        ({"number_key": "qb-1"}, Doubt.NUMBER, True),
        ({"number_key": ""}, Doubt.NUMBER, True),
        ({"is_marked": True}, Doubt.MARKED, False),
        ({"has_rivals": True}, Doubt.CLAIMED, True),
        ({"payments": ()}, Doubt.PAYMENTS, True),  # something that was not read has paid it
        ({"payments": (replace(PAYMENT, day=DAY),)}, Doubt.PAYMENTS, True),
        ({"payments": (replace(PAYMENT, amount=Decimal("150.01")),)}, Doubt.PAYMENTS, True),
        ({"payments": (replace(PAYMENT, method="4"),)}, Doubt.PAYMENTS, True),
        ({"payments": (replace(PAYMENT, reference="R-8"),)}, Doubt.PAYMENTS, True),
        ({"payments": (replace(PAYMENT, is_free=False),)}, Doubt.PAYMENTS, True),
    ],
)
def test_whatever_contradicts_is_asked(changed, doubt, linkable):
    found = match(OURS, [replace(THEIRS, **changed)])
    assert (found.doubt, found.best.is_linkable) == (doubt, linkable)
    assert words_of(found.best.doubts)


def test_a_customer_that_nobody_matched_is_asked_about():
    ours = replace(OURS, customer="", perhaps=frozenset({"7", "9"}))
    assert match(ours, [THEIRS]).doubt == Doubt.CUSTOMER_OPEN
    assert match(replace(OURS, customer=""), [THEIRS]).doubt == Doubt.CUSTOMER


@pytest.mark.parametrize(
    "changed",
    [
        {"day": date(2026, 5, 5)},
        {"total": Decimal("150.01")},
        {"customer": "8"},
        {"is_of_another": True},
    ],
)
def test_another_number_and_one_thing_more_is_nothing(changed):
    assert match(OURS, [replace(THEIRS, number_key="qb-1", **changed)]) is None


def test_a_number_alone_is_asked_and_never_certain():
    other = replace(
        THEIRS, total=Decimal("9.00"), tax=Decimal("0.00"), customer="8", day=date(2026, 1, 1)
    )
    found = match(OURS, [other])
    assert found.best.doubts[:3] == (Doubt.TOTAL, Doubt.TAX, Doubt.CUSTOMER)


def test_twice_there_is_asked_with_both_the_better_first():
    twin = replace(THEIRS, pk=42, number_key="qb-1", payments=(), left_open=Decimal("150.00"))
    found = match(OURS, [twin, THEIRS])
    assert found.doubt == Doubt.SEVERAL
    assert [each.theirs.pk for each in found.candidates] == [41, 42]


def test_equal_payments_are_paired_once_each_the_clearest_first():
    ours = [
        OurPayment(1, Decimal("5.00"), DAY),
        OurPayment(2, Decimal("5.00"), DAY, "3", "R-2"),
        OurPayment(3, Decimal("5.00"), DAY, "4"),
    ]
    theirs = [
        replace(PAYMENT, pk=n, amount=Decimal("5.00"), day=DAY, method=method, reference=reference)
        for n, method, reference in ((61, "3", "R-2"), (62, "4", ""))
    ]
    pairs, left = pair(ours, theirs)
    assert {(here.pk, there.pk) for here, there in pairs} == {(2, 61), (3, 62)}
    assert left == []
    assert [there.pk for there in pair(ours[:1], theirs)[1]] == [62]

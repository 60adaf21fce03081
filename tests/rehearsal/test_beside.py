"""Both sides put side by side: pairs by what is surest, and every cent that differs is named."""

from decimal import Decimal

import pytest

from sync.quickbooks.documents import Group, Posting
from sync.quickbooks.documents.postings import Part
from sync.rehearsal.beside import Beside, Side

THERE, HERE = Side.THERE, Side.HERE


@pytest.fixture
def beside(tmp_path):
    made = Beside(tmp_path / "beside.sqlite3")
    yield made
    made.close()


def posting(qbo_id, amount="10.00", account="45", **values):
    amount = Decimal(amount)
    given = {
        "entity": "Invoice", "is_sale": True, "number": qbo_id, "customer": "Ada",
        "day": "2026-05-04", "currency": "USD",
    } | values  # fmt: skip
    return Posting(
        qbo_id=qbo_id, amount=amount, parts=(Part(Group.INCOME, account, amount),), **given
    )


def paid(qbo_id, amount="10.00", **values):
    given = {"entity": "Payment", "is_sale": False, "number": ""} | values
    return posting(qbo_id, amount, **given)


def put(beside, side, *postings):
    for each in postings:
        beside.keep(side, each.entity, [each.qbo_id], [each])


def only(beside):
    return [[each.qbo_id for each in beside.only(side)] for side in Side]


def differing(beside):
    return [
        (row.total.key, str(row.total.there), str(row.total.here), row.document.qbo_id)
        for row in beside.differing()
    ]


def test_sums_are_exact_and_by_currency(beside):
    put(beside, THERE, *(posting(str(n), "0.10") for n in range(3)))
    put(beside, HERE, posting("9", "0.30"), posting("8", "5.00", currency="CAD"))
    told = [(t.currency, str(t.there), str(t.here), str(t.difference)) for t in beside.totals()]
    assert told == [("CAD", "0.00", "5.00", "5.00"), ("USD", "0.30", "0.30", "0.00")]


def test_numbers_pair_whatever_their_case_and_a_cent_is_named(beside):
    put(beside, THERE, posting("1", "10.00", number="r-1"), posting("2", "20.00", number="R-2"))
    put(beside, HERE, posting("7", "10.01", number="R-1"), posting("8", "20.00", number="R-2"))
    beside.pair()
    assert only(beside) == [[], []]
    assert differing(beside) == [("45", "10.00", "10.01", "1")]


def test_two_that_even_out_differ_all_the_same(beside):
    put(beside, THERE, posting("1", account="45"), posting("2", account="46"))
    put(beside, HERE, posting("1", account="46"), posting("2", account="45"))
    beside.pair()
    assert not any(total.difference for total in beside.totals())
    assert [row[3] for row in differing(beside)] == ["1", "2", "1", "2"]


def test_another_number_is_paired_by_customer_amount_and_day(beside):
    put(beside, THERE, posting("1", number="QB-7"), posting("2", number="QB-8", customer="Ben"))
    put(beside, HERE, posting("3", number="R-1"), posting("4", number="R-2", day="2026-05-09"))
    beside.pair()
    assert only(beside) == [["2"], ["4"]]


def test_a_number_alone_counts_last(beside):
    put(beside, THERE, posting("1", "99.00", number="5", customer="Eve"), posting("2", number="6"))
    put(beside, HERE, posting("3", "10.00", number="5"))
    beside.pair()
    # Ada's of that amount is the same document under another number.
    assert only(beside) == [["1"], []]


def test_equal_payments_pair_one_to_one(beside):
    put(beside, THERE, paid("1", invoice="R-1"), paid("2", invoice="R-1"), paid("3", invoice="R-2"))
    put(beside, HERE, paid("4", invoice="R-1"), paid("5", invoice="R-2"))
    beside.pair()
    assert only(beside) == [["2"], []]


def test_a_payment_finds_its_invoice_number_by_id(beside):
    put(beside, THERE, posting("7", number="R-1"), paid("1", pays="7", customer="Eve"))
    put(beside, HERE, posting("8", number="R-1"), paid("2", invoice="R-1"))
    beside.pair()
    assert only(beside) == [[], []]
    put(beside, THERE, paid("3", "7.00", pays="7"))
    beside.pair()
    assert [each.invoice for each in beside.only(THERE)] == ["R-1"]


def test_what_is_read_again_counts_once_and_what_is_read_anew_is_forgotten(beside):
    put(beside, THERE, posting("1", "10.00"), posting("1", "12.00"))
    assert [str(total.there) for total in beside.totals()] == ["12.00"]
    beside.forget(THERE, "Invoice")
    assert (beside.totals(), beside.counts(THERE)) == ([], {})


def test_a_sale_with_its_money_is_named_once(beside):
    receipt = {"entity": "SalesReceipt"}
    sold, money = posting("1", **receipt), posting("1", is_sale=False, **receipt)
    beside.keep(THERE, "SalesReceipt", ["1"], [sold, money])
    beside.pair()
    assert only(beside) == [["1"], []]

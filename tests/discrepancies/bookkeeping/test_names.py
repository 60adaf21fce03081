"""What the words of a document name: this sale, another one, or none."""

import pytest

from sync.discrepancies.refunds.bookkeeping.names import another_named, is_named

NAMES = ("1042", "ch_3Nf8Zk")


@pytest.mark.parametrize(
    "words",
    [
        "Refund of invoice 1042",
        "1042",
        "inv #1042, broken sprinkler",
        "INV-1042",
        "Invoices 1041 and 1042",
        "stripe ch_3Nf8Zk",
        "no. 1042.",
    ],
)
def test_this_sale_is_named(words):
    assert is_named(words, NAMES)


@pytest.mark.parametrize(
    "words", ["", "Refund", "10421", "call 555-1042", "$1042.00", "1042.50", "21042", "A1042B"]
)
def test_an_amount_or_a_part_of_a_number_names_nothing(words):
    assert not is_named(words, NAMES)


def test_a_small_number_or_a_year_counts_only_where_it_is_called_a_sale():
    assert not is_named("12 May 2026", ("12", "2026"))
    assert is_named("invoice 12", ("12",))
    assert is_named("Invoice no. 2026", ("2026",))


@pytest.mark.parametrize(
    ("words", "other"),
    [
        ("Refund of invoice 1041", "1041"),
        ("order #A-77812", "A-77812"),
        ("see 1050", "1050"),
        ("Refund of invoice 1042", ""),
        ("Job 12 May", ""),
        ("paid by card ending 4242", ""),
    ],
)
def test_another_sale_is_named_where_words_or_our_books_say_so(words, other):
    assert another_named(words, NAMES, ("1050", "1042")) == other

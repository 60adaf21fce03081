"""What differs is told by the names that a bookkeeper knows, and by an id only where none is."""

import pytest

from sync.exports.documents.difference_words import words_for
from sync.quickbooks.documents import Difference
from tests.factories import CustomerFactory, InvoiceFactory, QuickBooksCompanyFactory
from tests.factories import SyncRecordFactory as Record

pytestmark = pytest.mark.django_db


@pytest.fixture
def payment():
    """The record of a payment in a company where customer 5 is Ann and invoice 70 is R-7."""
    record = Record()
    there(record.company, "5", "70", "Ann", "R-7")
    there(QuickBooksCompanyFactory(), "6", "71", "Of another company", "R-8")
    return record


def there(company, customer_id, invoice_id, name, number):
    Record(
        company=company,
        kind="customer",
        payment=None,
        customer=CustomerFactory(),
        qbo_id=customer_id,
        content={"display_name": name},
    )
    Record(
        company=company,
        kind="invoice",
        payment=None,
        invoice=InvoiceFactory(),
        qbo_id=invoice_id,
        content={"number": number},
    )


@pytest.mark.parametrize(
    ("ours", "theirs", "ref", "words"),
    [
        ("5", "6", {"value": "6", "name": "Bob"}, "Ann here and Bob"),
        ("6", "5", {"value": "5", "name": "Ann & Co"}, "id 6 here and Ann & Co"),
        ("6", "5", {"value": "5"}, "id 6 here and Ann"),
        ("5", "6", {"value": "6"}, "Ann here and id 6"),
        ("5", "6", {"value": "6", "name": "Ann"}, "Ann (id 5) here and Ann (id 6)"),
        ("7", "6", {"value": "6"}, "id 7 here and id 6"),
        ("5", "", None, "Ann here and none"),
    ],
)
def test_customers(payment, ours, theirs, ref, words):
    said = words_for(payment, {"CustomerRef": ref}, [Difference("CustomerRef", ours, theirs)])
    assert said == f"It is in QuickBooks, but the customer is {words} in QuickBooks."


@pytest.mark.parametrize(
    ("ours", "theirs", "words"),
    [
        ("Invoice 70: 50.00", "", "Invoice R-7: 50.00 here and none"),
        (
            "Invoice 70: 50.00",
            "CreditMemo 70: 20.00, Invoice 71: 30.00",
            "Invoice R-7: 50.00 here and CreditMemo id 70: 20.00, Invoice id 71: 30.00",
        ),
    ],
)
def test_what_a_payment_is_applied_to(payment, ours, theirs, words):
    said = words_for(payment, {}, [Difference("Line", ours, theirs)])
    assert said == f"It is in QuickBooks, but what it is applied to is {words} in QuickBooks."


def test_several_and_what_has_no_names(payment, django_assert_num_queries):
    differences = [
        Difference("TotalAmt", "50.00", "40.00"),
        Difference("TxnDate", "2026-05-04", "2026-05-06"),
    ]
    with django_assert_num_queries(0):
        assert words_for(payment, {}, differences) == (
            "It is in QuickBooks, but the total is 50.00 here and 40.00 in QuickBooks;"
            " the date is 2026-05-04 here and 2026-05-06 in QuickBooks."
        )

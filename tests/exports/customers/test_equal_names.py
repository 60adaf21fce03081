"""A customer of a name that QuickBooks has already: ours with their number, theirs by a person."""

from decimal import Decimal

import pytest

from sync.exports.delivery.relay import drain
from sync.exports.runs import runs
from sync.exports.runs.drafts import prepare
from sync.models import SyncRecord
from sync.tasks import HANDLERS
from tests.exports import ledger
from tests.factories import CustomerFactory, InvoiceFactory, PaymentFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("calm")]

PAID = (Decimal("150.00"), Decimal("0.00"), "2026-05-10")


def paid_by(unit, number, name, **identity):
    customer = CustomerFactory(business_unit=unit, display_name=name, **identity)
    return PaymentFactory(
        invoice=InvoiceFactory(business_unit=unit, customer=customer, number=number)
    )


def whose(bookkeeper):
    """Return the customer's name and address of each of our invoices there."""
    customers = {d["Id"]: d for d in bookkeeper.documents("Customer")}
    return {
        d["DocNumber"]: (
            customers[d["CustomerRef"]["value"]]["DisplayName"],
            customers[d["CustomerRef"]["value"]]["PrimaryEmailAddr"]["Address"],
        )
        for d in bookkeeper.ours("Invoice")
    }


@pytest.mark.parametrize("name", ["Maria Alvarez", "MARIA alvarez"])
def test_another_of_ours_is_sent_with_their_number(simulator, unit, export, bookkeeper, name):
    paid_by(unit, "N-1", "Maria Alvarez", external_id="C-1", email="maria@one.example")
    assert export()["exported"] == 1
    paid_by(unit, "N-2", name, external_id="C-2", email="maria@two.example")
    assert export()["exported"] == 1
    assert whose(bookkeeper) == {
        "N-1": ("Maria Alvarez", "maria@one.example"),
        "N-2": (f"{name} (C-2)", "maria@two.example"),
    }
    assert ledger.payments(simulator, unit) == [(*PAID, "N-1"), (*PAID, "N-2")]
    ledger.assert_equal_to_ours(simulator, unit)


@pytest.mark.long
@pytest.mark.parametrize("is_single", [True, False], ids=["one by one", "in a batch"])
def test_one_of_theirs_with_another_address_stands_before_a_person(
    simulator, unit, bookkeeper, is_single
):
    theirs = {"DisplayName": "Maria Alvarez", "PrimaryEmailAddr": {"Address": "maria@two.example"}}
    bookkeeper.send("Customer", theirs)
    payment = paid_by(unit, "N-1", "Maria Alvarez", external_id="C-1", email="maria@one.example")
    books = bookkeeper.books()
    [draft] = prepare([payment.pk], None, is_single=is_single)
    drain(runs.confirm(draft, None), HANDLERS)
    record = SyncRecord.objects.get(kind="customer")
    assert (record.state, record.error_code, record.qbo_id) == ("failed", "6240", "")
    assert record.error == (
        "QuickBooks already has a customer, vendor or employee with this name. Link to that"
        " customer, or give ours another name."
    )
    assert bookkeeper.books() == books

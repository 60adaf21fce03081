"""What a person types is what files and sources wait for: it attaches at once."""

from decimal import Decimal

import pytest

from sync.intake.door.door import deliver
from sync.models import Delivery, Invoice, Payment, Refund
from sync.models.triggers import wrong_sums
from tests import factories
from tests.admin.conftest import messages_of
from tests.admin.documents.test_documents import ADD, invoice_data
from tests.admin.documents.test_typing import payment_data
from tests.intake.door.test_door import receipt, refund, said


@pytest.fixture
def customer(riverside):
    return factories.CustomerFactory(business_unit=riverside, display_name="Ana Pérez")


@pytest.fixture
def waiting(riverside):
    deliver(riverside, [said("p9", receipt("150.00", ("1042", "150.00"), customer=""))])
    assert not Payment.objects.exists()
    return Delivery.objects.get()


def test_a_payment_that_waited_for_a_typed_invoice_attaches(accountant, customer, waiting):
    answer = accountant.post(ADD.format("invoice"), invoice_data(customer), follow=True)
    assert "1 payment or refund from a file or a source waited for it: attached." in (
        messages_of(answer)
    )
    payment, invoice = Payment.objects.get(), Invoice.objects.get()
    assert (payment.invoice, payment.customer, payment.external_id) == (invoice, customer, "p9")
    assert (invoice.total, invoice.balance_due) == (Decimal("150.00"), Decimal("0.00"))
    waiting.refresh_from_db()
    assert (waiting.state, waiting.document_id) == (Delivery.State.APPLIED, payment.pk)
    assert wrong_sums() == {}


def test_it_attaches_to_an_invoice_that_gets_its_number_later(accountant, customer, waiting):
    accountant.post(ADD.format("invoice"), invoice_data(customer, number="wrong"))
    assert not Payment.objects.exists()
    invoice = Invoice.objects.get()
    data = invoice_data(customer, **{
        "lines-INITIAL_FORMS": "1", "lines-0-id": invoice.lines.get().pk,
        "lines-0-invoice": invoice.pk,
    })  # fmt: skip
    accountant.post(invoice.get_absolute_url(), data)
    assert Payment.objects.get().invoice == invoice


def test_a_refund_that_waited_for_a_typed_payment_attaches(accountant, customer, riverside):
    accountant.post(ADD.format("invoice"), invoice_data(customer))
    deliver(riverside, [said("r1", refund("20.00", invoice="1042"))])
    assert not Refund.objects.exists()
    accountant.post(ADD.format("payment"), payment_data(Invoice.objects.get(), "150.00"))
    assert [(row.payment, row.amount) for row in Refund.objects.all()] == [
        (Payment.objects.get(), Decimal("20.00"))
    ]
    assert wrong_sums() == {}


def test_nothing_of_another_unit_attaches(accountant, customer):
    other = factories.BusinessUnitFactory(code="hillside")
    deliver(other, [said("p9", receipt("150.00", ("1042", "150.00"), customer=""))])
    accountant.post(ADD.format("invoice"), invoice_data(customer))
    assert Invoice.objects.count() == 1
    assert not Payment.objects.exists()

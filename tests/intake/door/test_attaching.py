"""What waits without a customer or an invoice is attached by a person, once."""

from dataclasses import replace
from decimal import Decimal

import pytest

from sync.intake.door.attaching import CannotAttach, attach
from sync.intake.door.door import deliver
from sync.models import (
    BusinessUnit,
    CompanyRules,
    Delivery,
    Event,
    Invoice,
    Payment,
    Refund,
    Verdict,
)
from sync.models.triggers import wrong_sums
from tests.factories import (
    BusinessUnitFactory,
    CustomerFactory,
    InvoiceFactory,
    QuickBooksCompanyFactory,
)
from tests.intake.door.test_door import ALL, receipt, refund, said, statuses

pytestmark = pytest.mark.django_db
NOBODYS = said("p9", replace(receipt("40.00"), customer=""))


@pytest.fixture
def unit(db):
    return BusinessUnitFactory(code="riverside", currency="CAD")


def test_a_payment_of_nobody_is_attached_to_a_customer(unit):
    ours = CustomerFactory(business_unit=unit)
    deliver(unit, [NOBODYS])
    attach(Delivery.objects.get(), ours, None)
    payment = Payment.objects.get()
    assert (payment.customer, payment.kind, payment.amount) == (ours, "deposit", Decimal("40.00"))
    assert statuses(unit, [NOBODYS]) == ["unchanged"]
    assert Event.objects.get().action == "delivery_attached"


def test_a_payment_is_attached_to_an_invoice_up_to_what_is_due(unit):
    invoice = InvoiceFactory(business_unit=unit, customer__business_unit=unit, number="7")
    Invoice.objects.filter(pk=invoice.pk).update(currency="CAD")
    deliver(unit, [said("p9", receipt("200.00", ("lost", "200.00"), customer=""))])
    attach(Delivery.objects.get(), Invoice.objects.get(), None)
    assert sorted(Payment.objects.values_list("invoice__number", "amount"), key=str) == [
        ("7", Decimal("150.00")), (None, Decimal("50.00")),
    ]  # fmt: skip
    with pytest.raises(CannotAttach):
        attach(Delivery.objects.get(), Invoice.objects.get(), None)
    assert wrong_sums() == {}


def test_what_it_pays_in_full_is_checked_at_once(unit, django_capture_on_commit_callbacks):
    company = QuickBooksCompanyFactory()
    BusinessUnit.objects.update(quickbooks_company=company)
    invoice = InvoiceFactory(business_unit=unit, customer__business_unit=unit, number="7")
    Invoice.objects.update(currency="CAD")
    deliver(unit, [said("p9", receipt("150.00", ("lost", "150.00"), customer=""))])
    with django_capture_on_commit_callbacks(execute=True):
        attach(Delivery.objects.get(), Invoice.objects.get(), None)
    verdict = Verdict.objects.get(invoice=invoice)
    assert verdict.version == CompanyRules.objects.get().version > 0
    assert verdict.code == "NOT_MAPPED"


def test_a_refund_is_attached_to_a_payment_and_to_none_of_another_unit(unit):
    deliver(unit, ALL[:3])
    deliver(unit, [said("r9", refund("5.00"))])
    waiting = Delivery.objects.get(kind="refund")
    with pytest.raises(CannotAttach):
        attach(waiting, InvoiceFactory(number="X"), None)
    attach(waiting, Payment.objects.get(), None)
    assert Refund.objects.get().payment == Payment.objects.get()

"""Entering a refund: of an exported payment only after the person was told what it means."""

from datetime import date
from decimal import Decimal

import pytest

from accounts.models import Role
from sync.models import Refund, RefundDiscrepancy
from tests.factories import MembershipFactory, PaymentFactory, RefundFactory

pytestmark = pytest.mark.django_db
ADD = "/admin/sync/refund/add/"


@pytest.fixture(autouse=True)
def accountant(client, unit):
    person = MembershipFactory(business_unit=unit, role=Role.ACCOUNTANT).user
    client.force_login(person)
    return person


def entered(payment, amount="20.00", **more):
    return {
        "payment": payment.pk,
        "amount": amount,
        "refunded_on": "2026-05-20",
        "reason": "Broken sprinkler",
        **more,
    }


def amounts():
    return list(Refund.objects.values_list("amount", flat=True))


def test_refund_of_an_exported_payment_is_saved_only_after_the_warning(client, exported):
    payment = exported()
    warned = client.post(ADD, entered(payment))
    assert warned.status_code == 200
    text = " ".join(warned.content.decode().split())
    assert "This payment is already in QuickBooks. The refund will not be sent" in text
    assert "Refunds to adjust" in text
    assert amounts() == []
    assert client.post(ADD, entered(payment, understood="on")).status_code == 302
    refund = RefundDiscrepancy.objects.get()
    assert (refund.payment, refund.amount) == (payment, Decimal("20.00"))
    assert refund.refunded_on == date(2026, 5, 20)


def test_change_of_a_refund_of_an_exported_payment_is_warned_of_too(client, exported):
    refund = RefundFactory(payment=exported(), amount=Decimal("20.00"))
    page = f"/admin/sync/refund/{refund.pk}/change/"
    warned = client.post(page, entered(refund.payment, "25.00"))
    assert warned.status_code == 200
    assert amounts() == [Decimal("20.00")]
    assert client.post(page, entered(refund.payment, "25.00", understood="on")).status_code == 302
    assert amounts() == [Decimal("25.00")]


def test_refund_of_a_payment_that_is_not_exported_needs_no_warning(client, unit):
    payment = PaymentFactory(invoice__business_unit=unit)
    assert client.post(ADD, entered(payment)).status_code == 302
    assert amounts() == [Decimal("20.00")]
    assert not RefundDiscrepancy.objects.exists()


@pytest.mark.parametrize("amount", ["150.01", "0.00", "-5.00", "x", ""])
def test_amount_that_cannot_be_is_refused_in_words(client, exported, amount):
    response = client.post(ADD, entered(exported(), amount, understood="on"))
    assert response.status_code == 200
    assert response.context["adminform"].form.errors["amount"]
    assert amounts() == []


def test_refund_of_a_foreign_payment_is_refused(client):
    response = client.post(ADD, entered(PaymentFactory(), understood="on"))
    assert response.status_code == 200
    assert response.context["adminform"].form.errors["payment"]
    assert amounts() == []


def test_viewer_cannot_enter_a_refund(client, exported, unit):
    client.force_login(MembershipFactory(business_unit=unit, role=Role.VIEWER).user)
    assert client.post(ADD, entered(exported(), understood="on")).status_code == 403
    assert amounts() == []

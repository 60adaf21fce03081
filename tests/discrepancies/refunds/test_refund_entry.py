"""Entering a refund: of an exported payment only after the person was told what it means."""

from datetime import date
from decimal import Decimal

import pytest

from accounts.access import AccessDenied
from accounts.models import Role
from sync.discrepancies.refunds.refund_entry import RefundRefused, enter, void
from sync.models import Event, Refund, RefundDiscrepancy
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
        "kind": "sale",
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


def test_entering_and_changing_are_audited(client, exported, accountant):
    payment = exported()
    client.post(ADD, entered(payment, understood="on"))
    refund = Refund.objects.get()
    change = {**entered(payment, "25.00", understood="on"), "refunded_on": "2026-05-21"}
    client.post(f"/admin/sync/refund/{refund.pk}/change/", change)
    told = [(e.actor, e.action, e.detail["amount"]) for e in Event.objects.order_by("pk")]
    assert told == [
        (accountant, "refund_entered", "20.00"),
        (accountant, "refund_changed", "25.00"),
    ]
    assert Event.objects.order_by("pk").last().detail["amount_before"] == "20.00"


def test_the_room_checks_again_what_a_form_checked_before(exported, accountant):
    payment = exported(amount="150.00")
    RefundFactory(payment=payment, amount=Decimal("140.00"))
    late = Refund(payment=payment, amount=Decimal("20.00"), refunded_on=date(2026, 5, 20))
    with pytest.raises(RefundRefused, match=r"\$10\.00 can still be refunded"):
        enter(late, accountant, understood=True)
    stranger = MembershipFactory(role=Role.ACCOUNTANT).user
    small = Refund(payment=payment, amount=Decimal("5.00"), refunded_on=date(2026, 5, 20))
    with pytest.raises(AccessDenied):
        enter(small, stranger, understood=True)
    with pytest.raises(RefundRefused, match="already in QuickBooks"):
        enter(small, accountant, understood=False)
    assert amounts() == [Decimal("140.00")]
    assert not Event.objects.exists()


def test_a_second_equal_refund_within_the_day_is_asked_about(client, exported):
    payment = exported()
    client.post(ADD, entered(payment, understood="on"))
    asked = client.post(ADD, entered(payment, understood="on"))
    assert "was entered within the day" in asked.content.decode()
    assert amounts() == [Decimal("20.00")]
    again = entered(payment, understood="on", is_another="on")
    assert client.post(ADD, again).status_code == 302
    assert amounts() == [Decimal("20.00")] * 2


def test_what_it_was_is_asked_and_nothing_is_chosen_beforehand(client, exported):
    payment = exported()
    page = client.get(f"{ADD}?payment={payment.pk}").content.decode()
    assert "Choose what it was" in page
    assert "$150.00 can still be refunded" in page
    asked = client.post(ADD, entered(payment, understood="on", kind=""))
    assert asked.context["adminform"].form.errors["kind"]
    assert amounts() == []


def test_a_day_to_come_is_refused(client, exported):
    late = entered(exported(), understood="on", refunded_on="2099-01-01")
    errors = client.post(ADD, late).context["adminform"].form.errors
    assert errors == {"refunded_on": ["That day has not come yet."]}


def test_taking_back_needs_a_reason_and_a_role_and_happens_once(exported, accountant):
    refund = RefundFactory(payment=exported(), amount=Decimal("20.00"))
    with pytest.raises(RefundRefused, match="Say in a few words why"):
        void(refund.pk, accountant, " ")
    with pytest.raises(AccessDenied):
        void(refund.pk, MembershipFactory(role=Role.ACCOUNTANT).user, "Entered twice")
    void(refund.pk, accountant, "Entered twice")
    with pytest.raises(RefundRefused, match="taken back already"):
        void(refund.pk, accountant, "Entered twice")
    assert [e.action for e in Event.objects.all()] == ["refund_voided"]
    refund.payment.refresh_from_db()
    assert refund.payment.refunded_total == Decimal("0.00")
    assert not RefundDiscrepancy.objects.exists()
    refund.refresh_from_db()
    refund.amount = Decimal("30.00")
    with pytest.raises(RefundRefused, match="no longer counts"):
        enter(refund, accountant, understood=True)

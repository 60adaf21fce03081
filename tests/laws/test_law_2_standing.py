"""Law 2: what was sent is not sent anew, and people see the payments of their units."""

import pytest
from django.utils import timezone

from accounts.access import Capability
from accounts.models import Role
from sync.exports.rules.by_stage import ready_payments
from sync.exports.rules.eligibility import visible_payments, with_reasons
from sync.models import Invoice, Payment
from tests.factories import (
    BatchRequestFactory,
    DepositFactory,
    InvoiceFactory,
    MembershipFactory,
    PaymentFactory,
    SyncRecordFactory,
    UserFactory,
)


@pytest.fixture
def payment(fully_paid):
    return fully_paid.payments.get()


def reason(payment, *, queued=False):
    rows = with_reasons(Payment.objects.filter(pk=payment.pk), [], queued=queued)
    return rows.get().reason


def record_of(document, company, **values):
    kind = "payment" if isinstance(document, Payment) else "invoice"
    given = {"payment": None, kind: document, "kind": kind}
    if values.get("state") == "in_flight":
        given["batch"] = BatchRequestFactory(company=company)
    return SyncRecordFactory(company=company, **given | values)


@pytest.mark.parametrize(
    ("own", "of_invoice", "code"),
    [
        ("exported", "exported", "ALREADY_EXPORTED"),
        ("mismatch", "exported", "ALREADY_EXPORTED"),
        ("failed", "exported", "FAILED"),
        ("pending", "failed", "FAILED"),
        ("uncertain", "exported", "UNCERTAIN"),
        ("pending", "uncertain", "UNCERTAIN"),
        ("pending", "mismatch", "UNCERTAIN"),
        ("pending", "pending", "IN_PROGRESS"),
        ("pending", "exported", "IN_PROGRESS"),
        ("in_flight", "exported", "IN_PROGRESS"),
        ("pending", "in_flight", "IN_PROGRESS"),
    ],
)
def test_what_was_sent_is_not_sent_anew(company, payment, own, of_invoice, code):
    there = {"exported", "mismatch"}
    record_of(payment.invoice, company, state=of_invoice, qbo_id="8" * (of_invoice in there))
    record_of(payment, company, state=own, qbo_id="9" * (own in there))
    assert reason(payment) == code
    assert reason(payment, queued=True) == ""
    assert list(ready_payments(None)) == []


@pytest.mark.parametrize(
    ("of_customer", "code"),
    [("failed", "FAILED"), ("uncertain", "UNCERTAIN"), ("pending", "IN_PROGRESS")],
)
@pytest.mark.parametrize(("of_invoice", "waits"), [("pending", True), ("exported", False)])
def test_a_payment_stands_where_its_customer_stands(
    company, payment, of_customer, code, of_invoice, waits
):
    record_of(payment.invoice, company, state=of_invoice, qbo_id="" if waits else "8")
    record_of(payment, company)
    SyncRecordFactory(
        company=company,
        kind="customer",
        payment=None,
        customer=payment.customer,
        state=of_customer,
    )
    assert reason(payment) == (code if waits else "IN_PROGRESS")


# Who asks --------------------------------------------------------------------------------------


def test_people_see_the_payments_of_their_units(payment):
    other = DepositFactory()
    member = MembershipFactory(business_unit=payment.business_unit, role=Role.VIEWER).user
    everything, nothing = {payment, other}, set()
    for actor, capability, seen in [
        (None, Capability.EXPORT, everything),
        (UserFactory(is_superuser=True), Capability.EXPORT, everything),
        (member, Capability.VIEW, {payment}),
        (member, Capability.EXPORT, nothing),
        (UserFactory(), Capability.VIEW, nothing),
    ]:
        assert set(visible_payments(actor, capability)) == seen
    assert list(ready_payments(member)) == [payment]
    assert list(ready_payments(UserFactory())) == []


def test_lists_are_of_one_unit_where_one_is_named(payment):
    other = DepositFactory()
    held = PaymentFactory(invoice=InvoiceFactory(business_unit=payment.business_unit))
    Invoice.objects.filter(pk=held.invoice_id).update(do_not_export_at=timezone.now())
    assert list(ready_payments(None, payment.business_unit)) == [payment]
    assert list(ready_payments(None, other.business_unit)) == []
    assert list(ready_payments(None)) == [payment]

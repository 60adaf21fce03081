"""Stored sums are right by construction, whoever writes."""

from decimal import Decimal

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, IntegrityError, connection, transaction

from sync.models import Invoice, Payment, Refund, triggers
from tests.factories import InvoiceFactory, PaymentFactory, RefundFactory

pytestmark = pytest.mark.django_db


def sums(invoice):
    invoice.refresh_from_db()
    return invoice.paid_total, invoice.refunded_total, invoice.balance_due


def test_sums_follow_payments_and_refunds():
    invoice = InvoiceFactory()
    assert sums(invoice) == (Decimal("0.00"), Decimal("0.00"), Decimal("150.00"))
    first = PaymentFactory(invoice=invoice, amount=Decimal("70.10"))
    PaymentFactory(invoice=invoice, amount=Decimal("29.90"))
    assert sums(invoice) == (Decimal("100.00"), Decimal("0.00"), Decimal("50.00"))
    refund = RefundFactory(payment=first, amount=Decimal("0.10"))
    assert sums(invoice) == (Decimal("100.00"), Decimal("0.10"), Decimal("50.10"))
    refund.delete()
    assert sums(invoice) == (Decimal("100.00"), Decimal("0.00"), Decimal("50.00"))


def test_sums_follow_an_amount_that_is_corrected():
    payment = PaymentFactory(amount=Decimal("150.00"))
    RefundFactory(payment=payment, amount=Decimal("20.00"))
    Refund.objects.update(amount=Decimal("19.99"))
    assert sums(payment.invoice) == (Decimal("150.00"), Decimal("19.99"), Decimal("19.99"))
    payment.invoice.lines.update(amount=Decimal("149.99"))
    payment.invoice.refresh_from_db()
    assert payment.invoice.lines_total == Decimal("149.99")


def test_sums_of_many_small_amounts_stay_exact():
    invoice = InvoiceFactory(subtotal=Decimal("1.00"))
    Payment.objects.bulk_create(
        PaymentFactory.build(
            invoice=invoice,
            business_unit=invoice.business_unit,
            customer=invoice.customer,
            amount=Decimal("0.10"),
        )
        for _ in range(10)
    )
    assert sums(invoice) == (Decimal("1.00"), Decimal("0.00"), Decimal("0.00"))
    assert invoice.is_fully_paid
    assert Invoice.objects.filter(balance_due__lte=0, total__gt=0).get() == invoice


def test_sums_follow_a_payment_moved_by_plain_sql():
    payment = PaymentFactory(amount=Decimal("40.00"))
    old, new = payment.invoice, InvoiceFactory()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE sync_payment SET invoice_id = %s WHERE id = %s", [new.pk, payment.pk]
        )
    assert sums(old)[0] == Decimal("0.00")
    assert sums(new)[0] == Decimal("40.00")


def test_sums_leave_out_a_voided_payment_and_its_refunds():
    payment = PaymentFactory(amount=Decimal("150.00"))
    RefundFactory(payment=payment, amount=Decimal("20.00"))
    assert sums(payment.invoice) == (Decimal("150.00"), Decimal("20.00"), Decimal("20.00"))
    Payment.objects.update(voided_at="2026-06-01T00:00Z")
    assert sums(payment.invoice) == (Decimal("0.00"), Decimal("0.00"), Decimal("150.00"))


def test_sums_survive_saving_a_stale_payment():
    stale = PaymentFactory()
    RefundFactory(payment=stale, amount=Decimal("20.00"))
    stale.reference = "1001"
    stale.save()
    stale.refresh_from_db()
    assert stale.refunded_total == Decimal("20.00")
    assert sums(stale.invoice)[1] == Decimal("20.00")


def test_sums_survive_an_update_that_lies():
    invoice = PaymentFactory().invoice
    Invoice.objects.update(paid_total=Decimal("999.00"), lines_total=Decimal("1.00"))
    assert sums(invoice)[0] == Decimal("150.00")
    assert invoice.lines_total == Decimal("150.00")


def test_refunds_cannot_exceed_their_payment():
    payment = PaymentFactory(amount=Decimal("50.00"))
    RefundFactory(payment=payment, amount=Decimal("30.00"))
    refused = pytest.raises(IntegrityError, match="payment_refunded_within_amount")
    with refused, transaction.atomic():
        Refund.objects.bulk_create([RefundFactory.build(payment=payment, amount=Decimal("20.01"))])
    payment.refresh_from_db()
    assert payment.refunded_total == Decimal("30.00")


def test_a_refund_bears_the_unit_and_currency_of_its_payment_whoever_writes():
    payment, other = PaymentFactory(), PaymentFactory()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO sync_refund (payment_id, amount, refunded_on, reason, external_id,"
            " created_at) VALUES (%s, 5, '2026-05-20', '', '', '2026-05-20T00:00Z')",
            [payment.pk],
        )
    refunds = Refund.objects.values_list("business_unit", "currency")
    assert list(refunds) == [(payment.business_unit_id, "USD")]
    Refund.objects.update(payment=other)
    assert list(refunds.all()) == [(other.business_unit_id, "USD")]
    Refund.objects.update(business_unit=payment.business_unit, currency="XXX")
    assert list(refunds.all()) == [(other.business_unit_id, "USD")]
    Payment.objects.filter(pk=other.pk).update(
        business_unit=payment.business_unit, customer=payment.customer, currency="CAD", invoice=None
    )
    assert list(refunds.all()) == [(payment.business_unit_id, "CAD")]
    assert triggers.wrong_sums() == {}


def test_proof_names_a_sum_that_was_made_to_lie():
    invoice = PaymentFactory().invoice
    drop = "DROP TRIGGER sync_invoice_sums"
    if connection.vendor == "sqlite":
        drop += "_update"
    else:
        drop += " ON sync_invoice"
    with connection.cursor() as cursor:
        cursor.execute(drop)
        cursor.execute("UPDATE sync_invoice SET paid_total = 1")
    assert triggers.wrong_sums() == {"sync_invoice.paid_total": [invoice.pk]}
    assert [each.name for each in triggers.differing()] == [drop.split()[2]]
    with pytest.raises(CommandError, match=r"sync_invoice.paid_total: 1 rows"):
        call_command("prove_sums")


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"total": Decimal("149.99")}, "invoice_total_adds_up"),
        ({"number": ""}, "invoice_has_a_number"),
        ({"currency": "usd"}, "invoice_currency_is_a_code"),
        ({"discount_total": Decimal("-1")}, "invoice_discount_and_tax_not_negative"),
    ],
)
def test_an_invoice_that_must_never_be_is_refused(changes, constraint):
    invoice = InvoiceFactory()
    if "discount_total" in changes:
        changes |= {"total": Decimal("151.00")}
    with pytest.raises(DatabaseError, match=constraint), transaction.atomic():
        Invoice.objects.filter(pk=invoice.pk).update(**changes)


@pytest.mark.parametrize("amount", ["0.00", "-5.00"])
def test_a_payment_of_nothing_is_refused(amount):
    with pytest.raises(IntegrityError, match="payment_amount_above_zero"), transaction.atomic():
        PaymentFactory(amount=Decimal(amount))

"""Law 5.

A refund of a payment that is in QuickBooks is in the report until QuickBooks shows the adjustment
or a person says why none is needed.
"""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection

from sync.discrepancies.refunds.refunds import Listing, of_listing
from sync.discrepancies.refunds.reviews import ReviewRefused, Status, review
from sync.models import Refund, RefundDiscrepancy
from tests.factories import PaymentFactory, RefundFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


def by_orm(payment, amount):
    Refund.objects.create(payment=payment, amount=amount, refunded_on=date(2026, 5, 20))


def by_bulk_create(payment, amount):
    Refund.objects.bulk_create(
        [Refund(payment=payment, amount=amount, refunded_on=date(2026, 5, 20))]
    )


def by_plain_sql(payment, amount):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO sync_refund (payment_id, amount, refunded_on, reason, external_id,"
            " created_at) VALUES (%s, %s, '2026-05-20', '', '', '2026-05-20 10:00:00')",
            [payment.pk, str(amount)],
        )


def reported():
    """Return (payment, amount) of every refund that waits in the report."""
    waiting = of_listing(RefundDiscrepancy.objects.all(), Listing.OPEN)
    return sorted(waiting.values_list("payment", "amount"))


@pytest.mark.parametrize("write", [by_orm, by_bulk_create, by_plain_sql])
@pytest.mark.parametrize("amount", ["0.01", "50.00"], ids=["partial", "full"])
def test_a_refund_is_reported_once_its_payment_is_exported(export, paid, write, amount):
    amount = Decimal(amount)
    # Paid in full whatever is given back, so that it may go after the refund, too.
    PaymentFactory(invoice=paid, amount=Decimal("50.00"))
    before, after = paid.payments.get(amount=Decimal("70.00")), paid.payments.get(kind="partial")
    elsewhere = PaymentFactory(amount=Decimal("60.00"))
    write(before, amount)
    write(elsewhere, amount)
    assert reported() == []
    assert export()["exported"] == 4
    assert reported() == [(before.pk, amount)]
    write(after, min(amount, after.amount))
    assert reported() == sorted([(before.pk, amount), (after.pk, min(amount, after.amount))])


def test_only_a_reason_takes_a_refund_out_of_the_report(export, paid):
    assert export()["exported"] == 3
    refund = RefundFactory(payment=paid.payments.first(), amount=Decimal("20.00"))
    reviewer = UserFactory(is_superuser=True)
    for status in (Status.RECORDED, Status.NOT_NEEDED):
        with pytest.raises(ReviewRefused, match="Say in the note"):
            review(refund, reviewer, status, " ")
        assert reported() == [(refund.payment_id, Decimal("20.00"))]
    review(refund, reviewer, Status.NOT_NEEDED, "Entered twice here.")
    assert reported() == []
    review(refund, reviewer, Status.OPEN, "")
    assert reported() == [(refund.payment_id, Decimal("20.00"))]

"""Law 5, refunds are reported: what leaves QuickBooks leaves no refund that looks settled."""

import pytest

from sync.exports.delivery.release_record import forget
from sync.models import Event, ExportRunItem, RefundReview, SyncRecord
from tests.factories import (
    ExportRunItemFactory,
    PaymentFactory,
    RefundFactory,
    RefundReviewFactory,
    SyncRecordFactory,
)


@pytest.fixture
def exported(company):
    """Return a function that gives a payment in QuickBooks with a refund of that review."""

    def made(status):
        payment = PaymentFactory()
        item = ExportRunItemFactory(payment=payment)
        refund = RefundFactory(payment=payment)
        RefundReviewFactory(refund=refund, status=status, note="As agreed")
        return SyncRecordFactory(
            company=company, payment=payment, run=item.run, state="exported", qbo_id=str(payment.pk)
        )

    return made


def review_of(record):
    return RefundReview.objects.get(refund__payment=record.payment_id).status


def test_a_payment_that_leaves_opens_what_was_said_of_its_refunds(exported):
    leaving, silent, stays = exported("not_needed"), exported("open"), exported("not_needed")
    forget([leaving, silent], None, "REMOVED", "It was removed.")
    assert [review_of(one) for one in (leaving, silent, stays)] == ["open", "open", "not_needed"]
    [event] = Event.objects.filter(action="refund_reopened")
    assert event.subject_id == leaving.payment.refunds.get().pk
    assert event.detail["from"] == "not_needed"
    assert list(SyncRecord.objects.all()) == [stays]
    skipped = ExportRunItem.objects.filter(choice="skipped", reason_code="REMOVED")
    assert set(skipped.values_list("payment", flat=True)) == {
        leaving.payment_id,
        silent.payment_id,
    }


@pytest.mark.parametrize(
    ("values", "stays"),
    [
        ({"state": "pending"}, False),
        ({"state": "failed"}, False),
        ({"state": "uncertain"}, True),
        ({"state": "exported", "qbo_id": "99"}, True),
    ],
)
def test_an_invoice_that_leaves_takes_along_what_waits_behind_it(company, exported, values, stays):
    payment, other = PaymentFactory(), PaymentFactory()
    waiting = SyncRecordFactory(company=company, payment=payment, **values)
    bystander = SyncRecordFactory(company=company, payment=other)
    invoice = SyncRecordFactory(
        company=company,
        kind="invoice",
        payment=None,
        invoice=payment.invoice,
        state="exported",
        qbo_id="5",
    )
    forget([invoice], None, "REMOVED", "It was removed.")
    assert SyncRecord.objects.filter(pk=waiting.pk).exists() is stays
    assert SyncRecord.objects.filter(pk=bystander.pk).exists()
    assert not SyncRecord.objects.filter(pk=invoice.pk).exists()

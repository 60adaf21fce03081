"""Forgetting: a document that is no longer in QuickBooks gives up its record, and may go anew."""

from collections.abc import Sequence

from accounts.models import User
from sync.exports.runs.outbox import leave_runs, take_back
from sync.models import Event, RefundReview, Subject, SyncRecord


def forget(records: Sequence[SyncRecord], actor: User | None, code: str, words: str) -> None:
    """Delete the records of what is gone from QuickBooks, in the caller's transaction.

    What waited behind an invoice goes back with it. What was said of the payments' refunds was
    said of an entry that is gone: should a payment go again, they are open again (law 5).
    """
    for record in records:
        if record.invoice_id:
            take_back(record.company_id, [record.invoice_id], code, words)
    rows = SyncRecord.objects.filter(pk__in=[record.pk for record in records])
    leave_runs(rows, code, words)
    reviews = RefundReview.objects.filter(
        refund__payment__in=[record.payment_id for record in records if record.payment_id]
    ).exclude(status=RefundReview.Status.OPEN)
    subjects = [
        Subject(
            review.refund.payment.business_unit_id,
            "refund",
            review.refund_id,
            {"from": review.status, "note": review.note, "reason": words},
        )
        for review in reviews.select_related("refund__payment")
    ]
    Event.objects.record(Event.Action.REFUND_REOPENED, actor, subjects)
    reviews.update(status=RefundReview.Status.OPEN)
    rows.delete()

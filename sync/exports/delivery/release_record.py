"""Forgetting: a document that is no longer in QuickBooks gives up its record, and may go anew."""

from collections.abc import Iterable, Sequence

from accounts.models import User
from sync.models import Event, ExportRunItem, RefundReview, SyncRecord

State = SyncRecord.State


def drop_waiting(company_id: int, invoice_ids: Iterable[int], code: str, words: str) -> None:
    """Take back the payments of invoices that were never sent."""
    payments = SyncRecord.objects.filter(
        company=company_id,
        payment__invoice__in=invoice_ids,
        state__in=[State.PENDING, State.FAILED],
        qbo_id="",
    )
    _leave_runs(list(payments), code, words)
    payments.delete()


def forget(records: Sequence[SyncRecord], actor: User | None, code: str, words: str) -> None:
    """Delete the records of what is gone from QuickBooks, in the caller's transaction.

    What waited behind an invoice goes back with it. What was said of the payments' refunds was
    said of an entry that is gone: should a payment go again, they are open again (law 5).
    """
    for record in records:
        if record.invoice_id:
            drop_waiting(record.company_id, [record.invoice_id], code, words)
    _leave_runs(records, code, words)
    reviews = RefundReview.objects.filter(
        refund__payment__in=[record.payment_id for record in records if record.payment_id]
    ).exclude(status=RefundReview.Status.OPEN)
    Event.objects.bulk_create(
        Event(
            actor=actor,
            business_unit_id=review.refund.payment.business_unit_id,
            action="refund_reopened",
            subject_kind="refund",
            subject_id=review.refund_id,
            detail={"from": review.status, "note": review.note, "reason": words},
        )
        for review in reviews.select_related("refund__payment")
    )
    reviews.update(status=RefundReview.Status.OPEN)
    SyncRecord.objects.filter(pk__in=[record.pk for record in records]).delete()


def _leave_runs(records: Iterable[SyncRecord], code: str, words: str) -> None:
    for record in records:
        if record.payment_id and record.run_id:
            ExportRunItem.objects.filter(run=record.run_id, payment=record.payment_id).update(
                choice=ExportRunItem.Choice.SKIPPED, reason_code=code, reason=words[:500]
            )

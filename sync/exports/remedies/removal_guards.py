"""What keeps a document where it is in QuickBooks: a removal under way, a refund not settled."""

from collections.abc import Collection

from sync.company.requests import UNFINISHED
from sync.models import CompanyRequest, Payment, Refund, RefundReview, SyncRecord
from sync.words import stored

Status = RefundReview.Status
BEING_REMOVED = stored("It is being removed from QuickBooks. Wait until that is known.")


def being_removed(companies: Collection[int]) -> set[int]:
    """Return the records whose removal from QuickBooks is asked for and has no outcome yet."""
    asked = CompanyRequest.objects.filter(
        company__in=companies, kind="remove", state__in=UNFINISHED
    )
    unanswered = SyncRecord.objects.filter(
        company__in=companies, batch__operation="delete", batch__settled_at__isnull=True
    )
    return set(unanswered.values_list("pk", flat=True)) | {
        document["record"]
        for params in asked.values_list("params", flat=True)
        for document in params["documents"]
    }


def refund_in_the_way(payment: Payment) -> str:
    """Say why a refund keeps its payment in QuickBooks' books; empty when none does.

    Without the payment nothing would tell of the refund any more, nor of what was entered for it.
    """
    if not payment.refunded_total:
        return ""
    for refund in Refund.objects.filter(payment=payment, voided_at=None).select_related(
        "payment", "review"
    ):
        amount = refund.amount, payment.currency
        review = getattr(refund, "review", None)
        # What was entered is there also where the refund was changed since and is open again.
        if review and review.status in {
            Status.RECORDED,
            Status.VERIFIED,
            Status.ADJUSTED_OTHERWISE,
        }:
            return stored(
                "Its refund of %(amount)s was recorded in QuickBooks. Take that entry back there, "
                "then mark the refund Not needed under Refunds to adjust.",
                amount=amount,
            )
        if refund.review_status != Status.NOT_NEEDED:
            return stored(
                "Its refund of %(amount)s is still to adjust. Say first, under Refunds to adjust, "
                "that no adjustment is needed because the payment leaves QuickBooks.",
                amount=amount,
            )
    return ""

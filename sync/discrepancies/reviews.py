"""What a reviewer says of refunds to adjust: recorded in QuickBooks, not needed, or open again."""

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone

from accounts.access import Capability, require
from accounts.models import User
from sync.models import Event, Refund, RefundDiscrepancy, RefundReview

MOST_AT_ONCE = 1_000
LONGEST_NOTE = 500
REVIEWED = "refund_reviewed"
Status = RefundReview.Status
SAYABLE = (Status.OPEN, Status.RECORDED, Status.NOT_NEEDED)
"""What a person may say; that a refund is verified only reading QuickBooks says."""


class ReviewRefused(ValueError):
    """The review cannot be stored; the message is for the reviewer."""


def review(refund: Refund, actor: User, status: Status, note: str) -> bool:
    """Store what the actor says of one refund; return whether that was news."""
    return review_many([refund.pk], actor, status, note) == 1


@transaction.atomic
def review_many(refund_ids: Collection[int], actor: User, status: Status, note: str) -> int:
    """Store one status and note for all of the refunds or for none; return how many changed.

    Raises AccessDenied where the actor may not resolve for the unit of one of them, and
    ReviewRefused where the note is missing or one of them is not in the report.
    """
    note = _checked_note(status, note)
    refunds = _locked(set(refund_ids))
    for unit_id in {refund.payment.business_unit_id for refund in refunds}:
        require(actor, Capability.RESOLVE, unit_id)
    return sum(_store(refund, actor, status, note) for refund in refunds)


def _checked_note(status: Status, note: str) -> str:
    note = note.strip()
    if status not in SAYABLE:
        raise ReviewRefused("Choose open, recorded or not needed.")
    if not note and status == Status.RECORDED:
        raise ReviewRefused("Say in the note what was entered in QuickBooks.")
    if not note and status == Status.NOT_NEEDED:
        raise ReviewRefused("Say in the note why QuickBooks needs no adjustment.")
    if len(note) > LONGEST_NOTE:
        raise ReviewRefused(f"The note has {len(note)} characters; {LONGEST_NOTE} are the most.")
    return note


def _locked(ids: set[int]) -> list[RefundDiscrepancy]:
    if len(ids) > MOST_AT_ONCE:
        raise ReviewRefused(f"Review at most {MOST_AT_ONCE:,} refunds at once.")
    found = list(
        RefundDiscrepancy.objects.filter(pk__in=ids)
        .select_related("payment")
        .select_for_update(of=("self",))
        .order_by("pk")
    )
    if missing := sorted(ids - {refund.pk for refund in found}):
        numbers = ", ".join(map(str, missing[:5]))
        raise ReviewRefused(f"Not among the refunds to adjust: {numbers}.")
    return found


def _store(refund: RefundDiscrepancy, actor: User, status: Status, note: str) -> bool:
    before = RefundReview.objects.filter(refund=refund).first()
    old_status = before.status if before else Status.OPEN
    if (old_status, before.note if before else "") == (status, note):
        return False
    RefundReview.objects.update_or_create(
        refund_id=refund.pk,
        defaults={
            "status": status,
            "note": note,
            "reviewed_by": actor,
            "reviewed_at": timezone.now(),
        },
    )
    Event.objects.create(
        actor=actor,
        business_unit_id=refund.payment.business_unit_id,
        action=REVIEWED,
        subject_kind="refund",
        subject_id=refund.pk,
        detail={
            "from": old_status,
            "to": status,
            "note": note,
            "amount": str(refund.amount),
            "currency": refund.payment.currency,
        },
    )
    return True

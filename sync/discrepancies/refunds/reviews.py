"""What a reviewer says of refunds to adjust: who works on it, how it was closed, or open again.

That a refund is verified only reading QuickBooks says, or a person who accepts what it found.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import Capability, may, require, roles_with
from accounts.models import Membership, User
from sync.discrepancies.drift.decide import note_too_long
from sync.discrepancies.drift.drift import follow_proof
from sync.models import (
    Adjustment,
    BusinessUnit,
    Event,
    Refund,
    RefundDiscrepancy,
    RefundMatch,
    RefundReview,
    Subject,
)
from sync.words import money, stored

MOST_AT_ONCE = 1_000
LONGEST_NOTE = 500
REVIEWED, ASSIGNED, NOTED = (
    Event.Action.REFUND_REVIEWED,
    Event.Action.REFUND_ASSIGNED,
    Event.Action.REFUND_NOTED,
)
Status = RefundReview.Status
SAYABLE = (Status.OPEN, Status.RECORDED, Status.ADJUSTED_OTHERWISE, Status.NOT_NEEDED)


class ReviewRefused(ValueError):
    """The review cannot be stored; the message is for the reviewer."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a reviewer says; None leaves things as they are."""

    status: Status | None = None
    note: str | None = None
    owner: User | None = None
    is_assigned: bool = False
    """Whether `owner` counts: nobody may be an owner too."""
    seen: dict[int, str] = field(default_factory=dict)
    """The versions of the rows that the reviewer saw, by refund; others are not compared."""


def reviewers(units: QuerySet[BusinessUnit]) -> QuerySet[User]:
    """Return who may review for one of the units."""
    memberships = Membership.objects.filter(
        business_unit__in=units, role__in=roles_with(Capability.RESOLVE)
    )
    return User.objects.filter(is_active=True, pk__in=memberships.values("user")).order_by(
        "username"
    )


def review(refund: Refund, actor: User, status: Status, note: str) -> bool:
    """Store what the actor says of one refund; return whether that was news."""
    return review_many([refund.pk], actor, status, note) == 1


def review_many(refund_ids: Collection[int], actor: User, status: Status, note: str) -> int:
    """Store one status and note for all of the refunds or for none; return how many changed."""
    return say(refund_ids, actor, Said(status=status, note=note))


@transaction.atomic
def say(refund_ids: Collection[int], actor: User, said: Said) -> int:
    """Store what is said of all the refunds or of none; return how many changed.

    Raises AccessDenied where the actor may not resolve for the unit of one of them, and
    ReviewRefused where something is missing or one of them is not in the report.
    """
    said = _checked(said)
    refunds = locked(set(refund_ids))
    refuse_if_changed(refunds, said.seen)
    for unit_id in {refund.payment.business_unit_id for refund in refunds}:
        require(actor, Capability.RESOLVE, unit_id)
        if said.is_assigned and said.owner and not may(said.owner, Capability.RESOLVE, unit_id):
            raise ReviewRefused(
                stored("%(who)s may not review for every one of these units.", who=str(said.owner))
            )
    return sum(_store(refund, actor, said) for refund in refunds)


def refuse_if_changed(refunds: Collection[RefundDiscrepancy], seen: dict[int, str]) -> None:
    """Refuse where a row is no longer as the reviewer saw it, saying what is said of it now."""
    for refund in refunds:
        then = seen.get(refund.pk)
        if then is not None and then != version_of(refund):
            raise ReviewRefused(
                stored(
                    "%(refund)s was changed since you opened this page. %(now)s",
                    refund=str(refund),
                    now=_now(refund),
                )
            )


def _now(refund: RefundDiscrepancy) -> str:
    review = RefundReview.objects.filter(refund=refund).select_related("reviewed_by", "owner")
    found = review.first()
    amount = (refund.amount, refund.payment.currency)
    words = [_("It is now %(amount)s") % {"amount": money(*amount)}]
    words.append(refund.get_kind_display().lower())
    if found is not None:
        status = found.status_of(refund).label.lower()
        said = _("%(status)s, said %(who)s") % {
            "status": status,
            "who": found.reviewed_by or "Paidup",
        }
        words.append(f"{said}: {found.note}" if found.note else said)
        words.append(_("owned by %(who)s") % {"who": found.owner or _("nobody")})
    return _("%(facts)s. Look at it anew.") % {"facts": "; ".join(words)}


def version_of(refund: RefundDiscrepancy) -> str:
    """Return what a row is now, in a few letters: two that differ were changed in between."""
    review = RefundReview.objects.filter(refund=refund).first()
    evidence = refund.matches.order_by("pk").values_list("adjustment", "is_proof", "amount")
    state = [refund.kind, str(refund.amount), str(refund.refunded_on), str(refund.payment_id)]
    state += [str(each) for each in evidence]
    if review is not None:
        state += [review.status, review.note, str(review.owner_id), review.finding]
    return sha256("\n".join(state).encode()).hexdigest()[:16]


def _drop(matches: QuerySet[RefundMatch]) -> list[Adjustment]:
    """Delete evidence and return the documents that it was."""
    documents = [match.adjustment for match in matches.select_related("adjustment")]
    matches.delete()
    return documents


def _checked(said: Said) -> Said:
    status, note = said.status, None if said.note is None else said.note.strip()
    if status is not None and status not in SAYABLE:
        raise ReviewRefused(stored("Choose open, recorded, adjusted another way or not needed."))
    if not note and status == Status.RECORDED:
        raise ReviewRefused(stored("Say in the note what was entered in QuickBooks."))
    if not note and status == Status.ADJUSTED_OTHERWISE:
        raise ReviewRefused(stored("Say in the note how QuickBooks was adjusted."))
    if not note and status == Status.NOT_NEEDED:
        raise ReviewRefused(stored("Say in the note why QuickBooks needs no adjustment."))
    if note and len(note) > LONGEST_NOTE:
        raise ReviewRefused(note_too_long(note, LONGEST_NOTE))
    if status is None and not note and not said.is_assigned:
        raise ReviewRefused(stored("Say something: a status, a note or who works on it."))
    return replace(said, note=note)


def locked(ids: set[int]) -> list[RefundDiscrepancy]:
    if len(ids) > MOST_AT_ONCE:
        raise ReviewRefused(stored("Review at most %(most)s refunds at once.", most=MOST_AT_ONCE))
    found = list(
        RefundDiscrepancy.objects.filter(pk__in=ids)
        .select_related("payment")
        .select_for_update(of=("self",))
        .order_by("pk")
    )
    if missing := sorted(ids - {refund.pk for refund in found}):
        numbers = ", ".join(map(str, missing[:5]))
        raise ReviewRefused(
            stored("Not among the refunds to adjust: %(numbers)s.", numbers=numbers)
        )
    return found


def _store(refund: RefundDiscrepancy, actor: User, said: Said) -> bool:
    review = RefundReview.objects.filter(refund=refund).first() or RefundReview(refund=refund)
    steps = (_say_status, _say_note, _assign)
    changes = [change for step in steps if (change := step(review, refund, actor, said))]
    if not changes:
        return False
    review.save()
    for action, detail in changes:
        audit(refund, actor, action, detail)
    return True


Change = tuple[Event.Action, dict[str, Any]]
Step = Callable[[RefundReview, Refund, User, Said], Change | None]


def _say_status(review: RefundReview, refund: Refund, actor: User, said: Said) -> Change | None:
    note, old = review.note if said.note is None else said.note, review.status_of(refund)
    if said.status is None or (old, review.status, review.note) == (said.status, said.status, note):
        return None
    if said.status != Status.RECORDED or review.status == Status.VERIFIED:
        # The evidence is free again; the next reading may well find it anew.
        follow_proof(_drop(RefundMatch.objects.filter(refund=refund, is_proof=True)), actor)
        review.left = {}
    review.status, review.note = said.status, note
    review.judge(refund)
    review.reviewed_by, review.reviewed_at = actor, timezone.now()
    if said.status == Status.OPEN:
        review.finding = ""
    return REVIEWED, {"from": old, "to": said.status, "note": note}


def _say_note(review: RefundReview, refund: Refund, actor: User, said: Said) -> Change | None:
    if said.status is not None or not said.note or said.note == review.note:
        return None
    review.note = said.note
    return NOTED, {"note": said.note}


def _assign(review: RefundReview, refund: Refund, actor: User, said: Said) -> Change | None:
    if not said.is_assigned or review.owner == said.owner:
        return None
    before, review.owner = review.owner, said.owner
    return ASSIGNED, {"from": _name(before), "to": _name(said.owner)}


def _name(person: User | None) -> str:
    return str(person) if person else stored("nobody")


def audit(refund: Refund, actor: User, action: Event.Action, detail: dict[str, Any]) -> None:
    detail |= {"amount": str(refund.amount), "currency": refund.payment.currency}
    about = Subject(refund.payment.business_unit_id, "refund", refund.pk, detail)
    Event.objects.record(action, actor, [about])

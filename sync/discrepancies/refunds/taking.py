"""A person takes a document for a refund, as far as the document's effects go."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from accounts.access import Capability, require
from accounts.models import User
from sync.discrepancies.drift.drift import follow_proof
from sync.discrepancies.refunds.bookkeeping.bundles import Effect
from sync.discrepancies.refunds.bookkeeping.needs import (
    given_words,
    left_of,
    missing_words,
    needs_of,
)
from sync.discrepancies.refunds.judge import shares_for
from sync.discrepancies.refunds.reviews import ReviewRefused, audit, locked, refuse_if_changed
from sync.discrepancies.refunds.rows import evidence_words
from sync.discrepancies.refunds.verdicts import VERIFIED
from sync.models import (
    Adjustment,
    Allocation,
    Event,
    QuickBooksCompany,
    RefundDiscrepancy,
    RefundMatch,
    RefundReview,
)
from sync.words import stored, together

TAKEN = Event.Action.REFUND_PART_TAKEN
Status = RefundReview.Status
Amounts = dict[Effect, Decimal]


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a document that a person took for a refund."""

    match: RefundMatch
    is_whole: bool
    words: str


@transaction.atomic
def accept(match_id: int, actor: User, seen: str | None = None) -> Taken:
    """Take a document that was proposed for a refund; `seen` is the row as the page showed it."""
    match = RefundMatch.objects.select_related("refund__payment", "adjustment").get(pk=match_id)
    refund = _held(match.refund_id, match.adjustment, actor)
    refuse_if_changed([refund], {} if seen is None else {refund.pk: seen})
    match = RefundMatch.objects.filter(pk=match_id, is_proof=False).first() or _gone()
    return take(refund, Adjustment.objects.get(pk=match.adjustment_id), actor)


@transaction.atomic
def give(refund_id: int, document: Adjustment, actor: User) -> Taken:
    """Take a document that a person showed for a refund."""
    return take(_held(refund_id, document, actor), document, actor)


def _held(refund_id: int, document: Adjustment, actor: User) -> RefundDiscrepancy:
    """Hold the company and the refund: reading writes under the company's row too."""
    QuickBooksCompany.objects.select_for_update(no_key=True).get(pk=document.company_id)
    (refund,) = locked({refund_id})
    require(actor, Capability.RESOLVE, refund.payment.business_unit_id)
    return refund


def take(refund: RefundDiscrepancy, document: Adjustment, actor: User) -> Taken:
    """Give a refund what it can use of a document, or refuse saying why; both rows are held."""
    dropped = _drop_what_was_taken_before_a_change(refund)
    left = _left(refund)
    shares = shares_for(left, document, _used(document, refund))
    _refuse_useless(refund, document, has_shares=bool(shares))
    match, _ = RefundMatch.objects.update_or_create(
        refund=refund,
        adjustment=document,
        defaults={
            "is_proof": True,
            "is_part": False,
            "why": stored("Taken by %(who)s.", who=str(actor)),
            "accepted_by": actor,
            "amount": document.amount,
            "dated_on": document.dated_on,
            "sync_token": document.sync_token,
            "number": document.number,
        },
    )
    match.shares.all().delete()
    Allocation.objects.bulk_create(
        Allocation(match=match, effect=share.effect, amount=share.amount) for share in shares
    )
    rest = left_of(left, {share.effect: share.amount for share in shares})
    taken = _say(refund, match, document, rest, actor)
    follow_proof(dropped, actor)
    return taken


def _drop_what_was_taken_before_a_change(refund: RefundDiscrepancy) -> list[Adjustment]:
    """Forget what was taken for the refund as it was, and return those documents."""
    review = RefundReview.objects.filter(refund=refund).first()
    if review is None or review.stands_for(refund):
        return []
    matches = RefundMatch.objects.filter(refund=refund, is_proof=True)
    documents = [match.adjustment for match in matches.select_related("adjustment")]
    matches.delete()
    return documents


def _left(refund: RefundDiscrepancy) -> Amounts:
    """Return what a refund needs beyond what people gave it already."""
    given: Amounts = defaultdict(Decimal)
    taken = Allocation.objects.filter(match__refund=refund, match__accepted_by__isnull=False)
    for effect, amount in taken.values_list("effect", "amount"):
        given[Effect(effect)] += Decimal(amount)
    return left_of(needs_of(refund.kind, refund.amount), given)


def _used(document: Adjustment, refund: RefundDiscrepancy) -> dict[tuple[int, Effect], Decimal]:
    used: dict[tuple[int, Effect], Decimal] = defaultdict(Decimal)
    others = Allocation.objects.filter(match__adjustment=document).exclude(match__refund=refund)
    for effect, amount in others.values_list("effect", "amount"):
        used[document.pk, Effect(effect)] += Decimal(amount)
    return used


def _refuse_useless(refund: RefundDiscrepancy, document: Adjustment, *, has_shares: bool) -> None:
    currency = refund.payment.currency
    if document.currency != currency:
        raise ReviewRefused(
            stored(
                "%(document)s is in %(there)s and the refund in %(refund)s: one is never the"
                " other.",
                document=document,
                there=document.currency,
                refund=currency,
            )
        )
    if has_shares:
        return
    does = given_words(document.effects, document.currency)
    other = RefundMatch.objects.filter(adjustment=document, is_proof=True).exclude(refund=refund)
    if (taken := other.first()) is not None:
        raise ReviewRefused(
            stored(
                "%(document)s %(does)s, which refund %(id)s has already.",
                document=document,
                does=does,
                id=str(taken.refund_id),
            )
        )
    missing = missing_words(_left(refund), refund.amount, currency)
    raise ReviewRefused(
        stored(
            "%(document)s %(does)s; %(missing)s, so it is no part of the adjustment.",
            document=document,
            does=does,
            missing=missing,
        )
    )


def _say(
    refund: RefundDiscrepancy, match: RefundMatch, document: Adjustment, rest: Amounts, actor: User
) -> Taken:
    review = RefundReview.objects.filter(refund=refund).first() or RefundReview(refund=refund)
    old, currency = review.status_of(refund), refund.payment.currency
    does = given_words(document.effects, document.currency)
    words: str = stored(
        "%(document)s of %(day)s %(does)s.", document=document, day=document.dated_on, does=does
    )
    dropped: list[Adjustment] = []
    if rest:
        missing = missing_words(rest, refund.amount, currency)
        words = together(words, stored("That is a part: %(missing)s.", missing=missing))
        review.left = {effect.value: f"{amount:.2f}" for effect, amount in rest.items()}
        if old != Status.RECORDED:
            review.status = Status.OPEN
    else:
        taken = RefundMatch.objects.filter(refund=refund, accepted_by__isnull=False)
        others = RefundMatch.objects.filter(refund=refund, accepted_by__isnull=True)
        dropped = [each.adjustment for each in others.select_related("adjustment")]
        others.delete()
        papers = [each.adjustment for each in taken.select_related("adjustment")]
        review.status, review.left, review.finding = Status.VERIFIED, {}, evidence_words(papers)
    review.reviewed_by, review.reviewed_at = actor, timezone.now()
    review.judge(refund)
    review.save()
    follow_proof([document, *dropped], actor)
    told = {"from": old, "to": review.status, "note": words if rest else review.finding}
    audit(refund, actor, TAKEN if rest else VERIFIED, told)
    return Taken(match, not rest, words)


def _gone() -> RefundMatch:
    raise ReviewRefused(
        stored("That document is no longer proposed for this refund. Look at it anew.")
    )

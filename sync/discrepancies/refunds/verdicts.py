"""Writing down what was judged, leaving alone what a person changed meanwhile."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils import timezone

from sync.discrepancies.changes import in_chunks
from sync.discrepancies.drift.drift import follow_proof
from sync.discrepancies.refunds.bookkeeping.explain import Share
from sync.discrepancies.refunds.judge import (
    Papers,
    Verdict,
    proofs_of,
    verdicts_of,
    what_was_lost,
)
from sync.discrepancies.refunds.pending import Pending, pending_of
from sync.discrepancies.refunds.rows import evidence_words
from sync.discrepancies.words import changed_since
from sync.models import (
    Adjustment,
    Allocation,
    Event,
    QuickBooksCompany,
    Refund,
    RefundMatch,
    RefundReview,
    Subject,
)
from sync.words import stored

Status = RefundReview.Status
VERIFIED, REOPENED = Event.Action.REFUND_VERIFIED, Event.Action.REFUND_REOPENED
_JUDGED = ("payment_id", "amount", "currency", "refunded_on", "kind")
_WRITTEN = ["status", "reviewed_by", "reviewed_at", "finding", "left", *_JUDGED]
RIVAL = stored("Another explanation is possible now.")


@dataclass(slots=True)
class _Changes:
    """What is to be written of many refunds at once."""

    reviews: list[RefundReview] = field(default_factory=list)
    told: dict[Event.Action, list[Subject]] = field(default_factory=lambda: defaultdict(list))
    gone: list[int] = field(default_factory=list)
    matches: list[RefundMatch] = field(default_factory=list)
    updated: list[RefundMatch] = field(default_factory=list)
    shares: list[tuple[RefundMatch, list[Share]]] = field(default_factory=list)
    touched: list[Adjustment] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))


def settle(company: QuickBooksCompany) -> dict[str, Any]:
    """Judge the company's refunds by what was read, and write it down; return counts."""
    pending = pending_of(company)
    papers = {row.pk: row for row in Adjustment.objects.filter(company=company)}
    return _write(pending, papers, verdicts_of(company, pending, papers))


def _write(pending: Pending, papers: Papers, verdicts: dict[int, Verdict]) -> dict[str, Any]:
    """Write what differs from what is stored; return counts."""
    claims = {claim.refund_id: claim for claim in pending.asked}
    changes = _Changes()
    for refund_id, review in _locked(pending, sorted(verdicts)).items():
        refund, verdict = pending.refunds[refund_id], verdicts[refund_id]
        if not verdict.is_whole and not verdict.lost:
            matches = proofs_of(pending, refund_id)
            lost = (what_was_lost(claims[refund_id], m, papers[m.adjustment_id]) for m in matches)
            verdict.lost = next((words for words in lost if words), "")
        _match(changes, refund, verdict, papers)
        _review(changes, refund, review, verdict, papers)
    _store(changes)
    return {name: changes.counts[name] for name in ("verified", "proposed", "reopened")}


def _locked(pending: Pending, ids: Collection[int]) -> dict[int, RefundReview | None]:
    """Hold the refunds, as a reviewer would; return what is said of each nobody changed since."""
    unchanged: dict[int, RefundReview | None] = {}
    for chunk in in_chunks(ids):
        held = Refund.objects.select_for_update(no_key=True).filter(pk__in=chunk).order_by("pk")
        said = {r.refund_id: r for r in RefundReview.objects.filter(refund__in=chunk)}
        for refund in held:
            known, review = pending.refunds[refund.pk], said.get(refund.pk)
            is_same = all(getattr(refund, name) == getattr(known, name) for name in _JUDGED)
            was = getattr(known, "review", None)
            if is_same and (review and review.status) == (was and was.status):
                unchanged[refund.pk] = review
    return unchanged


def _match(changes: _Changes, refund: Refund, verdict: Verdict, papers: Papers) -> None:
    """Note which evidence comes, goes or changes."""
    shares: dict[int, list[Share]] = defaultdict(list)
    for share in verdict.shares:
        shares[share.paper].append(share)
    wanted: dict[int, tuple[bool, bool, str]] = {
        pk: (False, pk in verdict.parts, verdict.asked.get(pk, "It is a part of the adjustment."))
        for pk in (*verdict.asked, *verdict.parts)
    }
    wanted |= dict.fromkeys(shares, (True, False, verdict.why))
    if not verdict.is_whole:
        changes.counts["proposed"] += bool(verdict.asked)
    for known in refund.known_matches:  # type: ignore[attr-defined]
        _compare(changes, known, wanted.pop(known.adjustment_id, None), shares)
    for pk, (is_proof, is_part, why) in wanted.items():
        made = match_of(refund.pk, papers[pk], is_proof=is_proof, is_part=is_part, why=why)
        changes.matches.append(made)
        if is_proof:
            changes.touched.append(papers[pk])
            changes.shares.append((made, shares[pk]))


def _compare(
    changes: _Changes,
    known: RefundMatch,
    wanted: tuple[bool, bool, str] | None,
    shares: dict[int, list[Share]],
) -> None:
    if wanted is None:
        changes.gone.append(known.pk)
        if known.is_proof:
            changes.touched.append(known.adjustment)
        return
    mine = shares.get(known.adjustment_id, [])
    stored = {(s.effect, s.amount) for s in known.shares.all()}
    is_proof, is_part, why = wanted
    if known.accepted_by_id is not None:
        is_part, why = known.is_part, known.why
    told = (is_proof, is_part, why if not is_proof else known.why)
    if (known.is_proof, known.is_part, known.why) != told or stored != {
        (s.effect.value, s.amount) for s in mine
    }:
        changes.touched.append(known.adjustment)
        known.is_proof, known.is_part, known.why = is_proof, is_part, why
        _renew(known)
        changes.updated.append(known)
        changes.shares.append((known, mine))


def _renew(match: RefundMatch) -> None:
    document = match.adjustment
    match.amount, match.dated_on = document.amount, document.dated_on
    match.sync_token, match.number = document.sync_token, document.number


def match_of(
    refund_id: int, document: Adjustment, *, is_proof: bool, is_part: bool = False, why: str = ""
) -> RefundMatch:
    """Return the evidence as it stands now."""
    match = RefundMatch(
        refund_id=refund_id, adjustment=document, is_proof=is_proof, is_part=is_part, why=why
    )
    _renew(match)
    return match


def _review(
    changes: _Changes,
    refund: Refund,
    review: RefundReview | None,
    verdict: Verdict,
    papers: Papers,
) -> None:
    old = review.status_of(refund) if review else Status.OPEN
    was = review.status if review else Status.OPEN
    changed = changed_since(review, refund) if review else ""
    left = {} if verdict.is_whole or not (verdict.parts or verdict.shares) else _plain(verdict)
    review = review or RefundReview(refund_id=refund.pk)
    is_news = review.left != left
    review.left = left
    if verdict.is_whole:
        documents = [papers[pk] for pk in dict.fromkeys(s.paper for s in verdict.shares)]
        finding = evidence_words(documents)
        if old != Status.VERIFIED:
            review.reviewed_at, review.reviewed_by = timezone.now(), None
            _tell(changes, refund, was, Status.VERIFIED, finding)
        is_news |= (old, review.finding) != (Status.VERIFIED, finding)
        review.status, review.finding = Status.VERIFIED, finding
    elif changed or was == Status.VERIFIED:
        review.reviewed_at, review.reviewed_by = timezone.now(), None
        review.finding = stored("Reopened: %(why)s", why=changed or verdict.lost or RIVAL)
        review.status, is_news = Status.OPEN, True
        _tell(changes, refund, was, Status.OPEN, review.finding)
    if is_news:
        # What a person said stays said of the refund that they saw.
        if review.status in {Status.VERIFIED, Status.OPEN}:
            review.judge(refund)
        changes.reviews.append(review)


def _plain(verdict: Verdict) -> dict[str, str]:
    return {effect.value: f"{amount:.2f}" for effect, amount in verdict.left.items()}


def _tell(changes: _Changes, refund: Refund, old: str, new: Status, words: str) -> None:
    changes.counts["verified" if new == Status.VERIFIED else "reopened"] += 1
    detail = {
        "from": old,
        "to": new,
        "note": words,
        "amount": str(refund.amount),
        "currency": refund.payment.currency,
    }
    about = Subject(refund.payment.business_unit_id, "refund", refund.pk, detail)
    changes.told[VERIFIED if new == Status.VERIFIED else REOPENED].append(about)


def _store(changes: _Changes) -> None:
    """Write it all: what is let go first, so that its amounts are free."""
    known = [match.pk for match, _ in changes.shares if match.pk]
    for chunk in in_chunks(changes.gone):
        RefundMatch.objects.filter(pk__in=chunk).delete()
    for chunk in in_chunks(known):
        Allocation.objects.filter(match__in=chunk).delete()
    fields = ["is_proof", "is_part", "why", "amount", "dated_on", "sync_token", "number"]
    RefundMatch.objects.bulk_update(changes.updated, fields, batch_size=500)
    RefundMatch.objects.bulk_create(changes.matches, batch_size=500)
    Allocation.objects.bulk_create(
        [
            Allocation(match=match, effect=share.effect, amount=share.amount)
            for match, shares in changes.shares
            for share in shares
        ],
        batch_size=500,
    )
    RefundReview.objects.bulk_create(
        changes.reviews,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["refund"],
        update_fields=_WRITTEN,
    )
    for action, subjects in changes.told.items():
        Event.objects.record(action, None, subjects)
    follow_proof(changes.touched, None)


def left_amounts(review: RefundReview) -> dict[str, Decimal]:
    """Return what is still missing of a refund of which a part is there."""
    return {effect: Decimal(amount) for effect, amount in review.left.items()}

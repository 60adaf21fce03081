"""What reading QuickBooks makes of each refund: verified, asked about, reopened or left open."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from sync.company.sessions import CompanySession
from sync.discrepancies.changes import in_chunks
from sync.discrepancies.drift.drift import follow_proof
from sync.discrepancies.refunds.adjustments import free_documents
from sync.discrepancies.refunds.matching import FARTHEST, Claim, Found, match
from sync.discrepancies.refunds.pending import Claims
from sync.discrepancies.words import changed_since
from sync.exports.rules.reasons import day, money
from sync.models import Adjustment, Event, Refund, RefundMatch, RefundReview

Status = RefundReview.Status
VERIFIED, REOPENED = Event.Action.REFUND_VERIFIED, Event.Action.REFUND_REOPENED


@dataclass(slots=True)
class Verdicts:
    """What is to be written of one company's refunds."""

    reopened: dict[int, str] = field(default_factory=dict)
    found: Found = field(default_factory=Found)


def settle(session: CompanySession, claims: Claims) -> dict[str, Any]:
    """Compare what was read with the refunds and write down what follows; return counts."""
    verdicts = _judge(session, claims)
    with transaction.atomic():
        session.lease.lock()
        return _write(claims, verdicts)


def _judge(session: CompanySession, claims: Claims) -> Verdicts:
    verdicts = Verdicts()
    open_claims = list(claims.waiting)
    # The matches were loaded before QuickBooks was read: compare them with what was read.
    ids = [m.adjustment_id for c in claims.again for m in _proofs(claims.refunds[c.refund_id])]
    now = _documents(ids)
    for claim in claims.again:
        refund = claims.refunds[claim.refund_id]
        proofs = _proofs(refund)
        lost = changed_since(refund.review, refund) or _what_was_lost(claim, proofs, now)
        if lost:
            verdicts.reopened[claim.refund_id] = lost
            open_claims.append(claim)
        elif (sides := {now[m.adjustment_id].side for m in proofs}) and len(sides) == 1:
            open_claims.append(replace(claim, has_side=sides.pop()))
    if not open_claims:
        return verdicts
    earliest = min(claim.refunded_on for claim in open_claims) - FARTHEST
    held = {m.adjustment_id for pk in verdicts.reopened for m in _proofs(claims.refunds[pk])}
    free = list(free_documents(session.company).filter(dated_on__gte=earliest))
    free += [row for row in now.values() if row.pk in held and row.is_there]
    verdicts.found = match(open_claims, free)
    return verdicts


def _documents(ids: Collection[int]) -> dict[int, Adjustment]:
    rows = (Adjustment.objects.filter(pk__in=chunk) for chunk in in_chunks(ids))
    return {row.pk: row for some in rows for row in some}


def _proofs(refund: Refund) -> list[RefundMatch]:
    return [known for known in refund.known_matches if known.is_proof]  # type: ignore[attr-defined]


def _what_was_lost(claim: Claim, proofs: list[RefundMatch], now: dict[int, Adjustment]) -> str:
    """Say why a verified refund is no longer proven; empty where it is."""
    if not proofs:
        return "Its evidence is gone."
    for proof in proofs:
        document = now[proof.adjustment_id]
        if not document.is_there:
            return f"{document} is no longer in QuickBooks as it was."
        if document.amount != proof.amount:
            was, is_ = (money(each, claim.currency) for each in (proof.amount, document.amount))
            return f"{document} was changed from {was} to {is_}."
        if document.dated_on != proof.dated_on and not claim.covers(document.dated_on):
            return f"{document} is now dated {day(document.dated_on)}."
    return ""


def _write(claims: Claims, verdicts: Verdicts) -> dict[str, Any]:
    """Write what changed, leaving alone what a person changed meanwhile."""
    proofs, proposals = verdicts.found.proofs, verdicts.found.proposals
    asked = {pk for pk, refund in claims.refunds.items() if _proposals(refund)}
    now = _locked(claims.refunds, {*verdicts.reopened, *proofs, *proposals, *asked})
    settled = set(now)
    settled -= _taken_meanwhile(proofs, settled, verdicts.reopened)
    reviews = [
        _review_after(claims.refunds[pk], now[pk], verdicts)
        for pk in sorted(settled & {*proofs, *verdicts.reopened})
    ]
    for chunk in in_chunks(settled & verdicts.reopened.keys()):
        RefundMatch.objects.filter(refund__in=chunk, is_proof=True).delete()
    for chunk in in_chunks(settled & {*proofs, *proposals, *asked}):
        _drop_proposals(chunk, proposals)
    RefundReview.objects.bulk_create(
        reviews,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["refund"],
        update_fields=["status", "reviewed_by", "reviewed_at", "finding", *_JUDGED],
    )
    RefundMatch.objects.bulk_create(_new_matches(claims, verdicts, settled), batch_size=500)
    Event.objects.bulk_create([_event(claims, each) for each in reviews], batch_size=500)
    follow_proof(_let_go_and_found(claims, verdicts, settled), None)
    return {
        "verified": sum(r.status == Status.VERIFIED for r in reviews),
        "proposed": len(proposals.keys() & settled),
        "reopened": sum(r.status == Status.OPEN for r in reviews),
    }


def _let_go_and_found(
    claims: Claims, verdicts: Verdicts, settled: set[int]
) -> Iterator[Adjustment]:
    for pk in sorted(settled & verdicts.reopened.keys()):
        yield from (match.adjustment for match in _proofs(claims.refunds[pk]))
    for pk in sorted(settled & verdicts.found.proofs.keys()):
        yield from verdicts.found.proofs[pk]


def _proposals(refund: Refund) -> list[RefundMatch]:
    return [known for known in refund.known_matches if not known.is_proof]  # type: ignore[attr-defined]


def _status(refund: Refund) -> str:
    return _status_of(getattr(refund, "review", None))


def _status_of(review: RefundReview | None) -> str:
    return review.status if review else Status.OPEN


_JUDGED = ("payment_id", "amount", "currency", "refunded_on")


def _locked(refunds: dict[int, Refund], wanted: Collection[int]) -> dict[int, RefundReview | None]:
    """Hold the refunds, as a reviewer would; return what is said of each nobody changed since."""
    unchanged: dict[int, RefundReview | None] = {}
    for chunk in in_chunks(sorted(wanted)):
        held = list(Refund.objects.select_for_update().filter(pk__in=chunk).order_by("pk"))
        said = {r.refund_id: r for r in RefundReview.objects.filter(refund__in=chunk)}
        for refund in held:
            known, review = refunds[refund.pk], said.get(refund.pk)
            is_same = all(getattr(refund, name) == getattr(known, name) for name in _JUDGED)
            if is_same and _status_of(review) == _status(known):
                unchanged[refund.pk] = review
    return unchanged


def _taken_meanwhile(
    proofs: dict[int, list[Adjustment]], settled: set[int], reopened: Collection[int]
) -> set[int]:
    """Return refunds whose document a person gave to another one while we read."""
    refund_of = {document.pk: pk for pk in settled & proofs.keys() for document in proofs[pk]}
    taken: set[int] = set()
    for chunk in in_chunks(refund_of):
        rows = RefundMatch.objects.filter(adjustment__in=chunk, is_proof=True)
        others = rows.exclude(refund__in=reopened).values_list("adjustment", flat=True)
        taken |= {refund_of[document] for document in others}
    return taken


def _review_after(refund: Refund, review: RefundReview | None, verdicts: Verdicts) -> RefundReview:
    # By id: what the refund knew of its review is what it was before.
    review = review or RefundReview(refund_id=refund.pk)
    documents = verdicts.found.proofs.get(refund.pk)
    review.judge(refund)
    if review.status != Status.VERIFIED or not documents or refund.pk in verdicts.reopened:
        review.reviewed_at, review.reviewed_by = timezone.now(), None
    if documents:
        known = [] if refund.pk in verdicts.reopened else [m.adjustment for m in _proofs(refund)]
        review.status = Status.VERIFIED
        review.finding = evidence_words([*known, *documents], refund.payment.currency)
    else:
        review.status = Status.OPEN
        review.finding = f"Reopened: {verdicts.reopened[refund.pk]}"
    return review


def evidence_words(documents: Iterable[Adjustment], currency: str) -> str:
    """Name documents with amount and date: Credit memo 1051 of $20.00, 5 May 2026."""
    words = (f"{d} of {money(d.amount, currency)}, {day(d.dated_on)}" for d in documents)
    return "; ".join(words)[:280]


def _drop_proposals(refund_ids: list[int], proposals: dict[int, dict[int, str]]) -> None:
    """Forget what is no longer asked."""
    rows = RefundMatch.objects.filter(refund__in=refund_ids, is_proof=False)
    stale = [row.pk for row in rows if row.adjustment_id not in proposals.get(row.refund_id, {})]
    RefundMatch.objects.filter(pk__in=stale).delete()


def _new_matches(claims: Claims, verdicts: Verdicts, settled: set[int]) -> Iterator[RefundMatch]:
    proofs, proposals = verdicts.found.proofs, verdicts.found.proposals
    for pk in sorted(settled & proofs.keys()):
        for document in proofs[pk]:
            yield match_of(pk, document, is_proof=True)
    new = {
        (pk, document): why
        for pk in sorted(settled & proposals.keys())
        for document, why in proposals[pk].items()
        if document not in {known.adjustment_id for known in _proposals(claims.refunds[pk])}
    }
    ids = {document for _, document in new}
    rows = _documents(ids)
    for (pk, document_id), why in new.items():
        yield match_of(pk, rows[document_id], is_proof=False, why=why)


def match_of(
    refund_id: int, document: Adjustment, *, is_proof: bool, why: str = "", by: User | None = None
) -> RefundMatch:
    """Return the evidence as it stands now."""
    return RefundMatch(
        refund_id=refund_id,
        adjustment=document,
        is_proof=is_proof,
        why=why,
        amount=document.amount,
        dated_on=document.dated_on,
        sync_token=document.sync_token,
        number=document.number,
        accepted_by=by,
    )


def _event(claims: Claims, review: RefundReview) -> Event:
    refund = claims.refunds[review.refund_id]
    return Event(
        business_unit_id=refund.payment.business_unit_id,
        action=VERIFIED if review.status == Status.VERIFIED else REOPENED,
        subject_kind="refund",
        subject_id=refund.pk,
        detail={
            "from": _status(refund),
            "to": review.status,
            "note": review.finding,
            "amount": str(refund.amount),
            "currency": refund.payment.currency,
        },
    )

"""What the documents that were read make of each refund: verified, in part, asked about or open.

Each judgement is made anew from what is there now, so nothing depends on the order in which things
were entered or read; only what a person gave to a refund is kept, while it is there.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from sync.discrepancies.refunds.bookkeeping.bundles import Effect
from sync.discrepancies.refunds.bookkeeping.evidence import Claim
from sync.discrepancies.refunds.bookkeeping.explain import Found, Share, explain
from sync.discrepancies.refunds.bookkeeping.needs import ZERO
from sync.discrepancies.refunds.pending import Pending, with_held
from sync.discrepancies.refunds.reading.families import Families
from sync.models import Adjustment, Kin, QuickBooksCompany, RefundMatch
from sync.words import stored

Papers = dict[int, Adjustment]


@dataclass(slots=True)
class Verdict:
    """What is to be said of one refund."""

    shares: list[Share] = field(default_factory=list)
    """What proves it, whole or in part; what people gave included."""
    is_whole: bool = False
    asked: dict[int, str] = field(default_factory=dict)
    parts: list[int] = field(default_factory=list)
    left: dict[Effect, Decimal] = field(default_factory=dict)
    why: str = ""
    lost: str = ""
    """Why what a person or an earlier reading said no longer holds."""


def verdicts_of(company: QuickBooksCompany, pending: Pending, papers: Papers) -> dict[int, Verdict]:
    """Return what is to be said of every refund that is asked about."""
    verdicts = {claim.refund_id: Verdict() for claim in pending.asked}
    kept = _kept(pending, papers, verdicts)
    by_refund: dict[int, dict[Effect, Decimal]] = defaultdict(dict)
    by_paper: dict[tuple[int, Effect], Decimal] = defaultdict(Decimal)
    for refund_id, shares in kept.items():
        for share in shares:
            of = by_refund[refund_id]
            of[share.effect] = of.get(share.effect, ZERO) + share.amount
            by_paper[share.paper, share.effect] += share.amount
    with_held(pending.claims, by_refund)
    there = [paper for paper in papers.values() if paper.is_there]
    for claims, some in _families(company, pending.claims, there):
        _take_in(verdicts, explain(claims, some, by_paper), claims)
    for refund_id, shares in kept.items():
        verdicts[refund_id].shares = [*shares, *verdicts[refund_id].shares]
    return verdicts


def _take_in(verdicts: dict[int, Verdict], found: Found, claims: Iterable[Claim]) -> None:
    for claim in claims:
        verdict = verdicts.get(claim.refund_id)
        if verdict is None:
            continue
        verdict.shares = found.proofs.get(claim.refund_id, [])
        verdict.is_whole = bool(verdict.shares) or not claim.needs
        verdict.asked = found.proposals.get(claim.refund_id, {})
        verdict.parts = found.halves.get(claim.refund_id, [])
        verdict.why = found.why.get(claim.refund_id, "")
        if not verdict.is_whole:
            verdict.left = found.left.get(claim.refund_id, claim.needs)


def _families(
    company: QuickBooksCompany, claims: list[Claim], papers: list[Adjustment]
) -> Iterable[tuple[list[Claim], list[Adjustment]]]:
    """Part refunds and documents by the families of their customers; only those with refunds.

    What names nobody may be anybody's of that amount.
    """
    parents = dict(Kin.objects.filter(company=company).values_list("customer", "parent"))
    families = Families(parents)
    for claim in claims:
        families.join(claim.customers)
    of_claims: dict[str, list[Claim]] = defaultdict(list)
    for claim in claims:
        of_claims[families.of(min(claim.customers))].append(claim)
    of_papers: dict[str, list[Adjustment]] = defaultdict(list)
    nameless: dict[Decimal, list[Adjustment]] = defaultdict(list)
    for paper in papers:
        if paper.customer:
            of_papers[families.of(paper.customer)].append(paper)
        else:
            nameless[paper.amount].append(paper)
    for name, members in of_claims.items():
        amounts = {claim.amount for claim in members}
        unnamed = [paper for amount in amounts for paper in nameless.get(amount, [])]
        yield members, [*of_papers.get(name, []), *unnamed]


def _kept(pending: Pending, papers: Papers, verdicts: dict[int, Verdict]) -> dict[int, list[Share]]:
    """Return what people gave to refunds and still holds; say of the rest why it is lost."""
    used: dict[tuple[int, Effect], Decimal] = defaultdict(Decimal)
    kept: dict[int, list[Share]] = {}
    for claim in pending.asked:
        for match in accepted(pending, claim.refund_id):
            paper = papers[match.adjustment_id]
            shares = _given(claim, match, paper, used)
            lost = what_was_lost(claim, match, paper) or _too_much(shares, paper, used)
            if lost:
                verdicts[claim.refund_id].lost = lost
                continue
            for share in shares:
                used[share.paper, share.effect] += share.amount
            kept.setdefault(claim.refund_id, []).extend(shares)
    return kept


def accepted(pending: Pending, refund_id: int) -> list[RefundMatch]:
    """Return what people took for a refund as it is now."""
    refund = pending.refunds[refund_id]
    review = getattr(refund, "review", None)
    if review is not None and not review.stands_for(refund):
        return []
    return [m for m in proofs_of(pending, refund_id) if m.accepted_by_id is not None]


def proofs_of(pending: Pending, refund_id: int) -> list[RefundMatch]:
    """Return what proves a refund so far, whole or in part."""
    known: list[RefundMatch] = pending.refunds[refund_id].known_matches  # type: ignore[attr-defined]
    return [match for match in known if match.is_proof]


def _given(
    claim: Claim, match: RefundMatch, paper: Adjustment, used: dict[tuple[int, Effect], Decimal]
) -> list[Share]:
    stored = [Share(paper.pk, Effect(s.effect), Decimal(s.amount)) for s in match.shares.all()]
    if stored:
        return stored
    # Taken before amounts were kept: as much as it has and the refund needs.
    return shares_for(claim.needs, paper, used)


def shares_for(
    needs: dict[Effect, Decimal], paper: Adjustment, used: dict[tuple[int, Effect], Decimal]
) -> list[Share]:
    """Return what of a document's effects a refund can take."""
    found = []
    for effect, amount in needs.items():
        free = paper.effects.get(effect, ZERO) - used.get((paper.pk, effect), ZERO)
        if min(free, amount) > 0:
            found.append(Share(paper.pk, effect, min(free, amount)))
    return found


def _too_much(
    shares: list[Share], paper: Adjustment, used: dict[tuple[int, Effect], Decimal]
) -> str:
    if not shares:
        return stored("%(document)s gives nothing that this refund needs.", document=paper)
    for share in shares:
        if used[paper.pk, share.effect] + share.amount > paper.effects.get(share.effect, ZERO):
            return stored("%(document)s no longer has as much as was taken of it.", document=paper)
    return ""


def what_was_lost(claim: Claim, match: RefundMatch, document: Adjustment) -> str:
    """Say why evidence no longer holds; empty where it does."""
    if not document.is_there or not document.effects:
        return stored("%(document)s is no longer in QuickBooks as it was.", document=document)
    if document.currency != claim.currency:
        return stored(
            "%(document)s is in %(there)s, the refund in %(refund)s.",
            document=document,
            there=document.currency,
            refund=claim.currency,
        )
    if document.amount < match.amount:
        return stored(
            "%(document)s was changed from %(was)s to %(now)s.",
            document=document,
            was=(match.amount, document.currency),
            now=(document.amount, document.currency),
        )
    if document.dated_on != match.dated_on:
        return stored(
            "%(document)s is now dated %(day)s.", document=document, day=document.dated_on
        )
    return ""

"""Which documents explain which refunds: certain, in part, or a question for a person.

An explanation is a set of refunds and a set of documents whose effects are, to the cent, what the
refunds need. It is certain where no other explanation touches it; a strong one fears only strong
ones. What is certain leaves the rest, which is then looked at for what is only near in time.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import combinations

from sync.discrepancies.refunds.bookkeeping.blocks import (
    Block,
    components,
    covers,
    minimal,
    only_way,
    summed,
)
from sync.discrepancies.refunds.bookkeeping.bundles import Bundle, bundles_of
from sync.discrepancies.refunds.bookkeeping.evidence import (
    BEFORE,
    Claim,
    Opinion,
    Weight,
    by_day,
    weigh,
)
from sync.discrepancies.refunds.bookkeeping.needs import ZERO, left_of
from sync.models import Adjustment
from sync.words import stored

Effect = Adjustment.Effect
Held = dict[tuple[int, Effect], Decimal]
MOST_ASKED = 3
_MOST_CLAIMS, _MOST_COMPARED = 4, 14


@dataclass(frozen=True, slots=True)
class Share:
    """An amount of one effect of a document, by the document's key here."""

    paper: int
    effect: Effect
    amount: Decimal


@dataclass(slots=True)
class Found:
    """By refund: its shares where it is certain, else what is asked and which half is there."""

    proofs: dict[int, list[Share]] = field(default_factory=dict)
    why: dict[int, str] = field(default_factory=dict)
    proposals: dict[int, dict[int, str]] = field(default_factory=dict)
    halves: dict[int, list[int]] = field(default_factory=dict)
    """The documents that are there of an adjustment whose rest is missing."""
    left: dict[int, dict[Effect, Decimal]] = field(default_factory=dict)


def explain(claims: Sequence[Claim], papers: Sequence[Adjustment], held: Held) -> Found:
    """Return what the documents of one family say of its refunds.

    `held` is what people gave to refunds already; the claims' needs are what is left beyond it.
    """
    case = _Case(claims, bundles_of(papers, held))
    case.settle(Weight.REFERENCE)
    case.settle(Weight.NEAR)
    case.ask()
    return case.found


class _Case:
    """One family: its claims, its bundles, and what of both is not settled yet."""

    def __init__(self, claims: Sequence[Claim], bundles: Sequence[Bundle]) -> None:
        self.claims = by_day(claim for claim in claims if claim.needs)
        self.bundles = list(bundles)
        self.opinions: dict[tuple[int, int], Opinion] = {}
        self.found = Found()
        self.blocks = minimal(list(self._blocks()))

    def opinion(self, claim: Claim, bundle: Bundle) -> Opinion:
        key = (id(claim), id(bundle))
        known = self.opinions.get(key)
        if known is None:
            known = self.opinions[key] = weigh(claim, bundle)
        return known

    # Finding explanations

    def _blocks(self) -> Iterator[Block]:
        for group in self._groups():
            needs = summed(claim.needs for claim in group)
            fitting = [b for b in self._of_interest(*group) if self._may_serve(group, b, needs)]
            fitting.sort(key=lambda b: -min(self.opinion(c, b).weight for c in group))
            for chosen in covers(fitting[:_MOST_COMPARED], needs):
                if len(chosen) > 1 and any(self._is_spent(group, b) for b in chosen):
                    continue
                weight = min(self.opinion(c, b).weight for c in group for b in chosen)
                yield Block(frozenset(group), frozenset(chosen), weight)

    def _groups(self) -> Iterator[tuple[Claim, ...]]:
        """Yield refunds that one entry may have put together: of one kind and currency."""
        alike: dict[tuple[str, str], list[Claim]] = defaultdict(list)
        for claim in self.claims:
            yield (claim,)
            alike[claim.kind, claim.currency].append(claim)
        for claims in alike.values():
            if len(claims) <= _MOST_COMPARED:
                for size in range(2, _MOST_CLAIMS + 1):
                    yield from combinations(claims, size)
            yield from _same_day(claims)

    def _may_serve(
        self, group: Sequence[Claim], bundle: Bundle, needs: dict[Effect, Decimal]
    ) -> bool:
        useful = {e: bundle.effects[e] for e in needs if e in bundle.effects}
        return (
            bool(useful)
            and all(amount <= needs[effect] for effect, amount in useful.items())
            and all(self.opinion(claim, bundle).weight > Weight.NONE for claim in group)
        )

    def _is_spent(self, group: Sequence[Claim], bundle: Bundle) -> bool:
        return bundle.is_spent and any(
            self.opinion(claim, bundle).weight < Weight.LINK for claim in group
        )

    def _of_interest(self, *claims: Claim) -> list[Bundle]:
        """Return the bundles to compare; of very many those whose amount or link fits."""
        if len(self.bundles) <= _MANY:
            return self.bundles
        amounts = {amount for claim in claims for amount in claim.needs.values()}
        amounts.add(sum((claim.amount for claim in claims), ZERO))
        return [
            bundle
            for bundle in self.bundles
            if amounts & set(bundle.effects.values())
            or any(claim.payment in bundle.payments for claim in claims)
        ]

    # Deciding

    def settle(self, least: Weight) -> None:
        """Take what is certain among explanations of at least a weight, and remove it."""
        rivals = [b for b in self.blocks if least <= Weight.NEAR or b.weight >= least]
        taken: list[Block] = []
        for component in components(rivals):
            chosen = only_way(component, least)
            claims = {claim for block in chosen for claim in block.claims}
            bundles = {bundle for block in chosen for bundle in block.bundles}
            if chosen and not self._has_rival(claims, bundles, least):
                taken += chosen
        for block in taken:
            self._take(block)
        self.blocks = [b for b in self.blocks if not any(b.touches(each) for each in taken)]

    def _has_rival(self, claims: set[Claim], bundles: set[Bundle], least: Weight) -> bool:
        """Say whether half of another explanation would use the same amounts."""
        floor = least if least >= Weight.REFERENCE else Weight.DISTANT
        other_claims = [claim for claim in self.claims if claim not in claims]
        other_bundles = [bundle for bundle in self.bundles if bundle not in bundles]
        return any(
            self._competes(claim, bundle, floor) for claim in other_claims for bundle in bundles
        ) or any(
            self._competes(claim, bundle, floor) and _is_recent(claim, bundle)
            for claim in claims
            for bundle in other_bundles
        )

    def _competes(self, claim: Claim, bundle: Bundle, floor: Weight) -> bool:
        # Our payment's invoice being open again takes nothing from anybody.
        shares = any(
            bundle.effects.get(effect) == amount
            for effect, amount in claim.needs.items()
            if effect != Effect.RECEIVABLE_OPEN
        )
        return shares and self.opinion(claim, bundle).weight >= floor

    def _take(self, block: Block) -> None:
        left = {b: {pk: dict(e) for pk, e in b.left.items()} for b in block.bundles}
        for claim in by_day(block.claims):
            shares = list(_shares(claim, left))
            if claim.is_asked:
                self.found.proofs[claim.refund_id] = shares
                self.found.why[claim.refund_id] = _REASONS[block.weight]
        self.claims = [claim for claim in self.claims if claim not in block.claims]
        self.bundles = [bundle for bundle in self.bundles if bundle not in block.bundles]

    # Asking

    def ask(self) -> None:
        """Say of each refund that is left what fits it best, and what half of it is there."""
        for claim in self.claims:
            if claim.is_asked:
                self._ask(claim)

    def _ask(self, claim: Claim) -> None:
        scored = [
            (score, bundle)
            for bundle in self._of_interest(claim)
            if (score := self._score(claim, bundle)) is not None
        ]
        scored.sort(key=lambda each: each[0])
        if scored:
            asked: dict[int, str] = {}
            for _, bundle in scored[:MOST_ASKED]:
                asked.update(dict.fromkeys((p.pk for p in bundle.shown), self._why(claim, bundle)))
            self.found.proposals[claim.refund_id] = asked
        self._half(claim)

    def _score(self, claim: Claim, bundle: Bundle) -> tuple[int, int, int] | None:
        useful = {e: bundle.effects[e] for e in claim.needs if e in bundle.effects}
        if not useful:
            return None
        opinion = self.opinion(claim, bundle)
        is_exact = any(amount == claim.needs[effect] for effect, amount in useful.items())
        days = claim.days_from(bundle).days
        if not is_exact and opinion.weight < Weight.NEAR:
            return None
        if opinion.weight == Weight.NONE and (bundle.payments or days > _REACH):
            return None
        return (-opinion.weight, -is_exact, days)

    def _why(self, claim: Claim, bundle: Bundle) -> str:
        opinion = self.opinion(claim, bundle)
        if bundle.is_spent and opinion.weight < Weight.LINK:
            return stored("Its credit was used for another invoice.")
        if opinion.weight < Weight.NEAR:
            return opinion.why
        rivals = [c for c in self.claims if self._competes(c, bundle, Weight.DISTANT)]
        if len(rivals) > 1:
            return stored(
                "It may belong to any of %(number)s refunds of this customer.", number=len(rivals)
            )
        alike = [b for b in self.bundles if self._competes(claim, b, Weight.DISTANT)]
        wholes = [b for b in alike if not left_of(claim.needs, b.effects)]
        if len(wholes) > 1:
            return stored(
                "It is one of %(number)s documents that fit: was it entered twice?",
                number=len(wholes),
            )
        return _amount_words(claim, bundle)

    def _half(self, claim: Claim) -> None:
        there: list[Bundle] = []
        for bundle in self.bundles:
            opinion = self.opinion(claim, bundle)
            useful = {e: a for e, a in bundle.effects.items() if e in claim.needs}
            is_small = useful and all(a <= claim.needs[e] for e, a in useful.items())
            if is_small and opinion.weight >= Weight.NEAR and not self._is_shared(claim, bundle):
                there.append(bundle)
        given = summed(bundle.effects for bundle in there)
        left = left_of(claim.needs, given)
        is_over = any(given.get(e, ZERO) > amount for e, amount in claim.needs.items())
        if there and left and not is_over:
            self.found.halves[claim.refund_id] = [p.pk for b in there for p in b.shown]
            self.found.left[claim.refund_id] = left

    def _is_shared(self, claim: Claim, bundle: Bundle) -> bool:
        return any(
            other is not claim and self._competes(other, bundle, Weight.DISTANT)
            for other in self.claims
        )


_REACH = 366
_MANY = 60
_REASONS = {
    Weight.LINK: stored("Linked to this payment or invoice."),
    Weight.REFERENCE: stored("Names this sale or payment."),
    Weight.NEAR: stored("Its day and amount fit, and nothing else does."),
}


def _amount_words(claim: Claim, bundle: Bundle) -> str:
    given = {effect: bundle.effects.get(effect, ZERO) for effect in claim.needs}
    if all(amount in {ZERO, claim.needs[effect]} for effect, amount in given.items()):
        return stored("It is a part of the adjustment.")
    if all(amount <= claim.needs[effect] for effect, amount in given.items()):
        return stored("It covers a part of the amount.")
    return stored("Its date fits, but not its amount.")


def _is_recent(claim: Claim, bundle: Bundle) -> bool:
    return claim.days_from(bundle) <= BEFORE


def _same_day(claims: Sequence[Claim]) -> Iterator[tuple[Claim, ...]]:
    """Yield all refunds of a day where they are more than are tried one by one."""
    days: dict[object, list[Claim]] = defaultdict(list)
    for claim in claims:
        days[claim.refunded_on].append(claim)
    for same in days.values():
        if len(same) > _MOST_CLAIMS or (len(same) > 1 and len(claims) > _MOST_COMPARED):
            yield tuple(same)


def _shares(claim: Claim, left: dict[Bundle, dict[int, dict[Effect, Decimal]]]) -> Iterator[Share]:
    """Take what a claim needs from what is left of the bundles, the earliest document first."""
    papers = [
        (paper, left[bundle][paper.pk])
        for bundle in left
        for paper in sorted(bundle.papers, key=lambda p: (p.dated_on, p.pk))
    ]
    for effect, amount in claim.needs.items():
        need = amount
        for paper, effects in papers:
            taken = min(need, effects.get(effect, ZERO))
            if taken > 0:
                effects[effect] -= taken
                need -= taken
                yield Share(paper.pk, effect, taken)

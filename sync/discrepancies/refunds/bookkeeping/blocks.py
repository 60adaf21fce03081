"""Explanations as sets: which there are, which touch, and which of them is the only one."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sync.discrepancies.refunds.bookkeeping.bundles import Bundle
from sync.discrepancies.refunds.bookkeeping.evidence import Claim, Weight
from sync.discrepancies.refunds.bookkeeping.needs import ZERO
from sync.models import Adjustment

Effect = Adjustment.Effect
Needs = dict[Effect, Decimal]
_MOST_BUNDLES = 4


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """One explanation, as strong as the weakest of its pairs."""

    claims: frozenset[Claim]
    bundles: frozenset[Bundle]
    weight: Weight

    def touches(self, other: "Block") -> bool:
        return bool(self.claims & other.claims or self.bundles & other.bundles)

    def holds(self, other: "Block") -> bool:
        """Say whether the other is a smaller explanation within this one."""
        return self is not other and other.claims <= self.claims and other.bundles <= self.bundles


def summed(parts: Iterable[Needs]) -> Needs:
    sums: Needs = {}
    for part in parts:
        for effect, amount in part.items():
            sums[effect] = sums.get(effect, ZERO) + amount
    return sums


def covers(bundles: Sequence[Bundle], needs: Needs) -> Iterator[list[Bundle]]:
    """Yield each set of bundles whose effects are exactly what is needed, each of use in it."""

    def go_on(start: int, chosen: list[Bundle], left: Needs) -> Iterator[list[Bundle]]:
        if not any(left.values()):
            yield list(chosen)
            return
        if len(chosen) == _MOST_BUNDLES:
            return
        for n in range(start, len(bundles)):
            given = bundles[n].effects
            rest = {effect: amount - given.get(effect, ZERO) for effect, amount in left.items()}
            if all(amount >= 0 for amount in rest.values()) and rest != left:
                yield from go_on(n + 1, [*chosen, bundles[n]], rest)

    yield from go_on(0, [], dict(needs))


def minimal(blocks: list[Block]) -> list[Block]:
    """Leave out explanations that hold a smaller one."""
    return [b for b in blocks if not any(b.holds(other) for other in blocks)]


def components(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    """Part explanations into groups that touch each other."""
    rest = list(blocks)
    while rest:
        group, queue = [], [rest.pop()]
        while queue:
            block = queue.pop()
            group.append(block)
            queue += [other for other in rest if block.touches(other)]
            rest = [other for other in rest if not block.touches(other)]
        yield group


def only_way(component: list[Block], least: Weight) -> list[Block]:
    """Return the explanations to take; none where another way is as good.

    Equal refunds with as many equal documents are all adjusted, whichever belongs to which.
    """
    if len(component) == 1:
        return component if component[0].weight >= least else []
    claims = {claim for block in component for claim in block.claims}
    bundles = {bundle for block in component for bundle in block.bundles}
    chosen: list[Block] = []
    for block in sorted(component, key=_distance):
        if block.weight >= least and not any(block.touches(each) for each in chosen):
            chosen.append(block)
    covered = {claim for block in chosen for claim in block.claims}
    used = {bundle for block in chosen for bundle in block.bundles}
    return chosen if covered == claims and used == bundles else []


def _distance(block: Block) -> tuple[int, int, list[int]]:
    days = sum(claim.days_from(b).days for claim in block.claims for b in block.bundles)
    return -block.weight, days, sorted(claim.refund_id for claim in block.claims)

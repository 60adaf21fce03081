"""Documents that QuickBooks ties together act as one: a credit memo with the check that pays it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from sync.models import Adjustment

Effect = Adjustment.Effect
ZERO = Decimal(0)
_OURS = {
    Adjustment.Kind.PAYMENT_CHANGED,
    Adjustment.Kind.PAYMENT_VOIDED,
    Adjustment.Kind.PAYMENT_DELETED,
}


@dataclass(slots=True, eq=False)
class Bundle:
    """Documents tied together, with what is left of their effects."""

    papers: list[Adjustment]
    left: dict[int, dict[Effect, Decimal]]
    """By document: each effect's amount that nobody holds."""
    effects: dict[Effect, Decimal] = field(default_factory=dict)
    payments: frozenset[str] = frozenset()
    """Payments of ours that were changed or are tied."""
    invoices: frozenset[str] = frozenset()
    customers: frozenset[str] = frozenset()
    days: tuple[date, ...] = ()
    words: str = ""
    currency: str = ""
    is_spent: bool = False
    """Its credit went to another document, so nothing pays it out but what it is tied with."""

    @property
    def shown(self) -> list[Adjustment]:
        """Return the documents that have effects."""
        return [paper for paper in self.papers if self.left.get(paper.pk)]


def bundles_of(
    papers: Sequence[Adjustment], held: dict[tuple[int, Effect], Decimal]
) -> list[Bundle]:
    """Put documents of one family together by their ties; `held` is what people gave away."""
    return [bundle for group in _tied(papers) if (bundle := _bundle(group, held)).effects]


def _tied(papers: Sequence[Adjustment]) -> Iterable[list[Adjustment]]:
    at = {(paper.key, paper.customer): n for n, paper in enumerate(papers)}
    leader = list(range(len(papers)))

    def lead(n: int) -> int:
        while leader[n] != n:
            leader[n] = leader[leader[n]]
            n = leader[n]
        return n

    for n, paper in enumerate(papers):
        for tie in paper.ties:
            # An invoice is paid by many payments: being of one invoice makes nothing one.
            other = None if tie.startswith("Invoice:") else at.get((tie, paper.customer))
            if other is not None:
                leader[lead(n)] = lead(other)
    groups: dict[int, list[Adjustment]] = defaultdict(list)
    for n, paper in enumerate(papers):
        groups[lead(n)].append(paper)
    return groups.values()


def _bundle(papers: list[Adjustment], held: dict[tuple[int, Effect], Decimal]) -> Bundle:
    left = {paper.pk: _left(paper, held, is_tied=len(papers) > 1) for paper in papers}
    bundle = Bundle(papers, left)
    for effects in left.values():
        for effect, amount in effects.items():
            bundle.effects[effect] = bundle.effects.get(effect, ZERO) + amount
    shown = [paper for paper in papers if paper.effects] or papers
    bundle.payments = frozenset(p.qbo_id for p in papers if p.kind in _OURS)
    bundle.invoices = frozenset(
        [tie.partition(":")[2] for p in papers for tie in p.ties if _names_invoice(p, tie)]
        + [p.qbo_id for p in papers if p.kind == Adjustment.Kind.INVOICE_CHANGED]
    )
    bundle.customers = frozenset(paper.customer for paper in shown)
    bundle.days = tuple(sorted({paper.dated_on for paper in shown}))
    bundle.words = "\n".join(paper.words for paper in papers if paper.words)
    bundle.currency = shown[0].currency
    is_paid = bundle.effects.get(Effect.PAYOUT, ZERO) > 0
    bundle.is_spent = not is_paid and (
        bool(bundle.invoices) or any(paper.is_spent for paper in papers)
    )
    return bundle


def _names_invoice(paper: Adjustment, tie: str) -> bool:
    """Say whether a tie tells what a credit was used for; a payment of ours pays many."""
    return tie.startswith("Invoice:") and paper.kind == Adjustment.Kind.CREDITS_LINKED


def _left(
    paper: Adjustment, held: dict[tuple[int, Effect], Decimal], *, is_tied: bool
) -> dict[Effect, Decimal]:
    left = {}
    for effect, amount in paper.effects.items():
        # What a payout left owed is settled where it is tied to a credit or to our payment.
        if effect == Effect.RECEIVABLE_OPEN and is_tied and paper.kind not in _OURS:
            continue
        rest = amount - held.get((paper.pk, effect), ZERO)
        if rest > 0:
            left[effect] = rest
    return left

"""Which document in QuickBooks adjusts which refund: certain, or a question for a person.

Same customer, same amount, dated from 3 days before to 120 days after the refund, and used for one
refund only. A credit memo and the expense that pays it out are two halves of one adjustment. A
payment that was changed, voided or deleted there adjusts only refunds of that payment.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from sync.models import Adjustment

DAYS_BEFORE = timedelta(days=3)
DAYS_AFTER = timedelta(days=120)
# A document that is off by amount or date is only ever asked about, and only these nearest ones.
MOST_ASKED = 3
FARTHEST = timedelta(days=365)
Side = Adjustment.Side


@dataclass(frozen=True, slots=True)
class Claim:
    """A refund that waits for its adjustment, in QuickBooks' ids."""

    refund_id: int
    customer: str
    payment: str
    amount: Decimal
    currency: str
    refunded_on: date
    has_side: str = ""
    """The half that proves it already, where the other half may still come."""

    def covers(self, day: date) -> bool:
        """Say whether an adjustment may bear this date."""
        return self.refunded_on - DAYS_BEFORE <= day <= self.refunded_on + DAYS_AFTER


@dataclass(slots=True)
class Found:
    """Proofs and proposals: for each refund the adjustments, proposals with why they are asked."""

    proofs: dict[int, list[Adjustment]] = field(default_factory=dict)
    proposals: dict[int, dict[int, str]] = field(default_factory=dict)


Bundle = tuple[Adjustment, ...]
Key = tuple[str, Decimal]


def match(claims: Sequence[Claim], documents: Sequence[Adjustment]) -> Found:
    """Return what is certain and what is not; documents that prove something are left out."""
    found = Found()
    by_key: dict[Key, list[Adjustment]] = defaultdict(list)
    by_customer: dict[str, list[Adjustment]] = defaultdict(list)
    for document in documents:
        by_key[document.customer, document.amount].append(document)
        by_customer[document.customer].append(document)
    claims_by_key: dict[Key, list[Claim]] = defaultdict(list)
    for claim in claims:
        claims_by_key[claim.customer, claim.amount].append(claim)
    for key, same in claims_by_key.items():
        for group, bundles in _groups(same, by_key.get(key, [])):
            _decide(found, group, bundles)
    used = {document.pk for proof in found.proofs.values() for document in proof}
    for claim in claims:
        decided = claim.refund_id in found.proofs or claim.refund_id in found.proposals
        if not decided and not claim.has_side:
            free = [each for each in by_customer[claim.customer] if each.pk not in used]
            if near := _near(claim, free):
                found.proposals[claim.refund_id] = near
    return found


def _fits(claim: Claim, document: Adjustment) -> bool:
    """Say whether a document of the same customer and amount may adjust the refund."""
    if document.currency and document.currency != claim.currency:
        return False
    if claim.has_side and document.side != _OTHER.get(claim.has_side):
        return False
    return _is_of(claim, document) and claim.covers(document.dated_on)


_OTHER: dict[str, str] = {Side.CREDIT: Side.PAYOUT, Side.PAYOUT: Side.CREDIT}


def _is_of(claim: Claim, document: Adjustment) -> bool:
    return document.entity != "Payment" or document.qbo_id == claim.payment


def _groups(
    claims: Sequence[Claim], documents: Sequence[Adjustment]
) -> Iterable[tuple[list[Claim], list[Bundle]]]:
    """Part refunds and documents of one customer and amount into groups that could be each other's.

    Only groups that have both are returned.
    """
    left = [d for d in documents if any(_fits(claim, d) for claim in claims)]
    bundles = _bundles(left)
    groups: list[tuple[list[Claim], list[Bundle]]] = []
    for claim in claims:
        mine: tuple[list[Claim], list[Bundle]] = ([claim], [])
        mine[1].extend(b for b in bundles if all(_fits(claim, d) for d in b))
        joined = [g for g in groups if any(bundle in g[1] for bundle in mine[1])]
        for group in joined:
            groups.remove(group)
            mine[0].extend(group[0])
            mine[1].extend(bundle for bundle in group[1] if bundle not in mine[1])
        groups.append(mine)
    return [group for group in groups if group[1]]


def _bundles(documents: Sequence[Adjustment]) -> list[Bundle]:
    """Put a credit and the payout that belongs to it together: tied by a payment, or of one day.

    Where there is just one of each they belong together as well.
    """
    credit_side = [d for d in documents if d.side == Side.CREDIT]
    payouts = [d for d in documents if d.side == Side.PAYOUT]
    bundles: list[Bundle] = [(d,) for d in documents if d.side == Side.WHOLE]
    for tie in (_are_linked, _are_of_one_day):
        for credit in list(credit_side):
            tied = [payout for payout in payouts if tie(credit, payout)]
            rivals = [each for each in credit_side if tied and tie(each, tied[0])]
            if len(tied) == 1 and len(rivals) == 1:
                bundles.append((credit, tied[0]))
                credit_side.remove(credit)
                payouts.remove(tied[0])
    if len(credit_side) == len(payouts) == 1 and not bundles:
        return [(credit_side[0], payouts[0])]
    return bundles + [(document,) for document in (*credit_side, *payouts)]


def _are_linked(one: Adjustment, other: Adjustment) -> bool:
    return bool(set(one.linked_payments) & set(other.linked_payments))


def _are_of_one_day(one: Adjustment, other: Adjustment) -> bool:
    return one.dated_on == other.dated_on


def _decide(found: Found, claims: list[Claim], bundles: list[Bundle]) -> None:
    pairs = _pairs(claims, bundles)
    if pairs is not None:
        for claim, bundle in pairs:
            found.proofs[claim.refund_id] = list(bundle)
        return
    documents = [document for bundle in bundles for document in bundle]
    for claim in claims:
        if not claim.has_side:
            mine = [each for each in documents if _fits(claim, each)]
            found.proposals[claim.refund_id] = {each.pk: _why(claims, mine) for each in mine}


def _pairs(claims: list[Claim], bundles: list[Bundle]) -> list[tuple[Claim, Bundle]] | None:
    """Return what is certain: one of each, or every document bears the day of just one refund."""
    if len(claims) == len(bundles) == 1:
        return [(claims[0], bundles[0])]
    pairs: list[tuple[Claim, Bundle]] = []
    for bundle in bundles:
        days = {document.dated_on for document in bundle}
        same_day = [claim for claim in claims if claim.refunded_on in days]
        if len(same_day) != 1 or not all(_fits(same_day[0], document) for document in bundle):
            return None
        pairs.append((same_day[0], bundle))
    once = {claim.refund_id for claim, _ in pairs}
    return pairs if len(once) == len(pairs) else None


def _why(claims: list[Claim], documents: list[Adjustment]) -> str:
    open_claims = sum(not claim.has_side for claim in claims)
    if open_claims > 1:
        return f"It may belong to any of {open_claims} refunds of this customer and amount."
    if len(documents) > 1:
        return f"It is one of {len(documents)} documents that fit: was the refund entered twice?"
    return "It may be the other half of an adjustment that proves another refund."


def _near(claim: Claim, documents: Sequence[Adjustment]) -> dict[int, str]:
    """Return the nearest documents that are off in amount or in date, but not in both."""
    near: list[tuple[timedelta, int, str]] = []
    for document in documents:
        if not _is_of(claim, document):
            continue
        apart = abs(document.dated_on - claim.refunded_on)
        if document.amount == claim.amount and apart <= FARTHEST:
            near.append((apart, document.pk, "Its amount fits, but not its date."))
        elif document.amount != claim.amount and claim.covers(document.dated_on):
            near.append((apart, document.pk, "Its date fits, but not its amount."))
    return {pk: why for _, pk, why in sorted(near)[:MOST_ASKED]}

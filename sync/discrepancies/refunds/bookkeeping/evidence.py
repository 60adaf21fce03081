"""How strongly a bundle of documents speaks for a refund.

Strong is a link in QuickBooks or a reference in its words. Weak is the day and the amount: any
other explanation takes that away, and so does distance in time.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import IntEnum

from sync.discrepancies.refunds.bookkeeping.bundles import Bundle
from sync.discrepancies.refunds.bookkeeping.names import another_named, is_named
from sync.models import Adjustment
from sync.words import stored

Effect = Adjustment.Effect
NEAR = timedelta(days=3)
BEFORE, AFTER = timedelta(days=30), timedelta(days=120)
FARTHEST = timedelta(days=366)


class Weight(IntEnum):
    """From none to a link; what is at least a reference is strong."""

    NONE = 0
    DISTANT = 1
    NEAR = 2
    REFERENCE = 3
    LINK = 4


@dataclass(frozen=True, slots=True, eq=False)
class Claim:
    """A refund in QuickBooks' ids, with what it still needs; also one that is only a rival."""

    refund_id: int
    kind: str
    needs: dict[Effect, Decimal]
    amount: Decimal
    currency: str
    refunded_on: date
    customers: frozenset[str]
    """Its customer's ids there: more than one where customers were merged."""
    payment: str = ""
    invoice: str = ""
    names: tuple[str, ...] = ()
    """What means its sale or payment where it stands in words."""
    others: tuple[str, ...] = field(default=(), repr=False)
    """The names of other sales of its customers."""
    is_asked: bool = True
    """Whether it waits for an adjustment; else it only competes."""

    def days_from(self, bundle: Bundle) -> timedelta:
        """Return how far the bundle's farthest document is from the refund."""
        return max(abs(day - self.refunded_on) for day in bundle.days)


@dataclass(frozen=True, slots=True)
class Opinion:
    """The weight of a bundle for a claim, and what speaks against it."""

    weight: Weight
    why: str = ""


def other_currency(there: str, refund: str) -> str:
    """Say that a document is in another currency than the refund."""
    return stored("It is in %(there)s, the refund in %(refund)s.", there=there, refund=refund)


def weigh(claim: Claim, bundle: Bundle) -> Opinion:
    """Return how strongly a bundle speaks for a claim; its amounts are not asked here."""
    if bundle.currency != claim.currency:
        return Opinion(Weight.NONE, other_currency(bundle.currency, claim.currency))
    if _is_linked(claim, bundle):
        return Opinion(Weight.LINK, stored("It is linked to this payment or invoice."))
    if bundle.payments:
        return Opinion(Weight.NONE, stored("It is the change of another payment."))
    if any(not _in_reach(claim, day, FARTHEST, FARTHEST) for day in bundle.days):
        return Opinion(Weight.NONE, stored("Its amount fits, but not its date."))
    return _by_words(claim, bundle) or _by_day(claim, bundle)


def _by_words(claim: Claim, bundle: Bundle) -> Opinion | None:
    """Return what its words say, None where they say nothing."""
    if is_named(bundle.words, claim.names):
        if "" in bundle.customers:
            return Opinion(Weight.NONE, stored("It names this sale or payment, but no customer."))
        return Opinion(Weight.REFERENCE, stored("It names this sale or payment."))
    if other := another_named(bundle.words, claim.names, claim.others):
        return Opinion(Weight.NONE, stored("It names another sale: %(name)s.", name=other[:30]))
    return None


def _is_linked(claim: Claim, bundle: Bundle) -> bool:
    return bool(claim.payment and claim.payment in bundle.payments) or bool(
        claim.invoice and claim.invoice in bundle.invoices
    )


def _by_day(claim: Claim, bundle: Bundle) -> Opinion:
    if not all(_in_reach(claim, day, BEFORE, AFTER) for day in bundle.days):
        return Opinion(Weight.NONE, stored("Its amount fits, but not its date."))
    if "" in bundle.customers:
        return Opinion(Weight.NONE, stored("It names no customer."))
    if not bundle.customers <= claim.customers:
        return Opinion(Weight.DISTANT, stored("It is under a relative of this customer."))
    # What QuickBooks ties together came together, whenever the rest of it was entered.
    if any(_in_reach(claim, day, NEAR, NEAR) for day in bundle.days):
        return Opinion(Weight.NEAR, stored("Its day and its amount fit."))
    return Opinion(Weight.DISTANT, stored("Its amount fits, but not its date."))


def _in_reach(claim: Claim, day: date, before: timedelta, after: timedelta) -> bool:
    return claim.refunded_on - before <= day <= claim.refunded_on + after


def by_day(claims: Iterable[Claim]) -> list[Claim]:
    """Return claims by day, the earliest first."""
    return sorted(claims, key=lambda claim: (claim.refunded_on, claim.refund_id))

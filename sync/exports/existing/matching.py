"""Which invoice in QuickBooks one of ours may be, and whether that is certain. Without a database.

Certain is only what leaves nothing to decide: one invoice there fits, it has the same number,
total, tax and customer, and every payment of it is one of ours. A number alone proves nothing.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sync.models import BooksMatch
from sync.words import stored, together

Doubt = BooksMatch.Doubt
# With these the two are not the same to the cent, or of whom they are is not known: no link.
NOT_LINKABLE = frozenset(
    {
        Doubt.TOTAL,
        Doubt.TAX,
        Doubt.CURRENCY,
        Doubt.CUSTOMER,
        Doubt.CUSTOMER_OPEN,
        Doubt.MARKED,
    }
)


@dataclass(frozen=True, slots=True)
class OurPayment:
    """A payment of ours, in QuickBooks' terms; an empty method or reference is not known."""

    pk: int
    amount: Decimal
    day: date
    method: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class OurInvoice:
    """An invoice of ours. `customer` is who it is there; `perhaps` are who it might be."""

    number_key: str
    total: Decimal
    tax: Decimal
    day: date
    currency: str
    customer: str
    perhaps: frozenset[str] = frozenset()
    payments: tuple[OurPayment, ...] = ()


@dataclass(frozen=True, slots=True)
class TheirPayment:
    """A payment in QuickBooks, with what of it went to the invoice that is looked at."""

    pk: int
    amount: Decimal | None
    applied: Decimal
    day: date | None
    method: str = ""
    reference: str = ""
    is_free: bool = True  # no record of ours holds it, and it pays nothing else


@dataclass(frozen=True, slots=True)
class TheirInvoice:
    """An invoice in QuickBooks.

    `rivals` says that its number, total and customer are those of several of ours; `is_of_another`
    that they are those of another one than is asked about.
    """

    pk: int
    number_key: str
    total: Decimal | None
    tax: Decimal | None
    left_open: Decimal | None
    day: date | None
    currency: str
    customer: str
    payments: tuple[TheirPayment, ...] = ()
    is_marked: bool = False
    has_rivals: bool = False
    is_of_another: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """One that may be it, and what speaks against it."""

    theirs: TheirInvoice
    doubts: tuple[Doubt, ...]

    @property
    def is_linkable(self) -> bool:
        return not NOT_LINKABLE & set(self.doubts)


@dataclass(frozen=True, slots=True)
class Match:
    """All that may be it, the best first; `doubt` is None where it is certain."""

    candidates: tuple[Candidate, ...]

    @property
    def best(self) -> Candidate:
        return self.candidates[0]

    @property
    def doubt(self) -> Doubt | None:
        if len(self.candidates) > 1:
            return Doubt.SEVERAL
        return next(iter(self.best.doubts), None)


def match(ours: OurInvoice, theirs: Iterable[TheirInvoice]) -> Match | None:
    """Match one of ours against theirs; None where none of them may be it."""
    found = [Candidate(each, doubts(ours, each)) for each in theirs if _fits(ours, each)]
    return Match(tuple(sorted(found, key=_rank))) if found else None


def _fits(ours: OurInvoice, theirs: TheirInvoice) -> bool:
    """Say whether it may be it: the same number, or the same customer, amount and day."""
    if theirs.number_key and theirs.number_key == ours.number_key:
        return True
    is_customers = theirs.customer in {ours.customer, *ours.perhaps} - {""}
    is_same = is_customers and theirs.total == ours.total and theirs.day == ours.day
    return is_same and not theirs.is_of_another


def _rank(candidate: Candidate) -> tuple[int, int, int]:
    hindered = len(NOT_LINKABLE & set(candidate.doubts))
    return hindered, len(candidate.doubts), candidate.theirs.pk


def doubts(ours: OurInvoice, theirs: TheirInvoice) -> tuple[Doubt, ...]:
    """Return what speaks against the two being the same."""
    _, left = pair(ours.payments, theirs.payments)
    found = {
        Doubt.TOTAL: theirs.total != ours.total,
        Doubt.TAX: theirs.tax != ours.tax,
        Doubt.CURRENCY: bool(theirs.currency) and theirs.currency != ours.currency,
        Doubt.CUSTOMER: theirs.customer not in {ours.customer, *ours.perhaps} - {""},
        Doubt.CUSTOMER_OPEN: theirs.customer != ours.customer and theirs.customer in ours.perhaps,
        Doubt.NUMBER: theirs.number_key != ours.number_key,
        Doubt.PAYMENTS: bool(left) or not _adds_up(theirs),
        Doubt.CLAIMED: theirs.has_rivals,
        Doubt.MARKED: theirs.is_marked,
    }
    return tuple(doubt for doubt, holds in found.items() if holds)


def _adds_up(theirs: TheirInvoice) -> bool:
    """Say whether what is paid of it there comes from payments that are known, and nothing else."""
    if theirs.total is None or theirs.left_open is None:
        return False
    applied = sum((payment.applied for payment in theirs.payments), Decimal(0))
    return theirs.total - theirs.left_open == applied


def pair(
    ours: Collection[OurPayment], theirs: Collection[TheirPayment]
) -> tuple[list[tuple[OurPayment, TheirPayment]], list[TheirPayment]]:
    """Pair payments of an invoice, the clearest first; return the pairs, and what is left there."""
    possible = [
        (_agreement(here, there), here, there)
        for here in ours
        for there in theirs
        if there.is_free and _is_same_payment(here, there)
    ]
    possible.sort(key=lambda each: (-each[0], each[1].pk, each[2].pk))
    pairs: list[tuple[OurPayment, TheirPayment]] = []
    for _, here, there in possible:
        if not any(here.pk == a.pk or there.pk == b.pk for a, b in pairs):
            pairs.append((here, there))
    taken = {there.pk for _, there in pairs}
    return pairs, [there for there in theirs if there.pk not in taken]


def _is_same_payment(ours: OurPayment, theirs: TheirPayment) -> bool:
    """Say whether amount and day are the same, and neither method nor reference contradicts."""
    return (
        ours.amount == theirs.amount
        and ours.day == theirs.day
        and not _contradict(ours.method, theirs.method)
        and not _contradict(ours.reference.casefold(), theirs.reference.casefold())
    )


def _contradict(ours: str, theirs: str) -> bool:
    return bool(ours and theirs) and ours != theirs


def _agreement(ours: OurPayment, theirs: TheirPayment) -> int:
    same_reference = bool(ours.reference) and not _contradict(ours.reference, theirs.reference)
    return 2 * (same_reference and bool(theirs.reference)) + bool(ours.method == theirs.method)


_SAYS = {
    Doubt.SEVERAL: stored("Several there fit: say which it is."),
    Doubt.TOTAL: stored("Its total is another one."),
    Doubt.TAX: stored("Its tax is another one."),
    Doubt.CURRENCY: stored("It is in another currency."),
    Doubt.CUSTOMER: stored("It belongs to another customer."),
    Doubt.CUSTOMER_OPEN: stored("Its customer is not matched yet."),
    Doubt.NUMBER: stored("It has another number, and the same customer, amount and day."),
    Doubt.PAYMENTS: stored("It is paid there otherwise than here."),
    Doubt.CLAIMED: stored("Another invoice of ours fits it, too."),
    Doubt.MARKED: stored("It carries a mark of Paidup."),
}


def words_of(doubts: Sequence[str]) -> str:
    """Say what there is to look at; nothing where it is certain."""
    return together(*(_SAYS[Doubt(each)] for each in doubts))

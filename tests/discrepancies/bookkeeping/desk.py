"""What the product makes of entered documents, without a database and without QuickBooks."""

from dataclasses import dataclass, field
from decimal import Decimal

from sync.discrepancies.refunds.bookkeeping.accounts import Accounts, role_of
from sync.discrepancies.refunds.bookkeeping.documents import linked_credits, read_document
from sync.discrepancies.refunds.bookkeeping.evidence import Claim
from sync.discrepancies.refunds.bookkeeping.explain import explain
from sync.discrepancies.refunds.bookkeeping.needs import given_words, half_words, needs_of
from sync.discrepancies.refunds.bookkeeping.ours import (
    Ours,
    entered_again,
    own_invoice,
    own_payment,
)
from tests.discrepancies.bookkeeping.books import ACCOUNT_TYPES, DAY, PRODUCTS, day_of

ROLES = {account: role_of(*told) for account, told in ACCOUNT_TYPES.items()}


def accounts(home="USD"):
    return Accounts(ROLES, PRODUCTS, home)


@dataclass
class Refund:
    """A refund as the office entered it."""

    amount: float
    kind: str = "sale"
    day: int = 0
    customer: str = "7"
    payment: str = "P1"
    invoice: str = "I1"
    number: str = "1042"
    reference: str = ""
    others: tuple = ()
    is_asked: bool = True
    relatives: tuple = ()


@dataclass
class Verdict:
    """What is said of each refund, by its place."""

    status: list = field(default_factory=list)
    words: list = field(default_factory=list)
    asked: list = field(default_factory=list)
    effects: list = field(default_factory=list)
    shares: list = field(default_factory=list)


def money(amount):
    return Decimal(str(amount)).quantize(Decimal("0.01"))


def claim_of(place, refund, currency):
    return Claim(
        refund_id=place,
        kind=refund.kind,
        needs=needs_of(refund.kind, money(refund.amount)),
        amount=money(refund.amount),
        currency=currency,
        refunded_on=day_of(refund.day),
        customers=frozenset({refund.customer}),
        payment=refund.payment if refund.is_asked else "",
        invoice=refund.invoice if refund.is_asked else "",
        names=tuple(name for name in (refund.number, refund.reference) if name),
        others=refund.others,
        is_asked=refund.is_asked,
    )


def ours_of(refund, paid, currency, applied=None):
    total = money(paid)
    applied = total if applied is None else money(applied)
    return Ours(refund.payment, refund.customer, currency, total, applied, refund.invoice, applied)


def read(books):
    """Return what the entered documents do, in the order in which they were entered."""
    papers = []
    for entity, row in books.rows:
        known = accounts(books.home)
        if entity == "Payment":
            papers += [made for made in [linked_credits(row, known)] if made]
        else:
            papers += read_document(entity, row, known)
    return papers


def own(refund, currency, row, invoice=None, paid=150, applied=None, others=()):
    """Return what the change of our payment, and of our invoice where one is given, does."""
    ours = ours_of(refund, paid, currency, applied)
    found = [own_payment(ours, row, invoice, entered_again(ours, others), DAY)]
    less = own_invoice(ours, invoice, DAY) if invoice is not None else None
    return found + ([less] if less else [])


def judge(refunds, papers, currency="USD", held=()):
    for pk, paper in enumerate(papers, 1):
        paper.pk = pk
    claims = [claim_of(place, refund, currency) for place, refund in enumerate(refunds)]
    found = explain(claims, papers, dict(held))
    verdict = Verdict()
    names = {paper.pk: str(paper) for paper in papers}
    for claim in claims:
        place = claim.refund_id
        half = found.halves.get(place, [])
        asked = found.proposals.get(place, {})
        status = "half" if half else "asked" if asked else "open"
        verdict.status.append("verified" if place in found.proofs else status)
        words = ""
        if half:
            titles = [names[pk] for pk in half]
            words = half_words(titles, found.left[place], claim.amount, currency)
        verdict.words.append(words or next(iter(asked.values()), ""))
        verdict.asked.append([names[pk] for pk in asked])
        verdict.shares.append(
            [(names[s.paper], s.effect.value, s.amount) for s in found.proofs.get(place, [])]
        )
    verdict.effects = [given_words(paper.effects, paper.currency) for paper in papers]
    return verdict

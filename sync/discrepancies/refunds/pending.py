"""The refunds of a company in QuickBooks' ids: those that wait, and those that only compete."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Prefetch, Q, QuerySet

from sync.discrepancies.refunds.bookkeeping.bundles import Effect
from sync.discrepancies.refunds.bookkeeping.evidence import Claim
from sync.discrepancies.refunds.bookkeeping.needs import needs_of
from sync.discrepancies.refunds.bookkeeping.ours import Ours
from sync.models import (
    Adjustment,
    Invoice,
    QuickBooksCompany,
    Refund,
    RefundMatch,
    RefundReview,
    SyncRecord,
)

Status = RefundReview.Status
CLOSED_BY_PEOPLE = (Status.NOT_NEEDED, Status.ADJUSTED_OTHERWISE)
_SHORTEST_REFERENCE = 4
_OF_INVOICE = ("qbo_id", "marker", "exported_total", "content__number")
_NOT_THERE = ("", "", None, "")


@dataclass(slots=True)
class Pending:
    """All refunds of a company's customers, and the payments that are there."""

    claims: list[Claim] = field(default_factory=list)
    refunds: dict[int, Refund] = field(default_factory=dict)
    ours: dict[str, Ours] = field(default_factory=dict)
    """Payments of refunds that wait, by their ids in QuickBooks."""

    @property
    def asked(self) -> list[Claim]:
        return [claim for claim in self.claims if claim.is_asked]


def pending_of(company: QuickBooksCompany) -> Pending:
    """Return the company's refunds, in a number of queries that does not grow with them."""
    there = _There(company)
    pending = Pending()
    for refund in _refunds(company).iterator(chunk_size=2_000):
        claim = there.claim(refund)
        if claim is None:
            continue
        pending.claims.append(claim)
        pending.refunds[refund.pk] = refund
        if claim.payment and claim.is_asked:
            pending.ours[claim.payment] = there.ours(refund, claim)
    return pending


def _refunds(company: QuickBooksCompany) -> QuerySet[Refund]:
    records = SyncRecord.objects.filter(company=company).exclude(qbo_id="")
    matches = RefundMatch.objects.select_related("adjustment").prefetch_related("shares")
    of_customers = Q(payment__customer__in=records.filter(kind="customer").values("customer"))
    return (
        Refund.objects.filter(
            of_customers | Q(payment__in=records.filter(kind="payment").values("payment")),
            voided_at__isnull=True,
        )
        .select_related("payment__invoice", "review")
        .prefetch_related(
            Prefetch("payment__sync_records", records, to_attr="in_company"),
            Prefetch("matches", matches, to_attr="known_matches"),
        )
        .order_by("pk")
    )


class _There:
    """What QuickBooks holds of our customers and invoices, by our ids."""

    def __init__(self, company: QuickBooksCompany) -> None:
        records = SyncRecord.objects.filter(company=company).exclude(qbo_id="")
        customers = records.filter(kind="customer")
        self.customers = dict(customers.values_list("customer", "qbo_id"))
        refunded = Refund.objects.filter(voided_at__isnull=True).values("payment__invoice")
        invoices = records.filter(kind="invoice", invoice__in=refunded)
        self.invoices = {row[0]: row[1:] for row in invoices.values_list("invoice", *_OF_INVOICE)}
        self.merged = _merged(company)
        self.numbers = _numbers(company)

    def claim(self, refund: Refund) -> Claim | None:
        """Return a refund as a claim; None where its customer is not in QuickBooks."""
        payment = refund.payment
        record = self._record(refund)
        sent_for = (record.content.get("customer") if record else None) or payment.customer_id
        stays_with = record.customer_there if record else ""
        customer = stays_with or self.customers.get(sent_for, "")
        qbo_id = record.qbo_id if record else ""
        customers = {customer, self.merged.get(qbo_id, "")} - {""}
        if not customers:
            return None
        invoice = self.invoices.get(payment.invoice_id, _NOT_THERE)
        names = _names(refund, record, invoice[1], invoice[3])
        return Claim(
            refund_id=refund.pk,
            kind=refund.kind,
            needs=needs_of(refund.kind, refund.amount),
            amount=refund.amount,
            currency=payment.currency,
            refunded_on=refund.refunded_on,
            customers=frozenset(customers),
            payment=qbo_id,
            invoice=invoice[0],
            names=names,
            others=self.numbers.get(payment.customer_id, ()),
            is_asked=bool(qbo_id) and refund.review_status not in CLOSED_BY_PEOPLE,
        )

    @staticmethod
    def _record(refund: Refund) -> SyncRecord | None:
        records: list[SyncRecord] = refund.payment.in_company  # type: ignore[attr-defined]
        return records[0] if records else None

    def ours(self, refund: Refund, claim: Claim) -> Ours:
        """Return the refund's payment as it was exported."""
        record, payment = self._record(refund), refund.payment
        content = record.content if record else {}
        exported = record.exported_total if record else None
        amount = Decimal(
            exported if exported is not None else content.get("amount", payment.amount)
        )
        default = amount if claim.invoice else 0
        total = self.invoices.get(payment.invoice_id, _NOT_THERE)[2]
        if total is None and payment.invoice is not None:
            total = payment.invoice.total
        return Ours(
            qbo_id=claim.payment,
            customer=min(claim.customers),
            currency=claim.currency,
            amount=amount,
            applied=Decimal(content.get("applied", default) or 0),
            invoice=claim.invoice,
            invoice_total=Decimal(total or 0),
        )


def _merged(company: QuickBooksCompany) -> dict[str, str]:
    """Return whose a payment of ours is there now: after a merge not whom it was sent for."""
    rows = Adjustment.objects.filter(company=company, entity="Payment", is_there=True)
    return dict(rows.values_list("qbo_id", "customer"))


def _numbers(company: QuickBooksCompany) -> dict[int, tuple[str, ...]]:
    """Return the numbers of all invoices of the customers that were refunded."""
    refunded = Refund.objects.filter(
        voided_at__isnull=True, business_unit__quickbooks_company=company
    )
    invoices = Invoice.objects.filter(customer__in=refunded.values("payment__customer"))
    found: dict[int, list[str]] = defaultdict(list)
    for customer, number in invoices.values_list("customer", "number").iterator():
        found[customer].append(number)
    return {customer: tuple(set(numbers)) for customer, numbers in found.items()}


def _names(
    refund: Refund, record: SyncRecord | None, marker: str, number: str | None
) -> tuple[str, ...]:
    """Return what means this refund's sale or payment in somebody's words."""
    payment = refund.payment
    names: list[str] = [marker, record.marker if record else "", number or ""]
    if payment.invoice is not None:
        names.append(payment.invoice.number)
    told = (payment.reference, payment.external_id, refund.external_id)
    names += [each for each in told if len(each) >= _SHORTEST_REFERENCE]
    return tuple(dict.fromkeys(name for name in names if name))


def with_held(claims: Iterable[Claim], held: dict[int, dict[Effect, Decimal]]) -> None:
    """Take what people gave to refunds off what they need."""
    for claim in claims:
        for effect, amount in held.get(claim.refund_id, {}).items():
            left = claim.needs.get(effect, Decimal(0)) - amount
            claim.needs.pop(effect, None)
            if left > 0:
                claim.needs[effect] = left

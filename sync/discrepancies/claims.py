"""The refunds of one company that wait for proof, and those that have it, in QuickBooks' ids."""

from dataclasses import dataclass, field

from django.db.models import Prefetch, Q, QuerySet

from sync.discrepancies.matching import Claim
from sync.models import (
    QuickBooksCompany,
    Refund,
    RefundDiscrepancy,
    RefundMatch,
    RefundReview,
    SyncRecord,
)

Status = RefundReview.Status
Kind = SyncRecord.Kind


@dataclass(slots=True)
class Claims:
    """Refunds of payments in one company, but for those that need no adjustment."""

    waiting: list[Claim] = field(default_factory=list)
    proven: list[Claim] = field(default_factory=list)
    refunds: dict[int, Refund] = field(default_factory=dict)
    payments: dict[str, tuple[SyncRecord, str]] = field(default_factory=dict)
    """The payments' records and customers, by the payments' ids in QuickBooks."""

    @property
    def all(self) -> list[Claim]:
        return self.waiting + self.proven


def claims_of(company: QuickBooksCompany) -> Claims:
    """Return the company's claims, in a number of queries that does not grow with them."""
    claims = Claims()
    customers = dict(
        SyncRecord.objects.filter(company=company, kind=Kind.CUSTOMER)
        .exclude(qbo_id="")
        .values_list("customer", "qbo_id")
    )
    for refund in _refunds(company).iterator(chunk_size=2_000):
        record = refund.payment.in_company[0]  # type: ignore[attr-defined]
        sent_for = record.content.get("customer") or refund.payment.customer_id
        customer = customers.get(sent_for, "")
        claim = Claim(
            refund_id=refund.pk,
            customer=customer,
            payment=record.qbo_id,
            amount=refund.amount,
            currency=refund.payment.currency,
            refunded_on=refund.refunded_on,
        )
        claims.refunds[refund.pk] = refund
        claims.payments[record.qbo_id] = (record, customer)
        review = getattr(refund, "review", None)
        is_proven = review is not None and review.status == Status.VERIFIED
        (claims.proven if is_proven else claims.waiting).append(claim)
    return claims


def _refunds(company: QuickBooksCompany) -> QuerySet[RefundDiscrepancy]:
    records = SyncRecord.objects.filter(company=company).exclude(qbo_id="")
    matches = RefundMatch.objects.select_related("adjustment")
    return (
        RefundDiscrepancy.objects.filter(payment__in=records.values("payment"))
        .exclude(Q(review__status=Status.NOT_NEEDED))
        .select_related("payment", "review")
        .prefetch_related(
            Prefetch("payment__sync_records", records, to_attr="in_company"),
            Prefetch("matches", matches, to_attr="known_matches"),
        )
        .order_by("pk")
    )

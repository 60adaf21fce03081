"""The refunds of a company that wait for proof, and those to look at again, in QuickBooks' ids."""

from dataclasses import dataclass, field

from django.db.models import Prefetch, QuerySet

from sync.discrepancies.refunds.matching import Claim
from sync.discrepancies.words import changed_since
from sync.models import (
    STANDS,
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
    again: list[Claim] = field(default_factory=list)
    """Those that have proof, and those that were changed since they were judged."""
    refunds: dict[int, Refund] = field(default_factory=dict)
    payments: dict[str, tuple[SyncRecord, str]] = field(default_factory=dict)
    """The payments' records and customers, by the payments' ids in QuickBooks."""

    @property
    def all(self) -> list[Claim]:
        return self.waiting + self.again


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
        is_changed = review is not None and bool(changed_since(review, refund))
        (claims.again if is_proven or is_changed else claims.waiting).append(claim)
    return claims


def _refunds(company: QuickBooksCompany) -> QuerySet[RefundDiscrepancy]:
    records = SyncRecord.objects.filter(company=company).exclude(qbo_id="")
    matches = RefundMatch.objects.select_related("adjustment")
    return (
        RefundDiscrepancy.objects.filter(payment__in=records.values("payment"))
        .exclude(STANDS, review__status=Status.NOT_NEEDED)
        .select_related("payment", "review")
        .prefetch_related(
            Prefetch("payment__sync_records", records, to_attr="in_company"),
            Prefetch("matches", matches, to_attr="known_matches"),
        )
        .order_by("pk")
    )

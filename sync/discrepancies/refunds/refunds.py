"""The report's rows: every refund of a payment that is in QuickBooks, and what is told of it.

The rows are a query over refunds and sync records, so a bulk import or plain SQL cannot hide one.
"""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import (
    Case,
    DecimalField,
    F,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.utils import timezone

from sync.discrepancies.refunds.bookkeeping.needs import Effect, needs_of
from sync.discrepancies.refunds.rows import (
    CENT,
    ZERO,
    Document,
    Evidence,
    Row,
    Status,
    evidence_words,
)
from sync.discrepancies.words import changed_since
from sync.models import (
    STANDS,
    Payment,
    QuickBooksCompany,
    Refund,
    RefundDiscrepancy,
    RefundMatch,
    RefundReview,
    SyncRecord,
)
from sync.words import stored, told

CHUNK = 2_000
MOST_WALKED = 5_000


class Listing(StrEnum):
    """Which rows are asked for; the report opens on LISTED."""

    LISTED = "listed"
    OPEN = "open"
    RECORDED = "recorded"
    VERIFIED = "verified"
    ADJUSTED_OTHERWISE = "adjusted_otherwise"
    NOT_NEEDED = "not_needed"
    ALL = "all"


def of_listing(rows: QuerySet[RefundDiscrepancy], listing: Listing) -> QuerySet[RefundDiscrepancy]:
    """Narrow rows to a listing; open is what nobody reviewed, or not as the refund is now."""
    is_open = Q(review__isnull=True) | Q(review__status=Status.OPEN) | ~STANDS
    if listing == Listing.ALL:
        return rows
    if listing == Listing.LISTED:
        return rows.filter(is_open | Q(review__status=Status.RECORDED))
    if listing == Listing.OPEN:
        return rows.filter(is_open)
    return rows.filter(STANDS, review__status=listing.value)


def full_only(rows: QuerySet[RefundDiscrepancy]) -> QuerySet[RefundDiscrepancy]:
    """Narrow rows to refunds that gave the whole payment back."""
    return rows.filter(amount=F("payment__amount"))


def partial_only(rows: QuerySet[RefundDiscrepancy]) -> QuerySet[RefundDiscrepancy]:
    """Narrow rows to refunds that gave back some of the payment."""
    return rows.exclude(amount=F("payment__amount"))


def open_totals(rows: QuerySet[RefundDiscrepancy]) -> list[tuple[str, int, Decimal]]:
    """Return currency, number and amount of what is open among the rows."""
    sums = (
        of_listing(rows, Listing.OPEN)
        .order_by()
        .values("currency")
        .annotate(number=Sum(Value(1)), total=Sum("amount"))
        .order_by("currency")
    )
    return [(entry["currency"], entry["number"], entry["total"].quantize(CENT)) for entry in sums]


def next_of(rows: QuerySet[RefundDiscrepancy], refund_id: int) -> int | None:
    """Return the refund that follows one in the order of the rows; None after the last.

    Asked before a change that takes the one out of the rows.
    """
    ordered = list(rows.values_list("pk", flat=True)[:MOST_WALKED])
    if refund_id not in ordered:
        return None
    place = ordered.index(refund_id) + 1
    return ordered[place] if place < len(ordered) else None


def with_details(rows: QuerySet[RefundDiscrepancy]) -> QuerySet[RefundDiscrepancy]:
    """Load what `row_of` needs, in a number of queries that does not grow with the rows."""
    company = Prefetch("company", QuickBooksCompany.objects.only("realm_id", "book_close_date"))
    in_quickbooks = SyncRecord.objects.exclude(qbo_id="").order_by("-id")
    known = in_quickbooks.only(
        "company_id", "invoice_id", "payment_id", "qbo_id", "exported_at"
    ).prefetch_related(company)
    names = in_quickbooks.only("company_id", "customer_id", "content")
    return (
        rows.select_related(
            "payment__invoice", "payment__customer", "review__reviewed_by", "review__owner"
        )
        .annotate(earlier_refunds=_earlier_refunds())
        .prefetch_related(
            # Few units and companies serve many rows: each is read and made once.
            "payment__business_unit",
            Prefetch("payment__sync_records", known, to_attr="in_quickbooks"),
            Prefetch("payment__invoice__sync_records", known, to_attr="in_quickbooks"),
            Prefetch("payment__customer__sync_records", names, to_attr="in_quickbooks"),
            Prefetch("matches", RefundMatch.objects.select_related("adjustment")),
        )
    )


def _earlier_refunds() -> Case:
    """Sum what was refunded of the same invoice before; asked only where it was overpaid."""
    earlier = (
        Refund.objects.filter(
            Q(refunded_on__lt=OuterRef("refunded_on"))
            | Q(refunded_on=OuterRef("refunded_on"), pk__lt=OuterRef("pk")),
            payment__invoice=OuterRef("payment__invoice"),
            payment__voided_at=None,
            voided_at=None,
        )
        .order_by()
        .values("payment__invoice")
        .annotate(total=Sum("amount"))
        .values("total")
    )
    zero = Value(ZERO, DecimalField(max_digits=14, decimal_places=2))
    return Case(
        When(
            payment__invoice__paid_total__gt=F("payment__invoice__total"),
            then=Coalesce(Subquery(earlier), zero),
        ),
        default=zero,
    )


def rows_of(rows: QuerySet[RefundDiscrepancy]) -> Iterator[Row]:
    """Return the rows, read in chunks so that memory does not grow with their number."""
    for refund in with_details(rows).iterator(chunk_size=CHUNK):
        yield row_of(refund)


def row_of(refund: RefundDiscrepancy) -> Row:
    """Return one row; the refund was loaded by `with_details`."""
    payment, unit = refund.payment, refund.payment.business_unit
    record = _records(payment)[0]
    exported_on = _local(record.exported_at, ZoneInfo(unit.timezone))
    realm_id = record.company.realm_id
    return Row(
        refund_id=refund.pk,
        unit_code=unit.code,
        unit=unit.name,
        customer=_name_in_quickbooks(payment, record),
        invoice=payment.invoice.number if payment.invoice else "",
        payment_id=payment.pk,
        payment_amount=payment.amount,
        method=payment.method,
        reference=payment.reference,
        currency=payment.currency,
        amount=refund.amount,
        refunded_on=refund.refunded_on,
        is_full=refund.amount == payment.amount,
        exported_on=exported_on,
        is_before_export=_is_before(refund, record.exported_at, exported_on),
        overpaid=_overpaid(refund),
        books_closed_on=record.company.book_close_date,
        quickbooks_invoice=_invoice_in(payment, record.company_id),
        quickbooks_payment=Document(realm_id, "Payment", record.qbo_id),
        kind=refund.kind,
        left=_left(refund),
        reason=refund.reason,
        evidence=tuple(_evidence(realm_id, match) for match in _told(refund)),
        **_review(refund, ZoneInfo(unit.timezone)),
    )


def _review(refund: RefundDiscrepancy, zone: ZoneInfo) -> dict[str, Any]:
    """Return what was said of the refund, and how long it is or was open."""
    review: RefundReview | None = getattr(refund, "review", None)
    changed = changed_since(review, refund) if review else ""
    until = reviewed_on = review.reviewed_at.astimezone(zone).date() if review else None
    if refund.review_status == Status.OPEN or until is None:
        until = timezone.localdate(timezone=zone)
    return {
        "status": refund.review_status,
        "note": review.note if review else "",
        "reviewed_by": _said_by(review) if review and not changed else "",
        "reviewed_on": None if changed else reviewed_on,
        "days_open": max(0, (until - refund.refunded_on).days),
        "owner": str(review.owner or "") if review else "",
        "finding": _finding(refund, changed),
    }


def _finding(refund: RefundDiscrepancy, changed: str) -> str:
    """Return what reading QuickBooks last found; what proves it is named in any language."""
    review: RefundReview | None = getattr(refund, "review", None)
    if changed:
        return stored("Reopened: %(why)s", why=changed)
    if review is None or review.status != Status.VERIFIED:
        return told(review.finding) if review else ""
    proofs = [match.adjustment for match in _told(refund) if match.is_proof]
    return evidence_words(proofs) if proofs else told(review.finding)


def _said_by(review: RefundReview) -> str:
    """Return who said it; that a part was found is said by nobody."""
    if review.reviewed_by is None and review.status == Status.OPEN and not review.finding:
        return ""
    return str(review.reviewed_by or "Paidup")


def _left(refund: RefundDiscrepancy) -> dict[Effect, Decimal]:
    """Return what is missing; what was said of it as it was before counts no more."""
    if refund.review_status not in {Status.OPEN, Status.RECORDED}:
        return {}
    review: RefundReview | None = getattr(refund, "review", None)
    if review and review.left and review.stands_for(refund):
        return {Effect(name): Decimal(amount) for name, amount in review.left.items()}
    return needs_of(refund.kind, refund.amount)


def _told(refund: RefundDiscrepancy) -> list[RefundMatch]:
    """Return the documents to tell of: what proved another amount proves nothing."""
    review: RefundReview | None = getattr(refund, "review", None)
    stands = review is not None and review.stands_for(refund)
    return [match for match in refund.matches.all() if stands or not match.is_proof]


def _evidence(realm_id: str, match: RefundMatch) -> Evidence:
    found = match.adjustment
    # A payment or an invoice that was changed is shown as what it is.
    entity = found.entity if found.entity in {"Payment", "Invoice"} else found.kind
    return Evidence(
        match_id=match.pk,
        document=Document(realm_id, entity, found.qbo_id),
        title=str(found),
        amount=match.amount,
        dated_on=match.dated_on,
        sync_token=match.sync_token,
        why=told(match.why),
        is_proof=match.is_proof,
        currency=found.currency,
        is_part=match.is_part,
    )


def _records(document: Any) -> list[SyncRecord]:
    """Return what QuickBooks holds of a document, the newest first."""
    records: list[SyncRecord] = document.in_quickbooks
    return records


def _local(moment: datetime | None, zone: ZoneInfo) -> date | None:
    return moment.astimezone(zone).date() if moment else None


def _is_before(refund: Refund, exported_at: datetime | None, exported_on: date | None) -> bool:
    """Say whether the refund came first; on the same day, by when it was entered here."""
    if exported_at is None or exported_on is None:
        return False
    if refund.refunded_on == exported_on:
        return refund.created_at < exported_at
    return refund.refunded_on < exported_on


def _overpaid(refund: RefundDiscrepancy) -> Decimal:
    """Return what of the refund gave back money that no invoice took, the earliest refund first."""
    invoice, amount = refund.payment.invoice, Decimal(refund.amount)
    if invoice is None:
        return amount
    earlier = Decimal(refund.earlier_refunds).quantize(CENT)  # type: ignore[attr-defined]
    left: Decimal = max(ZERO, invoice.paid_total - invoice.total - earlier)
    return min(amount, left)


def _name_in_quickbooks(payment: Payment, record: SyncRecord) -> str:
    """Return the customer's name as it was sent there: one of two John Smiths carries a number."""
    customer = payment.customer
    sent = next((r for r in _records(customer) if r.company_id == record.company_id), None)
    name = sent.content.get("display_name") if sent else ""
    return name or customer.quickbooks_name or customer.display_name


def _invoice_in(payment: Payment, company_id: int) -> Document | None:
    if payment.invoice is None:
        return None
    record = next((r for r in _records(payment.invoice) if r.company_id == company_id), None)
    return Document(record.company.realm_id, "Invoice", record.qbo_id) if record else None

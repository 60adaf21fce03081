"""What the bookkeeper's hand explains: which documents it was on, and what stopped for its sake."""

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Q

from sync.exports.customers.link_state import in_the_way
from sync.models import Invoice, SyncRecord
from tests.chaos.bookkeeper import Touched
from tests.chaos.seeds import HEDGES
from tests.chaos.weather import CODES

Kind, State, Problem = SyncRecord.Kind, SyncRecord.State, SyncRecord.Problem
Entity = dict[str, Any]
# What a payment may be refused for that nobody could know before its invoice went.
LATER = {*CODES, *Problem.values, "610", "2500"} - {Problem.UNEXPECTED}


def note(document: Entity) -> str:
    """Return where our marker stands."""
    return str(document.get("PrivateNote", document.get("Notes", "")))


def money(value: Any) -> Decimal:
    """Return an amount with its exact digits."""
    return Decimal(str(value if value is not None else 0))


def meddled_invoices(touched: Touched) -> set[int]:
    """Return the invoices whose unit of work the bookkeeper had her hand in, by id."""
    records = SyncRecord.objects.filter(marker__in=markers(touched.notes))
    customers = Q(customer__sync_records__in=records) | Q(customer__display_name__in=touched.names)
    found = Invoice.objects.filter(
        customers
        | Q(number__in=touched.numbers)
        | Q(sync_records__in=records)
        | Q(payments__sync_records__in=records)
    )
    return set(found.values_list("pk", flat=True))


def listed_invoices(touched: Touched) -> set[int]:
    """Return the invoices of customers that she renamed, merged or made inactive, by id."""
    records = SyncRecord.objects.filter(marker__in=markers(touched.listed.notes))
    lost = SyncRecord.objects.filter(qbo_id__in=touched.listed.merged, kind=Kind.CUSTOMER)
    customers = {
        *records.values_list("customer", flat=True),
        *lost.values_list("customer", flat=True),
    }
    return set(Invoice.objects.filter(customer__in=customers).values_list("pk", flat=True))


def kept_back() -> set[int]:
    """Return the invoices whose customer's link cannot be mended before something else is."""
    rows = SyncRecord.objects.filter(kind=Kind.CUSTOMER, state=State.MISMATCH)
    return {pk for row in rows if in_the_way(row) for pk in invoices_of(row)}


def markers(notes: set[str]) -> list[str]:
    """Return our marks that stand in notes."""
    return [marker for marker in SyncRecord.objects.values_list("marker", flat=True)
            if any(marker in text for text in notes)]  # fmt: skip


def invoices_of(record: SyncRecord) -> set[int]:
    """Return the invoices that a record's outcome concerns."""
    if record.kind == Kind.CUSTOMER:
        return set(record.customer.invoices.values_list("pk", flat=True))
    return {record.invoice_id or record.payment.invoice_id}


@dataclass
class Doubts:
    """What stood before a person when the storm was over, before any remedy was taken."""

    by_meddling: Counter[str] = field(default_factory=Counter)
    other: list[str] = field(default_factory=list)
    half: list[str] = field(default_factory=list)


def is_explained(record: SyncRecord, touched: Touched, meddled: set[int]) -> bool:
    """Say whether the bookkeeper's hand explains where a record stands."""
    if record.kind == Kind.CUSTOMER and record.customer.display_name in touched.names:
        return True
    return bool(invoices_of(record) & meddled)


def doubts(touched: Touched) -> Doubts:
    """Sort what is uncertain, or differs, by whether the bookkeeper's hand explains it."""
    meddled, found = meddled_invoices(touched) | listed_invoices(touched), Doubts()
    hedges = set(Invoice.objects.filter(lines__service=HEDGES).values_list("pk", flat=True))
    if touched.listed.items:
        meddled |= hedges  # one whose answer was lost cannot be compared before it is mapped anew
    for record in SyncRecord.objects.filter(state__in=[State.UNCERTAIN, State.MISMATCH]):
        if is_explained(record, touched, meddled):
            found.by_meddling[record.state] += 1
        elif record.state == State.UNCERTAIN and record.kind in _gone_kinds(touched):
            # One of that kind is gone; which, nobody can see any more but by looking.
            found.by_meddling["uncertain after a deletion"] += 1
        else:
            found.other.append(f"{record!r} {record.pk} {record.state}: {record.error}")
    found.half = _half_units(meddled)
    return found


def _gone_kinds(touched: Touched) -> set[str]:
    """Return of which kinds she deleted one; a customer that is merged into another is gone too."""
    return touched.deleted_kinds | ({Kind.CUSTOMER.value} if touched.listed.merged else set())


def _half_units(meddled: set[int]) -> list[str]:
    """Return payments that were refused after their invoice went, for what was known before."""
    refused = SyncRecord.objects.filter(kind=Kind.PAYMENT, state=State.FAILED)
    there = SyncRecord.objects.filter(kind=Kind.INVOICE).exclude(qbo_id="")
    invoices = set(there.values_list("invoice", flat=True)) - meddled
    rows = refused.filter(payment__invoice__in=invoices).exclude(error_code__in=LATER)
    return [f"half: {row!r} {row.pk}: {row.error_code} {row.error}" for row in rows]


def to_retry(touched: Touched) -> list[SyncRecord]:
    """Return what a person retries: all that failed, and doubts that her hand does not explain."""
    meddled = meddled_invoices(touched)
    stopped = SyncRecord.objects.filter(state__in=[State.FAILED, State.UNCERTAIN])
    return [
        record
        for record in stopped.select_related("payment__invoice", "company").order_by("pk")
        if record.state == State.FAILED or not is_explained(record, touched, meddled)
    ]

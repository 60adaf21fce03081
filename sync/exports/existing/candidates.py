"""What is to be compared: invoices of ours beside what QuickBooks held when its books were read.

A chunk of ours at a time, in a fixed number of queries.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import F, QuerySet

from sync.exports.existing.matching import (
    Match,
    OurInvoice,
    TheirInvoice,
    TheirPayment,
    match,
)
from sync.exports.existing.ours import ours_of
from sync.models import (
    BooksDocument,
    BusinessUnit,
    Invoice,
    QuickBooksCompany,
    SyncRecord,
)
from sync.quickbooks.documents import name_key

Kind = BooksDocument.Kind


@dataclass(frozen=True, slots=True)
class Claimed:
    """Whether others of ours have the number and total of a document, too, or only they."""

    has_rivals: bool = False
    is_of_another: bool = False


UNCLAIMED = Claimed()


def to_match(company: QuickBooksCompany) -> QuerySet[Invoice]:
    """Return the invoices that may be there already: from the start date on, and not linked."""
    there = SyncRecord.objects.filter(company=company, invoice__isnull=False).exclude(qbo_id="")
    return Invoice.objects.filter(
        business_unit__quickbooks_company=company,
        issued_on__gte=F("business_unit__export_start_date"),
        voided_at__isnull=True,
        total__gt=0,
    ).exclude(pk__in=there.values("invoice"))


def is_read(company: QuickBooksCompany) -> bool:
    """Say whether anything is known of what the books hold."""
    return BooksDocument.objects.filter(company=company).exists()


def matches(company: QuickBooksCompany, invoices: Sequence[Invoice]) -> dict[int, Match]:
    """Return what in QuickBooks each invoice may be, by invoice; nothing may be most of them."""
    ours = ours_of(company, invoices)
    documents = _fitting(company, ours)
    claims = _claims(company, documents)
    payments = payments_there(company, documents)
    by_number, by_customer = _indexed(documents)
    found = {}
    for invoice in invoices:
        us = ours[invoice.pk]
        near = {d.pk: d for d in by_number[us.number_key]}
        for customer in {us.customer, *us.perhaps} - {""}:
            near |= {d.pk: d for d in by_customer[customer, us.total, us.day]}
        theirs = [
            theirs_of(document, payments, _claimed(claims, document, invoice))
            for document in near.values()
        ]
        if (made := match(us, theirs)) is not None:
            found[invoice.pk] = made
    return found


# Theirs ------------------------------------------------------------------------------------------


def _fitting(company: QuickBooksCompany, ours: Mapping[int, OurInvoice]) -> list[BooksDocument]:
    """Return what may be one of these, by number, or by customer, amount and day."""
    documents = BooksDocument.objects.filter(company=company, kind=Kind.INVOICE)
    numbers = {us.number_key for us in ours.values()} - {""}
    wanted = {
        (who, us.total, us.day) for us in ours.values() for who in (us.customer, *us.perhaps) if who
    }
    found = {document.pk: document for document in documents.filter(number_key__in=numbers)}
    if wanted:
        customers, totals, days = (set(column) for column in zip(*wanted, strict=True))
        near = documents.filter(customer__in=customers, total__in=totals, day__in=days)
        # Streamed: customers, totals and days of a chunk meet in more documents than it has.
        found |= {d.pk: d for d in near.iterator() if (d.customer, d.total, d.day) in wanted}
    held = held_ids(company, SyncRecord.Kind.INVOICE, {d.qbo_id for d in found.values()})
    return [document for document in found.values() if document.qbo_id not in held]


def held_ids(company: QuickBooksCompany, kind: str, qbo_ids: Collection[str]) -> set[str]:
    """Return which of these documents records of ours hold already."""
    records = SyncRecord.objects.filter(company=company, kind=kind, qbo_id__in=qbo_ids)
    return set(records.exclude(qbo_id="").values_list("qbo_id", flat=True))


def _indexed(
    documents: Iterable[BooksDocument],
) -> tuple[dict[str, list[BooksDocument]], dict[tuple[str, object, object], list[BooksDocument]]]:
    by_number: dict[str, list[BooksDocument]] = defaultdict(list)
    by_customer: dict[tuple[str, object, object], list[BooksDocument]] = defaultdict(list)
    for document in documents:
        if document.number_key:
            by_number[document.number_key].append(document)
        by_customer[document.customer, document.total, document.day].append(document)
    return by_number, by_customer


# By number and total: the invoices of ours that have them, each with its customer.
Claims = dict[tuple[str, Decimal], dict[int, int]]


def _claims(company: QuickBooksCompany, documents: Iterable[BooksDocument]) -> Claims:
    units = BusinessUnit.objects.filter(quickbooks_company=company).values_list("pk", flat=True)
    rows = Invoice.objects.filter(
        business_unit__in=list(units),
        quickbooks_number__in={document.number for document in documents} - {""},
        voided_at__isnull=True,
    )
    found: Claims = defaultdict(dict)
    for pk, number, total, customer in rows.values_list(
        "pk", "quickbooks_number", "total", "customer"
    ):
        found[name_key(number), total][pk] = customer
    return found


def _claimed(claims: Claims, document: BooksDocument, invoice: Invoice) -> Claimed:
    if document.total is None:
        return Claimed()
    claiming = claims.get((document.number_key, document.total), {})
    others = {pk: customer for pk, customer in claiming.items() if pk != invoice.pk}
    if invoice.pk in claiming:
        return Claimed(has_rivals=bool(others))
    return Claimed(is_of_another=invoice.customer_id in others.values())


@dataclass(frozen=True, slots=True)
class Paying:
    """Payments in QuickBooks by id, and which of them records of ours hold already."""

    rows: Mapping[str, BooksDocument]
    held: Collection[str]

    @classmethod
    def of(cls, company: QuickBooksCompany, rows: Iterable[BooksDocument]) -> "Paying":
        by_id = {row.qbo_id: row for row in rows}
        return cls(by_id, held_ids(company, SyncRecord.Kind.PAYMENT, by_id.keys()))


def payments_of(document: BooksDocument) -> list[str]:
    """Return the ids of the payments that pay an invoice there."""
    return [qbo_id for kind, qbo_id in document.links if kind == Kind.PAYMENT]


def payments_there(company: QuickBooksCompany, documents: Iterable[BooksDocument]) -> Paying:
    """Return the payments of invoices there, as they were read."""
    ids = {qbo_id for document in documents for qbo_id in payments_of(document)}
    rows = BooksDocument.objects.filter(company=company, kind=Kind.PAYMENT, qbo_id__in=ids)
    return Paying.of(company, rows)


def theirs_of(
    document: BooksDocument, paying: Paying, claimed: Claimed = UNCLAIMED
) -> TheirInvoice:
    """Return an invoice there as it is compared, with the payments of it that were read."""
    rows = [paying.rows[pk] for pk in payments_of(document) if pk in paying.rows]
    return TheirInvoice(
        pk=document.pk,
        number_key=document.number_key,
        total=document.total,
        tax=document.tax,
        left_open=document.left_open,
        day=document.day,
        currency=document.currency,
        customer=document.customer,
        payments=tuple(_payment_of(row, document.qbo_id, paying.held) for row in rows),
        is_marked=document.is_marked,
        has_rivals=claimed.has_rivals,
        is_of_another=claimed.is_of_another,
    )


def _payment_of(row: BooksDocument, invoice: str, held: Collection[str]) -> TheirPayment:
    to_it = [link for link in row.links if link[:2] == [Kind.INVOICE, invoice]]
    is_taken = row.is_marked or row.qbo_id in held
    return TheirPayment(
        pk=row.pk,
        amount=row.total,
        applied=sum((Decimal(link[2] or 0) for link in to_it), Decimal(0)),
        day=row.day,
        method=row.method,
        reference=row.number,
        is_free=not is_taken and len(to_it) == len(row.links),
    )

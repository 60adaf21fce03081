"""Reading what a company's books hold already: its invoices and payments since a day."""

from collections.abc import Iterable
from datetime import date, datetime
from functools import partial

from django.db.models import Min

from sync.company.paging import Listing, Rows
from sync.models import BooksDocument, BusinessUnit, Payment, QuickBooksCompany
from sync.models.books import LONGEST_REFERENCE
from sync.quickbooks.documents import Entity, in_books, name_key

Kind = BooksDocument.Kind
READ = "books"  # what is asked of a company, to have them read
_CHUNK = 1000
_CHANGING = [
    field.name
    for field in BooksDocument._meta.concrete_fields
    if field.name not in {"id", "company", "kind", "qbo_id"}
]


def since(company: QuickBooksCompany) -> date | None:
    """Return the day to begin at: the earliest start date of the company's units."""
    units = BusinessUnit.objects.filter(quickbooks_company=company)
    found: date | None = units.aggregate(first=Min("export_start_date"))["first"]
    return found


def listings(company: QuickBooksCompany, first: date) -> list[Listing]:
    """Return the lists to be read. A deposit may be older than the invoice that it pays."""
    ours = Payment.objects.filter(
        business_unit__quickbooks_company=company, invoice__issued_on__gte=first
    )
    paid_first = ours.aggregate(first=Min("received_on"))["first"] or first
    days = {Kind.INVOICE: first, Kind.PAYMENT: min(first, paid_first)}
    return [
        Listing(
            kind.value,
            f"{kind.value.lower()}s",
            keep=partial(_keep, company, kind),
            known=partial(_known, company, kind),
            end=partial(_end, company, kind),
            where=f"TxnDate >= '{days[kind]}'",
        )
        for kind in (Kind.INVOICE, Kind.PAYMENT)
    ]


def _known(company: QuickBooksCompany, kind: Kind, begun: datetime) -> int:
    return BooksDocument.objects.filter(company=company, kind=kind, read_at__gte=begun).count()


def _keep(company: QuickBooksCompany, kind: Kind, rows: Rows, read_at: datetime) -> None:
    keep(document_of(row, company, kind, read_at) for row in rows)


def _end(company: QuickBooksCompany, kind: Kind, begun: datetime) -> int:
    """What is gone there, or dated before, goes here, too."""
    listed = BooksDocument.objects.filter(company=company, kind=kind)
    gone = listed.filter(read_at__lt=begun).order_by("pk")
    while ids := list(gone.values_list("pk", flat=True)[:_CHUNK]):
        BooksDocument.objects.filter(pk__in=ids).delete()
    return listed.count()


def document_of(
    row: Entity, company: QuickBooksCompany, kind: Kind, read_at: datetime
) -> BooksDocument:
    """Return the document for a row as QuickBooks sends it."""
    found = in_books(kind.value, row)
    return BooksDocument(
        company=company,
        kind=kind,
        qbo_id=found.qbo_id,
        sync_token=found.sync_token,
        number=found.number[:LONGEST_REFERENCE],
        number_key=name_key(found.number)[:LONGEST_REFERENCE],
        customer=found.customer,
        customer_name=found.customer_name[:500],
        day=found.day,
        currency=found.currency[:3],
        total=found.total,
        tax=found.tax,
        left_open=found.left_open,
        method=found.method,
        links=found.links,
        is_marked=found.is_marked,
        read_at=read_at,
    )


def keep(documents: Iterable[BooksDocument]) -> None:
    """Keep documents as they were just read."""
    once = {document.qbo_id: document for document in documents}  # a page may shift meanwhile
    BooksDocument.objects.bulk_create(
        once.values(),
        update_conflicts=True,
        unique_fields=["company", "kind", "qbo_id"],
        update_fields=_CHANGING,
    )

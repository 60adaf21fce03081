"""Reading a company's accounts, items, tax codes and other lists into our reference entries."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.utils import timezone

from sync.company.paging import Listing, Rows
from sync.models import QuickBooksCompany, ReferenceEntry
from sync.quickbooks.client import Client, where_in
from sync.quickbooks.documents import plain
from sync.quickbooks.lists import with_inactive
from sync.words import stored

Kind = ReferenceEntry.Kind

# What QuickBooks calls each list, and what it is called on the page.
LISTS: dict[Kind, str] = {
    Kind.ACCOUNT: stored("accounts"),
    Kind.ITEM: stored("products and services"),
    Kind.TAX_CODE: stored("tax codes"),
    Kind.TAX_RATE: stored("tax rates"),
    Kind.PAYMENT_METHOD: stored("payment methods"),
    Kind.CLASS: stored("classes"),
    Kind.DEPARTMENT: stored("locations"),
    Kind.TERM: stored("terms"),
}
_CHUNK = 1000
_TYPES = {Kind.ACCOUNT: ("AccountType", "AccountSubType")}
# What else of a row mappings, checks and documents need.
_KEPT = {
    Kind.ACCOUNT: ("Name", "Classification", "CurrencyRef"),
    Kind.ITEM: ("Name", "IncomeAccountRef", "Taxable"),
    Kind.TAX_CODE: ("Description", "Taxable", "TaxGroup", "SalesTaxRateList"),
    Kind.TAX_RATE: ("RateValue",),
    Kind.CLASS: ("Name",),
    Kind.DEPARTMENT: ("Name",),
    Kind.TERM: ("DueDays",),
}


def listings(company: QuickBooksCompany) -> list[Listing]:
    """Return the lists to be read, each counting its active entries."""
    return [
        Listing(
            kind.value,
            name,
            keep=partial(_keep, company, kind),
            known=partial(_known, company, kind),
            end=partial(_end, company, kind),
        )
        for kind, name in LISTS.items()
    ]


def _known(company: QuickBooksCompany, kind: Kind, begun: datetime) -> int:
    return ReferenceEntry.objects.filter(company=company, kind=kind, read_at__gte=begun).count()


def _keep(company: QuickBooksCompany, kind: Kind, rows: Rows, read_at: datetime) -> None:
    _upsert([entry_of(row, company, kind, read_at) for row in rows])


def _end(company: QuickBooksCompany, kind: Kind, begun: datetime) -> int:
    """What QuickBooks no longer names is marked inactive and kept, as mappings may point at it."""
    listed = ReferenceEntry.objects.filter(company=company, kind=kind)
    listed.filter(read_at__lt=begun).update(active=False)
    return listed.filter(active=True).count()


def read_again(
    client: Client, company: QuickBooksCompany, kind: Kind, qbo_ids: Sequence[str]
) -> None:
    """Read some entries of a list again; what QuickBooks no longer names is marked inactive."""
    started = timezone.now()
    for start in range(0, len(qbo_ids), _CHUNK):
        some = qbo_ids[start : start + _CHUNK]
        where = f"{where_in('Id', some)} AND {listed}" if (listed := with_inactive(kind)) else ""
        _upsert([entry_of(row, company, kind, started) for row in client.select(kind.value, where)])
        asked = ReferenceEntry.objects.filter(company=company, kind=kind, qbo_id__in=some)
        asked.filter(read_at__lt=started).update(active=False)


def entry_of(
    row: dict[str, Any], company: QuickBooksCompany, kind: Kind, read_at: datetime
) -> ReferenceEntry:
    """Return the entry for a row as QuickBooks sends it; `Active` is left out where it is true."""
    type_key, subtype_key = _TYPES.get(kind, ("Type", ""))
    kept = _KEPT.get(kind, ())
    return ReferenceEntry(
        company=company,
        kind=kind,
        qbo_id=str(row["Id"]),
        name=str(row.get("FullyQualifiedName") or row.get("Name") or row["Id"]),
        type=str(row.get(type_key) or ""),
        subtype=str(row.get(subtype_key) or ""),
        active=row.get("Active", True) is not False,
        data={key: plain(row[key]) for key in kept if key in row},
        read_at=read_at,
    )


def keep_entry(entry: ReferenceEntry) -> ReferenceEntry:
    """Keep one entry as it was just read, and return its row."""
    _upsert([entry])
    return ReferenceEntry.objects.get(company=entry.company, kind=entry.kind, qbo_id=entry.qbo_id)


def _upsert(chunk: list[ReferenceEntry]) -> None:
    once = {entry.qbo_id: entry for entry in chunk}  # a page may shift while it is read
    ReferenceEntry.objects.bulk_create(
        once.values(),
        update_conflicts=True,
        unique_fields=["company", "kind", "qbo_id"],
        update_fields=["name", "type", "subtype", "active", "data", "read_at"],
    )


def active(company: QuickBooksCompany, kind: Kind) -> Iterator[ReferenceEntry]:
    """Yield the entries of a list that can be chosen, by name; at most two chunks are held."""
    listed = ReferenceEntry.objects.filter(company=company, kind=kind, active=True)
    return listed.order_by("name", "id").iterator(chunk_size=_CHUNK)

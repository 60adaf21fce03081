"""Reading who is in a company: its customers, and the names that vendors and employees hold.

Vendors and employees are read whole, too: a company has few of them, while asking for our names
only would take a request for every few hundred customers of ours.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import partial

from sync.company.paging import Listing, Rows
from sync.models import Party, QuickBooksCompany
from sync.quickbooks.documents import Entity, email_key, name_before_inactive, name_key, phone_key

Kind = Party.Kind
LISTS = {Kind.CUSTOMER: "customers", Kind.VENDOR: "vendors", Kind.EMPLOYEE: "employees"}
READ = "customers"  # what is asked of a company, to have them read
LONGEST_KEY = 500
_CHUNK = 1000
# What a person sees of a customer there, and decides by.
SHOWN = ("name", "full_name", "email", "phone", "currency", "active")


def listings(company: QuickBooksCompany) -> list[Listing]:
    """Return the lists to be read, each counting whom it has."""
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
    return Party.objects.filter(company=company, kind=kind, read_at__gte=begun).count()


def _keep(company: QuickBooksCompany, kind: Kind, rows: Rows, read_at: datetime) -> None:
    keep(party_of(row, company, kind, read_at) for row in rows)


def _end(company: QuickBooksCompany, kind: Kind, begun: datetime) -> int:
    """Who is gone there goes here, too."""
    listed = Party.objects.filter(company=company, kind=kind)
    gone = listed.filter(read_at__lt=begun).order_by("pk")
    while ids := list(gone.values_list("pk", flat=True)[:_CHUNK]):
        Party.objects.filter(pk__in=ids).delete()
    return listed.count()


def party_of(row: Entity, company: QuickBooksCompany, kind: Kind, read_at: datetime) -> Party:
    """Return the party for a row as QuickBooks sends it; `Active` is left out where it is true."""
    name = str(row.get("DisplayName") or row["Id"])
    active = row.get("Active", True) is not False
    key = name_key(name if active else name_before_inactive(name))[:LONGEST_KEY]
    party = Party(
        company=company,
        kind=kind,
        qbo_id=str(row["Id"]),
        name=name,
        name_key=key,
        active=active,
        read_at=read_at,
    )
    if kind is Kind.CUSTOMER:
        _tell_apart(party, row)
    return party


def _tell_apart(party: Party, row: Entity) -> None:
    """Keep of a customer what else it can be known by."""
    full_name = str(row.get("FullyQualifiedName") or "")
    if full_name != party.name:
        party.full_name, full_key = full_name, name_key(full_name)
        party.full_key = full_key if len(full_key) <= LONGEST_KEY else ""
    party.email = email_key(_inner(row, "PrimaryEmailAddr", "Address"))[:254]
    numbers = (_inner(row, name, "FreeFormNumber") for name in ("PrimaryPhone", "Mobile"))
    party.phone = next((key[:30] for number in numbers if (key := phone_key(number))), "")
    party.city = _inner(row, "BillAddr", "City").strip()[:255]
    party.currency = _inner(row, "CurrencyRef", "value")[:3]


def _inner(row: Entity, name: str, inner: str) -> str:
    return str((row.get(name) or {}).get(inner) or "")


def keep(parties: Iterable[Party]) -> None:
    """Keep parties as they were just read."""
    once = {party.qbo_id: party for party in parties}  # a page may shift while it is read
    Party.objects.bulk_create(
        once.values(),
        update_conflicts=True,
        unique_fields=["company", "kind", "qbo_id"],
        update_fields=[*SHOWN, "city", "name_key", "full_key", "read_at"],
    )

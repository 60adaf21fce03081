"""Setting the stand-in up like the company: its settings, lists and customers, as read just now."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from sync.models import QuickBooksCompany, SyncRecord, TaxMode
from sync.quickbooks.books_copy import (
    chart_of,
    lists_of,
    name_in_list,
    note_income,
    with_open_books,
)
from sync.quickbooks.client import Client
from sync.quickbooks.documents import Chart, charged_place, name_key
from sync.quickbooks.lists import with_inactive
from sync.rehearsal.month import Documents
from sync.rehearsal.reading import Row, read_list
from sync.rehearsal.stand_in import StandIn

# Ids or names in one query.
_AT_ONCE = 200
_BY_NAME = ("Customer", "Vendor", "Employee")
_KEPT_BY = {
    TaxMode.Keeps.NOTHING: "never",
    TaxMode.Keeps.UPDATED: "on_update",
    TaxMode.Keeps.SENT: "bare_total",
}


@dataclass(slots=True)
class Furnished:
    """The company in the stand-in, and what both sides are read by."""

    realm_id: str
    preferences: dict[str, Any]
    chart: Chart
    names: dict[tuple[str, str], str] = field(default_factory=dict)
    same_name: dict[str, Row] = field(default_factory=dict)
    """Customers there by name, of those that ours are not linked to yet."""


def furnish(
    client: Client,
    company: QuickBooksCompany,
    documents: Documents,
    stand_in: StandIn,
    switches: Mapping[str, Any],
) -> Furnished:
    """Make a company like it in the stand-in; raise QuickBooksFault and ListIncomplete."""
    info, preferences = client.company_info(), with_open_books(client.preferences())
    country = "US" if company.is_us else company.country
    own = {**_as_proven(company), **switches}
    realm_id = stand_in.company(company.name, country, company.home_currency, own)
    made = Furnished(realm_id, preferences, chart_of(preferences))
    stand_in.load(realm_id, "CompanyInfo", [info])
    stand_in.load(realm_id, "Preferences", [preferences])
    for entity in lists_of(preferences):

        def keep(rows: Sequence[Row], entity: str = entity) -> None:
            stand_in.load(realm_id, entity, rows)
            made.names.update(((entity, str(row["Id"])), name_in_list(row)) for row in rows)
            for row in rows if entity == "Item" else ():
                note_income(made.chart, row)

        read_list(client, entity, keep, where=with_inactive(entity))
    _load_customers(client, company, documents, stand_in, made)
    return made


def _as_proven(company: QuickBooksCompany) -> dict[str, str]:
    """Have taxes kept there as the least that was proven of the company says; else strictly."""
    proven = set(TaxMode.objects.filter(company=company).values_list("keeps", flat=True))
    least = next((value for keeps, value in _KEPT_BY.items() if keeps.value in proven), None)
    return {"tax_override": least} if least else {}


def _load_customers(
    client: Client,
    company: QuickBooksCompany,
    documents: Documents,
    stand_in: StandIn,
    made: Furnished,
) -> None:
    """Load the customers that ours are linked to, and whoever bears the name of one that is not.

    A vendor of a customer's name is in its way, as it is in the real company.
    """
    records = SyncRecord.objects.filter(company=company, customer__in=documents.customers)
    linked = dict(records.exclude(qbo_id="").values_list("customer", "qbo_id"))
    for some in _pieces(sorted(set(linked.values()))):
        rows, _ = client.select_each("Customer", "Id", some, with_inactive("Customer"))
        stand_in.load(made.realm_id, "Customer", rows)
    names = (
        customer.quickbooks_name or customer.display_name
        for customer in documents.customers.order_by("pk").iterator()
        if customer.pk not in linked
    )
    for some in _pieces(dict.fromkeys(names)):
        for entity in _BY_NAME:
            rows, _ = client.select_each(entity, "DisplayName", some)
            stand_in.load(made.realm_id, entity, rows)
            if entity == "Customer":
                made.same_name.update((name_key(str(row["DisplayName"])), row) for row in rows)


class Places:
    """Where invoices were charged by which tax code, as automatic tax goes by the address."""

    def __init__(self) -> None:
        self._seen: Counter[tuple[str, str]] = Counter()

    def note(self, rows: Sequence[Row]) -> None:
        """Take in invoices as they are read."""
        self._seen.update(place for row in rows if (place := charged_place(row)) is not None)

    def usual(self) -> dict[str, str]:
        """Return for each code the state where most was charged by it, each state once."""
        states: dict[str, str] = {}
        for (code, state), _ in self._seen.most_common():
            if code not in states and state not in states.values():
                states[code] = state
        return states


def _pieces(values: Collection[str]) -> Iterator[list[str]]:
    source = iter(values)
    while some := list(islice(source, _AT_ONCE)):
        yield some

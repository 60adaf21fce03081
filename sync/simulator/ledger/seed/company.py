"""Makes companies: the sample company, variants of it, and others by seed."""

import random
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from sync.simulator.ledger.books.books import Books, Document
from sync.simulator.ledger.books.currencies import set_rate
from sync.simulator.ledger.books.money import CURRENCIES
from sync.simulator.ledger.seed import data
from sync.simulator.ledger.seed.preferences import company_info, preferences
from sync.simulator.ledger.seed.sales import seed_sales
from sync.simulator.ledger.writing.operations import create, update
from sync.simulator.wire import Json, short_time

RATES_BEGAN = timedelta(days=800)
# Nobody enters fifty thousand customers in a second: long lists grew in the course of a year.
ENTERED_EVERY = timedelta(minutes=10)
SAMPLE_NAME = "Riverside LLC"


@dataclass(frozen=True, slots=True)
class Variant:
    """How a company differs from the sample company."""

    country: str = "US"
    currency: str = "USD"
    automatic_tax: bool = False
    more_rates: bool = False
    multicurrency: bool = False
    class_per_line: bool = False
    messy: bool = False
    empty: bool = False
    more_items: int = 0
    more_customers: int = 0


VARIANTS = {
    "us": Variant(),
    "us_ast": Variant(automatic_tax=True),
    "us_manual": Variant(more_rates=True),
    "canada": Variant(country="CA", currency="CAD", multicurrency=True),
    "europe": Variant(country="IE", currency="EUR"),
    "multicurrency": Variant(multicurrency=True),
    "class_lines": Variant(class_per_line=True),
    "messy": Variant(messy=True),
    "empty": Variant(empty=True),
    "large": Variant(empty=True, more_items=4980, more_customers=50_000),
}
NAMES = {
    "us": SAMPLE_NAME,
    "us_ast": "Harborview Cleaning Co",
    "us_manual": "Three Rivers Hauling",
    "canada": "Maple Crest Services Ltd",
    "europe": "Liffey Bank Services Ltd",
    "multicurrency": "Borderline Movers",
    "class_lines": "Sunridge Lawn and Home",
    "messy": "Old Mill Services",
    "empty": "Blank Slate Services",
    "large": "Grand Total Facilities",
}


def variant_of(name: str) -> Variant:
    """A variant by name; ValueError for an unknown one."""
    if name not in VARIANTS:
        raise ValueError(f"a company's variant is one of {', '.join(VARIANTS)}")
    return VARIANTS[name]


def seed_company(books: Books, variant: Variant, seed: int) -> None:
    """Fill the books of a company that has just been made; the same seed makes the same books."""
    chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
    _place(books, "CompanyInfo", "1", company_info(books, chance))
    _place(books, "Preferences", "1", preferences(variant.automatic_tax, variant, books))
    _seed_taxes(books, variant)
    _seed_currencies(books, variant)
    _seed_accounts(books)
    _seed_lists(books)
    _keep(books)
    if not variant.empty:
        _seed_parties(books, chance, seed)
        _keep(books)
        seed_sales(books, chance)
        _keep(books)
    _seed_many(books, variant)
    if variant.messy:
        _make_messy(books)
        _keep(books)
    books.events.clear()
    books.flush()


def _keep(books: Books) -> None:
    """Accept what was made, and let what follows refer to it, unlike in a batch."""
    books.keep()
    books.fresh.clear()


def _place(books: Books, kind: str, id_: str, body: Json, hidden: Json | None = None) -> Document:
    times = {"CreateTime": books.stamp, "LastUpdatedTime": books.stamp}
    head = {"domain": "QBO", "sparse": False, "Id": id_, "SyncToken": "0", "MetaData": times}
    document = Document(kind, id_, head | body, hidden=hidden or {})
    books.put(document)
    return document


def _make(books: Books, kind: str, body: Json, id_: str | None = None) -> Document:
    if id_ is not None:
        books.set_last_id(kind, int(id_) - 1)
    return create(books, kind, body)


def _table(text: str) -> list[list[str]]:
    return [line.split("|") for line in text.strip().splitlines()]


def _seed_taxes(books: Books, variant: Variant) -> None:
    country = variant.country
    for id_, name in data.AGENCIES[country]:
        tracked = {"TaxTrackedOnSales": True, "TaxTrackedOnPurchases": country != "US"}
        _place(books, "TaxAgency", id_, {"DisplayName": name} | tracked)
    if country == "US":
        for name, taxable in (("TAX", True), ("NON", False), ("CustomSalesTax", True)):
            flags = {"Taxable": taxable, "TaxGroup": False, "Active": True}
            _place(books, "TaxCode", name, {"Name": name, "Description": name} | flags)
    taxes = data.TAXES[country]
    if variant.more_rates:
        taxes = (*taxes, *data.MORE_US_TAXES)
    for tax in taxes:
        _seed_tax(books, tax)
    books.set_last_id("TaxCode", 10)
    books.set_last_id("TaxRate", 20)


def _seed_tax(books: Books, tax: data.Tax) -> None:
    id_, name, description, state, rates = tax
    entries = []
    for order, (rate_id, rate_name, percent, agency) in enumerate(rates):
        rate = {"Name": rate_name, "Description": rate_name, "Active": True}
        rate |= {"RateValue": Decimal(percent), "AgencyRef": {"value": agency}}
        rate |= {"SpecialTaxType": "NONE", "DisplayType": "ReadOnly"}
        _place(books, "TaxRate", rate_id, rate)
        entries.append(
            {
                "TaxRateRef": {"value": rate_id, "name": rate_name},
                "TaxTypeApplicable": "TaxOnAmount",
                "TaxOrder": order,
            }
        )
    body: Json = {"Name": name, "Description": description, "Active": True, "Taxable": True}
    body |= {"TaxGroup": True, "SalesTaxRateList": {"TaxRateDetail": entries}}
    body |= {"PurchaseTaxRateList": {"TaxRateDetail": []}}
    _place(books, "TaxCode", id_, body, {"state": state} if state else None)


def _seed_currencies(books: Books, variant: Variant) -> None:
    if not variant.multicurrency:
        return
    for position, (code, rate) in enumerate(data.CURRENCY_RATES[variant.currency], 1):
        body = {"Code": code, "Name": CURRENCIES[code], "Active": True}
        _place(books, "CompanyCurrency", str(position), body)
        set_rate(books, code, books.today - RATES_BEGAN, Decimal(rate))
        books.set_last_id("CompanyCurrency", position)


def _seed_accounts(books: Books) -> None:
    for id_, name, kind, subtype in _table(data.ACCOUNTS):
        account = {"Name": name, "AccountType": kind, "AccountSubType": subtype}
        _make(books, "Account", account, id_)


def _seed_lists(books: Books) -> None:
    for id_, name, kind in _table(data.METHODS):
        _make(books, "PaymentMethod", {"Name": name, "Type": kind}, id_)
    for id_, name, days in data.TERMS:
        _make(books, "Term", {"Name": name, "DueDays": days}, id_)
    for kind, names in (("Class", data.CLASSES), ("Department", data.DEPARTMENTS)):
        for name in names:
            _make(books, kind, {"Name": name})
    for row in _table(data.ITEMS):
        _seed_item(books, row)


def _seed_item(books: Books, row: list[str]) -> None:
    id_, name, kind, price, income, taxed, cost = row
    body: Json = {"Name": name, "Type": kind, "UnitPrice": Decimal(price)}
    body |= {"IncomeAccountRef": {"value": income}, "Taxable": taxed == "yes"}
    if cost:
        body["ExpenseAccountRef"] = {"value": cost}
    if kind == "Inventory":
        start = books.today.replace(year=books.today.year - 2, day=1).isoformat()
        body |= {"AssetAccountRef": {"value": "81"}, "InvStartDate": start}
        body |= {"QtyOnHand": Decimal(400), "PurchaseCost": Decimal(price) / 2}
    _make(books, "Item", body, id_)


def _seed_many(books: Books, variant: Variant) -> None:
    """Fill long lists with entries that differ in their name alone."""
    for kind, count, first, body in (
        ("Item", variant.more_items, 21, data.ONE_OF_MANY_ITEMS),
        ("Customer", variant.more_customers, 1, data.ONE_OF_MANY_CUSTOMERS),
    ):
        for id_ in range(first, first + count):
            name = f"{kind} {id_:05}"
            named = {key: value.format(name) for key, value in data.NAMED[kind].items()}
            entered = short_time(books.now - ENTERED_EVERY * (first + count - id_))
            times = {"CreateTime": entered, "LastUpdatedTime": entered}
            _place(books, kind, str(id_), {"MetaData": times} | named | body)
        if count:
            books.set_last_id(kind, first + count - 1)
            _keep(books)


def _seed_parties(books: Books, chance: random.Random, seed: int) -> None:
    names = data.CUSTOMERS if seed == 0 else _invented(chance)
    made = {}
    for name in names:
        made[name] = _make(books, "Customer", _customer(books, chance, name))
    parents = data.SUB_CUSTOMERS if seed == 0 else {names[1]: ("Main Site", "Annex")}
    for parent, children in parents.items():
        for child in children:
            body = {"DisplayName": f"{parent} - {child}", "ParentRef": {"value": made[parent].id}}
            _make(books, "Customer", body | {"Job": True, "BillWithParent": True})
    for name in data.VENDORS:
        _make(books, "Vendor", {"DisplayName": name, "CompanyName": name})
    for given, family in data.EMPLOYEES:
        _make(books, "Employee", {"GivenName": given, "FamilyName": family})


def _invented(chance: random.Random) -> tuple[str, ...]:
    people = [f"{last}, {first}" for last in data.LAST for first in data.FIRST]
    firms = [f"{last} {trade}" for last in data.LAST for trade in data.TRADES]
    return tuple(sorted(chance.sample(people, 22) + chance.sample(firms, 16)))


def _customer(books: Books, chance: random.Random, name: str) -> Json:
    city, state, code = chance.choice(data.CITIES[books.company.country])
    street = f"{chance.randint(10, 4999)} {chance.choice(data.STREETS)}"
    address = {"Line1": street, "City": city, "CountrySubDivisionCode": state, "PostalCode": code}
    body: Json = {"DisplayName": name, "BillAddr": address, "ShipAddr": address}
    family, _, given = name.partition(", ")
    if given:
        body |= {"GivenName": given, "FamilyName": family}
    else:
        body["CompanyName"] = name
    body["PrimaryPhone"] = {"FreeFormNumber": f"(555) 555-{chance.randint(100, 9999):04d}"}
    body["PrimaryEmailAddr"] = {"Address": f"billing{chance.randint(100, 999)}@example.com"}
    body["Taxable"] = chance.random() < 0.7
    return body


def _make_messy(books: Books) -> None:
    """Inactive accounts, renamed Undeposited Funds, equal names, closed books."""

    def change(kind: str, id_: str, **properties: object) -> None:
        document = books.get(kind, id_)
        token = document.body["SyncToken"] if document else "0"
        update(books, kind, {"Id": id_, "SyncToken": token, "sparse": True, **properties})

    change("Account", "4", Name="Payments to deposit")
    change("Account", "36", Active=False)
    change("Account", "47", Active=False)
    change("Item", "12", Active=False)
    change("PaymentMethod", "5", Active=False)
    first = books.get("Customer", "4")
    if first is not None:
        name = str(first.body["DisplayName"])
        change("Customer", "4", Active=False)
        create(books, "Vendor", {"DisplayName": name, "PrintOnCheckName": name})
    closed = books.today.replace(day=1).replace(month=1).isoformat()
    change("Preferences", "1", AccountingInfoPrefs={"BookCloseDate": closed})

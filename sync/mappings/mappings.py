"""Mappings: how our words become a company's entries, loaded once for many documents."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Self, TypeVar

from sync.mappings.local_terms import method_words, service_words, tax_words
from sync.models import (
    BusinessUnit,
    ItemMapping,
    MethodMapping,
    QuickBooksCompany,
    ReferenceEntry,
    TaxMapping,
    TaxMode,
    TermMapping,
    UnitMapping,
)
from sync.quickbooks.documents import Rate
from sync.words import stored


@dataclass(frozen=True, slots=True)
class TaxRates:
    """The percentages that a company's tax rates charge, by id, as last read."""

    percents: Mapping[str, Decimal]

    @classmethod
    def of_companies(cls, company_ids: Collection[int]) -> dict[int, Self]:
        """Load those of many companies, in one query."""
        rows = ReferenceEntry.objects.filter(
            company__in=company_ids, kind=ReferenceEntry.Kind.TAX_RATE
        )
        read: dict[int, dict[str, Decimal]] = {pk: {} for pk in company_ids}
        for company_id, id_, data in rows.values_list("company_id", "qbo_id", "data"):
            if (percent := _percent(data)) is not None:
                read[company_id][id_] = percent
        return {pk: cls(percents) for pk, percents in read.items()}

    def of_code(self, code: ReferenceEntry) -> tuple[Rate, ...] | None:
        """Return what a code charges; None where it cannot be known, as of a tax on a tax."""
        details = _details(code)
        on_amount = all(each.get("TaxTypeApplicable") == "TaxOnAmount" for each in details)
        ids = rate_ids(code)
        if not on_amount or any(id_ not in self.percents for id_ in ids):
            return None
        return tuple(Rate(id_, self.percents[id_]) for id_ in ids)


@dataclass(frozen=True, slots=True)
class MappedEntries:
    """The rows that map the words of a company and of one unit of it, as a set-up is judged."""

    items: dict[str, ItemMapping]
    methods: dict[str, MethodMapping]
    taxes: dict[tuple[str, bool], TaxMapping]
    unit: UnitMapping | None
    terms: TermMapping | None
    discount_account: ReferenceEntry | None

    @classmethod
    def of(cls, company: QuickBooksCompany, unit: BusinessUnit) -> Self:
        """Load everything, in a fixed number of queries."""
        return cls.of_units([(company, unit)])[unit.pk]

    @classmethod
    def of_units(cls, pairs: Sequence[tuple[QuickBooksCompany, BusinessUnit]]) -> dict[int, Self]:
        """Load everything of many units, each with its company, in as many queries as of one."""
        return {unit_id: cls(**rows) for unit_id, rows in _rows_of(pairs).items()}

    @property
    def class_id(self) -> str:
        """Return the Class of the unit, empty where it has none."""
        return (self.unit and _usable(self.unit.quickbooks_class)) or ""

    @property
    def department_id(self) -> str:
        """Return the Department of the unit, empty where it has none."""
        return (self.unit and _usable(self.unit.department)) or ""

    @property
    def term(self) -> ReferenceEntry | None:
        """Return the unit's terms."""
        return self.terms.term if self.terms else None

    def inactive(self, among: Collection[str] | None = None) -> list[str]:
        """Name each mapping whose entry is inactive in QuickBooks, in words.

        `among` are the entries asked about, each as its kind and id (`key_of`); none means all.
        """
        return [
            stored(
                "%(what)s is set to %(name)s, which is inactive in QuickBooks: choose another.",
                what=what,
                name=entry.name,
            )
            for what, entry in self._pointed_at()
            if entry is not None and not entry.active and (among is None or key_of(entry) in among)
        ]

    def _pointed_at(self) -> Iterable[tuple[str, ReferenceEntry | None]]:
        for service, item in self.items.items():
            yield service_words(service), item.item
        for word, method in self.methods.items():
            yield method_words(word), method.payment_method
            into = (
                stored("The deposit account of %(word)s", word=word)
                if word
                else stored("The deposit account of other payment methods")
            )
            yield into, method.deposit_account
        for (code, taxable), tax in self.taxes.items():
            yield tax_words(code, taxable=taxable), tax.quickbooks_tax_code
        if self.unit:
            yield stored("The unit's class"), self.unit.quickbooks_class
            yield stored("The unit's location"), self.unit.department
        yield stored("The discount account"), self.discount_account
        yield stored("The unit's terms"), self.term


@dataclass(frozen=True, slots=True)
class Mappings(MappedEntries):
    """The mappings of a company, and of one unit of it, with all that documents are made by.

    A word has its own row or takes the default's. A row that points at an inactive entry answers
    for its word with None: it never falls to the default, as that would post elsewhere silently.
    So does a word for a tax where codes name rates: another rate would be charged.
    """

    tax_codes_name_rates: bool
    tax_rates: TaxRates
    tax_modes: Mapping[str, TaxMode]

    @classmethod
    def of_units(cls, pairs: Sequence[tuple[QuickBooksCompany, BusinessUnit]]) -> dict[int, Self]:
        """Load everything of many units, each with its company, in as many queries as of one."""
        ids = {company.pk for company, _ in pairs}
        rows, rates = _rows_of(pairs), TaxRates.of_companies(ids)
        modes = _by_company(
            TaxMode.objects.filter(company__in=ids).select_related("liability_item")
        )
        return {
            unit.pk: cls(
                **rows[unit.pk],
                tax_codes_name_rates=not company.is_us or company.names_sales_tax,
                tax_rates=rates[company.pk],
                tax_modes={mode.key: mode for mode in modes[company.pk]},
            )
            for company, unit in pairs
        }

    def item_id(self, service: str) -> str | None:
        """Return the Item of a service."""
        row = self.items.get(service) or self.items.get("")
        return _usable(row.item) if row else None

    def method(self, method: str) -> tuple[str, str] | None:
        """Return the PaymentMethod, empty for none, and the deposit account of a method."""
        row = self.methods.get(method) or self.methods.get("")
        if row is None or _inactive(row.payment_method, row.deposit_account):
            return None
        method_id = row.payment_method.qbo_id if row.payment_method else ""
        return method_id, row.deposit_account.qbo_id

    def tax_code_id(self, tax_code: str, taxable: bool) -> str | None:  # noqa: FBT001 - a value
        """Return the TaxCode of a line."""
        row = self.taxes.get((tax_code, taxable))
        if row is None and not (tax_code and taxable and self.tax_codes_name_rates):
            row = self.taxes.get(("", taxable))
        return _usable(row.quickbooks_tax_code) if row else None

    def rates(self, code_id: str) -> tuple[Rate, ...] | None:
        """Return what a mapped tax code charges on sales; None where that cannot be known."""
        codes = (row.quickbooks_tax_code for row in self.taxes.values())
        code = next((entry for entry in codes if entry.qbo_id == code_id), None)
        return self.tax_rates.of_code(code) if code else None

    def tax_name(self, code_id: str) -> str:
        """Return what a mapped tax code is called in QuickBooks."""
        codes = (row.quickbooks_tax_code for row in self.taxes.values())
        return next((entry.name for entry in codes if entry.qbo_id == code_id), code_id)

    @property
    def discount_account_id(self) -> str | None:
        """Return the account that discounts are taken from."""
        return _usable(self.discount_account)

    def term_id(self, issued_on: date, due_on: date | None) -> str:
        """Return the unit's terms, empty where it has none or they contradict the due date."""
        if self.term is None or not self.term.active:
            return ""
        days = self.term.data.get("DueDays")
        if due_on is not None and (days is None or issued_on + timedelta(days=int(days)) != due_on):
            return ""
        return self.term.qbo_id


class CompanyMappings:
    """The mappings of one company, those of each of its units loaded once: for one transaction."""

    def __init__(self, company: QuickBooksCompany) -> None:
        self.company = company
        self._of: dict[int, Mappings] = {}

    def of(self, unit: BusinessUnit) -> Mappings:
        """Return those of a unit."""
        if unit.pk not in self._of:
            self._of[unit.pk] = Mappings.of(self.company, unit)
        return self._of[unit.pk]


def _rows_of(
    pairs: Sequence[tuple[QuickBooksCompany, BusinessUnit]],
) -> dict[int, dict[str, Any]]:
    """Return the fields of `MappedEntries` by unit."""
    of: dict[str, Any] = {"company__in": {company.pk for company, _ in pairs}}
    items = _by_company(ItemMapping.objects.filter(**of).select_related("item"))
    methods = _by_company(
        MethodMapping.objects.filter(**of).select_related("payment_method", "deposit_account")
    )
    taxes = _by_company(TaxMapping.objects.filter(**of).select_related("quickbooks_tax_code"))
    of["business_unit__in"] = {unit.pk for _, unit in pairs}
    units = _by_unit(
        UnitMapping.objects.filter(**of).select_related("quickbooks_class", "department")
    )
    terms = _by_unit(TermMapping.objects.filter(**of).select_related("term"))
    return {
        unit.pk: {
            "items": {row.service: row for row in items[company.pk]},
            "methods": {row.method: row for row in methods[company.pk]},
            "taxes": {(row.tax_code, row.taxable): row for row in taxes[company.pk]},
            "unit": units.get((company.pk, unit.pk)),
            "terms": terms.get((company.pk, unit.pk)),
            "discount_account": company.discount_account,
        }
        for company, unit in pairs
    }


Row = TypeVar("Row", ItemMapping, MethodMapping, TaxMapping, TaxMode)
OfUnit = TypeVar("OfUnit", UnitMapping, TermMapping)


def _by_company(rows: Iterable[Row]) -> Mapping[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.company_id].append(row)
    return found


def _by_unit(rows: Iterable[OfUnit]) -> dict[tuple[int, int], OfUnit]:
    return {(row.company_id, row.business_unit_id): row for row in rows}


def key_of(entry: ReferenceEntry) -> str:
    """Return what tells an entry from all others of its company."""
    return f"{entry.kind} {entry.qbo_id}"


def _usable(entry: ReferenceEntry | None) -> str | None:
    return entry.qbo_id if entry is not None and entry.active else None


def _inactive(*entries: ReferenceEntry | None) -> bool:
    return any(entry is not None and not entry.active for entry in entries)


def rate_ids(code: ReferenceEntry) -> list[str]:
    """Return the ids of the rates that a tax code charges on sales, in QuickBooks' order."""
    return [str(each["TaxRateRef"]["value"]) for each in _details(code)]


def _details(code: ReferenceEntry) -> list[dict[str, Any]]:
    listed = code.data.get("SalesTaxRateList") or {}
    return [each for each in listed.get("TaxRateDetail") or [] if "TaxRateRef" in each]


def _percent(data: Mapping[str, object]) -> Decimal | None:
    try:
        percent = Decimal(str(data.get("RateValue")))
    except InvalidOperation:
        return None
    return percent if percent.is_finite() else None

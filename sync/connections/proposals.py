"""Proposed mappings: what a usual company needs to export at once, where no person has chosen."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Min

from sync.connections import guesses, words
from sync.connections.guesses import Guess
from sync.connections.reference import Kind, active
from sync.models import (
    BusinessUnit,
    CorporateDefault,
    Invoice,
    ItemMapping,
    MethodMapping,
    QuickBooksCompany,
    ReferenceEntry,
    TaxMapping,
    UnitMapping,
)

_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)


class Defaults:
    """What the whole franchise calls things in QuickBooks, read once for a company."""

    basis = "the corporate default"

    def __init__(self) -> None:
        rows = CorporateDefault.objects.values_list("kind", "word", "name")
        self._names = {(kind, word.casefold()): name for kind, word, name in rows}

    def guess(
        self, kind: str, word: str, entries: Sequence[ReferenceEntry], otherwise: Guess | None
    ) -> Guess | None:
        """Return the entry that the default names, or the other guess where there is none."""
        name = self._names.get((kind, word.casefold()))
        found = guesses.named(name, entries) if name else None
        return Guess(found, self.basis) if found else otherwise


def propose_everywhere() -> int:
    """Propose anew in every company that was read, as after a corporate default changed."""
    companies = list(QuickBooksCompany.objects.exclude(verified_at=None))
    for company in companies:
        propose(company)
    return len(companies)


def propose(company: QuickBooksCompany) -> None:
    """Propose every mapping that is missing or whose proposal became inactive.

    What a person chose is never touched, and a proposal that still holds stays as it is.
    """
    defaults = Defaults()
    _propose_items(company, defaults)
    _propose_methods(company, defaults)
    _propose_tax_codes(company, defaults)
    _propose_discount_account(company)
    for unit in company.business_units.all():
        _propose_unit(company, unit)


def propose_start_date(company: QuickBooksCompany, unit: BusinessUnit) -> str:
    """Give a unit without one a start date; return what it rests on, empty when it has one."""
    start, basis = start_date(company, unit)
    with transaction.atomic():
        current = BusinessUnit.objects.select_for_update().get(pk=unit.pk)
        if current.export_start_date is not None:
            return ""
        current.export_start_date = start
        current._change_reason = f"Proposed: {basis}"  # type: ignore[attr-defined]
        current.save(update_fields=["export_start_date"])
    unit.export_start_date = start
    return basis


def start_date(company: QuickBooksCompany, unit: BusinessUnit) -> tuple[date, str]:
    """Return from when invoices should be offered, and why."""
    if company.book_close_date:
        closed = f"{company.book_close_date:%-d %B %Y}"
        return company.book_close_date + timedelta(days=1), f"the books are closed through {closed}"
    oldest = Invoice.objects.filter(business_unit=unit).aggregate(day=Min("issued_on"))["day"]
    if oldest:
        return oldest, "the date of the oldest invoice"
    return _fiscal_year_start(company, unit.today()), "the first day of the fiscal year"


def _fiscal_year_start(company: QuickBooksCompany, today: date) -> date:
    name = str(company.preference("CompanyInfo", "FiscalYearStartMonth") or "").lower()
    start = date(today.year, _MONTHS.index(name) + 1 if name in _MONTHS else 1, 1)
    return start if start <= today else start.replace(year=start.year - 1)


def _propose_items(company: QuickBooksCompany, defaults: Defaults) -> None:
    items = list(active(company, Kind.ITEM))
    found = {"": guesses.default_item(items)} | {
        service: guesses.item(service, items)
        for service in words.services(company.business_units.all())
    }
    for service, guess in found.items():
        chosen = defaults.guess("item", service, items, guess)
        _keep(ItemMapping, {"company": company, "service": service}, "item", chosen)


def _propose_methods(company: QuickBooksCompany, defaults: Defaults) -> None:
    accounts = list(active(company, Kind.ACCOUNT))
    usual = defaults.guess("deposit", "", accounts, guesses.deposit_account(accounts))
    if usual is None:
        return
    methods = list(active(company, Kind.PAYMENT_METHOD))
    _keep(MethodMapping, {"company": company, "method": ""}, "deposit_account", usual)
    for word in words.methods(company.business_units.all()):
        guess = defaults.guess("method", word, methods, guesses.payment_method(word, methods))
        account = defaults.guess("deposit", word, accounts, usual) or usual
        into = {"deposit_account": account.entry}
        _keep(MethodMapping, {"company": company, "method": word}, "payment_method", guess, into)


def _propose_tax_codes(company: QuickBooksCompany, defaults: Defaults) -> None:
    codes = list(active(company, Kind.TAX_CODE))
    field = "quickbooks_tax_code"
    for taxable in (True, False):
        guess = guesses.tax_code(codes, taxable=taxable, is_us=company.is_us)
        _keep(TaxMapping, {"company": company, "tax_code": "", "taxable": taxable}, field, guess)
    if company.is_us:
        return  # lines of US companies carry TAX or NON and nothing else
    for word, taxable in words.tax_codes(company.business_units.all()):
        key = {"company": company, "tax_code": word, "taxable": taxable}
        guess = defaults.guess("tax", word, codes, guesses.tax_code_named(word, codes))
        _keep(TaxMapping, key, field, guess)


def _propose_discount_account(company: QuickBooksCompany) -> None:
    if company.discount_account_id is None:
        own = str(company.preference("SalesFormsPrefs", "DefaultDiscountAccount") or "")
        guess = guesses.discount_account(list(active(company, Kind.ACCOUNT)), own)
        if guess:
            company.discount_account = guess.entry
            company.save(update_fields=["discount_account"])


def _propose_unit(company: QuickBooksCompany, unit: BusinessUnit) -> None:
    """Propose a class or a location only where it bears the unit's own name."""
    if company.tracks_classes_per_line or company.tracks_classes_per_transaction:
        found = guesses.named(unit.name, active(company, Kind.CLASS))
        field = "quickbooks_class"
    elif company.tracks_departments:
        found = guesses.named(unit.name, active(company, Kind.DEPARTMENT))
        field = "department"
    else:
        return
    guess = Guess(found, "same name as the unit") if found else None
    _keep(UnitMapping, {"company": company, "business_unit": unit}, field, guess)


def _keep(
    model: Any,
    key: dict[str, Any],
    field: str,
    guess: Guess | None,
    also: dict[str, ReferenceEntry] | None = None,
) -> None:
    """Keep a guess as a proposal, unless a person chose or the last proposal still holds."""
    if guess is None:
        return
    values = {field: guess.entry, "basis": guess.basis, **(also or {})}
    with transaction.atomic():
        row, created = model.objects.get_or_create(**key, defaults=values)
        if created or not row.basis:
            return
        proposed: ReferenceEntry | None = getattr(row, field)
        is_due = guess.basis == Defaults.basis and proposed != guess.entry
        if proposed is None or not proposed.active or is_due:
            for name, value in values.items():
                setattr(row, name, value)
            row.save()

"""Proposed mappings: what a usual company needs to export at once, where no person has chosen."""

from datetime import date, timedelta

from django.db import transaction
from django.db.models import Min

from sync.company.isolation import apart
from sync.mappings import guesses, local_terms
from sync.mappings.guesses import Guess
from sync.mappings.propose import Defaults, Proposing, is_due
from sync.mappings.reference import Kind, active
from sync.models import (
    BusinessUnit,
    Invoice,
    ItemMapping,
    MethodMapping,
    QuickBooksCompany,
    ReferenceEntry,
    TaxMapping,
    TermMapping,
    UnitMapping,
)
from sync.words import plainly, stored

_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)


def propose_everywhere() -> int:
    """Propose anew in every company that was read, as after a corporate default changed."""
    companies = list(QuickBooksCompany.objects.exclude(verified_at=None))
    apart(companies, propose)
    return len(companies)


def propose(company: QuickBooksCompany) -> None:
    """Propose every mapping that is missing or whose proposal became inactive.

    What a person chose is never touched, and a proposal that still holds stays as it is.
    """
    defaults = Defaults()
    used = local_terms.used_by(company.business_units.all())
    _propose_items(company, defaults, used.services)
    _propose_methods(company, defaults, used.methods)
    _propose_tax_codes(company, defaults, used.tax_codes)
    _propose_discount_account(company, defaults)
    for unit in company.business_units.all():
        _propose_unit(company, unit)
        _propose_terms(company, unit, defaults)


def propose_start_date(company: QuickBooksCompany, unit: BusinessUnit) -> str:
    """Give a unit without one a start date; return what it rests on, empty when it has one."""
    start, basis = start_date(company, unit)
    with transaction.atomic():
        current = BusinessUnit.objects.select_for_update().get(pk=unit.pk)
        if current.export_start_date is not None:
            return ""
        current.export_start_date = start
        current._change_reason = plainly(stored("Proposed: %(basis)s", basis=basis))  # type: ignore[attr-defined]
        current.save(update_fields=["export_start_date"])
    unit.export_start_date = start
    return basis


def start_date(company: QuickBooksCompany, unit: BusinessUnit) -> tuple[date, str]:
    """Return from when invoices should be offered, and why."""
    if company.book_close_date:
        closed = company.book_close_date
        words = stored("the books are closed through %(day)s", day=closed)
        return closed + timedelta(days=1), words
    oldest = Invoice.objects.filter(business_unit=unit).aggregate(day=Min("issued_on"))["day"]
    if oldest:
        return oldest, stored("the date of the oldest invoice")
    return _fiscal_year_start(company, unit.today()), stored("the first day of the fiscal year")


def _fiscal_year_start(company: QuickBooksCompany, today: date) -> date:
    name = str(company.preference("CompanyInfo", "FiscalYearStartMonth") or "").lower()
    start = date(today.year, _MONTHS.index(name) + 1 if name in _MONTHS else 1, 1)
    return start if start <= today else start.replace(year=start.year - 1)


def _propose_items(company: QuickBooksCompany, defaults: Defaults, services: list[str]) -> None:
    asked = services + defaults.names("item")
    items = guesses.items_to_guess_from(asked, active(company, Kind.ITEM))
    found = {"": guesses.default_item(items)} | {
        service: guesses.item(service, items) for service in services
    }
    proposing = Proposing(ItemMapping, company, "service")
    for service, guess in found.items():
        chosen = defaults.guess("item", service, items, guess)
        proposing.keep(chosen, "item", service=service)


def _propose_methods(company: QuickBooksCompany, defaults: Defaults, words: list[str]) -> None:
    accounts = list(active(company, Kind.ACCOUNT))
    usual = defaults.guess("deposit", "", accounts, guesses.deposit_account(accounts))
    if usual is None:
        return
    methods = list(active(company, Kind.PAYMENT_METHOD))
    proposing = Proposing(MethodMapping, company, "method")
    proposing.keep(usual, "deposit_account", method="")
    for word in words:
        guess = defaults.guess("method", word, methods, guesses.payment_method(word, methods))
        own = defaults.guess("deposit", word, accounts, None)
        if guess is None:
            proposing.keep(own, "deposit_account", method=word)
            continue
        into = {"deposit_account": (own or usual).entry}
        basis = own.basis if own else guess.basis
        proposing.keep(Guess(guess.entry, basis), "payment_method", into, method=word)


def _propose_tax_codes(
    company: QuickBooksCompany, defaults: Defaults, used: list[tuple[str, bool]]
) -> None:
    codes = list(active(company, Kind.TAX_CODE))
    proposing = Proposing(TaxMapping, company, "tax_code", "taxable")
    field = "quickbooks_tax_code"
    for taxable in (True, False):
        guess = guesses.tax_code(codes, taxable=taxable, is_us=company.is_us)
        if taxable and company.names_sales_tax:
            guess = guesses.usual_tax(codes, company.usual_sales_tax) or guess
        proposing.keep(guess, field, tax_code="", taxable=taxable)
    if company.is_us and not company.names_sales_tax:
        return  # QuickBooks works it out: lines carry TAX or NON and nothing else
    for word, taxable in used:
        if company.is_us and not taxable:
            continue
        guess = defaults.guess("tax", word, codes, guesses.tax_code_named(word, codes))
        proposing.keep(guess, field, tax_code=word, taxable=taxable)


def _propose_discount_account(company: QuickBooksCompany, defaults: Defaults) -> None:
    accounts = list(active(company, Kind.ACCOUNT))
    own = str(company.preference("SalesFormsPrefs", "DefaultDiscountAccount") or "")
    guess = defaults.guess("discount", "", accounts, guesses.discount_account(accounts, own))
    current, basis = company.discount_account, company.discount_basis
    is_chosen = not basis and (current is not None or _was_taken_back(company))
    if guess is None or is_chosen or not is_due(current, basis, guess, guess.entry):
        return
    company.discount_account, company.discount_basis = guess.entry, guess.basis
    company.save(update_fields=["discount_account", "discount_basis"])


def _was_taken_back(company: QuickBooksCompany) -> bool:
    """Whether there was a discount account before, so that a person chose to have none."""
    earlier = QuickBooksCompany.history.filter(id=company.pk)
    return bool(earlier.exclude(discount_account=None).exists())


def _propose_unit(company: QuickBooksCompany, unit: BusinessUnit) -> None:
    """Propose a class and a location only where they bear the unit's own name."""
    found: dict[str, ReferenceEntry | None] = {}
    if company.tracks_classes_per_line or company.tracks_classes_per_transaction:
        found["quickbooks_class"] = guesses.named(unit.name, active(company, Kind.CLASS))
    if company.tracks_departments:
        found["department"] = guesses.named(unit.name, active(company, Kind.DEPARTMENT))
    named = {field: entry for field, entry in found.items() if entry is not None}
    for field, entry in list(named.items())[:1]:
        guess = Guess(entry, stored("same name as the unit"))
        proposing = Proposing(UnitMapping, company, "business_unit")
        proposing.keep(guess, field, named, business_unit=unit)


def _propose_terms(company: QuickBooksCompany, unit: BusinessUnit, defaults: Defaults) -> None:
    entries = list(active(company, Kind.TERM))
    guess = guesses.terms(local_terms.days_until_due(unit), entries)
    chosen = defaults.guess("terms", "", entries, guess)
    Proposing(TermMapping, company, "business_unit").keep(chosen, "term", business_unit=unit)

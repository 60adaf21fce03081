"""Readiness: what stops every export of a unit, in a bookkeeper's words."""

from collections.abc import Iterator

from sync.connections.check import RED
from sync.connections.checks import company_checks
from sync.mappings.mappings import Mappings
from sync.models import BusinessUnit, Invoice, InvoiceLine, QuickBooksCompany, UnitSetup


def missing_setup(unit: BusinessUnit, *, for_trial: bool = False) -> list[str]:
    """Say what is missing before anything of the unit can be exported; empty when it is ready.

    With `for_trial` it is what stops even the trial export of one invoice, the step before last.
    No network and a fixed number of queries; single documents are not looked at.
    """
    company = unit.quickbooks_company
    if company is None or company.status == QuickBooksCompany.Status.DISCONNECTED:
        return [f"{unit} is not connected to QuickBooks."]
    if not company.is_connected:
        return [f"The connection to {company} has ended: reconnect it."]
    if company.verified_at is None:
        return [f"{company} has not been verified yet: wait for it, or choose Verify again."]
    setup = unit.setup
    if setup is None or setup.confirmed_at is None:
        return [f"Confirm that {company} is the company that {unit} posts to."]
    lacking = lacking_in(unit, company)
    if setup.accepted_at is None:
        lacking.append("Look through the mappings and the start date, and save them.")
    elif words := books_open(unit, company, setup):
        lacking.append(words)
    elif setup.finished_at is None and not for_trial and not lacking:
        lacking.append("Export one invoice as a trial, or skip that, and finish the set-up.")
    return lacking


def books_open(unit: BusinessUnit, company: QuickBooksCompany, setup: UnitSetup) -> str:
    """Say that what QuickBooks holds already is to be looked at; empty where it was, or is skipped.

    A start date that was moved back opens the step again: what is older was never read.
    """
    start = unit.export_start_date
    if setup.books == UnitSetup.Books.OPEN:
        if setup.books_read_at is None:
            return f"What {company} holds already was not read yet: wait for it, or read it again."
        return f"Decide about what {company} holds already, and finish that step or skip it."
    is_older = start is not None and setup.books_since is not None and start < setup.books_since
    if setup.books == UnitSetup.Books.DONE and is_older:
        return (
            f"Exports start on an earlier day than {company} was read from: read again what it"
            " holds, or skip that."
        )
    return ""


def lacking_in(unit: BusinessUnit, company: QuickBooksCompany) -> list[str]:
    """Say what company and mappings lack, whatever step of the set-up a person has come to."""
    return [*_of_company(unit, company), *_of_mappings(unit, Mappings.of(company, unit))]


def _of_company(unit: BusinessUnit, company: QuickBooksCompany) -> Iterator[str]:
    yield from (found.sentence for found in company_checks(unit, company) if found.level == RED)
    if unit.export_start_date is None:
        yield "No start date is set: say from which invoice date payments may be exported."


def _of_mappings(unit: BusinessUnit, mappings: Mappings) -> Iterator[str]:
    if "" not in mappings.items:
        yield "No item is chosen for services that have no item of their own."
    if not mappings.methods:
        yield "No deposit account is chosen for payments."
    for taxable, word in ((True, "taxable"), (False, "exempt")):
        if ("", taxable) not in mappings.taxes and _has_lines(unit, taxable=taxable):
            yield f"No tax code is chosen for {word} lines."
    if mappings.discount_account is None and _has_discounts(unit):
        yield "No account is chosen for discounts."
    yield from mappings.inactive()


def _has_lines(unit: BusinessUnit, *, taxable: bool) -> bool:
    """Whether the unit has such lines; asked only while their code is missing."""
    return InvoiceLine.objects.filter(invoice__business_unit=unit, taxable=taxable).exists()


def _has_discounts(unit: BusinessUnit) -> bool:
    return Invoice.objects.filter(business_unit=unit, discount_total__gt=0).exists()

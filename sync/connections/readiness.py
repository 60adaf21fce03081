"""Readiness: what stops every export of a unit, in a bookkeeper's words."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sync.connections.checks.check import RED
from sync.connections.checks.company import company_checks
from sync.mappings.mappings import MappedEntries
from sync.models import BusinessUnit, QuickBooksCompany, UnitReadiness, UnitSetup
from sync.words import stored


class Lacking(NamedTuple):
    """What a unit's set-up lacks, in words, and what of it stops even its trial export."""

    words: list[str]
    for_trial: list[str]


def missing_setup(unit: BusinessUnit, *, for_trial: bool = False) -> list[str]:
    """Say what is missing before anything of the unit can be exported; empty when it is ready.

    With `for_trial` it is what stops even the trial export of one invoice, the step before last.
    No network and a fixed number of queries; single documents are not looked at.
    """
    found = missing_in([unit])[unit.pk]
    return found.for_trial if for_trial else found.words


def missing_in(units: Sequence[BusinessUnit]) -> dict[int, Lacking]:
    """Say what each of many units lacks, in as many queries as for one; prefetch `setups`."""
    before = {unit.pk: _before_mappings(unit) for unit in units}
    lacking = _lacking(
        [
            (unit.quickbooks_company, unit)
            for unit in units
            if unit.quickbooks_company is not None and not before[unit.pk]
        ]
    )
    return {unit.pk: _in_order(unit, before[unit.pk], lacking.get(unit.pk, [])) for unit in units}


def missing_by(unit: BusinessUnit, lacking: list[str]) -> Lacking:
    """Say what is missing of a unit whose company and mappings lack that."""
    return _in_order(unit, _before_mappings(unit), lacking)


def _in_order(unit: BusinessUnit, before: list[str], lacking: list[str]) -> Lacking:
    """Say what comes first: while one of the first steps is next, nothing else is said."""
    return Lacking(before, before) if before else _with_last_steps(unit, lacking)


def _before_mappings(unit: BusinessUnit) -> list[str]:
    """Say which of the first steps is next; empty where they are done."""
    company, setup = unit.quickbooks_company, unit.setup
    if company is None or company.status == QuickBooksCompany.Status.DISCONNECTED:
        return [stored("%(unit)s is not connected to QuickBooks.", unit=unit)]
    if not company.is_connected:
        return [stored("The connection to %(company)s has ended: reconnect it.", company=company)]
    if company.verified_at is None:
        return [
            stored(
                "%(company)s has not been verified yet: wait for it, or choose Verify again.",
                company=company,
            )
        ]
    if setup is None or setup.confirmed_at is None:
        return [
            stored(
                "Confirm that %(company)s is the company that %(unit)s posts to.",
                company=company,
                unit=unit,
            )
        ]
    return []


def _with_last_steps(unit: BusinessUnit, lacking: list[str]) -> Lacking:
    company, setup = unit.quickbooks_company, unit.setup
    if company is None or setup is None or setup.accepted_at is None:
        words = [*lacking, stored("Look through the mappings and the start date, and save them.")]
        return Lacking(words, words)
    if still_open := books_open(unit, company, setup):
        words = [*lacking, still_open]
        return Lacking(words, words)
    if setup.finished_at is None and not lacking:
        last = stored("Export one invoice as a trial, or skip that, and finish the set-up.")
        return Lacking([last], [])
    return Lacking(lacking, lacking)


def books_open(unit: BusinessUnit, company: QuickBooksCompany, setup: UnitSetup) -> str:
    """Say that what QuickBooks holds already is to be looked at; empty where it was, or is skipped.

    A start date that was moved back opens the step again: what is older was never read.
    """
    start = unit.export_start_date
    if setup.books == UnitSetup.Books.OPEN:
        if setup.books_read_at is None:
            return stored(
                "What %(company)s holds already was not read yet: wait for it, or read it again.",
                company=company,
            )
        return stored(
            "Decide about what %(company)s holds already, and finish that step or skip it.",
            company=company,
        )
    is_older = start is not None and setup.books_since is not None and start < setup.books_since
    if setup.books == UnitSetup.Books.DONE and is_older:
        return stored(
            "Exports start on an earlier day than %(company)s was read from: read again "
            "what it holds, or skip that.",
            company=company,
        )
    return ""


def lacking_in(unit: BusinessUnit, company: QuickBooksCompany) -> list[str]:
    """Say what company and mappings lack, whatever step of the set-up a person has come to."""
    return _lacking([(company, unit)])[unit.pk]


def lacking_by(
    unit: BusinessUnit, company: QuickBooksCompany, mapped: MappedEntries, held: UnitReadiness
) -> list[str]:
    """Say the same of what was loaded."""
    return [*_of_company(unit, company), *_of_mappings(mapped, held)]


def _lacking(pairs: Sequence[tuple[QuickBooksCompany, BusinessUnit]]) -> dict[int, list[str]]:
    if not pairs:
        return {}
    mapped = MappedEntries.of_units(pairs)
    held = UnitReadiness.objects.in_bulk([unit.pk for _, unit in pairs])
    return {
        unit.pk: lacking_by(unit, company, mapped[unit.pk], held[unit.pk])
        for company, unit in pairs
    }


def _of_company(unit: BusinessUnit, company: QuickBooksCompany) -> Iterator[str]:
    yield from (found.sentence for found in company_checks(unit, company) if found.level == RED)
    if unit.export_start_date is None:
        yield stored("No start date is set: say from which invoice date payments may be exported.")


def _of_mappings(mapped: MappedEntries, held: UnitReadiness) -> Iterator[str]:
    if "" not in mapped.items:
        yield stored("No item is chosen for services that have no item of their own.")
    if not mapped.methods:
        yield stored("No deposit account is chosen for payments.")
    if held.has_taxable_lines and ("", True) not in mapped.taxes:
        yield stored("No tax code is chosen for taxable lines.")
    if held.has_exempt_lines and ("", False) not in mapped.taxes:
        yield stored("No tax code is chosen for exempt lines.")
    if mapped.discount_account is None and held.has_discounts:
        yield stored("No account is chosen for discounts.")
    yield from mapped.inactive()

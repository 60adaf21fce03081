"""What a unit's invoices carry besides its words: discounts, class, location and terms."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sync.admin.common.escaped import as_text
from sync.mappings import choices
from sync.mappings.propose import INHERITED
from sync.models import BusinessUnit, QuickBooksCompany, ReferenceEntry, TermMapping, UnitMapping

DISCOUNT = "discount"  # of the company; the others are the unit's own


@dataclass(frozen=True, slots=True)
class Other:
    """One select; its name is also what it offers."""

    name: str
    label: str
    none: str
    current: ReferenceEntry | None
    basis: str = ""
    help_text: str = ""


def others_of(company: QuickBooksCompany, unit: BusinessUnit) -> Iterator[Other]:
    """Yield the selects; class and location only where the company tracks them."""
    yield Other(
        DISCOUNT,
        "Discounts are taken from",
        "None: invoices have no discounts",
        company.discount_account,
        company.discount_basis,
    )
    terms = TermMapping.objects.filter(company=company, business_unit=unit)
    term = terms.select_related("term").first()
    yield Other(
        "term",
        "Terms on invoices",
        "None: only the due date is sent",
        term.term if term else None,
        term.basis if term else "",
        "Left out where they would give another day than the invoice's own due date.",
    )
    units = UnitMapping.objects.filter(company=company, business_unit=unit)
    row = units.select_related("quickbooks_class", "department").first()
    basis = row.basis if row else ""
    if company.tracks_classes_per_line or company.tracks_classes_per_transaction:
        where = "each line" if company.tracks_classes_per_line else "each invoice"
        yield Other(
            "class",
            f"Class of {unit}",
            "No class",
            row.quickbooks_class if row else None,
            basis,
            as_text(f"Stands on {where}, as {company} keeps classes."),
        )
    if company.tracks_departments:
        current = row.department if row else None
        yield Other("department", f"Location of {unit}", "No location", current, basis)


def why(basis: str) -> str:
    """Say what a choice rests on that no person made, empty where one did."""
    if basis == INHERITED:
        return "Inherited: the corporate default"
    return f"Proposed: {basis}" if basis else ""


def keep_others(
    company: QuickBooksCompany, unit: BusinessUnit, chosen: Mapping[str, ReferenceEntry | None]
) -> None:
    """Keep what was chosen for the unit; a select that was not on the page stays as it is."""
    if "term" in chosen:
        choices.choose_term(company, unit, chosen["term"])
    if chosen.keys().isdisjoint({"class", "department"}):
        return
    row = UnitMapping.objects.filter(company=company, business_unit=unit).first()
    quickbooks_class = chosen.get("class", row.quickbooks_class if row else None)
    department = chosen.get("department", row.department if row else None)
    choices.choose_unit(company, unit, quickbooks_class, department)

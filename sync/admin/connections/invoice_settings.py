"""What a unit's invoices carry besides its words: discounts, class, location and terms."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from sync.admin.common.escaped import as_text
from sync.mappings import choices
from sync.mappings.mappings import MappedEntries
from sync.mappings.propose import INHERITED
from sync.models import BusinessUnit, QuickBooksCompany, ReferenceEntry, UnitMapping
from sync.words import told

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


def others_of(
    company: QuickBooksCompany, unit: BusinessUnit, mapped: MappedEntries
) -> Iterator[Other]:
    """Yield the selects; class and location only where the company tracks them."""
    yield Other(
        DISCOUNT,
        _("Discounts are taken from"),
        _("None: invoices have no discounts"),
        company.discount_account,
        company.discount_basis,
    )
    yield Other(
        "term",
        _("Terms on invoices"),
        _("None: only the due date is sent"),
        mapped.term,
        mapped.terms.basis if mapped.terms else "",
        _("Left out where they would give another day than the invoice's own due date."),
    )
    yield from _places_of(company, unit, mapped.unit)


def _places_of(
    company: QuickBooksCompany, unit: BusinessUnit, row: UnitMapping | None
) -> Iterator[Other]:
    basis = row.basis if row else ""
    if company.tracks_classes_per_line or company.tracks_classes_per_transaction:
        where = _("each line") if company.tracks_classes_per_line else _("each invoice")
        yield Other(
            "class",
            _("Class of %(unit)s") % {"unit": unit},
            _("No class"),
            row.quickbooks_class if row else None,
            basis,
            as_text(
                _("Stands on %(where)s, as %(company)s keeps classes.")
                % {"where": where, "company": company}
            ),
        )
    if company.tracks_departments:
        current = row.department if row else None
        yield Other(
            "department",
            _("Location of %(unit)s") % {"unit": unit},
            _("No location"),
            current,
            basis,
        )


def why(basis: str) -> str:
    """Say what a choice rests on that no person made, empty where one did."""
    if basis == INHERITED:
        return _("Inherited: the corporate default")
    return _("Proposed: %(basis)s") % {"basis": told(basis)} if basis else ""


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

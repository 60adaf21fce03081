"""Choices of a person: mappings as they are saved from a page, with history and no basis."""

from typing import Any

from sync.mappings.propose import INHERITED
from sync.models import (
    BusinessUnit,
    ItemMapping,
    MethodMapping,
    QuickBooksCompany,
    ReferenceEntry,
    SyncRecord,
    TaxMapping,
    TaxMode,
    TermMapping,
    UnitMapping,
)

Entry = ReferenceEntry | None


def choose_item(company: QuickBooksCompany, service: str, item: Entry) -> None:
    """Map a service; None takes it back to the default."""
    _choose(ItemMapping, {"company": company, "service": service}, item=item)


def choose_method(
    company: QuickBooksCompany, method: str, payment_method: Entry, deposit_account: Entry
) -> None:
    """Map a payment method; no deposit account takes it back to the default."""
    key = {"company": company, "method": method}
    if deposit_account is None:
        _choose(MethodMapping, key, deposit_account=None)
    else:
        values = {"payment_method": payment_method, "deposit_account": deposit_account}
        _choose(MethodMapping, key, **values)


def choose_tax_code(
    company: QuickBooksCompany,
    tax_code: str,
    taxable: bool,  # noqa: FBT001 - part of the key
    chosen: Entry,
) -> None:
    """Map a tax code, or all taxable or exempt lines; None takes it back to the default."""
    key = {"company": company, "tax_code": tax_code, "taxable": taxable}
    _choose(TaxMapping, key, quickbooks_tax_code=chosen)


def choose_unit(
    company: QuickBooksCompany, unit: BusinessUnit, quickbooks_class: Entry, department: Entry
) -> None:
    """Map a unit to a class, a location, both or none."""
    key = {"company": company, "business_unit": unit}
    _choose(UnitMapping, key, quickbooks_class=quickbooks_class, department=department)


def choose_discount_account(company: QuickBooksCompany, account: Entry) -> None:
    """Set the account that discounts are taken from."""
    is_same = company.discount_account == account
    if not is_same or company.discount_basis not in {"", INHERITED}:
        company.discount_account, company.discount_basis = account, ""
        company.save(update_fields=["discount_account", "discount_basis"])


def choose_tax_mode(company: QuickBooksCompany, key: str, item: Entry) -> None:
    """Send this tax as a line of the item from now on; None lets the next invoice find out anew."""
    mode = TaxMode.objects.get(company=company, key=key)
    if item is None:
        mode.forget()
    mode.liability_item = item
    mode.save(update_fields=["liability_item", "keeps", "rounding", "agreed_at", "rates", "code"])
    waiting = SyncRecord.objects.filter(
        company=company, state=SyncRecord.State.PENDING, tax_mode=mode
    )
    waiting.update(is_sendable=True)


def choose_term(company: QuickBooksCompany, unit: BusinessUnit, term: Entry) -> None:
    """Set the terms that the unit's invoices carry; none is a choice too, and is kept."""
    key: dict[str, Any] = {"company": company, "business_unit": unit}
    if not TermMapping.objects.filter(**key, term=term, basis__in=["", INHERITED]).exists():
        TermMapping.objects.update_or_create(**key, defaults={"term": term, "basis": ""})


def choose_start_date(unit: BusinessUnit, start: Any) -> None:
    """Set from which invoice date on payments are offered."""
    if unit.export_start_date != start:
        unit.export_start_date = start
        unit.save(update_fields=["export_start_date"])


def _choose(model: Any, key: dict[str, Any], **values: Entry) -> None:
    """Write the row only where it changes or was a proposal; without any entry, remove it.

    What is inherited and left as it is goes on following the corporate default.
    """
    row = model.objects.filter(**key).first()
    if not any(values.values()):
        if row is not None:
            row.delete()
        return
    if row is None:
        model.objects.create(**key, **values)
        return
    if row.basis not in {"", INHERITED} or any(
        getattr(row, name) != value for name, value in values.items()
    ):
        for name, value in {**values, "basis": ""}.items():
            setattr(row, name, value)
        row.save()

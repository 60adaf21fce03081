"""Customer, Vendor and Employee, whose names share one namespace."""

import re

from sync.simulator.ledger.books import faults
from sync.simulator.ledger.books.books import NAMES, Books, Document, ref_value
from sync.simulator.ledger.books.draft import Draft, check_email, number_addresses
from sync.simulator.ledger.books.money import ZERO, currency_ref

NAME_PARTS = ("Title", "GivenName", "MiddleName", "FamilyName", "Suffix")
FORBIDDEN = re.compile(r"[:\t\n\r]")
DEEPEST = 4


def complete_party(books: Books, draft: Draft) -> None:
    """Check a customer, vendor or employee and fill in what QuickBooks computes."""
    body = draft.body
    _complete_name(draft)
    for name in ("DisplayName", *NAME_PARTS, "CompanyName"):
        if FORBIDDEN.search(body.get(name) or ""):
            raise faults.bad_name(body[name])
    email = (body.get("PrimaryEmailAddr") or {}).get("Address")
    if email:
        check_email(email)
    draft.default(Active=True)
    refuse_taken_name(books, draft)
    draft.default(PrintOnCheckName=body["DisplayName"])
    number_addresses(books, draft)
    if draft.kind != "Employee":
        _complete_currency(books, draft)
        draft.default(Balance=ZERO)
    if draft.kind == "Customer":
        _complete_customer(books, draft)
    elif draft.kind == "Vendor":
        draft.default(Vendor1099=False)
    else:
        _complete_employee(draft)


def _complete_name(draft: Draft) -> None:
    body = draft.body
    parts = " ".join(body[name].strip() for name in NAME_PARTS if body.get(name))
    name = (body.get("DisplayName") or "").strip()
    composed = draft.kind == "Employee" and parts and not name
    if not name or composed:
        name = parts or (body.get("CompanyName") or "").strip()
    if not name:
        raise faults.required("DisplayName")
    if len(name) > 500:
        raise faults.length("DisplayName", 1, 500, len(name))
    body["DisplayName"] = name


def refuse_taken_name(books: Books, draft: Draft) -> None:
    """Refuse a name that a customer, vendor or employee has."""
    for kind in NAMES:
        other = books.named(kind, draft.body["DisplayName"])
        if other is not None and (other.kind, other.id) != _own(draft):
            raise faults.duplicate_name("customer, vendor or employee")


def _own(draft: Draft) -> tuple[str, str | None]:
    return draft.kind, draft.old.id if draft.old else None


def _complete_currency(books: Books, draft: Draft) -> None:
    code = ref_value(draft.body, "CurrencyRef") or books.home_currency
    if code != books.home_currency:
        if not books.multicurrency:
            raise faults.business("Multicurrency must be turned on to use another currency.")
        if books.named("CompanyCurrency", code) is None:
            raise faults.invalid_reference("Currency", code, "CurrencyRef")
    if draft.old is not None and ref_value(draft.old.body, "CurrencyRef") != code:
        raise faults.business("The currency of a customer or vendor cannot be changed.")
    draft.body["CurrencyRef"] = currency_ref(code)


def _complete_customer(books: Books, draft: Draft) -> None:
    body = draft.body
    draft.default(Taxable=True)
    draft.default(BalanceWithJobs=ZERO)
    draft.default(PreferredDeliveryMethod="Print")
    draft.default(BillWithParent=False)
    draft.default(IsProject=False)
    if books.is_us and body["Taxable"]:
        group = books.preference("TaxPrefs", "TaxGroupCodeRef")
        if group and "DefaultTaxCodeRef" not in body:
            body["DefaultTaxCodeRef"] = {"value": group["value"]}
    if body.get("Notes") is not None and not body["Notes"].strip():
        body.pop("Notes")
    place_in_tree(books, draft, "DisplayName", DEEPEST)
    body["Job"] = "ParentRef" in body


def place_in_tree(books: Books, draft: Draft, name: str, deepest: int) -> None:
    """Write FullyQualifiedName and Level from the parent; refuse loops and too many levels."""
    parent_id = ref_value(draft.body, "ParentRef")
    draft.body["FullyQualifiedName"] = draft.body[name]
    draft.body.pop("Level", None)
    if parent_id is None:
        return
    chain = _ancestors(books, draft.kind, parent_id)
    if draft.old is not None and draft.old.id in [each.id for each in chain]:
        raise faults.business("A record cannot be its own parent.")
    if len(chain) > deepest:
        raise faults.business(f"You can have only {deepest} levels below the top.")
    parent = chain[0].body
    draft.body["FullyQualifiedName"] = f"{parent['FullyQualifiedName']}:{draft.body[name]}"
    draft.body["Level"] = len(chain)


def _ancestors(books: Books, kind: str, id_: str | None) -> list[Document]:
    chain: list[Document] = []
    while id_ is not None and (found := books.get(kind, id_)) is not None:
        if found in chain:
            break
        chain.append(found)
        id_ = ref_value(found.body, "ParentRef")
    return chain


def _complete_employee(draft: Draft) -> None:
    draft.default(BillableTime=False)
    draft.body.pop("FullyQualifiedName", None)
    if draft.body.get("SSN"):
        draft.body["SSN"] = "XXX-XX-XXXX"

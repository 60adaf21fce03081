"""The short lists, told apart by their names: PaymentMethod, Term, Class, Department."""

from sync.simulator.ledger.books import faults
from sync.simulator.ledger.books.books import Books
from sync.simulator.ledger.books.draft import Draft
from sync.simulator.ledger.lists.parties import place_in_tree

CHILD_FLAGS = {
    "Item": "SubItem",
    "Account": "SubAccount",
    "Class": "SubClass",
    "Department": "SubDepartment",
}
WHOSE = {
    "Item": "product or service",
    "Account": "account",
    "PaymentMethod": "payment method",
    "Term": "term",
    "Class": "class",
    "Department": "location",
}


def complete_named(books: Books, draft: Draft) -> None:
    """Check a PaymentMethod or Term: a name that is not taken."""
    draft.require("Name")
    draft.body["Name"] = draft.body["Name"].strip()
    draft.default(Active=True)
    if draft.kind == "PaymentMethod":
        draft.default(Type="NON_CREDIT_CARD")
    else:
        _complete_term(draft)
    _refuse_taken(books, draft, draft.body["Name"])


def _complete_term(draft: Draft) -> None:
    body = draft.body
    if "DueDays" in body and not 0 <= body["DueDays"] <= 999:
        raise faults.out_of_range("DueDays")
    if "DueDays" not in body and "DayOfMonthDue" not in body:
        raise faults.required("DueDays")
    body["Type"] = "STANDARD" if "DueDays" in body else "DATE_DRIVEN"


def complete_tree(books: Books, draft: Draft) -> None:
    """Check a Class, Department, Item or Account: its name and its place below its parent."""
    draft.require("Name")
    name = draft.body["Name"] = draft.body["Name"].strip()
    if ":" in name or "\t" in name or "\n" in name or (draft.kind == "Account" and '"' in name):
        raise faults.bad_name(name)
    draft.default(Active=True)
    flag = CHILD_FLAGS[draft.kind]
    if draft.given.get(flag) is False and "ParentRef" not in draft.given:
        draft.body.pop("ParentRef", None)
    place_in_tree(books, draft, "Name", 4)
    draft.body[flag] = "ParentRef" in draft.body
    if flag == "SubItem" and not draft.body[flag] and books.switches.shapes == "recorded":
        draft.body.pop(flag)
    if draft.kind in {"Class", "Department", "Account"}:
        draft.body.pop("Level", None)
    _refuse_taken(books, draft, draft.body["FullyQualifiedName"])


def _refuse_taken(books: Books, draft: Draft, name: str) -> None:
    other = books.named(draft.kind, name)
    if other is not None and other.id != (draft.old.id if draft.old else None):
        raise faults.duplicate_name(WHOSE[draft.kind])


def complete_company(books: Books, draft: Draft) -> None:
    """CompanyInfo has nothing to compute."""
    del books
    draft.require("CompanyName")

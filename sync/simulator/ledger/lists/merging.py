"""Merging two entries of a list, as a person does in QuickBooks: one stays, with all documents."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from sync.simulator.ledger.books import faults
from sync.simulator.ledger.books.books import TRANSACTIONS, Books, Document
from sync.simulator.ledger.books.money import plain
from sync.simulator.ledger.books.postings import move_branch, post
from sync.simulator.ledger.books.references import is_bare, named
from sync.simulator.ledger.books.schema import KINDS, OBJECTS
from sync.simulator.wire import Json, to_json

MERGEABLE = ("Customer", "Vendor", "Item", "Account", "Class", "Department")
# What only this kind has, of those that have a ParentRef.
MARKS = {
    "Customer": "BillWithParent",
    "Item": "Type",
    "Account": "AccountType",
    "Class": "SubClass",
    "Department": "SubDepartment",
}
PARTIES = frozenset({"Entity", "EntityRef"})  # references that say what they are to


def merge(books: Books, kind: str, merged: str, survivor: str) -> Document:
    """Let one entry go and move what refers to it to another of its kind; give the one left.

    The documents keep their SyncToken and time (assumed).
    """
    gone, left = _both(books, kind, merged, survivor)
    for document in list(books.holding(f'"value":{to_json(gone.id)}')):
        _move(books, document, gone, left)
    if kind == "Item" and left.body.get("Type") == "Inventory":
        together = Decimal(left.body["QtyOnHand"]) + Decimal(gone.body["QtyOnHand"])
        books.amend(left, QtyOnHand=plain(together))
    _let_go(books, books.get(kind, gone.id) or gone)
    books.tell(kind, gone.id, "Merge")
    books.tell(kind, left.id, "Update")
    return books.get(kind, left.id) or left


def retire(books: Books, code: str) -> Document:
    """Make a tax code inactive, for which the API has no operation."""
    document = books.live("TaxCode", code)
    if document is None:
        raise faults.not_found()
    retired = replace(document, body=document.body | {"Active": False}, state="inactive")
    books.put(retired)
    return retired


def _both(books: Books, kind: str, merged: str, survivor: str) -> tuple[Document, Document]:
    gone, left = books.live(kind, merged), books.live(kind, survivor)
    if kind not in MERGEABLE or gone is None or left is None or gone.id == left.id:
        raise faults.not_found()
    for name in ("CurrencyRef", "AccountType", "Type"):
        if gone.body.get(name) != left.body.get(name):
            raise faults.business(f"Entries with another {name} cannot be merged.")
    return gone, left


def _move(books: Books, document: Document, gone: Document, left: Document) -> None:
    body = _rewritten(books, document.body, gone, left, _properties(gone.kind))
    if body == document.body:
        return
    if document.kind == gone.kind and "FullyQualifiedName" in body:  # it lay below the merged one
        own = body.get("DisplayName", body.get("Name"))
        body["FullyQualifiedName"] = f"{left.body['FullyQualifiedName']}:{own}"
    moved = replace(document, body=body, hidden=_applied(document.hidden, gone, left))
    books.put(moved)
    if document.kind in TRANSACTIONS:
        post(books, document, moved)
    elif document.kind == "Customer":
        move_branch(books, document, moved)


def _properties(kind: str) -> frozenset[str]:
    known = [*KINDS.values(), *OBJECTS.values()]
    return frozenset(
        p.name for each in known for p in each.values() if p.code == "R" and p.of == kind
    )


def _rewritten(
    books: Books, value: Any, gone: Document, left: Document, names: frozenset[str]
) -> Any:
    if isinstance(value, list):
        return [_rewritten(books, each, gone, left, names) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _reference(books, name, each, left)
        if _refers(name, each, value, gone, names)
        else _rewritten(books, each, gone, left, names)
        for name, each in value.items()
    }


def _refers(name: str, value: Any, owner: Json, gone: Document, names: frozenset[str]) -> bool:
    if not isinstance(value, dict) or value.get("value") != gone.id:
        return False
    if name == "ParentRef":
        return MARKS.get(gone.kind, "") in owner
    said = str(value.get("type") or owner.get("Type") or "").casefold()
    return name in names or (name in PARTIES and said == gone.kind.casefold())


def _reference(books: Books, name: str, value: Json, left: Document) -> Json:
    is_named = "name" in value and not is_bare(books, name)
    shown = named(books, left) if is_named else {"value": left.id}
    return shown | ({"type": value["type"]} if "type" in value else {})


def _applied(hidden: Json, gone: Document, left: Document) -> Json:
    """What payments took off a customer's share of a journal entry or purchase goes along."""
    shares = dict(hidden.get("applied") or {})
    if gone.kind != "Customer" or gone.id not in shares:
        return hidden
    share = Decimal(shares.pop(gone.id))
    shares[left.id] = Decimal(shares.get(left.id, 0)) + share
    return hidden | {"applied": shares}


def _let_go(books: Books, gone: Document) -> None:
    times = gone.body["MetaData"] | {"LastUpdatedTime": books.stamp}
    if books.switches.merged_entries == "inactive":
        token = str(int(gone.body["SyncToken"]) + 1)
        name = "DisplayName" if "DisplayName" in gone.body else "Name"
        body = gone.body | {"Active": False, "SyncToken": token, "MetaData": times}
        body[name] = f"{body[name]} (deleted)"
        books.put(replace(gone, body=body, state="inactive"))
        return
    rest = {"domain": "QBO", "status": "Deleted", "Id": gone.id, "MetaData": times}
    books.put(Document(gone.kind, gone.id, rest, "deleted"))

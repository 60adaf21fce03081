"""Checks that what a document refers to exists and is active, and writes its name."""

from typing import Any

from sync.simulator.ledger.books import faults
from sync.simulator.ledger.books.books import Books, Document
from sync.simulator.ledger.books.schema import KINDS, OBJECTS, Property
from sync.simulator.wire import Json

GROUPS = {
    "Customer": "Names",
    "Vendor": "Names",
    "Employee": "Names",
    "Account": "Accounts",
    "Item": "Items",
}
LABELS = ("FullyQualifiedName", "DisplayName", "Name")
BARE = frozenset({"TaxCodeRef", "TxnTaxCodeRef", "TaxRateRef", "DefaultTaxCodeRef"})


def resolve(books: Books, kind: str, body: Json, old: Document | None) -> Json:
    """Give the body with all references checked and named.

    A reference that the document held before may stay although its target is inactive now.
    """
    held = set(_held(old.body)) if old else set()
    return _resolve_object(books, KINDS[kind], body, held)


def _resolve_object(books: Books, known: dict[str, Property], body: Json, held: set[str]) -> Json:
    result = dict(body)
    for name, value in body.items():
        if value is None:
            continue
        prop = known[name]
        if prop.code == "R" and prop.of:
            result[name] = _resolve_reference(books, prop, value, held)
        elif prop.code == "{":
            result[name] = _resolve_object(books, OBJECTS[prop.of], value, held)
        elif prop.code == "[" and prop.of in {"Line", "CustomField"}:
            inner = OBJECTS[prop.of]
            result[name] = [_resolve_object(books, inner, item, held) for item in value]
    return result


def _resolve_reference(books: Books, prop: Property, value: Json, held: set[str]) -> Json:
    if prop.of == "CompanyCurrency":
        return value
    target = find(books, prop.of, value["value"], prop.name)
    if target.state == "inactive" and f"{prop.name}:{target.id}" not in held:
        raise faults.not_found()
    return {"value": target.id} if is_bare(books, prop.name) else named(books, target)


def is_bare(books: Books, name: str) -> bool:
    """Whether a reference is shown without the name of what it refers to."""
    return name in BARE or (name == "ParentRef" and books.switches.shapes == "recorded")


def find(books: Books, kind: str, id_: str, element: str = "") -> Document:
    """The document a reference names; one made earlier in the same batch is not visible yet."""
    target = books.live(kind, id_)
    if target is None or (kind, id_) in books.fresh:
        raise faults.invalid_reference(GROUPS.get(kind, kind), id_, element)
    return target


def named(books: Books, target: Document) -> Json:
    """A reference to a document, with the name that QuickBooks shows."""
    if target.kind == "Account" and books.switches.account_names == "own":
        return {"value": target.id, "name": target.body["Name"]}
    if target.kind == "Customer":
        return {"value": target.id, "name": target.body["DisplayName"]}
    label = next((target.body[name] for name in LABELS if name in target.body), None)
    return {"value": target.id} if label is None else {"value": target.id, "name": label}


def name_party(books: Books, given: Json) -> Json:
    """A reference to a customer, vendor or employee, with name and type."""
    said = str(given.get("type", "")).capitalize()
    kinds = [said] if said else ["Vendor", "Customer", "Employee"]
    found = next((party for kind in kinds if (party := books.live(kind, given["value"]))), None)
    if found is None:
        raise faults.invalid_reference("Names", given["value"], "EntityRef")
    return named(books, found) | {"type": given.get("type") or found.kind}


def _held(value: Any, name: str = "") -> list[str]:
    if isinstance(value, dict):
        own = [f"{name}:{value['value']}"] if "value" in value else []
        return own + [each for key, item in value.items() for each in _held(item, key)]
    if isinstance(value, list):
        return [each for item in value for each in _held(item, name)]
    return []

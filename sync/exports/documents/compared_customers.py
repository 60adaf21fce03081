"""A customer of ours beside one in QuickBooks: the whole of both, and what speaks against it."""

from collections.abc import Iterator, Mapping
from typing import Any

from sync.quickbooks.documents import Entity, email_key, figure, name_key, phone_key
from sync.words import stored

Row = tuple[str, str, str, bool]


def customer_rows(ours: Mapping[str, Any], theirs: Entity) -> list[Row]:
    """Return label, ours, theirs, and whether the two contradict each other.

    What only one side knows contradicts nothing; another writing of the same does not, either.
    """
    email = inner(theirs, "PrimaryEmailAddr", "Address")
    phones = [
        number
        for name in ("PrimaryPhone", "Mobile", "AlternatePhone")
        if (number := inner(theirs, name, "FreeFormNumber"))
    ]
    same_phone = phone_key(ours["phone"]) in {phone_key(number) for number in phones}
    return [
        _name(ours["display_name"], theirs),
        _under(ours["display_name"], theirs),
        _plain(stored("Company"), ours["company_name"], str(theirs.get("CompanyName") or "")),
        (
            stored("E-mail"),
            ours["email"],
            email,
            _differ(email_key(ours["email"]), email_key(email)),
        ),
        (
            stored("Phone"),
            ours["phone"],
            ", ".join(phones),
            bool(ours["phone"] and phones) and not same_phone,
        ),
        *_address(ours, theirs),
        (stored("Open balance"), "", shown(theirs, "Balance"), False),
    ]


def _address(ours: Mapping[str, Any], theirs: Entity) -> Iterator[Row]:
    address = theirs.get("BillAddr") or {}
    lines = [str(address.get(f"Line{n}") or "") for n in range(1, 6)]
    yield _plain(stored("Address"), ours["address"], ", ".join(line for line in lines if line))
    place = (
        (stored("City"), ours["city"], "City"),
        (stored("State or province"), ours["region"], "CountrySubDivisionCode"),
        (stored("Postal code"), ours["postal_code"], "PostalCode"),
        (stored("Country"), ours["country"], "Country"),
    )
    for label, here, key in place:
        yield _plain(label, here, str(address.get(key) or ""))


def _name(name: str, theirs: Entity) -> Row:
    there = str(theirs.get("DisplayName") or "")
    full = str(theirs.get("FullyQualifiedName") or "")
    return stored("Name"), name, there, name_key(name) not in {name_key(there), name_key(full)}


def _under(name: str, theirs: Entity) -> Row:
    """Return whom a sub-customer is under; a name of ours may say so, parted by colons."""
    above = str(theirs.get("FullyQualifiedName") or "").rpartition(":")[0]
    if not above and theirs.get("ParentRef"):
        above = inner(theirs, "ParentRef", "name") or stored(
            "id %(qbo_id)s", qbo_id=inner(theirs, "ParentRef", "value")
        )
    ours = name.rpartition(":")[0]
    return stored("Sub-customer of"), ours, above, _key(ours) != _key(above)


def _plain(label: str, ours: str, theirs: str) -> Row:
    return label, ours, theirs, _differ(_key(ours), _key(theirs))


def _differ(ours: str, theirs: str) -> bool:
    return bool(ours and theirs) and ours != theirs


def _key(text: str) -> str:
    return " ".join(text.casefold().replace(",", " ").replace(".", " ").split())


def shown(entity: Entity, name: str) -> str:
    """Return an amount as a page shows it, empty where it is not told."""
    amount = figure(entity, name)
    return "" if amount is None else f"{amount:.2f}"


def inner(entity: Entity, name: str, part: str) -> str:
    """Return a part of a field of an answer, empty where it has none."""
    return str((entity.get(name) or {}).get(part) or "")

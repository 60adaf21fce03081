"""Reads a request's JSON as an entity: known properties, types, lengths, enumerations."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from sync.simulator.ledger.books import faults
from sync.simulator.ledger.books.properties import COMMON, ENTITIES, TYPES
from sync.simulator.wire import Json

LARGEST = Decimal("99999999999999")
CODE = re.compile(r"^(s|d|i|b|t|T|x|R|\{|\[|\()(.*?)(!?)$")


@dataclass(frozen=True, slots=True)
class Property:
    """What QuickBooks knows of one property; `of` is a type, a kind or the allowed values."""

    name: str
    code: str
    of: str = ""
    longest: int = 0
    choices: frozenset[str] = frozenset()
    read_only: bool = False


def _property(text: str) -> Property:
    name, code = text.split(":", 1)
    match = CODE.match(code)
    if match is None:
        raise ValueError(f"{text} is not a property")
    letter, rest, mark = match.groups()
    rest = rest.strip("()]}")
    return Property(
        name=name,
        code=letter,
        of=rest if letter in "R{[" else "",
        longest=int(rest) if letter == "s" and rest else 0,
        choices=frozenset(rest.split("|")) if letter == "(" else frozenset(),
        read_only=bool(mark),
    )


def _properties(text: str) -> dict[str, Property]:
    return {each.name: each for each in map(_property, text.split())}


OBJECTS = {name: _properties(text) for name, text in TYPES.items()}
KINDS = {name: _properties(f"{COMMON} {text}") for name, text in ENTITIES.items()}
REFERENCE = ("value", "name", "type")
WIRE_NAMES = {
    "Address": "PhysicalAddress",
    "Phone": "TelephoneNumber",
    "Email": "EmailAddress",
    "Web": "WebSiteAddress",
    "Memo": "MemoRef",
}


def read_entity(kind: str, body: Any) -> Json:
    """Give the body with every value in its type; blank and null values are None.

    Read-only properties are dropped, as QuickBooks overwrites them. Raises a fault for what
    QuickBooks does not know or cannot read.
    """
    return _read_object(KINDS[kind], kind, body)


def _read_object(known: dict[str, Property], owner: str, body: Any) -> Json:
    if not isinstance(body, dict):
        raise faults.unreadable(f"Can not deserialize instance of {owner} from {body!r}")
    result: Json = {}
    for name, value in body.items():
        prop = known.get(name)
        if prop is None:
            raise faults.unknown_field(name, WIRE_NAMES.get(owner, owner), list(known))
        if prop.read_only:
            continue
        result[name] = None if value is None or value == "" else READERS[prop.code](prop, value)
    return result


def _read_text(prop: Property, value: Any) -> str | None:
    if isinstance(value, (dict, list)):
        raise faults.unreadable(f"Can not deserialize instance of java.lang.String ({prop.name})")
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if prop.longest and len(text) > prop.longest:
        raise faults.length(prop.name, 0, prop.longest, len(text))
    return text


def _read_decimal(prop: Property, value: Any) -> Decimal:
    try:
        number = Decimal(str(value)) if not isinstance(value, bool) else None
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite():
        raise faults.unreadable(
            f"Can not construct instance of java.math.BigDecimal from String value '{value}' "
            f"({prop.name})"
        )
    if abs(number) > LARGEST:
        raise faults.out_of_range(prop.name)
    return number


def _read_int(prop: Property, value: Any) -> int:
    number = _read_decimal(prop, value)
    if number != number.to_integral_value():
        raise faults.unreadable(f"{value} is not a valid Integer value ({prop.name})")
    return int(number)


def _read_bool(prop: Property, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).lower() in {"true", "false"}:
        return str(value).lower() == "true"
    raise faults.unreadable(f"only true or false recognized ({prop.name})")


def _read_date(prop: Property, value: Any) -> str:
    text = str(value)
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        day = None
    if day is None or text[4] != "-" or (len(text) > 10 and text[10] not in "T Z+-"):
        raise faults.unreadable(
            f"Can not construct instance of java.util.Date from String value '{text}' ({prop.name})"
        )
    return day.isoformat()


def read_date(value: Any, name: str = "BookCloseDate") -> str:
    """Read one date as an entity's date properties are read."""
    return _read_date(Property(name, "t"), value)


def _read_choice(prop: Property, value: Any) -> str:
    if not isinstance(value, str) or value not in prop.choices:
        raise faults.enumeration(prop.name, value)
    return str(value)


def _read_reference(prop: Property, value: Any) -> Json | None:
    if not isinstance(value, dict):
        raise faults.unreadable(f"Can not deserialize instance of ReferenceType ({prop.name})")
    for name in value:
        if name not in REFERENCE:
            raise faults.unknown_field(name, "ReferenceType", list(REFERENCE))
    reference = {name: str(value[name]) for name in REFERENCE if value.get(name) not in (None, "")}
    return reference if "value" in reference else None


def _read_nested(prop: Property, value: Any) -> Json | None:
    nested = _read_object(OBJECTS[prop.of], prop.of, value)
    return {name: item for name, item in nested.items() if item is not None} or None


def _read_list(prop: Property, value: Any) -> list[Json]:
    items = value if isinstance(value, list) else [value]
    known = OBJECTS[prop.of]
    read = [_read_object(known, prop.of, item) for item in items]
    return [{name: item for name, item in each.items() if item is not None} for each in read]


def _read_anything(prop: Property, value: Any) -> Any:
    del prop
    return value


READERS: dict[str, Callable[[Property, Any], Any]] = {
    "s": _read_text,
    "d": _read_decimal,
    "i": _read_int,
    "b": _read_bool,
    "t": _read_date,
    "T": _read_text,
    "x": _read_anything,
    "R": _read_reference,
    "(": _read_choice,
    "{": _read_nested,
    "[": _read_list,
}

"""Compares what a query asks for with what a document holds."""

import re
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sync.simulator.ledger.books import faults
from sync.simulator.ledger.books.schema import Property
from sync.simulator.ledger.reading.query import Condition
from sync.simulator.wire import PACIFIC, Json


def _value(name: str, body: Json) -> Any:
    head, _, tail = name.partition(".")
    value = body.get(head)
    if tail:
        return (value or {}).get(tail)
    return value.get("value") if isinstance(value, dict) else value


def matches(prop: Property, condition: Condition, body: Json) -> bool:
    """Whether a document meets a condition."""
    value = _value(condition.name, body)
    if prop.code == "b" and value is None:
        value = False
    if value is None:
        return condition.operator == "!="
    if condition.operator == "LIKE":
        return _like(condition.values[0]).match(str(value)) is not None
    wanted = [_comparable(prop, text) for text in condition.values]
    mine = _comparable(prop, value)
    if condition.operator == "IN":
        return mine in wanted
    return bool(_compare(mine, condition.operator, wanted[0]))


def _compare(mine: Any, operator: str, other: Any) -> bool:
    if operator in {"=", "!="}:
        return bool((mine == other) == (operator == "="))
    if operator.startswith("<"):
        return bool(mine < other or (operator == "<=" and mine == other))
    return bool(mine > other or (operator == ">=" and mine == other))


def _like(pattern: str) -> re.Pattern[str]:
    parts = [re.escape(part) for part in pattern.split("%")]
    return re.compile(".*".join(parts) + r"\Z", re.IGNORECASE | re.DOTALL)


def _comparable(prop: Property, value: Any) -> Any:
    """A stored or written value in a form that compares as QuickBooks compares it."""
    text = str(value)
    if prop.code == "T":
        return read_moment(text)
    if prop.code in "di" or prop.name == "Id":
        try:
            return Decimal(text)
        except InvalidOperation:
            if prop.name == "Id":  # the pseudo tax codes are words
                return Decimal(-1)
            raise faults.query_invalid(
                f"Invalid number '{text}' for property {prop.name}"
            ) from None
    if prop.code == "b":
        return text.lower() == "true"
    return text[:10] if prop.code == "t" else text.casefold()


def read_moment(text: str) -> datetime:
    """A time as a query writes it; without an offset it is Intuit's own, Pacific."""
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise faults.query_invalid(f"Invalid date '{text}'") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=PACIFIC)


def sort_value(prop: Property, name: str, body: Json) -> tuple[bool, Any]:
    """What a document sorts by; those without a value come first."""
    value = _value(name, body)
    return (False, "") if value is None else (True, _comparable(prop, value))

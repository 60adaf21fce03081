"""JSON with exact numbers: the standard encoder knows only floats and strings for a Decimal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

# Made once: json.dumps would make an encoder for each of the words.
_text = json.JSONEncoder(ensure_ascii=False).encode


def dump(body: Mapping[str, Any]) -> bytes:
    """The same bytes for the same document, each Decimal a number with the digits it has."""
    return _written(body).encode("utf-8")


def _written(value: Any) -> str:
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, str):
        return _text(value)
    if value is None or isinstance(value, bool | int):
        return json.dumps(value)
    if isinstance(value, Mapping):
        return "{" + ",".join(_member(key, item) for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_written, value)) + "]"
    raise TypeError(f"{type(value).__name__} is not sent to QuickBooks")


def _member(key: Any, value: Any) -> str:
    if not isinstance(key, str):
        raise TypeError("a property's name is a string")
    return f"{_text(key)}:{_written(value)}"


def _number(value: Decimal) -> str:
    if not value.is_finite():
        raise ValueError("only a finite amount can be sent to QuickBooks")
    return format(value, "f")

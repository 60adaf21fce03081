"""What came back over HTTP, untouched."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer; `data` is its JSON object with exact numbers, None when it is not one."""

    status: int
    body: bytes = field(repr=False)
    intuit_tid: str
    data: dict[str, Any] | None = field(repr=False)


def answer_of(status: int, body: bytes, intuit_tid: str) -> Answer:
    """Reads the body as JSON without letting a fraction become a float."""
    return Answer(status=status, body=body, intuit_tid=intuit_tid, data=_json_object(body))


def _json_object(body: bytes) -> dict[str, Any] | None:
    try:
        data = json.loads(body, parse_float=Decimal, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")

"""What came back over HTTP, untouched, and the errors in it.

Errors come as JSON in either spelling, as XML, or as nothing readable.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

LONGEST_XML = 64 * 1024


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


@dataclass(frozen=True, slots=True)
class IntuitError:
    """One error in Intuit's own words; `code` without leading zeros, `kind` the Fault's type."""

    code: str = ""
    message: str = ""
    detail: str = ""
    element: str = ""
    kind: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether the answer said nothing that could be read."""
        return not (self.code or self.message or self.detail)


def errors_in(answer: Answer) -> list[IntuitError]:
    """All errors that a whole answer carries."""
    if answer.data is not None:
        return errors_of_fault(answer.data.get("Fault") or answer.data.get("fault"))
    return _errors_in_xml(answer.body)


def errors_of_fault(fault: Any) -> list[IntuitError]:
    """The errors of one Fault object, whichever way its keys are spelt."""
    if not isinstance(fault, Mapping):
        return []
    spelt = _lower(fault)
    errors = spelt.get("error")
    kind = _text(spelt.get("type"))
    found = errors if isinstance(errors, list) else [errors]
    read = [_error(error, kind) for error in found if isinstance(error, Mapping)]
    return read or [IntuitError(kind=kind)]


def _error(error: Mapping[str, Any], kind: str) -> IntuitError:
    spelt = _lower(error)
    return IntuitError(
        code=_code(_text(spelt.get("code"))),
        message=_text(spelt.get("message")),
        detail=_text(spelt.get("detail")),
        element=_text(spelt.get("element")),
        kind=kind,
    )


def _errors_in_xml(body: bytes) -> list[IntuitError]:
    # Entities are how a small XML text becomes a large one; Intuit's answers have none.
    if len(body) > LONGEST_XML or not body.lstrip().startswith(b"<") or b"<!" in body:
        return []
    try:
        root = ElementTree.fromstring(body)  # noqa: S314 - bounded, and without entities
    except ElementTree.ParseError:
        return []
    return [
        _error_in_xml(node, _text(fault.get("type")))
        for fault in root.iterfind(".//{*}Fault")
        for node in fault.iterfind("{*}Error")
    ]


def _error_in_xml(node: ElementTree.Element, kind: str) -> IntuitError:
    return IntuitError(
        code=_code(_text(node.get("code"))),
        message=_text(node.findtext("{*}Message")).strip(),
        detail=_text(node.findtext("{*}Detail")).strip(),
        element=_text(node.get("element")),
        kind=kind,
    )


def _lower(mapping: Mapping[str, Any]) -> dict[str, Any]:
    return {str(key).lower(): value for key, value in mapping.items()}


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _code(text: str) -> str:
    """`003001` and `3001` are one code."""
    return text.strip().lstrip("0") if text.strip().isdecimal() else text.strip()

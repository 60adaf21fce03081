"""What an answer means: a refusal, with what a person can do about it, or what was written.

The table in `fault_table` is closed: what is not in it is never guessed at. The HTTP status is
read before the body, because Intuit sends XML and HTML where JSON was asked for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sync.quickbooks.answers import Answer, IntuitError, errors_in, errors_of_fault
from sync.quickbooks.fault_table import (
    DUPLICATES,
    LOOK_FIRST,
    REFERS_AMISS,
    UNREADABLE,
    WAIT_AND_LOOK,
    KnownFault,
    Outcome,
    row_for,
)

__all__ = [
    "DUPLICATES",
    "REFERS_AMISS",
    "Fault",
    "Outcome",
    "QuickBooksFault",
    "WriteResult",
    "fault_of",
    "fault_of_item",
    "single_result",
    "unreadable",
    "written_in",
]

# One answer may carry several errors: the one that forbids most decides.
_GRAVEST_FIRST = (
    Outcome.UNKNOWN,
    Outcome.REAUTHORIZE,
    Outcome.BLOCKED,
    Outcome.DUPLICATE,
    Outcome.REJECTED,
    Outcome.RETRY,
)
_BAD_STATUS_UNCLEAR = frozenset({408, 409, 429})
_SEVERE = 10000
_SECRETS = re.compile(
    r"(?i)\b(?:bearer|basic)\s+\S+"
    r"|(?<=token expired: )\S+"
    r"|(?<=token=)[^\s;,]+|(?<=token: )\S+"
    r"|\b(?=[\w\-]*\d)(?=[\w\-]*[a-z])[\w\-]{24,}(?:\.[\w\-]+)*"
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One refusal: `words` for a bookkeeper, `message` and `detail` as Intuit wrote them.

    `code` is Intuit's, or the one that says the same without doubt (`DUPLICATES`).
    `unlisted`: not in the table, so look once whether the document is there before believing it.
    `company_wide`: every other document of this company would meet the same.
    """

    outcome: Outcome
    status: int
    code: str
    message: str
    detail: str = field(repr=False)
    element: str
    intuit_tid: str
    words: str
    throttled: bool = False
    unlisted: bool = False
    company_wide: bool = False

    @property
    def is_about_the_question(self) -> bool:
        """Whether a read is refused for what it asks, and not the company or just now."""
        passing = {Outcome.UNKNOWN, Outcome.RETRY, Outcome.REAUTHORIZE}
        return not (self.throttled or self.company_wide or self.outcome in passing)


class QuickBooksFault(Exception):
    """A read that QuickBooks refused; the text names no customer and no token."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(
            f"{fault.outcome}: HTTP {fault.status}, code {fault.code or 'none'}, "
            f"intuit_tid {fault.intuit_tid or 'none'}"
        )


@dataclass(frozen=True, slots=True)
class WriteResult:
    """What became of one write: exactly one of the two is set."""

    entity: dict[str, Any] | None
    fault: Fault | None


def fault_of(answer: Answer) -> Fault | None:
    """The fault of a whole answer, in any of its shapes; None when the answer is a success."""
    is_success_status = 200 <= answer.status < 300
    errors = errors_in(answer)
    if is_success_status and answer.data is not None and not errors:
        return None
    if not errors:
        errors = [IntuitError()]
    return _gravest([_fault(error, answer, whole=True) for error in errors])


def fault_of_item(item: Mapping[str, Any], answer: Answer) -> Fault | None:
    """The fault of one item of a batch answer; None when the item is a success."""
    raw = item.get("Fault") or item.get("fault")
    if not raw:
        return None
    errors = errors_of_fault(raw) or [IntuitError()]
    return _gravest([_fault(error, answer, whole=False) for error in errors])


def unreadable(answer: Answer) -> Fault:
    """The fault of a success that does not say what it was asked for."""
    return _fault_of_row(UNREADABLE, IntuitError(), answer, unlisted=False)


def single_result(answer: Answer, entity: str) -> WriteResult:
    """What became of a single write that was answered with a success."""
    return written_in((answer.data or {}).get(entity), answer)


def written_in(found: Any, answer: Answer) -> WriteResult:
    """What was written, if it says under which Id; else nobody knows what became of it."""
    if isinstance(found, dict) and found.get("Id"):
        return WriteResult(entity=found, fault=None)
    return WriteResult(entity=None, fault=unreadable(answer))


def _gravest(faults: list[Fault]) -> Fault:
    return min(faults, key=lambda fault: _GRAVEST_FIRST.index(fault.outcome))


def _fault(error: IntuitError, answer: Answer, *, whole: bool) -> Fault:
    listed = row_for(answer.status, error.code, f"{error.message} {error.detail}")
    row = listed or _unlisted_row(error, answer.status, whole=whole)
    unlisted = listed is None and row.outcome is Outcome.REJECTED
    return _fault_of_row(row, error, answer, unlisted=unlisted)


def _fault_of_row(row: KnownFault, error: IntuitError, answer: Answer, *, unlisted: bool) -> Fault:
    return Fault(
        outcome=row.outcome,
        status=answer.status,
        code=row.kept_as or error.code,
        message=_without_secrets(error.message),
        detail=_without_secrets(error.detail),
        element=error.element,
        intuit_tid=answer.intuit_tid,
        words=row.words,
        throttled=row.throttled,
        unlisted=unlisted,
        company_wide=row.company_wide,
    )


def _unlisted_row(error: IntuitError, status: int, *, whole: bool) -> KnownFault:
    if 400 <= status < 500:
        return WAIT_AND_LOOK if status in _BAD_STATUS_UNCLEAR else LOOK_FIRST
    if not 200 <= status < 300:
        return WAIT_AND_LOOK
    if error.is_empty and whole:
        return UNREADABLE
    return LOOK_FIRST if _is_definite(error) else WAIT_AND_LOOK


def _is_definite(error: IntuitError) -> bool:
    """Whether a fault inside a 200 says for certain that nothing was written."""
    if not error.code.isdecimal() or int(error.code) >= _SEVERE:
        return False
    return error.kind.lower() in {"validationfault", "validation", ""}


def _without_secrets(text: str) -> str:
    return _SECRETS.sub("[removed]", text)

"""What a probe is, and what it finds out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from sync.quickbooks.probe.bench import Bench

Value = str | int


class Standing(StrEnum):
    """What became of an assumption; the words are the report's."""

    HELD = "held"
    NOT_HELD = "not held"
    NOT_ASKED = "could not be asked"


@dataclass(frozen=True, slots=True)
class Found:
    """What QuickBooks did: `value` as the simulator's switch has it, and by what that is known.

    `is_sure` is false where the value is one of several that could not be told apart.
    """

    value: Value
    evidence: str
    is_sure: bool = True


@dataclass(frozen=True, slots=True)
class Probe:
    """One assumption: its name, what we believe, the question, and how it is asked.

    A `switch` of that name is what the simulator does about it.
    """

    name: str
    believed: Value
    question: str
    ask: Callable[[Bench], Found]
    is_switch: bool = True


@dataclass(frozen=True, slots=True)
class Finding:
    """What one probe found out of one company."""

    name: str
    question: str
    believed: Value
    standing: Standing
    value: Value | None
    evidence: str
    sets_switch: bool

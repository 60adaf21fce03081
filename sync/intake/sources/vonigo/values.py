"""Vonigo's values: numbers come as strings in one place and as numbers in another."""

import re
from decimal import Decimal
from typing import Any

from sync.intake.sources.interface import Unreadable
from sync.words import stored

_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,10})?")
_GROUPED = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d{1,10})?")
_ID = re.compile(r"\d{1,18}")
CENT = Decimal("0.01")


def text_of(value: Any) -> str:
    """Return a value as text, empty where there is none."""
    return "" if value is None else str(value).strip()


def id_of(value: Any) -> str:
    """Return an id as text, empty where it is none or nought."""
    text = text_of(value)
    return text.lstrip("0") if _ID.fullmatch(text) else ""


def number_of(value: Any, what: str) -> Decimal:
    """Return a number exactly as it is written; `what` names it. Raises Unreadable."""
    text = text_of(value)
    if text.startswith(("$", "-$")):
        text = text.replace("$", "", 1)
    if _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    if not _NUMBER.fullmatch(text):
        words = stored("%(what)s is “%(text)s”, which is no number.", what=what, text=text[:40])
        raise Unreadable("NOT_A_NUMBER", words)
    return Decimal(text)


def money_of(value: Any, what: str) -> Decimal:
    """Return an amount in whole cents. Raises Unreadable; nothing is rounded."""
    amount = number_of(value, what)
    if amount != amount.quantize(CENT):
        words = stored("%(what)s is %(amount)s: nothing is rounded.", what=what, amount=amount)
        raise Unreadable("NOT_CENTS", words)
    return amount.quantize(CENT)


def whole_of(value: Any) -> int | None:
    """Return a whole number, None where it is none."""
    text = text_of(value)
    return int(text) if re.fullmatch(r"-?\d{1,18}", text) else None


def is_true(value: Any) -> bool:
    """Read a flag: "true", true, "1" or 1."""
    return text_of(value).casefold() in {"true", "1", "yes"}

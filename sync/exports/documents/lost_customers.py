"""Customers that QuickBooks holds no more, or only as inactive: nothing can be sent to them."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from sync.models import SyncRecord
from sync.words import stored

Problem = SyncRecord.Problem


class Lost(NamedTuple):
    """Why a customer takes nothing any more: its code, one word, and a sentence with the remedy."""

    code: SyncRecord.Problem
    standing: str
    words: str


GONE = Lost(
    Problem.GONE,
    stored("gone"),
    stored(
        "This customer is no longer in QuickBooks: somebody merged it into another one "
        "there. Mend its link: to the one that is left, or let a new one be created."
    ),
)
INACTIVE = Lost(
    Problem.INACTIVE,
    stored("inactive"),
    stored(
        "This customer is inactive in QuickBooks; it may have been merged into another "
        "one. Make it active there and check again, or mend its link: to another one, "
        "or to a new one."
    ),
)


def lost(entity: Mapping[str, Any] | None) -> Lost | None:
    """Say how a customer that was read is lost; `entity` is None where it was not there."""
    if entity is None:
        return GONE
    return INACTIVE if entity.get("Active") is False else None

"""Our marker: what tells our documents from everybody else's in the same company."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID


def marker_of(unit_code: str, uuid: UUID | str) -> str:
    """The text that stands in a PrivateNote, or in a customer's Notes."""
    return f"Paidup {unit_code} {UUID(str(uuid))}"


def has_marker(document: Mapping[str, Any], marker: str) -> bool:
    """Whether the document is ours; people may have written around the marker."""
    notes = (document.get("PrivateNote"), document.get("Notes"))
    return bool(marker) and any(isinstance(note, str) and marker in note for note in notes)

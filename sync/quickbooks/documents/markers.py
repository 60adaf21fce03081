"""Our marker: what tells our documents from everybody else's in the same company."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

_MARKER = re.compile(r"Paidup (\S+) ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


def marker_of(unit_code: str, realm_id: str, uuid: UUID) -> str:
    """The text that stands in a PrivateNote, or in a customer's Notes.

    It is the same each time for one document of ours in one company, and another in each company.
    """
    return f"Paidup {unit_code} {_mixed(realm_id, uuid)}"


def marker_in(document: Mapping[str, Any]) -> str:
    """The marker of ours that stands in a document, empty where there is none."""
    return found[0] if (found := _find(document)) else ""


def unit_code_in(marker: str) -> str:
    """The code of the business unit whose document it is."""
    return found[1] if (found := _MARKER.fullmatch(marker)) else ""


def uuid_in(marker: str, realm_id: str) -> UUID | None:
    """The UUID of the document it was made for; of a marker from before, one that nothing has."""
    found = _MARKER.fullmatch(marker)
    return _mixed(realm_id, UUID(found[2])) if found else None


def _find(document: Mapping[str, Any]) -> re.Match[str] | None:
    notes = (document.get("PrivateNote"), document.get("Notes"))
    return next((m for note in notes if (m := _MARKER.search(str(note or "")))), None)


def _mixed(realm_id: str, uuid: UUID) -> UUID:
    """Mixes the company into a UUID, or, done again, out of it."""
    of_company = UUID(bytes=hashlib.sha256(realm_id.encode()).digest()[:16])
    return UUID(int=uuid.int ^ of_company.int)


def has_marker(document: Mapping[str, Any], marker: str) -> bool:
    """Whether the document is ours; people may have written around the marker."""
    notes = (document.get("PrivateNote"), document.get("Notes"))
    return bool(marker) and any(isinstance(note, str) and marker in note for note in notes)

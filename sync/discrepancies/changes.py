"""What changed in QuickBooks since we last read, within the limits of its change data capture.

It looks back 30 days and names at most 1,000 objects; beyond that, entities are read page by page
and what we know is asked for by id, because a page does not tell of what was deleted.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from sync.models import QuickBooksCompany, Reading
from sync.quickbooks.client import ChangesTruncated, Client, where_in

Row = dict[str, Any]
LOOK_BACK = timedelta(days=29)
# What is committed there a moment late must not fall between two readings.
OVERLAP = timedelta(minutes=1)
AT_ONCE = 500


@dataclass(slots=True)
class Changes:
    """Rows by entity and id; a deleted one says so in `status`."""

    rows: dict[str, dict[str, Row]] = field(default_factory=dict)
    deletions_unseen: set[str] = field(default_factory=set)
    """Entities of which too much changed for deletions to be told."""


def last_reading(company: QuickBooksCompany, kind: str) -> Reading | None:
    """Return the last reading, None where changes since then are beyond QuickBooks' memory."""
    reading = Reading.objects.filter(company=company, kind=kind).first()
    if reading is None or reading.read_until < timezone.now() - LOOK_BACK:
        return None
    return reading


def changes_since(client: Client, entities: Sequence[str], since: datetime) -> Changes:
    """Return what changed; one request, or one and a few an entity where too much did."""
    try:
        return Changes(_by_id(client.changes(entities, since - OVERLAP)))
    except ChangesTruncated:
        pass
    changes = Changes()
    for entity in entities:
        try:
            changes.rows |= _by_id(client.changes([entity], since - OVERLAP))
        except ChangesTruncated:
            rows = client.select(entity, since=since - OVERLAP)
            changes.rows[entity] = {str(row["Id"]): row for row in rows}
            changes.deletions_unseen.add(entity)
    return changes


def _by_id(found: dict[str, list[Row]]) -> dict[str, dict[str, Row]]:
    return {entity: {str(row["Id"]): row for row in rows} for entity, rows in found.items()}


def read_by_id(client: Client, entity: str, ids: Collection[str]) -> dict[str, Row]:
    """Return the documents that are there, hundreds a request; what is missing was deleted."""
    there: dict[str, Row] = {}
    for chunk in in_chunks(sorted(ids)):
        there |= {str(row["Id"]): row for row in client.select(entity, where_in("Id", chunk))}
    return there


def in_chunks(values: Collection[Any] | QuerySet[Any], size: int = AT_ONCE) -> Iterator[list[Any]]:
    """Cut what a request or a database query takes at once."""
    listed = list(values)
    for start in range(0, len(listed), size):
        yield listed[start : start + size]


def is_deleted(row: Row | None) -> bool:
    """Say whether a document is gone: QuickBooks says so, or does not have it."""
    return row is None or row.get("status") == "Deleted"

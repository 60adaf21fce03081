"""What a tie-out says of differences that a person accepted: who, and when."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from sync.discrepancies.changes import in_chunks
from sync.models import Drift, SyncRecord
from sync.words import stored


def accepted_there(records: Sequence[SyncRecord]) -> dict[int, Drift]:
    """Return what was last accepted of documents as it is in QuickBooks, by record."""
    found: dict[int, Drift] = {}
    for some in in_chunks([record.pk for record in records]):
        rows = Drift.objects.filter(
            record__in=some, side=Drift.Side.QUICKBOOKS, state=Drift.State.ACCEPTED
        )
        related = rows.select_related("decided_by", "business_unit").order_by("pk")
        found |= {drift.record_id: drift for drift in related}
    return found


def is_just(accepted: Drift, changes: Sequence[dict[str, str]]) -> bool:
    """Say whether what differs there is what was accepted, and no more."""
    return all(accepted.snapshot.get(change["field"]) == change["now"] for change in changes)


def said_of(accepted: Drift) -> str:
    """Say who accepted it, and on which day of the unit."""
    if accepted.decided_at is None:
        return stored("accepted")
    when = accepted.decided_at.astimezone(ZoneInfo(accepted.business_unit.timezone))
    return stored("accepted by %(who)s on %(day)s", who=str(accepted.decided_by), day=when.date())

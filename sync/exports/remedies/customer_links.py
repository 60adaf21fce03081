"""The link of a customer: followed where only its name changed, stopped where it leads nowhere."""

from collections.abc import Sequence

from sync.exports.documents.lost_customers import GONE, lost
from sync.models import SyncRecord
from sync.quickbooks.documents import Difference, Entity, has_marker, name_key
from sync.words import stored

State, Kind, Problem = SyncRecord.State, SyncRecord.Kind, SyncRecord.Problem
DELETED = stored(
    "It is no longer in QuickBooks: somebody deleted it there. Unlink it, and it may be exported "
    "again."
)


def follow_rename(
    record: SyncRecord, entity: Entity, differing: Sequence[Difference]
) -> Sequence[Difference]:
    """Take over the name of a customer that is surely ours, and return what else differs.

    The id says that it is the same, and the mark that nobody else was put in its place.
    """
    is_renamed = [difference.field for difference in differing] == ["DisplayName"]
    if record.kind != Kind.CUSTOMER or not is_renamed or not has_marker(entity, record.marker):
        return differing
    take_name(record, entity)
    return []


def take_name(record: SyncRecord, entity: Entity) -> None:
    """Call a customer as QuickBooks does; the caller saves it."""
    name = str(entity["DisplayName"])
    record.content["display_name"] = name
    key = "" if record.linked_by_id else name_key(name)
    others = SyncRecord.objects.filter(company=record.company_id, name_key=key)
    is_given = bool(key) and others.exclude(pk=record.pk).exists()
    record.name_key = "" if is_given else key


def say_gone(record: SyncRecord) -> None:
    """Stop what QuickBooks does not hold any more; the caller saves it."""
    words = GONE.words if record.kind == Kind.CUSTOMER else DELETED
    record.stop(State.MISMATCH, Problem.GONE, words)


def say_inactive(record: SyncRecord, entity: Entity) -> None:
    """Stop a customer that is inactive; the caller saves it."""
    if record.kind == Kind.CUSTOMER and (found := lost(entity)):
        record.stop(State.MISMATCH, found.code, found.words)

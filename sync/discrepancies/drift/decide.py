"""What a person decides about a change after export: accept it, or explain why it stands."""

from django.db import transaction

from accounts.access import Capability, require
from accounts.models import User
from sync.discrepancies.drift.drift import conclude
from sync.models import Drift, Event
from sync.words import stored

State = Drift.State
LONGEST_NOTE = 500
DECIDED = Event.Action.DRIFT_DECIDED


class DecisionRefused(ValueError):
    """The decision cannot be stored; the text is for the page."""


def note_too_long(note: str, most: int) -> str:
    """Say that a note is longer than can be kept."""
    return stored(
        "The note has %(count)s characters; %(most)s are the most.", count=len(note), most=most
    )


@transaction.atomic
def decide(drift_ids: list[int], actor: User, state: State, note: str) -> int:
    """Accept or explain changes, all of them or none; return how many were decided.

    What is accepted becomes what later changes are compared with.
    """
    note = note.strip()
    if state not in {State.ACCEPTED, State.EXPLAINED}:
        raise DecisionRefused(stored("Accept the change or explain it."))
    if state == State.EXPLAINED and not note:
        raise DecisionRefused(stored("Say why it changed."))
    if len(note) > LONGEST_NOTE:
        raise DecisionRefused(note_too_long(note, LONGEST_NOTE))
    drifts = list(Drift.objects.select_for_update().filter(pk__in=set(drift_ids)).order_by("pk"))
    for unit_id in {drift.business_unit_id for drift in drifts}:
        require(actor, Capability.RESOLVE, unit_id)
    standing = [d for d in drifts if d.state in {State.OPEN, State.NOTED, State.EXPLAINED}]
    if len(standing) != len(set(drift_ids)):
        raise DecisionRefused(
            stored("One of these changes no longer stands. Look at the list anew.")
        )
    conclude(dict.fromkeys(standing, (state, note)), actor, DECIDED)
    return len(standing)

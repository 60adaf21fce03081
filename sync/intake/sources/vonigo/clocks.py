"""Vonigo's two clocks: the franchise's own time written as UTC, and real UTC.

Which of them a field has is proven by its values, or said by a person; it is never assumed.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sync.intake.sources.interface import Unreadable
from sync.intake.sources.vonigo.values import text_of, whole_of
from sync.words import stored

_SLACK = timedelta(minutes=10)
_ENOUGH = 3  # values that tell the same


class Clock(StrEnum):
    """Which time a field writes."""

    LOCAL = "local"
    UTC = "utc"


def written(value: Any) -> datetime | None:
    """Return what a date field says, read as if it were UTC; None where it is empty.

    Raises Unreadable for what is no date.
    """
    text = text_of(value)
    if text in {"", "0"}:
        return None
    seconds = whole_of(value)
    try:
        if seconds is not None:
            return datetime.fromtimestamp(seconds, UTC)
        said = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError) as error:
        raise Unreadable("NOT_A_DATE", stored("“%(text)s” is no date.", text=text[:40])) from error
    return said.replace(tzinfo=UTC) if said.tzinfo is None else said.astimezone(UTC)


def day_of(value: Any, clock: str, zone: ZoneInfo, what: str) -> date:
    """Return the unit's day that a field says. Raises Unreadable where it says none.

    `what` names the field, as it is stored.
    """
    moment = written(value)
    if moment is None:
        raise Unreadable("NO_DAY", stored("%(what)s is empty.", what=what))
    if clock == Clock.UTC:
        return moment.astimezone(zone).date()
    if clock == Clock.LOCAL:
        return moment.date()
    words = stored("%(what)s: nobody has said in which clock it is written.", what=what)
    raise Unreadable("CLOCK_UNKNOWN", words)


def as_local_seconds(moment: datetime, zone: ZoneInfo) -> int:
    """Return a moment as Vonigo's filters take it: the franchise's clock, written as UTC."""
    return int(moment.astimezone(zone).replace(tzinfo=UTC).timestamp())


def proven(values: Iterable[Any], zone: ZoneInfo, now: datetime) -> Clock | None:
    """Return the clock that values prove, None where they prove none or both.

    Days are written as midnight: by the franchise's clock, or by its midnight in UTC. What lies in
    the future by one of the clocks was written by the other.
    """
    moments = [moment for value in values if (moment := _readable(value)) is not None]
    midnights = {
        Clock.LOCAL: sum(moment.time() == time() for moment in moments),
        Clock.UTC: sum(moment.astimezone(zone).time() == time() for moment in moments),
    }
    for clock, other in ((Clock.LOCAL, Clock.UTC), (Clock.UTC, Clock.LOCAL)):
        if midnights[clock] >= _ENOUGH and midnights[clock] == len(moments) > midnights[other]:
            return clock
    possible = {Clock.LOCAL, Clock.UTC}
    if any(moment > now + _SLACK for moment in moments):
        possible.discard(Clock.UTC)
    if any(moment.replace(tzinfo=zone) > now + _SLACK for moment in moments):
        possible.discard(Clock.LOCAL)
    return possible.pop() if len(possible) == 1 else None


def _readable(value: Any) -> datetime | None:
    try:
        return written(value)
    except Unreadable:
        return None

"""What of a person's needs is new since they were told last."""

from dataclasses import dataclass
from typing import Any

from sync.needs.ranking import Need

MOST_KEPT = 1_000
Told = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class New:
    """A need, and how many of it are new."""

    need: Need
    count: int


def now_told(found: list[Need]) -> Told:
    """Return what to keep of what is told now: how many, and which are the newest."""
    return {need.key: {"count": need.count, "ids": _newest(need)} for need in found}


def news(found: list[Need], now: Told, before: Told) -> list[New]:
    """Return each need with what is new of it; nothing at all where nothing is."""
    new = [New(need, _new(now[need.key], before.get(need.key))) for need in found]
    return new if any(each.count for each in new) else []


def still_told(before: Told, now: Told) -> Told:
    """Forget what is settled: where it comes back, it is new."""
    return {key: _common(before[key], each) for key, each in now.items() if key in before}


def _common(before: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    still = set(now["ids"])
    return {
        "count": min(before["count"], now["count"]),
        "ids": [pk for pk in before["ids"] if pk in still],
    }


def _newest(need: Need) -> list[int]:
    if need.rows is None:
        return []
    ids = need.rows.order_by("-pk").values_list("pk", flat=True)
    return list(ids[:MOST_KEPT])


def _new(now: dict[str, Any], before: dict[str, Any] | None) -> int:
    """Count by ids; of so many that not all ids are kept, by how many more there are."""
    if before is None:
        return int(now["count"])
    if max(now["count"], before["count"]) > MOST_KEPT:
        return max(0, int(now["count"]) - int(before["count"]))
    return len(set(now["ids"]).difference(before["ids"]))

"""What the page of an import shows: how far it is, its figures, and its rows with their reasons."""

from typing import Any

from sync.models import Import, ImportRow

SHOWN = 200
# What needs a look stands first.
_ORDER = ("refused", "asked", "waiting", "changed", "not_ours", "stale", "created", "unchanged")


def context_of(entry: Import, outcome: str) -> dict[str, Any]:
    """Return an import with its counts, sums, the file's own figures, and rows of one outcome."""
    counts = [
        (name, ImportRow.Outcome(name).label, entry.counts[name])
        for name in _ORDER
        if entry.counts.get(name)
    ]
    names = [name for name, _, _ in counts]
    chosen = outcome if outcome in names else next(iter(names), "")
    return {
        "entry": entry,
        "counts": counts,
        "total": sum(count for _, _, count in counts),
        "chosen": chosen,
        "lines": list(entry.rows.filter(outcome=chosen).order_by("place")[:SHOWN]),
        "most": SHOWN,
        "sums": _sums(entry),
        "controls": entry.controls,
        "percent": 100 * entry.place // entry.steps if entry.steps else 0,
        "is_moving": entry.state in Import.WORKING,
        "refused": entry.counts.get("refused", 0),
        "must_answer": [one for one in entry.questions if one["required"]],
    }


def _sums(entry: Import) -> list[tuple[str, str, str]]:
    return [
        (kind, amount, currency)
        for currency, kinds in sorted(entry.sums.items())
        for kind, amount in sorted(kinds.items())
    ]

"""What the page of an import shows: how far it is, its figures, and its rows with their reasons."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from sync.admin.common.base import row_numbers
from sync.field_words import FIELDS
from sync.intake.files.outcomes import FileRefused
from sync.intake.imports import correcting
from sync.intake.imports.shelf import FileGone
from sync.models import Delivery, Import, ImportRow
from sync.words import later, money, told

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
        "who": str(entry.created_by or _("the command line")),
        "counts": counts,
        "total": sum(count for _, _, count in counts),
        "chosen": chosen,
        "lines": [
            _line(row) for row in entry.rows.filter(outcome=chosen).order_by("place")[:SHOWN]
        ],
        "most": SHOWN,
        "may_correct": correcting.is_open(entry) and chosen in correcting.OPEN_TO_IT,
        "sums": _sums(entry),
        "controls": entry.controls,
        "percent": 100 * entry.place // entry.steps if entry.steps else 0,
        "is_moving": entry.state in Import.WORKING,
        "refused": entry.counts.get("refused", 0),
        "must_answer": [one for one in entry.questions if one["required"]],
    }


def cells_shown(entry: Import, place: str) -> dict[str, Any] | None:
    """Return one row with its cells to be corrected; None where there is none such."""
    [number] = row_numbers([place]) or [0]
    row = entry.rows.filter(place=number, outcome__in=correcting.OPEN_TO_IT).first()
    if row is None or not correcting.is_open(entry):
        return None
    try:
        rows = correcting.cells_of(entry, row)
    except (FileGone, FileRefused):
        return None
    named = [
        (number, [(f"c{number}-{at}", label, text) for at, (label, text) in enumerate(cells)])
        for number, cells in rows
    ]
    return {"place": row.place, "rows": named}


def correct_by(posted: Mapping[str, str], entry: Import, row: ImportRow) -> int:
    """Take the cells of a row as the form has them."""
    said = {
        (number, label): posted[f"c{number}-{at}"]
        for number, cells in correcting.cells_of(entry, row)
        for at, (label, _) in enumerate(cells)
        if f"c{number}-{at}" in posted
    }
    return correcting.correct(entry, row, said)


def _line(row: ImportRow) -> dict[str, Any]:
    """Return rows of the file with what they are and why they ended so, in words."""
    return {
        "first_row": row.first_row,
        "row_count": row.row_count,
        "place": row.place,
        "things": [
            f"{Delivery.Kind(kind).label} {label}, {money(Decimal(amount), currency)}"
            for kind, _id, label, amount, currency in row.things
        ],
        "reasons": [told(words) for _code, _field, words in row.reasons],
        "changes": [
            (field_name(name), was or "-", now or "-") for name, (was, now) in row.changes.items()
        ],
    }


_ALSO = {"allocations": later("invoices that it pays"), "lines": later("lines")}


def field_name(name: str) -> str:
    """Return what a field of the door is called on a page."""
    plain = name.removesuffix("_id").replace("_", " ")
    return str(FIELDS.get(plain) or _ALSO.get(plain, plain))


def _sums(entry: Import) -> list[tuple[str, str]]:
    return [
        (str(Import.Kind(kind).label), money(Decimal(amount), currency))
        for currency, kinds in sorted(entry.sums.items())
        for kind, amount in sorted(kinds.items())
    ]

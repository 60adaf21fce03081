"""Cells of a file are corrected before it is taken in: kept as answers, the file as it came."""

import json
from collections.abc import Mapping
from itertools import islice, zip_longest

from sync.intake.files.answers import Answers
from sync.intake.files.opening.tables import Table, open_table
from sync.intake.files.opening.workbooks import Formula
from sync.intake.files.words import shown
from sync.intake.imports import arriving, shelf
from sync.models import Import, ImportRow

MOST_ROWS = 20
OPEN_TO_IT = frozenset({
    ImportRow.Outcome.REFUSED, ImportRow.Outcome.ASKED, ImportRow.Outcome.WAITING,
    ImportRow.Outcome.NOT_OURS,
})  # fmt: skip
Cells = list[tuple[int, list[tuple[str, str]]]]
"""Numbers of rows, each with the names of its columns and what stands in them."""


def is_open(entry: Import) -> bool:
    """Say whether cells of a file may still be corrected."""
    return entry.state in {Import.State.ASKING, Import.State.READY}


def cells_of(entry: Import, row: ImportRow) -> Cells:
    """Return what the rows hold that belong together, the first of them. Raises FileGone."""
    table = _table(entry)
    width = len(table.labels)
    first, last = row.first_row, row.first_row + min(row.row_count, MOST_ROWS) - 1
    found = ((number, cells) for number, cells in table.rows() if number >= first)
    return [
        (number, list(zip_longest(table.labels, map(_text, cells[:width]), fillvalue="")))
        for number, cells in islice(found, last - first + 1)
    ]


def correct(entry: Import, row: ImportRow, said: Mapping[tuple[int, str], str]) -> int:
    """Keep what stands otherwise now in the cells of a row; return how many cells that are."""
    changed: dict[str, dict[str, str]] = {}
    for number, cells in cells_of(entry, row):
        for label, text in cells:
            value = said.get((number, label), text).strip()
            if value != text.strip():
                changed.setdefault(str(number), {})[label] = value
    if changed:
        before = entry.answers.get("cells", {})
        arriving.answer(
            entry, {"cells": {row: before.get(row, {}) | some for row, some in changed.items()}}
        )
    return sum(map(len, changed.values()))


def corrected(entry: Import) -> list[tuple[str, str, str]]:
    """Return row, column and value of what was corrected, in the file's order."""
    cells = entry.answers.get("cells", {})
    return [
        (row, shown(label), shown(value))
        for row in sorted(cells, key=int)
        for label, value in cells[row].items()
    ]


def _table(entry: Import) -> Table:
    said = {name: value for name, value in entry.answers.items() if name not in arriving.OURS}
    return open_table(shelf.fetch(entry), Answers.from_json(json.dumps(said)))


def _text(cell: object) -> str:
    return "" if isinstance(cell, Formula) else str(cell)

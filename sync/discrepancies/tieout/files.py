"""A tie-out as files: every document with what was found, and the totals."""

from collections.abc import Iterator
from decimal import Decimal

from sync.models import TieOut
from sync.spreadsheets import Cell, csv_lines, workbook

COLUMNS = {
    "kind": "Document",
    "name": "Number",
    "qbo_id": "QuickBooks id",
    "customer": "Customer",
    "invoice": "Invoice",
    "outcome": "Outcome",
    "currency": "Currency",
    "ours": "Here",
    "theirs": "In QuickBooks",
    "words": "What differs",
}
TOTALS = {
    "group": "By",
    "name": "Name",
    "currency": "Currency",
    "ours": "Here",
    "theirs": "In QuickBooks",
    "difference": "Difference",
}
_AMOUNTS = {"ours", "theirs", "difference"}


def as_csv(made: TieOut) -> str:
    """Return every document as CSV, safe to open in a spreadsheet."""
    return "".join(csv_lines(_rows(COLUMNS, made.lines)))


def as_xlsx(made: TieOut) -> bytes:
    """Return documents, totals and the sign-off as a workbook."""
    return workbook(
        [
            ("Documents", _rows(COLUMNS, made.lines)),
            ("Totals", _rows(TOTALS, made.totals)),
            ("Sign-off", _sign_off(made)),
        ]
    )


def _rows(columns: dict[str, str], lines: list[dict[str, str]]) -> Iterator[list[Cell]]:
    yield list(columns.values())
    for line in lines:
        yield [Decimal(line[name]) if name in _AMOUNTS else line[name] for name in columns]


def _sign_off(made: TieOut) -> Iterator[list[Cell]]:
    yield ["Business unit", str(made.business_unit)]
    yield ["Period", f"{made.first_day} to {made.last_day}"]
    yield ["Compared", f"{made.done_at:%Y-%m-%d %H:%M} UTC" if made.done_at else "not yet"]
    for name, number in made.own_counts.items():
        yield [name.capitalize(), int(number)]
    yield ["Signed by", made.signer_name or "nobody yet"]
    yield ["Signed at", f"{made.signed_at:%Y-%m-%d %H:%M} UTC" if made.signed_at else ""]
    yield ["Note", made.sign_note]

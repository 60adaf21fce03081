"""Files to take away: the rows that were refused, to be mended and brought back, and templates."""

import re
from collections.abc import Iterator
from decimal import Decimal

from sync.intake.files.opening.tables import WHY_REFUSED
from sync.intake.files.opening.workbooks import Formula
from sync.intake.imports.arriving import open_reading
from sync.models import Import, ImportRow
from sync.spreadsheets import Cell, csv_lines
from sync.words import told

AMOUNT = re.compile(r"\A-\d{1,12}\.\d{1,4}\Z")  # below zero: no formula, and no text
# Columns that are known by their names: what is brought in them is asked about least.
TEMPLATES = {
    "customers": ["Customer ID", "Customer", "Email", "Phone", "Street", "City", "State", "ZIP"],
    "invoices": [
        "Invoice number", "Customer", "Email", "Invoice date", "Due date", "Service",
        "Description", "Quantity", "Price", "Amount", "Tax total", "Total",
    ],
    "payments": [
        "Payment ID", "Customer", "Date received", "Amount", "Method", "Reference", "Invoice",
    ],
    "refunds": ["Payment ID", "Invoice", "Refund date", "Amount", "Reason"],
}  # fmt: skip


def refused_rows(entry: Import) -> Iterator[str]:
    """Return the lines of a CSV of a file's refused rows, as they stood, each with its reason."""
    return csv_lines(_refused(entry))


def _refused(entry: Import) -> Iterator[list[Cell]]:
    reading = open_reading(entry)
    labels = [label for label in reading.table.labels if label != WHY_REFUSED]
    yield [*labels, WHY_REFUSED]
    refused = entry.rows.filter(outcome=ImportRow.Outcome.REFUSED).order_by("first_row")
    why = {row.first_row: row for row in refused}
    width, left, words = len(labels), 0, ""
    for number, cells in reading.table.rows():
        if number in why:
            left = why[number].row_count
            words = " ".join(told(reason[2]) for reason in why[number].reasons)
        if left:
            yield [*map(_cell, cells[:width]), *[""] * (width - len(cells)), words]
            left -= 1


def template(kind: str) -> str:
    """Return an empty file of a kind, with the columns that are known by their names."""
    return "".join(csv_lines([TEMPLATES[kind]]))


def _cell(cell: object) -> Cell:
    text = "" if isinstance(cell, Formula) else str(cell)
    return Decimal(text) if AMOUNT.match(text) else text

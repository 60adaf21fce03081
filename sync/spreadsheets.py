"""Tables as files that people open in a spreadsheet, where no text is ever run as a formula."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import TypeAlias

from xlsxwriter import Workbook

Cell: TypeAlias = str | int | Decimal | None
_SIGNS = {"=", "+", "-", "@"}
_BREAKS = ("\t", "\r", "\n")
_LONGEST_TEXT = 32_767  # of an XLSX cell; a longer text would be left out whole


def inert(value: Cell) -> Cell:
    """Return a cell of which a spreadsheet runs nothing; numbers stay as they are.

    What makes a text a formula is marked by an apostrophe: a sign, also one of full width and one
    behind blanks or signs that nobody sees, or a break.
    """
    if not isinstance(value, str):
        return value
    seen = next((sign for sign in value if unicodedata.category(sign)[0] not in "ZC"), "")
    is_run = value.startswith(_BREAKS) or unicodedata.normalize("NFKC", seen) in _SIGNS
    return f"'{value}" if is_run else value


class _Line:
    """What csv.writer writes to: it hands each line back."""

    def write(self, line: str) -> str:
        return line


def csv_lines(rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """Return rows as CSV, a line at a time."""
    writer = csv.writer(_Line())
    for row in rows:
        yield writer.writerow([inert(value) for value in row])


def workbook(sheets: Sequence[tuple[str, Iterable[Sequence[Cell]]]]) -> bytes:
    """Return an XLSX file of named sheets; an amount is shown with its two places."""
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True}) as book:
        to_the_cent = book.add_format({"num_format": "0.00"})
        for name, rows in sheets:
            sheet = book.add_worksheet(name)
            for at, row in enumerate(rows):
                for column, value in enumerate(map(inert, row)):
                    if isinstance(value, Decimal):
                        sheet.write_number(at, column, value, to_the_cent)
                    elif isinstance(value, int):
                        sheet.write_number(at, column, value)
                    else:
                        sheet.write_string(at, column, (value or "")[:_LONGEST_TEXT])
    return out.getvalue()

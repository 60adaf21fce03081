"""Remarks that may undo their row, where no column has a word for how the row stands."""

from collections.abc import Sequence

from sync.intake.files.columns.fields import Field, Kind
from sync.intake.files.columns.mapping import Mapping
from sync.intake.files.columns.meanings import UNDONE_BILL, UNDONE_MONEY
from sync.intake.files.opening.workbooks import Cell
from sync.intake.files.values.amounts import take_apart

NOWHERE = -1, ""
REMEMBERED = 5_000
"""Texts that are not looked at twice."""


class Remarks:
    """Finds "VOID", "NSF" or "Refund" in columns of remarks, and in those that nobody knows."""

    def __init__(self, mapping: Mapping) -> None:
        is_bill = mapping.kind == Kind.INVOICES
        self.undone = UNDONE_BILL if is_bill else UNDONE_MONEY
        amounts = (Field.TOTAL, Field.LINE_AMOUNT) if is_bill else (Field.AMOUNT,)
        self.amount = next((mapping.at[part] for part in amounts if part in mapping.at), -1)
        is_told = mapping.layout is not None or mapping.at.keys() & {Field.TYPE, Field.STATUS}
        is_open = mapping.kind in {Kind.INVOICES, Kind.PAYMENTS} and not is_told
        parts = {Field.NOTE, Field.REASON, Field.IGNORE}
        parts |= set() if is_bill else {Field.DESCRIPTION}
        self.plain: set[str] = set()
        self.places = [
            column.position
            for column in mapping.columns
            if is_open and column.field in parts and column.known_by != "answer"
        ]

    def of(self, row: Sequence[Cell]) -> tuple[int, str]:
        """Return where such a remark stands, and its words; empty where none does."""
        for at in self.places:
            cell = row[at] if at < len(row) else ""
            if cell == "" or not isinstance(cell, str) or cell in self.plain:
                continue
            if self.undone.search(cell.casefold()):
                return (at, cell.strip()) if self._counts(row) else NOWHERE
            if len(self.plain) < REMEMBERED:
                self.plain.add(cell)
        return NOWHERE

    def _counts(self, row: Sequence[Cell]) -> bool:
        """Say whether it matters: below zero it went back or is refused, and zero is none."""
        cell = row[self.amount] if 0 <= self.amount < len(row) else ""
        written = take_apart(str(cell))
        return written is not None and not written.is_negative and written.digits.strip("0.,") != ""

"""Rows of customers, without anything that was billed or paid."""

from collections.abc import Sequence

from sync.intake.files.columns.fields import Field
from sync.intake.files.documents.ends import end
from sync.intake.files.documents.parties import Parties
from sync.intake.files.outcomes import Code, Reason, Staged
from sync.intake.files.values.cells import Cells, Values


class Customers:
    """Makes customers of the rows of one file."""

    def __init__(self, cells: Cells, parties: Parties) -> None:
        self.cells, self.parties = cells, parties

    def stage(self, numbers: tuple[int, ...], rows: Sequence[Values]) -> Staged:
        """Return what becomes of one row."""
        problems: list[Reason] = []
        party = self.parties.of(rows, problems)
        if party is None:
            problems.append(Reason(Code.MISSING, self.cells.mapping.label(Field.CUSTOMER)))
            return end(numbers, (), problems)
        return end(numbers, (party,), problems)

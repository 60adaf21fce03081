"""The customer of a row: a name, and whatever else the row knows of them."""

from collections.abc import Sequence

from sync.intake.files.columns.fields import Field
from sync.intake.files.outcomes import Code, Reason
from sync.intake.files.records import NOWHERE, Address, Party
from sync.intake.files.values.cells import Cells, Values

PARTS = (Field.STREET, Field.CITY, Field.REGION, Field.POSTAL_CODE, Field.COUNTRY)


class Parties:
    """Finds the customer of rows; `heading` is the group that the rows stand in."""

    def __init__(self, cells: Cells, fallback: str) -> None:
        self.cells, self.fallback = cells, fallback
        self.heading = ""
        self._has_address = any(cells.has(part) for part in PARTS)
        self._has_more = any(
            cells.has(part) for part in (*PARTS, Field.CUSTOMER_ID, Field.EMAIL, Field.PHONE)
        )
        self._bare: dict[str, Party] = {}

    def of(self, rows: Sequence[Values], problems: list[Reason]) -> Party | None:
        """Return the customer whom the rows name; they must not name two."""
        first = rows[0]
        if len(rows) == 1 and not self._has_more and (name := self._name(first, problems)):
            return self._bare.get(name) or self._bare.setdefault(name, Party(name))
        names = {name: row for row in rows if (name := self._name(row, problems))}
        if len(names) > 1:
            problems.append(self.cells.reason(Code.DIFFERS_WITHIN, Field.CUSTOMER, rows[-1]))
        name, row = next(iter(names.items()), (self.heading or self.fallback, first))
        email = self._word(first, Field.EMAIL, problems)
        name = name or email
        if not name:
            return None
        if not self._has_more:
            return self._bare.setdefault(name, Party(name))
        return Party(
            name,
            self.cells.text(row, Field.CUSTOMER_ID, problems),
            email,
            self._word(row, Field.PHONE, problems),
            self._address(row, problems) if self._has_address else NOWHERE,
        )

    def _name(self, row: Values, problems: list[Reason]) -> str:
        name = self.cells.text(row, Field.CUSTOMER, problems)
        if name or not self.cells.has(Field.GIVEN_NAME):
            return name
        parts = (
            self.cells.text(row, part, problems) for part in (Field.GIVEN_NAME, Field.FAMILY_NAME)
        )
        return " ".join(part for part in parts if part)

    def _word(self, row: Values, field: Field, problems: list[Reason]) -> str:
        word = self.cells.text(row, field, problems)
        return "" if word == "-" else word

    def _address(self, row: Values, problems: list[Reason]) -> Address:
        return Address(*(self._word(row, part, problems) for part in PARTS))

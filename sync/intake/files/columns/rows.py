"""What a row is before it is read: data, or a blank, a heading, a total or a remark."""

from collections.abc import Container

from sync.intake.files.columns.fields import LINE_FIELDS, Field, Kind
from sync.intake.files.columns.groups import key_column, receipt_columns, receipt_of
from sync.intake.files.columns.mapping import Mapping
from sync.intake.files.columns.meanings import (
    ends_in_total,
    is_footer,
    is_total,
    is_total_of_group,
    total_of,
)
from sync.intake.files.opening.tables import Table
from sync.intake.files.opening.workbooks import Formula
from sync.intake.files.outcomes import Code, Reason
from sync.intake.files.values.cells import Values

OF_RECEIPT = (
    Field.RECEIVED, Field.CUSTOMER, Field.CUSTOMER_ID, Field.TYPE, Field.METHOD, Field.REFERENCE,
    Field.CHECK_NUMBER, Field.UNAPPLIED,
)  # fmt: skip
WORDED = (Field.SERVICE, Field.DESCRIPTION, Field.QUANTITY, Field.PRICE)
"""What a line has beside its amount: an amount alone may as well be a sum."""
BLANK = Reason(Code.BLANK)
HEADER = Reason(Code.HEADER)


class Shapes:
    """Tells the shapes of one table's rows apart."""

    def __init__(self, table: Table, mapping: Mapping) -> None:
        self.width = len(table.labels)
        self.header = table.header
        self.can_continue = False
        at = mapping.at
        self._date = at.get(Field.ISSUED, at.get(Field.RECEIVED, -1))
        self._key = key_column(mapping)
        self._joined = receipt_columns(mapping) if mapping.joins_receipts else ()
        self._names = {
            at[part] for part in (Field.NUMBER, Field.INVOICES, Field.PAYMENT_ID) if part in at
        }
        self._customer = at.get(Field.CUSTOMER, at.get(Field.GIVEN_NAME, -1))
        self._lines = {at[part] for part in LINE_FIELDS if part in at}
        self._worded = {at[part] for part in WORDED if part in at}
        self._is_bill = mapping.kind == Kind.INVOICES
        self._is_people = mapping.kind == Kind.CUSTOMERS
        self._applied = self._parts_of_receipts(mapping)
        self.has_customer_headings = mapping.has_customer_headings

    def of(self, row: Values) -> Reason | None:
        """Return why a row is none of data, None where it is."""
        if len(row) > self.width and any(_filled(cell) for cell in row[self.width :]):
            extra = next(str(cell) for cell in row[self.width :] if _filled(cell))
            return Reason(Code.TOO_MANY_CELLS, "", extra[:100])
        if 0 <= self._date < len(row) and (day := row[self._date]):
            if day == self.header[self._date]:
                return HEADER
            if not isinstance(day, str):
                return None
            if day.strip():
                return self._word_for_a_day(row, day)
        return self._without_date(row)

    def _word_for_a_day(self, row: Values, word: str) -> Reason | None:
        """Tell a remark, heading or total that stands where a report's days do; None for a day."""
        may_be_total = not word[:1].isdigit()  # as nearly every one of a large file's days
        if (
            may_be_total
            and is_total(word)
            and not any(_filled(row[at]) for at in self._names if at < len(row))
        ):
            return Reason(Code.TOTAL, "", word[:100])
        if any(_filled(cell) for at, cell in enumerate(row) if at != self._date):
            return None
        if is_footer(word):
            return Reason(Code.FOOTER, "", word[:100])
        is_no_day = not any(letter.isdigit() for letter in word)
        return Reason(Code.HEADING, "", word[:100]) if is_no_day else None

    def _without_date(self, row: Values) -> Reason | None:
        filled = [at for at, cell in enumerate(row) if _filled(cell)]
        if not filled:
            return BLANK
        words = [str(row[at]).strip() for at in filled]
        is_by_end = filled[0] not in self._lines and ends_in_total(words[0])
        named = any(at in self._names and not is_total(str(row[at])) for at in filled)
        if is_by_end and len(filled) > 1:
            return Reason(Code.TOTAL, "", words[0][:100])
        if not named:
            label = next((word for word in words if is_total(word)), "")
            if not label and filled[0] not in self._lines and is_total_of_group(words[0]):
                label = words[0]
            if label:
                return Reason(Code.TOTAL, "", label[:100])
        if len(filled) == 1 and (filled[0] not in self._lines or is_footer(words[0])):
            return self._lone(filled[0], words[0])
        return None

    def _lone(self, at: int, word: str) -> Reason | None:
        """Tell a remark, a group's heading, and a number whose row is cut off."""
        if is_footer(word):
            return Reason(Code.FOOTER, "", word[:100])
        if self._is_people and at == self._customer:
            return None
        if at in self._names and any(letter.isdigit() for letter in word):
            return None
        return Reason(Code.HEADING, "", word[:100])

    def key(self, row: Values) -> str:
        """Return what ties rows together, empty where a row has none."""
        if self._applied and self._key is None:
            amount, applied, *same = self._applied
            if len(row) > max(self._applied) and row[amount] != row[applied]:
                return "\x1f".join(str(row[at]).strip() for at in (amount, *same))
        if self._joined:
            return receipt_of(row, self._joined)
        if self._key is None or self._key >= len(row):
            return ""
        return str(row[self._key]).strip()

    @staticmethod
    def _parts_of_receipts(mapping: Mapping) -> tuple[int, ...]:
        """Return by which columns rows that apply parts of one receipt without an id are equal."""
        at = mapping.at
        if mapping.kind != Kind.PAYMENTS or not {Field.AMOUNT, Field.APPLIED} <= at.keys():
            return ()
        return (
            at[Field.AMOUNT],
            at[Field.APPLIED],
            *(at[part] for part in OF_RECEIPT if part in at),
        )

    def continues(self, row: Values) -> bool:
        """Say whether a row without a number is a further line of the one before it."""
        return self.may_continue(row) and any(
            at < len(row) and _filled(row[at]) for at in self._worded
        )

    def may_continue(self, row: Values) -> bool:
        """Say whether it may be one: an amount alone may be a further line, or a sum."""
        if not (self._is_bill and self.can_continue and self._key is not None):
            return False
        heads = (self._date, self._customer)
        if any(0 <= at < len(row) and _filled(row[at]) for at in heads):
            return False
        return any(at < len(row) and _filled(row[at]) for at in self._lines)

    def holds_only(self, row: Values, positions: Container[int]) -> bool:
        """Say whether a row has neither day nor number, and nothing outside of some columns."""
        if 0 <= self._date < len(row) and _filled(row[self._date]):
            return False
        return all(at in positions or not _filled(cell) for at, cell in enumerate(row))

    @staticmethod
    def is_of_a_group(label: str) -> bool:
        """Say whether a total is of one group rather than of the file."""
        return total_of(label) != ""


def _filled(cell: object) -> bool:
    return isinstance(cell, Formula) or str(cell).strip() != ""

"""One cell's value under what was settled for its column; what is wrong with it joins a list."""

import re
from collections.abc import Sequence
from datetime import date, datetime, tzinfo
from decimal import Decimal

from sync.intake.files.columns.fields import DATES, FINE, MONEY, Field
from sync.intake.files.columns.mapping import Mapping
from sync.intake.files.columns.meanings import NOT_SO, Meant, Standing, is_void_name, paid_so
from sync.intake.files.columns.names import bare
from sync.intake.files.columns.remarks import Remarks
from sync.intake.files.columns.settled import Settled
from sync.intake.files.opening.workbooks import Cell, Formula
from sync.intake.files.outcomes import Code, Reason
from sync.intake.files.values.amounts import check_places, is_nothing, read_amount, take_apart
from sync.intake.files.values.currencies import currency_of
from sync.intake.files.values.dates import (
    COUNTED_FROM,
    DAY,
    MONTH,
    day_of,
    from_number,
    read_date,
    take_number,
    take_numeric,
)

Values = Sequence[Cell]
CACHED = 50_000
MAX_TEXT = 4_000
QUOTED = re.compile(r'\A="([^"]*)"\Z')
SPOILED = re.compile(r"\A\d(?:[.,]\d+)?[eE]\+?\d{1,3}\Z")
SHOWN = (Field.TOTAL, Field.AMOUNT, Field.LINE_TOTAL, Field.LINE_AMOUNT, Field.APPLIED, Field.PRICE)
"""The amount whose sign is asked for a row's currency."""
IDS = frozenset({
    Field.NUMBER, Field.INVOICE_ID, Field.CUSTOMER_ID, Field.PAYMENT_ID, Field.PAYMENT_NUMBER,
    Field.RECEIPT, Field.CHARGE_ID, Field.INVOICES,
})  # fmt: skip
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class Cells:
    """Reads the rows of one table."""

    def __init__(self, mapping: Mapping, settled: Settled, zone: tzinfo) -> None:
        self.mapping, self.settled, self.zone = mapping, settled, zone
        self._at = mapping.at
        self._days: dict[Field, dict[Cell, date | Code]] = {part: {} for part in DATES}
        self._amounts: dict[Field, dict[Cell, Decimal | Code]] = {part: {} for part in MONEY | FINE}
        self._remarks = Remarks(mapping)
        self._has_remarks = any(word.startswith(f"{Field.NOTE}:") for word in settled.words)
        self._shown = next((part for part in SHOWN if part in mapping.at), None)
        self._named_currency = currency_of(mapping.label(self._shown)) if self._shown else ""
        layout = mapping.layout
        self._utc = {
            part
            for part in DATES & mapping.at.keys()
            if (layout and layout.is_utc) or "utc" in mapping.label(part).casefold()
        }

    def currency(self, row: Values) -> str:
        """Return the currency that an amount's sign or its column's name tells, empty for neither.

        A dollar sign tells none: there are many dollars.
        """
        if self._shown is None:
            return ""
        value = self.raw(row, self._shown)
        return (currency_of(value) if isinstance(value, str) else "") or self._named_currency

    def has(self, field: Field) -> bool:
        """Say whether the table has such a column."""
        return field in self._at

    def raw(self, row: Values, field: Field) -> Cell:
        """Return the cell as it stands; empty where the row or the table ends before it."""
        position = self._at.get(field, -1)
        return row[position] if 0 <= position < len(row) else ""

    def reason(self, code: Code, field: Field, row: Values) -> Reason:
        """Name a column and its value as what is wrong."""
        return Reason(code, self.mapping.label(field), str(self.raw(row, field))[:100])

    def text(self, row: Values, field: Field, problems: list[Reason]) -> str:
        """Return a text in one line of blanks; ids keep every digit they have."""
        position = self._at.get(field)
        if position is None or position >= len(row):
            return ""
        value = row[position]
        if isinstance(value, str):
            value = value.strip()
            if not value:
                return ""
            if value[0] == "=":
                value = self._formula(row, field, value, problems)
            if not value.isprintable() or len(value) > MAX_TEXT:
                value = self._unusual(row, field, value, problems)
            if field in IDS and SPOILED.match(value):
                problems.append(self.reason(Code.DIGITS_LOST, field, row))
            return value
        if isinstance(value, Decimal):
            return self._digits(row, field, value, problems)
        return (value.date() if isinstance(value, datetime) else value).isoformat()

    def _formula(self, row: Values, field: Field, value: str, problems: list[Reason]) -> str:
        quoted = QUOTED.match(value)
        if quoted:
            return quoted[1].strip()
        problems.append(self.reason(Code.FORMULA, field, row))
        return ""

    def _unusual(self, row: Values, field: Field, value: str, problems: list[Reason]) -> str:
        if len(value) > MAX_TEXT:
            problems.append(Reason(Code.CELL_TOO_LONG, self.mapping.label(field), value[:50]))
        if CONTROL.search(value):
            shown = CONTROL.sub("?", value)[:50]
            problems.append(Reason(Code.CONTROL_CHARACTER, self.mapping.label(field), shown))
        return " ".join(value.split()) if field != Field.DESCRIPTION else value

    def _digits(self, row: Values, field: Field, value: Decimal, problems: list[Reason]) -> str:
        if value != value.to_integral_value():
            return f"{value.normalize():f}"
        if abs(value) >= Decimal(10) ** 15 and field in IDS:
            problems.append(self.reason(Code.DIGITS_LOST, field, row))
        return f"{value:.0f}"

    def day(self, row: Values, field: Field, problems: list[Reason]) -> date | None:
        """Return a day in the unit's zone."""
        value = self.raw(row, field)
        if value == "" and not isinstance(value, Formula):
            return None
        cache = self._days[field]
        found = cache.get(value)
        if found is None:
            if isinstance(value, str) and not isinstance(value, Formula) and is_nothing(value):
                return None
            found = self._day(value, field)
            if len(cache) < CACHED:
                cache[value] = found
        if isinstance(found, Code):
            problems.append(self.reason(found, field, row))
            return None
        return found

    def _day(self, value: Cell, field: Field) -> date | Code:
        is_utc = field in self._utc
        if isinstance(value, Decimal):
            return self._counted(value, field)
        if not isinstance(value, str):
            return self._stored(value, field, is_utc=is_utc)
        if isinstance(value, Formula) or (value[0] == "=" and not QUOTED.match(value)):
            return Code.FORMULA
        text = QUOTED.sub(r"\1", value)
        number = take_number(text)
        if number is not None:
            return self._counted(number, field)
        order = self.settled.orders.get(field, "")
        numbers = take_numeric(text)
        if numbers and not order:
            is_open = numbers.first <= 12 >= numbers.second != numbers.first
            if is_open or field in self.settled.unordered:
                return Code.DATE_ORDER
            order = MONTH if numbers.second > 12 else DAY
        return read_date(text, order, self.zone, is_utc=is_utc)

    def _stored(self, value: date, field: Field, *, is_utc: bool) -> date | Code:
        """Return a stored date, with day and month exchanged where a spreadsheet did that."""
        may_be_swapped = value.day <= 12 and value.day != value.month
        if may_be_swapped and field in self.settled.unsure:
            return Code.SWAPPED
        if may_be_swapped and field in self.settled.swapped:
            value = value.replace(month=value.day, day=value.month)
        return day_of(value, self.zone, is_utc=is_utc)

    def _counted(self, value: Decimal, field: Field) -> date | Code:
        """Return the day of a number, where a person said that the column counts days."""
        order = self.settled.orders.get(field, "")
        if order in COUNTED_FROM:
            return from_number(value, order)
        return Code.DAY_NUMBERS if field in self.settled.uncounted else Code.NOT_A_DATE

    def money(self, row: Values, field: Field, problems: list[Reason]) -> Decimal | None:
        """Return an amount of two places, None where there is none."""
        return self._number(row, field, problems, 2)

    def fine(self, row: Values, field: Field, problems: list[Reason]) -> Decimal | None:
        """Return a quantity or a price of up to four places."""
        return self._number(row, field, problems, 4)

    def _number(
        self, row: Values, field: Field, problems: list[Reason], places: int
    ) -> Decimal | None:
        value = self.raw(row, field)
        if value == "" and not isinstance(value, Formula):
            return None
        cache = self._amounts[field]
        found = cache.get(value)
        if found is None:
            if isinstance(value, str) and not isinstance(value, Formula) and is_nothing(value):
                return None
            found = self._amount(value, field, places)
            if len(cache) < CACHED:
                cache[value] = found
        if isinstance(found, Code):
            problems.append(self.reason(found, field, row))
            return None
        return found

    def _amount(self, value: Cell, field: Field, places: int) -> Decimal | Code:
        if isinstance(value, Formula):
            return Code.FORMULA
        if isinstance(value, Decimal):
            amount = check_places(value, places)
        elif isinstance(value, str):
            if value.startswith("=") and not QUOTED.match(value):
                return Code.FORMULA
            amount = self._written(QUOTED.sub(r"\1", value), field, places)
        else:
            return Code.NOT_A_NUMBER
        if field in self.settled.cents and isinstance(amount, Decimal):
            return check_places(amount / 100, places)
        return amount

    def _written(self, text: str, field: Field, places: int) -> Decimal | Code:
        mark = self.settled.marks.get(field, "")
        if not mark:
            written = take_apart(text)
            if written and written.mark == "?":
                return Code.DECIMAL_MARK
            mark = written.mark if written and written.mark else "."
        return read_amount(text, mark, places)

    def meaning(self, row: Values, field: Field) -> Meant | None:
        """Return what the word of a type or status column means, None where nobody knows."""
        word = str(self.raw(row, field)).strip()
        found = self.settled.words.get(f"{field}:{bare(word)}")
        return Standing.PAID if not found and field == Field.STATUS and paid_so(word) else found

    def voided(self, row: Values) -> Meant | None:
        """Say what a row is that does not stand, as a column of its own says.

        A word that is neither yes nor no is asked, and what a person said of it holds.
        """
        word = str(self.raw(row, Field.VOIDED)).strip()
        if word.casefold() in NOT_SO:
            return None
        told = self.settled.words.get(f"{Field.VOIDED}:{bare(word)}", Code.DELETED)
        return Code.DELETED if told == Standing.VOID else told

    def remark(self, row: Values) -> tuple[Meant, Reason] | None:
        """Return what a remark that may undo its row stands for, as a person said, or is asked."""
        at, word = self._remarks.of(row) if self._has_remarks else (-1, "")
        if not word:
            return None
        told = self.settled.words.get(f"{Field.NOTE}:{bare(word)}", Code.TYPE)
        code = told if isinstance(told, Code) else Code.TYPE
        return told, Reason(code, self.mapping.columns[at].label, word[:100])

    def named_void(self, row: Values) -> Code | None:
        """Say what a row is that has "VOID" in the customer's place."""
        name = self.raw(row, Field.CUSTOMER)
        return Code.DELETED if isinstance(name, str) and is_void_name(name) else None

    def loose_amount(self, text: str, field: Field) -> Decimal | None:
        """Return an amount that stands outside the table, written as a column's are."""
        amount = self._written(text, field, 2)
        return amount if isinstance(amount, Decimal) else None

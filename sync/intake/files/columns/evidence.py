"""The first pass over a table: what its own values prove of dates, decimal marks and groups."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from sync.intake.files.columns.fields import DATES, FINE, MONEY, Field, Kind
from sync.intake.files.columns.mapping import Mapping
from sync.intake.files.columns.proofs import DateEvidence, MarkEvidence
from sync.intake.files.opening.workbooks import Cell
from sync.intake.files.values.amounts import is_nothing

REMEMBERED = 20_000
"""Values of a column that are not looked at twice."""
WHOSE = (Field.CUSTOMER, Field.GIVEN_NAME, Field.EMAIL, Field.INVOICES, Field.INVOICE_ID)
"""Any of these tells whose a payment is."""
MANY_WORDS = 100
WORDS = frozenset({Field.TYPE, Field.STATUS, Field.CURRENCY, Field.METHOD})


@dataclass(slots=True)
class Evidence:
    """All that the first pass found."""

    dates: dict[Field, DateEvidence] = field(default_factory=dict)
    marks: dict[Field, MarkEvidence] = field(default_factory=dict)
    words: dict[Field, Counter[str]] = field(default_factory=dict)
    """The words of type, status, method and currency columns, how often each."""
    last_row: dict[str, int] = field(default_factory=dict)
    """Of keys whose rows stand apart: the last row of each."""
    repeated_id: str = ""
    """A payment's id that stands on two rows, and is none therefore."""
    equal_amounts: str = ""
    """An invoice that states one amount on all of its rows."""
    has_different_amounts: bool = False
    """Whether another one states several."""
    without_customer: str = ""
    """The first invoice or payment without one."""
    padded: Counter[int] = field(default_factory=Counter)
    """Lengths of the numbers that have zeros in front."""
    unpadded: dict[int, str] = field(default_factory=dict)
    """An example of numbers without zeros in front, by length."""
    paid_in_part: str = ""
    """An invoice whose date of payment stands on a later line only."""


def gather(mapping: Mapping, rows: Iterable[tuple[int, Sequence[Cell]]]) -> Evidence:
    """Read the table once."""
    found = Evidence(
        {part: DateEvidence() for part in DATES if part in mapping.at},
        {part: MarkEvidence() for part in MONEY | FINE if part in mapping.at},
        {part: Counter() for part in WORDS if part in mapping.at},
    )
    kept: list[DateEvidence | MarkEvidence] = [*found.dates.values(), *found.marks.values()]
    positions = [mapping.at[part] for part in (*found.dates, *found.marks)]
    looks = [(at, set[Cell](), one) for at, one in zip(positions, kept, strict=True)]
    counts = [(mapping.at[part], words) for part, words in found.words.items()]
    groups = Groups(mapping, found)
    for number, row in rows:
        width = len(row)
        for position, seen, one in looks:
            if position < width and (value := row[position]) not in seen:
                if len(seen) < REMEMBERED:
                    seen.add(value)
                _look(value, one)
        for position, words in counts:
            if position < width:
                word = str(row[position]).strip()
                if word in words or len(words) < MANY_WORDS:
                    words[word] += 1
        groups.see(number, row)
    return found


def _look(value: Cell, one: DateEvidence | MarkEvidence) -> None:
    if isinstance(value, Decimal):
        one.see_number(value)
    elif isinstance(value, str) and not is_nothing(value):
        one.see(value)


def key_column(mapping: Mapping) -> int | None:
    """Return the column by which rows belong together, None where each row is its own."""
    at = mapping.at
    if mapping.kind in {Kind.INVOICES, Kind.CREDIT_NOTES}:
        return at.get(Field.INVOICE_ID, at.get(Field.NUMBER))
    if mapping.kind == Kind.PAYMENTS and Field.APPLIED in at:
        return at.get(Field.PAYMENT_ID, at.get(Field.PAYMENT_NUMBER))
    return None


class Groups:
    """Finds the keys whose rows do not follow each other, and who has no customer."""

    def __init__(self, mapping: Mapping, found: Evidence) -> None:
        self.column = key_column(mapping)
        self.ids = -1 if self.column is not None else mapping.at.get(Field.PAYMENT_ID, -1)
        self.customer = mapping.at.get(Field.CUSTOMER, mapping.at.get(Field.GIVEN_NAME))
        self.whose = [mapping.at[part] for part in WHOSE if part in mapping.at]
        self.is_money = mapping.kind == Kind.PAYMENTS
        self.paid_on = mapping.at.get(Field.PAID_ON, -1)
        self.was_paid = True
        self.amount_at = mapping.at[Field.LINE_AMOUNT] if mapping.is_amount_open else -1
        self.amount: Cell = ""
        self.found = found
        self.seen: set[int] = set()
        self.current = ""

    def see(self, number: int, row: Sequence[Cell]) -> None:
        """Take one row in."""
        if self.is_money:
            self._see_whose(number, row)
        if 0 <= self.ids < len(row) and not self.found.repeated_id:
            self._see_id(str(row[self.ids]).strip())
        if self.column is None or self.column >= len(row):
            return
        key = str(row[self.column]).strip()
        if 0 <= self.amount_at < len(row):
            self._see_amount(key, row[self.amount_at])
        self._see_paid(key, row)
        if key:
            self._see_key(number, key, row)

    def _see_whose(self, number: int, row: Sequence[Cell]) -> None:
        is_told = any(at < len(row) and str(row[at]).strip() for at in self.whose)
        if not is_told and not self.found.without_customer:
            self.found.without_customer = f"{number}"

    def _see_paid(self, key: str, row: Sequence[Cell]) -> None:
        is_paid = 0 <= self.paid_on < len(row) and bool(str(row[self.paid_on]).strip())
        if key not in {"", self.current}:
            self.was_paid = is_paid
            return
        if is_paid and not self.was_paid:
            self.found.paid_in_part = self.found.paid_in_part or self.current
        self.was_paid |= is_paid

    def _see_key(self, number: int, key: str, row: Sequence[Cell]) -> None:
        self._measure(key)
        if key == self.current:
            if key in self.found.last_row:
                self.found.last_row[key] = number
            return
        self.current = key
        if (digest := hash(key)) in self.seen:
            self.found.last_row[key] = number
            return
        self.seen.add(digest)
        if not self.is_money:
            self._see_customer(key, row)

    def _see_amount(self, key: str, amount: Cell) -> None:
        """Tell a total that is repeated from amounts of lines."""
        if key and key == self.current and amount != "":
            if amount == self.amount:
                self.found.equal_amounts = key
            else:
                self.found.has_different_amounts = True
        self.amount = amount

    def _see_id(self, own: str) -> None:
        digest = hash(own)
        if own and digest in self.seen:
            self.found.repeated_id = own
        self.seen.add(digest)

    def _measure(self, key: str) -> None:
        if not key.isdecimal():
            return
        if key[0] == "0":
            self.found.padded[len(key)] += 1
        else:
            self.found.unpadded.setdefault(len(key), key)

    def _see_customer(self, key: str, row: Sequence[Cell]) -> None:
        if self.found.without_customer or self.customer is None or self.customer >= len(row):
            return
        if not str(row[self.customer]).strip():
            self.found.without_customer = key

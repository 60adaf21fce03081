"""The first pass over a table: what its own values prove of dates, decimal marks and groups."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from sync.intake.files.columns.fields import DATES, FINE, MONEY, Field
from sync.intake.files.columns.groups import Groups
from sync.intake.files.columns.mapping import Mapping
from sync.intake.files.columns.proofs import DateEvidence, MarkEvidence
from sync.intake.files.opening.workbooks import Cell
from sync.intake.files.values.amounts import is_nothing

REMEMBERED = 20_000
"""Values of a column that are not looked at twice."""
MANY_WORDS = 1000
WORDS = frozenset({Field.TYPE, Field.STATUS, Field.CURRENCY, Field.METHOD, Field.VOIDED})


@dataclass(slots=True)
class Evidence:
    """All that the first pass found."""

    dates: dict[Field, DateEvidence] = field(default_factory=dict)
    marks: dict[Field, MarkEvidence] = field(default_factory=dict)
    words: dict[Field, Counter[str]] = field(default_factory=dict)
    """The words of type, status, method and currency columns, how often each."""
    last_row: dict[str, int] = field(default_factory=dict)
    """Of keys whose rows stand apart: the last row of each."""
    last_document: int = 0
    """The last row with a day or a number of its own: below it a table has its foot."""
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
    refund_without_day: str = ""
    """The first amount that went back on a day that the row does not tell."""
    unnamed_difference: str = ""
    """The first total that is not its subtotal, where no column tells of tax or a discount."""
    different_totals: str = ""
    """An invoice whose rows state different totals."""
    repeated_invoices: set[str] = field(default_factory=set)
    """Invoices of a ledger that several rows state."""
    remarks: dict[str, str] = field(default_factory=dict)
    """Remarks that may undo their row, with the column of the first."""
    repeated_receipt: str = ""
    """An id or check that bears the same amount on rows of several invoices."""
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
    elif isinstance(value, date) and isinstance(one, DateEvidence):
        one.see_stored(value)

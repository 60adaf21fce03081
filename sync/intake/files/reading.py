"""From bytes to staged rows: the room's one entry.

reading = read(content, zone, answers)
reading.questions     what the file does not tell
reading.staged()      each row in exactly one of them, read anew at each call
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from decimal import Decimal
from itertools import islice

from sync.intake.files.answers import Answers
from sync.intake.files.columns.evidence import Evidence, gather
from sync.intake.files.columns.fields import Field, Kind
from sync.intake.files.columns.mapping import Mapping, map_columns
from sync.intake.files.columns.meanings import may_be_name
from sync.intake.files.columns.rows import Shapes
from sync.intake.files.columns.settled import Settled, settle
from sync.intake.files.documents.customers import Customers
from sync.intake.files.documents.invoices import Invoices
from sync.intake.files.documents.parties import Parties
from sync.intake.files.documents.payments import Payments
from sync.intake.files.opening.tables import Table, open_table
from sync.intake.files.outcomes import Code, Outcome, Question, Reason, Staged
from sync.intake.files.values.cells import Cells, Values

SAMPLE_ROWS = 300
SUMMED = (
    Field.TOTAL, Field.AMOUNT, Field.SUBTOTAL, Field.TAX_TOTAL, Field.LINE_AMOUNT, Field.BALANCE,
    Field.LINE_TOTAL, Field.PAID_TOTAL, Field.TIP, Field.FEE,
)  # fmt: skip
YEARS = range(1900, 2100)
OF_ALL_ROWS = frozenset({
    Code.KIND, Code.COLUMN, Code.AMOUNT, Code.CENTS, Code.RECEIPT, Code.WHOSE_NUMBER,
})  # fmt: skip
"""Questions without whose answer no row can be read."""


@dataclass(frozen=True, slots=True)
class Control:
    """A figure of the file's own: what it counts or adds up to, and what its rows come to."""

    row: int
    label: str
    column: str
    stated: Decimal
    found: Decimal | None
    """None where no column or count of rows answers to the label."""


@dataclass(slots=True)
class Tally:
    """What has been gone through: filled while `staged` is read."""

    rows: int = 0
    data_rows: int = 0
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    reasons: Counter[Code] = field(default_factory=Counter)
    sums: dict[Field, Decimal] = field(default_factory=dict)
    """By column, over all rows of data, as they stand in the file."""
    totals: list[tuple[int, str, Field, Decimal]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Reading:
    """One file as it is understood so far."""

    table: Table
    mapping: Mapping
    evidence: Evidence
    settled: Settled
    zone: tzinfo
    answers: Answers
    questions: tuple[Question, ...]

    @property
    def is_open(self) -> bool:
        """Say whether a question must be answered first."""
        return any(question.required for question in self.questions)

    def staged(self, tally: Tally | None = None) -> Iterator[Staged]:
        """Yield what becomes of every row, in the order in which the rows end."""
        yield from _Pass(self, Tally() if tally is None else tally).run()

    def controls(self, tally: Tally) -> list[Control]:
        """Return the file's own figures beside what was read, after all was staged."""
        found = [
            Control(row, label, self.mapping.label(part), stated, tally.sums.get(part))
            for row, label, part, stated in tally.totals
        ]
        return [*_stated_above(self, tally), *found]


def read(content: bytes, zone: tzinfo, answers: Answers | None = None) -> Reading:
    """Understand a file; raises FileRefused where there is no table, or an answer does not fit."""
    answers = answers or Answers()
    table = open_table(content, answers)
    sample = [row for _, row in islice(table.rows(), SAMPLE_ROWS)]
    mapping = map_columns(table, sample, answers)
    shapes = Shapes(table, mapping)
    data = ((number, row) for number, row in table.rows() if shapes.of(row) is None)
    evidence = gather(mapping, data)
    settled = settle(mapping, evidence, answers)
    questions = (*table.origin.questions, *mapping.questions)
    if all(one.code != Code.KIND for one in mapping.questions):
        questions += settled.questions  # what else is to be asked hangs on the kind
    return Reading(table, mapping, evidence, settled, zone, answers, questions)


def _stated_above(reading: Reading, tally: Tally) -> Iterator[Control]:
    """Find figures above the header: counts of rows, and sums of the amounts."""
    cells = Cells(reading.mapping, reading.settled, reading.zone)
    main = next((part for part in SUMMED if part in tally.sums), None)
    for number, row in enumerate(reading.table.above, start=1):
        words = [word for word in row if word]
        stated = cells.loose_amount(words[1], main) if len(words) == 2 and main else None
        if stated is None or main is None:
            continue
        rows, total = Decimal(tally.data_rows), tally.sums[main]
        label = reading.mapping.label(main)
        if stated == rows:
            yield Control(number, words[0], "", stated, rows)
        elif stated == total or stated != int(stated):
            yield Control(number, words[0], label, stated, total)
        elif not (stated in YEARS and words[1].isdecimal()):
            yield Control(number, words[0], "", stated, None)


class _Pass:
    """One way through the rows: groups what belongs together and stages it."""

    def __init__(self, reading: Reading, tally: Tally) -> None:
        self.reading, self.tally = reading, tally
        self.cells = Cells(reading.mapping, reading.settled, reading.zone)
        self.parties = Parties(self.cells, reading.answers.customer)
        self.shapes = Shapes(reading.table, reading.mapping)
        self.summed = [part for part in SUMMED if self.cells.has(part)]
        self.summed_at = {reading.mapping.at[part] for part in self.summed}
        self.numbers: list[int] = []
        self.rows: list[Values] = []
        self.doubts: list[Reason] = []
        """Amounts that may belong to the rows that are gathered, and may be a sum."""
        self.key = ""
        self.open = tuple(
            Reason(question.code, question.column)
            for question in reading.questions
            if question.required and question.code in OF_ALL_ROWS
        )
        self.apart: dict[str, tuple[list[int], list[Values]]] = {}
        kind = reading.mapping.kind
        is_bill = kind in {Kind.INVOICES, Kind.CREDIT_NOTES}
        self.maker: Invoices | Payments | Customers
        if kind == Kind.CUSTOMERS:
            self.maker = Customers(self.cells, self.parties)
        elif is_bill:
            self.maker = Invoices(self.cells, self.parties, reading.answers, reading.evidence)
        else:
            self.maker = Payments(self.cells, self.parties, reading.answers, reading.evidence)

    def run(self) -> Iterator[Staged]:
        """Go through everything, the rows above the header too."""
        for number in range(1, self.reading.table.header_row):
            yield self._count(Staged((number,), Outcome.NOT_OURS, (), (Reason(Code.PREAMBLE),)))
        header = (self.reading.table.header_row,)
        yield self._count(Staged(header, Outcome.NOT_OURS, (), (Reason(Code.HEADER),)))
        for number, row in self.reading.table.rows():
            reason = self.shapes.of(row)
            if reason:
                yield from self._not_data(number, row, reason)
                continue
            if self._is_sum(number, row):
                yield from self._not_data(number, row, Reason(Code.TOTAL))
                continue
            self._sum(row)
            yield from self._data(number, row)
        yield from self._flush()
        for numbers, rows in self.apart.values():
            yield self._count(self._stage(numbers, rows))

    def _is_sum(self, number: int, row: Values) -> bool:
        """Say whether a row without a word has what the rows above it come to.

        Only at the foot or set apart from them: amid the rows it may as well be a further line.
        """
        is_amid = self.shapes.can_continue and number < self.reading.evidence.last_document
        if is_amid or not self.shapes.holds_only(row, self.summed_at):
            return False
        stated = {part: self.cells.money(row, part, _NOWHERE) for part in self.summed}
        _NOWHERE.clear()
        found = {part: amount for part, amount in stated.items() if amount is not None}
        return bool(found) and all(self.tally.sums.get(part) == found[part] for part in found)

    def _not_data(self, number: int, row: Values, reason: Reason) -> Iterator[Staged]:
        code = reason.code
        if code in {Code.HEADING, Code.TOTAL}:
            yield from self._flush()
        if code == Code.HEADING and self.shapes.has_customer_headings and may_be_name(reason.value):
            self.parties.heading = reason.value
        elif code == Code.TOTAL:
            self._keep_totals(number, row, reason.value)
        self.shapes.can_continue = False
        outcome = Outcome.REFUSED if code == Code.TOO_MANY_CELLS else Outcome.NOT_OURS
        yield self._count(Staged((number,), outcome, (), (reason,)))

    def _keep_totals(self, number: int, row: Values, label: str) -> None:
        if self.shapes.is_of_a_group(label):
            return
        for part in self.summed:
            stated = self.cells.money(row, part, [])
            if stated is not None:
                self.tally.totals.append((number, label, part, stated))

    def _data(self, number: int, row: Values) -> Iterator[Staged]:
        key = self.shapes.key(row)
        if key in self.reading.evidence.last_row:
            yield from self._flush()
            numbers, rows = self.apart.setdefault(key, ([], []))
            numbers.append(number)
            rows.append(row)
            if number >= self.reading.evidence.last_row[key]:
                del self.apart[key]
                yield self._count(self._stage(numbers, rows))
            return
        is_more = bool(self.rows) and (
            (key != "" and key == self.key) or (not key and self.shapes.continues(row))
        )
        if not is_more and not key and self.rows and self.shapes.may_continue(row):
            is_proven = self.cells.raw(self.rows[0], Field.TOTAL) != ""
            is_more = is_proven and self.cells.raw(row, Field.TOTAL) == ""
            if not is_proven and not self.open:
                yield self._doubt(number, row)
                return
        if not is_more:
            yield from self._flush()
            self.key = key
        self.numbers.append(number)
        self.rows.append(row)
        self.shapes.can_continue = True

    def _doubt(self, number: int, row: Values) -> Staged:
        """Refuse an amount alone, and with it the bill above: it may be a line of that."""
        filled = (part for part in SUMMED if str(self.cells.raw(row, part)).strip())
        reason = self.cells.reason(Code.DOES_NOT_ADD_UP, next(filled, Field.LINE_AMOUNT), row)
        self.doubts.append(reason)
        self.tally.data_rows += 1
        return self._count(Staged((number,), Outcome.REFUSED, (), (reason,)))

    def _flush(self) -> Iterator[Staged]:
        if self.rows:
            numbers, rows, doubts = self.numbers, self.rows, self.doubts
            self.numbers, self.rows, self.doubts = [], [], []
            staged = self._stage(numbers, rows)
            if doubts and staged.outcome != Outcome.REFUSED:
                staged = Staged(staged.rows, Outcome.REFUSED, (), tuple(doubts))
            yield self._count(staged)

    def _stage(self, numbers: list[int], rows: Sequence[Values]) -> Staged:
        self.tally.data_rows += len(numbers)
        if self.open:
            return Staged(tuple(numbers), Outcome.ASKED, (), self.open)
        layout = self.reading.mapping.layout
        if layout and layout.lacks:
            return Staged(tuple(numbers), Outcome.REFUSED, (), (Reason(layout.lacks),))
        if layout and layout.holds:
            return Staged(tuple(numbers), Outcome.NOT_OURS, (), (Reason(layout.holds),))
        if self.reading.mapping.kind == Kind.CREDIT_NOTES:
            reason = Reason(Code.CREDIT_NOTE)
            return Staged(tuple(numbers), Outcome.NOT_OURS, (), (reason,))
        return self.maker.stage(tuple(numbers), rows)

    def _sum(self, row: Values) -> None:
        sums = self.tally.sums
        for part in self.summed:
            amount = self.cells.money(row, part, _NOWHERE)
            if amount is not None:
                sums[part] = sums.get(part, Decimal(0)) + amount
        _NOWHERE.clear()

    def _count(self, staged: Staged) -> Staged:
        count = len(staged.rows)
        self.tally.rows += count
        self.tally.outcomes[staged.outcome] += count
        for reason in staged.reasons:
            self.tally.reasons[reason.code] += 1
        return staged


_NOWHERE: list[Reason] = []

"""What each column holds: by the export's layout, its name, its content, or a person's word."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from sync.intake.files.answers import Answers
from sync.intake.files.columns.column import Column, one_column
from sync.intake.files.columns.fields import BY_KIND, LINE_FIELDS, MONEY, Field, Kind
from sync.intake.files.columns.kinds import find_kind
from sync.intake.files.columns.meanings import (
    REFUND_METHOD,
    Row,
    is_total,
    is_total_of_group,
    type_meaning,
)
from sync.intake.files.columns.names import PLAINEST, RATE, bare, exact, is_vague, meaning
from sync.intake.files.columns.open_columns import (
    WHOLE_SUMS,
    about_missing,
    about_rivals,
    heads_groups,
)
from sync.intake.files.columns.sampled import (
    Numbers,
    is_of_several,
    number,
    totals_are_of_lines,
    whose_numbers,
)
from sync.intake.files.layouts import recognise
from sync.intake.files.layouts.base import Layout
from sync.intake.files.opening.tables import Table
from sync.intake.files.opening.workbooks import Cell
from sync.intake.files.outcomes import Code, Question, ask
from sync.intake.files.values.amounts import take_apart


@dataclass(frozen=True, slots=True)
class Mapping:
    """How the columns of a table are read."""

    kind: Kind
    layout: Layout | None
    columns: tuple[Column, ...]
    at: dict[Field, int]
    """Field to position; of several columns of one field the first that is filled."""
    payments_are_negative: bool = False
    joins_receipts: bool = False
    """Whether rows of one payment repeat its amount, each for another invoice."""
    has_own_numbers: bool = False
    """Whether a payment of a ledger has a number of its own where an invoice has its number."""
    has_customer_headings: bool = False
    """Whether customers stand above their rows, as headings of groups."""
    questions: tuple[Question, ...] = ()

    @property
    def source(self) -> str:
        """Return the system's name, `file` where it is not known."""
        return self.layout.source if self.layout else "file"

    @property
    def is_amount_open(self) -> bool:
        """Say whether a column that is called Amount was taken for the lines' by its name alone."""
        at = self.at.get(Field.LINE_AMOUNT)
        if at is None or self.kind != Kind.INVOICES or self.columns[at].known_by != "name":
            return False
        has_factors = Field.QUANTITY in self.at and Field.PRICE in self.at
        return meaning(self.columns[at].label) == Field.SUM and not has_factors

    def label(self, field: Field) -> str:
        """Return the column's name in the file, the field's where there is none."""
        return self.columns[self.at[field]].label if field in self.at else field.value


def map_columns(table: Table, sample: Sequence[Sequence[Cell]], answers: Answers) -> Mapping:
    """Settle kind and columns from the header and some rows of the table."""
    layout = recognise(table.header)
    columns = [
        one_column(table, position, layout, sample, answers)
        for position in range(len(table.labels))
    ]
    kind, asked = find_kind(layout, columns, answers)
    columns = [_of_kind(column, kind, layout) for column in columns]
    at: dict[Field, int] = {}
    for column in sorted(columns, key=lambda column: _preference(column, layout)):
        if column.field != Field.IGNORE:
            at.setdefault(column.field, column.position)
    taxes = [one.position for one in columns if one.field == Field.TAX_TOTAL and one.examples]
    if len(taxes) == 2 and all(RATE.search(columns[one].label) for one in taxes):
        first = at[Field.TAX_TOTAL]
        at.setdefault(Field.TAX_TOTAL_2, next(one for one in taxes if one != first))
    if kind == Kind.INVOICES:
        _give_lines_theirs(columns, at, sample)
    is_named = _is_by_name(columns, at, Field.CUSTOMER_ID)
    is_account = is_named and "account" in bare(columns[at[Field.CUSTOMER_ID]].label)
    if is_account and is_of_several(at, sample):
        _rename(columns, at, Field.CUSTOMER_ID, Field.IGNORE)
    is_money = kind == Kind.PAYMENTS and layout is None and Field.APPLIED not in at
    has_id = bool(at.keys() & {Field.PAYMENT_ID, Field.PAYMENT_NUMBER})
    if is_money and has_id and answers.receipts == "of_each" and Field.AMOUNT in at:
        _rename(columns, at, Field.AMOUNT, Field.APPLIED)
    joins = is_money and answers.receipts == "of_all"
    mapping = Mapping(kind, layout, tuple(columns), at, joins_receipts=joins)
    counts_down = _counts_down(mapping, sample)
    if counts_down and not answers.kind:
        ways = {kind.value: counts_down for kind in (Kind.PAYMENTS, Kind.REFUNDS)}
        asked = (ask(Code.KIND, ("kind",), ways, mapping.label(Field.AMOUNT)),)
    if not asked:
        rivals = about_rivals(mapping, sample)
        asked = (*rivals, *about_missing(mapping, sample, answers))
    whose = _whose_numbers(mapping, sample)
    if not asked and whose == Numbers.OPEN:
        asked = (_about_numbers(mapping),)
    told = layout.payments_are_negative if layout else None
    negative = told if told is not None else bool(counts_down) or _pays_negative(mapping, sample)
    return replace(
        mapping,
        payments_are_negative=negative,
        has_own_numbers=whose == Numbers.OWN,
        has_customer_headings=_are_headings(mapping, sample),
        questions=asked,
    )


def _whose_numbers(mapping: Mapping, sample: Sequence[Sequence[Cell]]) -> Numbers:
    """Say whose numbers a ledger's payments have in a column whose name does not tell."""
    at = mapping.at
    if mapping.kind != Kind.LEDGER or not {Field.TYPE, Field.INVOICES} <= at.keys():
        return Numbers.INVOICES
    label = mapping.label(Field.INVOICES)
    is_open = mapping.columns[at[Field.INVOICES]].known_by == "name" and is_vague(
        label, Field.NUMBER
    )
    if not is_open or bare(label) == "applied to":
        return Numbers.INVOICES
    return whose_numbers(at, sample)


def _about_numbers(mapping: Mapping) -> Question:
    column = mapping.columns[mapping.at[Field.INVOICES]]
    ways = dict.fromkeys((Field.INVOICES.value, Field.REFERENCE.value), column.examples[0])
    return ask(Code.WHOSE_NUMBER, ("columns", column.label), ways, column.label)


def _give_lines_theirs(
    columns: list[Column], at: dict[Field, int], sample: Sequence[Sequence[Cell]]
) -> None:
    """Take an amount or a discount for the lines' where the rows say that it is no document's."""
    lone = _lone_amount(columns, at)
    lone = _worked_out(columns, at, sample) if lone is None else lone
    if lone is not None:
        if at.get(Field.TOTAL) == lone:
            del at[Field.TOTAL]
        at[Field.LINE_AMOUNT] = lone
        columns[lone] = replace(columns[lone], field=Field.LINE_AMOUNT)
    if _is_off_each_line(columns, at, sample):
        _rename(columns, at, Field.DISCOUNT_TOTAL, Field.LINE_DISCOUNT)
    if _is_by_name(columns, at, Field.TOTAL) and totals_are_of_lines(at, sample):
        _rename(columns, at, Field.TOTAL, Field.LINE_TOTAL)
        if Field.TAX_TOTAL in at and Field.LINE_TAX not in at:
            _rename(columns, at, Field.TAX_TOTAL, Field.LINE_TAX)


def _is_by_name(columns: list[Column], at: dict[Field, int], field: Field) -> bool:
    return field in at and columns[at[field]].known_by == "name"


def _rename(columns: list[Column], at: dict[Field, int], field: Field, now: Field) -> None:
    position = at.pop(field)
    if now != Field.IGNORE:
        at[now] = position
    columns[position] = replace(columns[position], field=now)


def _preference(column: Column, layout: Layout | None) -> tuple[bool, bool, bool, int, int]:
    """Take what a person said first, then filled columns, plain names, and the layout's order."""
    names = [exact(name) for name in layout.fields] if layout else []
    name = exact(column.label)
    vague = column.known_by == "name" and is_vague(name, column.named or column.field)
    vague |= column.field in MONEY and not any(map(take_apart, column.examples))
    at = names.index(name) if name in names else 0
    return column.known_by != "answer", not column.examples, vague, _plainness(column), at


def _plainness(column: Column) -> int:
    order = PLAINEST.get(column.field, ())
    return order.index(column.named) if column.named in order else 0


def _of_kind(column: Column, kind: Kind, layout: Layout | None) -> Column:
    """Give a column the meaning it has in a file of this kind."""
    if layout and kind == layout.kind and column.known_by == "layout":
        generic = {Field.DATE, Field.SUM}
        if column.field not in generic:
            return column
    if column.known_by == "answer" and column.field not in {Field.DATE, Field.SUM}:
        return column
    return replace(column, field=BY_KIND[kind].get(column.field, column.field))


def _lone_amount(columns: list[Column], at: dict[Field, int]) -> int | None:
    """Beside work, quantities or prices, a column that is called Amount is of the line."""
    if Field.LINE_AMOUNT in at or not at.keys() & LINE_FIELDS:
        return None
    totals = (
        column for column in columns if column.field == Field.TOTAL and column.known_by == "name"
    )
    return next((column.position for column in totals if meaning(column.label) == Field.SUM), None)


def _worked_out(
    columns: list[Column], at: dict[Field, int], sample: Sequence[Sequence[Cell]]
) -> int | None:
    """Return a column called Total that is quantity times price on every row: the line's."""
    total = at.get(Field.TOTAL)
    if total is None or Field.LINE_AMOUNT in at or not {Field.QUANTITY, Field.PRICE} <= at.keys():
        return None
    if columns[total].known_by != "name" or bare(columns[total].label) not in WHOLE_SUMS:
        return None
    seen = False
    for row in sample:
        parts = [number(row, at[part]) for part in (Field.QUANTITY, Field.PRICE)]
        whole = number(row, total)
        if whole is None or None in parts:
            continue
        seen = True
        if parts[0] * parts[1] != whole:  # type: ignore[operator]
            return None
    return total if seen else None


def _is_off_each_line(
    columns: list[Column], at: dict[Field, int], sample: Sequence[Sequence[Cell]]
) -> bool:
    """Say whether a discount is the line's: quantity times price less it is each line's amount."""
    parts = (Field.QUANTITY, Field.PRICE, Field.LINE_AMOUNT, Field.DISCOUNT_TOTAL)
    if not set(parts) <= at.keys() or columns[at[Field.DISCOUNT_TOTAL]].known_by != "name":
        return False
    seen = False
    for row in sample:
        quantity, price, amount, off = (number(row, at[part]) for part in parts)
        if quantity is None or price is None or amount is None:
            continue
        if quantity * price - abs(off or Decimal(0)) != amount:
            return False
        seen = seen or bool(off)
    return seen


def _are_headings(mapping: Mapping, sample: Sequence[Sequence[Cell]]) -> bool:
    """Say whether the column of customers, if there is one, has headings and their totals only."""
    at = mapping.at.get(Field.CUSTOMER, mapping.at.get(Field.GIVEN_NAME))
    if at is None:
        return mapping.layout is not None or heads_groups(sample)
    named = [row for row in sample if at < len(row) and str(row[at]).strip()]
    lone = [row for row in named if sum(str(cell).strip() != "" for cell in row) == 1]
    others = [row for row in named if not any(row is one for one in lone)]
    are_totals = all(
        is_total_of_group(word) or is_total(word)
        for word in (str(row[at]).strip() for row in others)
    )
    return bool(lone) and len(named) < len(sample) and are_totals


def _counts_down(mapping: Mapping, sample: Sequence[Sequence[Cell]]) -> str:
    """Return an amount of payments that are all below zero: received, or given back? Else empty."""
    at = mapping.at.get(Field.AMOUNT)
    if mapping.kind != Kind.PAYMENTS or mapping.layout or Field.TYPE in mapping.at or at is None:
        return ""
    cells = (str(row[at]) for row in sample if at < len(row))
    written = [(text.strip(), parts) for text in cells if (parts := take_apart(text))]
    method = mapping.at.get(Field.METHOD, -1)
    is_told = any(
        REFUND_METHOD.search(bare(str(row[method]))) for row in sample if 0 <= method < len(row)
    )
    is_below = bool(written) and all(parts.is_negative for _, parts in written)
    return written[0][0] if is_below and not is_told else ""


def _pays_negative(mapping: Mapping, sample: Sequence[Sequence[Cell]]) -> bool:
    """Say whether a ledger counts payments down: every one of the sample must."""
    if mapping.kind != Kind.LEDGER or not {Field.TYPE, Field.AMOUNT} <= mapping.at.keys():
        return False
    signs = set()
    for row in sample:
        if max(mapping.at[Field.TYPE], mapping.at[Field.AMOUNT]) >= len(row):
            continue
        written = take_apart(str(row[mapping.at[Field.AMOUNT]]))
        if written and type_meaning(str(row[mapping.at[Field.TYPE]])) == Row.PAYMENT:
            signs.add(written.is_negative)
    return signs == {True}

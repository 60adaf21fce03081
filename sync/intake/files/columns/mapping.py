"""What each column holds: by the export's layout, its name, its content, or a person's word."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date

from sync.intake.files.answers import Answers
from sync.intake.files.columns.fields import BY_KIND, LINE_FIELDS, Field, Kind
from sync.intake.files.columns.meanings import REFUND_METHOD, Row, total_of, type_meaning
from sync.intake.files.columns.names import bare, exact, meaning
from sync.intake.files.layouts import recognise
from sync.intake.files.layouts.base import Layout
from sync.intake.files.opening.tables import Table
from sync.intake.files.opening.workbooks import Cell
from sync.intake.files.outcomes import Choice, Code, FileRefused, Question, ask
from sync.intake.files.values.amounts import is_nothing, take_apart
from sync.intake.files.values.dates import read_date

EXAMPLES = 3
OF_INVOICES = (LINE_FIELDS - {Field.DESCRIPTION}) | {
    Field.ISSUED, Field.DUE, Field.TOTAL, Field.SUBTOTAL, Field.TAX_TOTAL, Field.BALANCE,
    Field.PAID_ON, Field.PAID_TOTAL, Field.LINES, Field.DISCOUNT_TOTAL,
}  # fmt: skip
OF_CUSTOMERS = frozenset({
    Field.CUSTOMER, Field.CUSTOMER_ID, Field.GIVEN_NAME, Field.FAMILY_NAME, Field.EMAIL,
    Field.PHONE, Field.STREET, Field.CITY, Field.REGION, Field.POSTAL_CODE, Field.COUNTRY,
    Field.IGNORE, Field.NOTE, Field.UPDATED, Field.DESCRIPTION,
})  # fmt: skip
WHOSE = frozenset({
    Field.CUSTOMER, Field.GIVEN_NAME, Field.EMAIL, Field.NUMBER, Field.INVOICE_ID, Field.INVOICES,
    Field.PAYMENT_ID,
})  # fmt: skip
"""Without any of these a table is as well a bank's statement."""
BESIDE_REFUNDS = frozenset({
    Field.RECEIVED, Field.AMOUNT, Field.TOTAL, Field.ISSUED, Field.DUE, Field.DATE, Field.PAID_ON,
})  # fmt: skip
"""With any of these a day of refund is a detail of something else."""
OF_PAYMENTS = frozenset({
    Field.RECEIVED, Field.AMOUNT, Field.APPLIED, Field.UNAPPLIED, Field.PAYMENT_ID,
    Field.PAYMENT_NUMBER, Field.CHECK_NUMBER, Field.REFUNDED,
})  # fmt: skip
NEEDED = {
    Kind.INVOICES: ((Field.NUMBER, Field.INVOICE_ID), (Field.CUSTOMER, Field.GIVEN_NAME),
                    (Field.ISSUED,),
                    (Field.TOTAL, Field.LINE_AMOUNT, Field.PRICE, Field.LINE_TOTAL)),
    Kind.PAYMENTS: ((Field.RECEIVED,), (Field.AMOUNT, Field.APPLIED),
                    (Field.CUSTOMER, Field.INVOICES, Field.INVOICE_ID, Field.EMAIL)),
    Kind.LEDGER: ((Field.RECEIVED,), (Field.AMOUNT,), (Field.TYPE,),
                  (Field.INVOICES, Field.REFERENCE)),
    Kind.CREDIT_NOTES: (),
    Kind.REFUNDS: ((Field.RECEIVED,), (Field.AMOUNT,)),
    Kind.CUSTOMERS: ((Field.CUSTOMER, Field.GIVEN_NAME),),
}  # fmt: skip
"""Of each group one column at least must be there."""


VAGUE = {
    Field.CUSTOMER: {"customer", "client", "contact", "company", "account name", "bill to"},
    Field.STATUS: {"paid", "paid?", "closed"},
}
"""Names that give way to a plainer one: beside "Customer Name", "Customer" is an id."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its field, how that is known, and examples of what stands in it."""

    label: str
    position: int
    field: Field
    known_by: str
    """`layout`, `name`, `content`, `answer`, or empty where nothing told."""
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mapping:
    """How the columns of a table are read."""

    kind: Kind
    layout: Layout | None
    columns: tuple[Column, ...]
    at: dict[Field, int]
    """Field to position; of several columns of one field the first that is filled."""
    payments_are_negative: bool = False
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
        _column(table, position, layout, sample, answers) for position in range(len(table.labels))
    ]
    kind, asked = _kind(layout, columns, answers)
    columns = [_of_kind(column, kind, layout) for column in columns]
    at: dict[Field, int] = {}
    for column in sorted(columns, key=lambda column: _preference(column, layout)):
        if column.field != Field.IGNORE:
            at.setdefault(column.field, column.position)
    lone = _lone_amount(columns, at) if kind == Kind.INVOICES else None
    if lone is not None:
        if at[Field.TOTAL] == lone:
            del at[Field.TOTAL]
        at[Field.LINE_AMOUNT] = lone
        columns[lone] = replace(columns[lone], field=Field.LINE_AMOUNT)
    mapping = Mapping(kind, layout, tuple(columns), at)
    counts_down = _counts_down(mapping, sample)
    if counts_down and not answers.kind:
        ways = {kind.value: counts_down for kind in (Kind.PAYMENTS, Kind.REFUNDS)}
        asked = (ask(Code.KIND, ("kind",), ways, mapping.label(Field.AMOUNT)),)
    questions = (*asked, *(() if asked else _about_missing(mapping, sample, answers)))
    told = layout.payments_are_negative if layout else None
    negative = told if told is not None else bool(counts_down) or _pays_negative(mapping, sample)
    return replace(mapping, payments_are_negative=negative, questions=questions)


def _preference(column: Column, layout: Layout | None) -> tuple[bool, bool, int]:
    """Take filled columns before empty ones, plain names first, then as the layout lists them."""
    names = [exact(name) for name in layout.fields] if layout else []
    name = exact(column.label)
    is_sum = column.field == Field.TOTAL and meaning(column.label) == Field.SUM
    is_vague = column.known_by == "name" and (is_sum or name in VAGUE.get(column.field, ()))
    return not column.examples, is_vague, names.index(name) if name in names else 0


def _column(
    table: Table,
    position: int,
    layout: Layout | None,
    sample: Sequence[Sequence[Cell]],
    answers: Answers,
) -> Column:
    label = table.labels[position]
    name = table.header[position]
    cells = [row[position] for row in sample if position < len(row)]
    texts = [str(cell).strip() for cell in cells if not is_nothing(str(cell))]
    examples = tuple(dict.fromkeys(text[:80] for text in texts))[:EXAMPLES]
    said = answers.columns.get(label)
    if said is not None:
        if said not in set(Field):
            raise FileRefused(Code.BAD_ANSWER, f"columns: {label}"[:100])
        return Column(label, position, Field(said), "answer", examples)
    if layout:
        return Column(label, position, layout.meaning(name), "layout", examples)
    by_name = meaning(name) if name else None
    if by_name:
        return Column(label, position, _by_content(by_name, texts), "name", examples)
    if texts and all("@" in text and "." in text for text in texts):
        return Column(label, position, Field.EMAIL, "content", examples)
    return Column(label, position, Field.IGNORE, "", examples)


def _by_content(field: Field, texts: list[str]) -> Field:
    """Tell a paid date from an amount and a word, all called "Paid"; and a tax from its rate."""
    if field == Field.TAX_TOTAL and texts and all(text.endswith("%") for text in texts):
        return Field.TAX_CODE
    if field != Field.PAID_ON or not texts:
        return field
    if all(_looks_like_date(text) for text in texts):
        return field
    is_amount = all(take_apart(text) is not None for text in texts)
    return Field.PAID_TOTAL if is_amount else Field.STATUS


def _looks_like_date(text: str) -> bool:
    return any(isinstance(read_date(text, order, UTC), date) for order in ("day", "month"))


def _kind(
    layout: Layout | None, columns: list[Column], answers: Answers
) -> tuple[Kind, tuple[Question, ...]]:
    if answers.kind:
        if answers.kind not in set(Kind):
            raise FileRefused(Code.BAD_ANSWER, "kind")
        return Kind(answers.kind), ()
    if layout:
        return layout.kind, ()
    kind = _evident_kind(columns)
    if kind:
        return kind, ()
    ways = {kind.value: "" for kind in (Kind.INVOICES, Kind.PAYMENTS)}
    return Kind.INVOICES, (ask(Code.KIND, ("kind",), ways),)


def _evident_kind(columns: list[Column]) -> Kind | None:
    fields = {column.field for column in columns}
    if fields <= OF_CUSTOMERS and fields & {Field.CUSTOMER, Field.GIVEN_NAME}:
        return Kind.CUSTOMERS
    types = next((column for column in columns if column.field == Field.TYPE), None)
    meant = {type_meaning(word) for word in types.examples} if types else set()
    if Row.INVOICE in meant and meant & {Row.PAYMENT, Row.REFUND, Row.DEPOSIT}:
        return Kind.LEDGER
    if Field.PAID_ON in fields and not fields & (OF_INVOICES - {Field.PAID_ON} | {Field.DATE}):
        return Kind.PAYMENTS
    return _kind_of_fields(fields) if fields & WHOSE else None


def _kind_of_fields(fields: set[Field]) -> Kind | None:
    """Tell bills from money by the columns; None where both are possible."""
    billed, paid = fields & OF_INVOICES, fields & OF_PAYMENTS
    has_total = fields & {Field.TOTAL, Field.SUM, Field.LINE_AMOUNT, Field.PRICE}
    if Field.REFUNDED_ON in fields and not fields & BESIDE_REFUNDS:
        return Kind.REFUNDS
    if paid <= {Field.RECEIVED} and {Field.ISSUED, Field.TOTAL} <= fields:
        return Kind.INVOICES  # with the day on which it was paid
    if paid and (not billed or (Field.AMOUNT in paid and not has_total)):
        return Kind.PAYMENTS
    # A processor takes its fee of a payment.
    may_be_fee = Field.FEE in fields and not fields & {Field.ISSUED, Field.DUE}
    is_paid_somehow = fields & {Field.METHOD, Field.PAID_HOW}
    is_bill = billed or (Field.NUMBER in fields and not is_paid_somehow)
    return Kind.INVOICES if is_bill and not paid and not may_be_fee else None


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


def _heads_groups(sample: Sequence[Sequence[Cell]]) -> bool:
    """Say whether customers stand above their rows: a lone name that the group's total repeats."""
    heading = ""
    for row in sample:
        filled = [word for cell in row if (word := str(cell).strip())]
        if len(filled) == 1:
            heading = filled[0]
        elif heading and filled and total_of(filled[0]).endswith(heading):
            return True
    return False


def _about_missing(
    mapping: Mapping, sample: Sequence[Sequence[Cell]], answers: Answers
) -> tuple[Question, ...]:
    if mapping.layout and (mapping.layout.lacks or mapping.layout.holds):
        return ()
    questions = []
    needed = {field for group in NEEDED[mapping.kind] for field in group}
    named = [column for column in mapping.columns if column.label]
    unknown = [column for column in named if column.field == Field.IGNORE]
    free = unknown or [column for column in named if column.field not in needed]
    for group in NEEDED[mapping.kind]:
        is_there = any(field in mapping.at for field in group)
        if is_there or (Field.CUSTOMER in group and answers.customer):
            continue
        if Field.CUSTOMER in group and (mapping.layout or _heads_groups(sample)):
            continue
        wanted = group[0].value
        choices = tuple(
            Choice(("columns", column.label), wanted, ", ".join(column.examples)) for column in free
        )
        questions.append(Question(Code.COLUMN, ("columns",), choices, column=wanted))
    return tuple(questions)


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

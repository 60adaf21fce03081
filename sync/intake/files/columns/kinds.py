"""What a table's rows are about: told by its columns, or asked where both are possible."""

from collections.abc import Sequence

from sync.intake.files.answers import Answers
from sync.intake.files.columns.column import Column
from sync.intake.files.columns.fields import LINE_FIELDS, Field, Kind
from sync.intake.files.columns.meanings import Row, type_meaning
from sync.intake.files.columns.names import bare
from sync.intake.files.layouts.base import Layout
from sync.intake.files.outcomes import Code, FileRefused, Question, ask
from sync.intake.files.values.amounts import take_apart

OF_INVOICES = (LINE_FIELDS - {Field.DESCRIPTION}) | {
    Field.ISSUED, Field.DUE, Field.TOTAL, Field.SUBTOTAL, Field.TAX_TOTAL, Field.BALANCE,
    Field.PAID_ON, Field.PAID_TOTAL, Field.LINES, Field.DISCOUNT_TOTAL,
}  # fmt: skip
OF_CUSTOMERS = frozenset({
    Field.CUSTOMER, Field.CUSTOMER_ID, Field.GIVEN_NAME, Field.FAMILY_NAME, Field.EMAIL,
    Field.PHONE, Field.STREET, Field.CITY, Field.REGION, Field.POSTAL_CODE, Field.COUNTRY,
    Field.IGNORE, Field.NOTE, Field.UPDATED, Field.DESCRIPTION, Field.VOIDED,
})  # fmt: skip
OF_BOTH = frozenset({Field.PAID_ON, Field.PAID_TOTAL})
"""What a list of payments calls its own day and amount as well."""
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
IN_TWO_COLUMNS = frozenset({
    "debit", "credit", "debits", "credits", "soll", "haben", "débit", "crédit", "debe", "haber",
    "in", "out", "money in", "money out", "paid in", "paid out", "charges", "payments",
})  # fmt: skip
"""Names of the columns of an account, where a row may be anything."""


def find_kind(
    layout: Layout | None, columns: Sequence[Column], answers: Answers
) -> tuple[Kind, tuple[Question, ...]]:
    """Return what the rows are, with the question where nothing tells."""
    if answers.kind:
        if answers.kind not in set(Kind):
            raise FileRefused(Code.BAD_ANSWER, "kind")
        return Kind(answers.kind), ()
    if layout:
        return layout.kind, ()
    kind = _evident_kind(columns)
    if kind:
        return kind, ()
    fields = {column.field for column in columns}
    kinds = [Kind.INVOICES, Kind.PAYMENTS]
    kinds += [Kind.LEDGER] if Field.TYPE in fields else []
    kinds += [Kind.CUSTOMERS] if fields <= OF_CUSTOMERS else []
    return Kind.INVOICES, (ask(Code.KIND, ("kind",), {one.value: "" for one in kinds}),)


def _evident_kind(columns: Sequence[Column]) -> Kind | None:
    fields = {column.field for column in columns}
    if fields <= OF_CUSTOMERS and fields & {Field.CUSTOMER, Field.GIVEN_NAME}:
        return None if any(map(_holds_money, columns)) else Kind.CUSTOMERS
    types = next((column for column in columns if column.field == Field.TYPE), None)
    meant = {type_meaning(word) for word in types.examples} if types else set()
    if Row.INVOICE in meant and meant & {Row.PAYMENT, Row.REFUND, Row.DEPOSIT}:
        return Kind.LEDGER
    if len(IN_TWO_COLUMNS & {bare(column.label) for column in columns}) > 1:
        return None
    if Field.PAID_ON in fields and not fields & (OF_INVOICES - OF_BOTH | {Field.DATE}):
        return Kind.PAYMENTS
    kind = _kind_of_fields(fields) if fields & WHOSE else None
    is_money = bool(meant & {Row.PAYMENT, Row.REFUND, Row.DEPOSIT})
    is_told = not types or Row.INVOICE in meant or bool(fields & OF_INVOICES)
    return None if kind == Kind.INVOICES and (is_money or not is_told) else kind


def _holds_money(column: Column) -> bool:
    """Say whether a column of no known name has amounts with cents: a balance, an open sum."""
    if column.field != Field.IGNORE or not column.examples:
        return False
    written = [take_apart(text) for text in column.examples]
    return all(written) and any(one is not None and one.mark in {".", ","} for one in written)


def _kind_of_fields(fields: set[Field]) -> Kind | None:
    """Tell bills from money by the columns; None where both are possible."""
    billed, paid = fields & OF_INVOICES, fields & OF_PAYMENTS
    has_total = fields & {Field.TOTAL, Field.SUM, Field.LINE_AMOUNT, Field.PRICE}
    if Field.REFUNDED_ON in fields and not fields & BESIDE_REFUNDS:
        return Kind.REFUNDS
    is_billed = Field.TOTAL in fields and bool(fields & {Field.ISSUED, Field.DUE})
    if is_billed and paid <= {Field.RECEIVED}:
        return Kind.INVOICES  # with the day on which it was paid
    if paid and (not billed or (Field.AMOUNT in paid and not has_total)):
        return Kind.PAYMENTS
    # A processor takes its fee of a payment.
    may_be_fee = Field.FEE in fields and not fields & {Field.ISSUED, Field.DUE}
    is_paid_somehow = bool(fields & {Field.METHOD, Field.PAID_HOW})
    # A day, a total and a way of paying stand in both.
    may_be_money = is_paid_somehow and billed <= {Field.TOTAL}
    is_bill = (billed and not may_be_money) or (Field.NUMBER in fields and not is_paid_somehow)
    return Kind.INVOICES if is_bill and not paid and not may_be_fee else None

"""Which columns are missing or stand twice: asked, with the columns that may be meant."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sync.intake.files.answers import Answers
from sync.intake.files.columns.column import Column
from sync.intake.files.columns.fields import Field, Kind
from sync.intake.files.columns.meanings import may_be_name, total_of
from sync.intake.files.columns.names import bare
from sync.intake.files.opening.workbooks import Cell
from sync.intake.files.outcomes import Choice, Code, Question

if TYPE_CHECKING:
    from sync.intake.files.columns.mapping import Mapping

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
OF_REFUNDS = frozenset({"refund", "is refund"})
"""Columns of yes and no that say what a row is, as a type beside them does."""
WHOLE_SUMS = frozenset({"total", "total amount", "gross", "gross amount"})


def about_missing(
    mapping: "Mapping", sample: Sequence[Sequence[Cell]], answers: Answers
) -> tuple[Question, ...]:
    if mapping.layout and (mapping.layout.lacks or mapping.layout.holds):
        return ()
    questions = []
    needed = {field for group in NEEDED[mapping.kind] for field in group}
    named = [column for column in mapping.columns if column.label]
    unknown = [column for column in named if column.field == Field.IGNORE]
    free = unknown or [column for column in named if column.field not in needed] or named
    for group in NEEDED[mapping.kind]:
        is_there = any(field in mapping.at for field in group)
        if is_there or (Field.CUSTOMER in group and answers.customer):
            continue
        if Field.CUSTOMER in group and (mapping.layout or heads_groups(sample)):
            continue
        wanted = group[0].value
        choices = tuple(
            Choice(("columns", column.label), wanted, ", ".join(column.examples)) for column in free
        )
        questions.append(Question(Code.COLUMN, ("columns",), choices, column=wanted))
    return tuple(questions)


def about_rivals(mapping: "Mapping", sample: Sequence[Sequence[Cell]]) -> tuple[Question, ...]:
    """Ask where two columns bear one name, or an amount stands beside a total, and they differ."""
    if mapping.layout:
        return ()
    questions = []
    needed = [field for group in NEEDED[mapping.kind] for field in group]
    for field in dict.fromkeys((*needed, Field.TYPE)):
        at = mapping.at.get(field)
        if at is None or mapping.columns[at].known_by != "name":
            continue
        chosen = mapping.columns[at]
        rivals = [one for one in mapping.columns if _is_rival(one, chosen, mapping.kind)]
        others = [one for one in rivals if _differ(sample, at, one.position)]
        if others:
            choices = tuple(
                Choice(("columns", one.label), field.value, ", ".join(one.examples))
                for one in (chosen, *others)
            )
            questions.append(Question(Code.COLUMN, ("columns",), choices, column=field.value))
    return tuple(questions)


def _is_rival(one: Column, chosen: Column, kind: Kind) -> bool:
    if one is chosen or one.field != chosen.field or one.known_by != "name" or not one.examples:
        return False
    if one.field == Field.TYPE and OF_REFUNDS & {bare(one.label), bare(chosen.label)}:
        return True
    is_twin = one.field != Field.TYPE and one.label.startswith(f"{chosen.label} #")
    is_whole = one.named == Field.TOTAL and bare(one.label) in WHOLE_SUMS
    return is_twin or (kind == Kind.PAYMENTS and chosen.named == Field.SUM and is_whole)


def _differ(sample: Sequence[Sequence[Cell]], one: int, other: int) -> bool:
    return any(row[one] != row[other] for row in sample if max(one, other) < len(row))


def heads_groups(sample: Sequence[Sequence[Cell]]) -> bool:
    """Say whether customers stand above their rows: a lone name that the group's total repeats."""
    heading = ""
    for row in sample:
        filled = [word for cell in row if (word := str(cell).strip())]
        if len(filled) == 1:
            heading = filled[0] if may_be_name(filled[0]) else ""
        elif heading and filled and total_of(filled[0]).endswith(heading):
            return True
    return False

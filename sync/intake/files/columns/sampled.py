"""What the first rows of a table say of its columns: one of them may not be what its name says."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum

from sync.intake.files.columns.fields import Field
from sync.intake.files.columns.meanings import Row, type_meaning
from sync.intake.files.opening.workbooks import Cell
from sync.intake.files.values.amounts import read_amount

At = Mapping[Field, int]
Sample = Sequence[Sequence[Cell]]
FIGURE = re.compile(r"\d")
FIGURES = re.compile(r"(\D*)(\d{1,18})")
NOT_FAR = 500
"""Invoices of a month or two: a payment may be for one so many numbers before."""


def is_of_several(at: At, sample: Sample) -> bool:
    """Say whether one number of a customer stands beside several names: an account's, rather."""
    names: dict[str, str] = {}
    for row in sample:
        own = text(row, at[Field.CUSTOMER_ID])
        parts = (Field.CUSTOMER, Field.GIVEN_NAME, Field.FAMILY_NAME)
        name = " ".join(text(row, at[part]) for part in parts if part in at).casefold().strip()
        if own and name and names.setdefault(own, name) != name:
            return True
    return False


class Numbers(StrEnum):
    """Whose the number on a payment's row of a ledger is."""

    OWN = "own"
    INVOICES = "invoices"
    OPEN = "open"


def whose_numbers(at: At, sample: Sample) -> Numbers:
    """Say whose they are: an invoice's of the same customer shows the one, another's the other.

    One that meets no invoice of the file may be of an earlier one, unless it looks otherwise.
    """
    billed: dict[str, str] = {}
    paid: list[tuple[str, str]] = []
    for row in sample:
        number = text(row, at[Field.INVOICES])
        whose = text(row, at[Field.CUSTOMER]) if Field.CUSTOMER in at else ""
        meant = type_meaning(text(row, at[Field.TYPE]))
        if number and meant == Row.INVOICE:
            billed[number] = whose
        elif number and isinstance(meant, Row):
            paid.append((number, whose))
    met = [whose in {"", billed[number]} for number, whose in paid if number in billed]
    if met:
        return Numbers.INVOICES if all(met) else Numbers.OWN
    if not paid:
        return Numbers.INVOICES
    may_be_earlier = any(_may_be_before(number, own) for number, _ in paid for own in billed)
    return Numbers.OPEN if may_be_earlier or not billed else Numbers.OWN


def _may_be_before(number: str, other: str) -> bool:
    """Say whether a number may be of an invoice before another: alike in form, or not far."""
    parts = FIGURES.fullmatch(number), FIGURES.fullmatch(other)
    if parts[0] is None or parts[1] is None:
        return FIGURE.sub("0", number) == FIGURE.sub("0", other)
    far = int(parts[1][2]) - int(parts[0][2])
    is_near = len(number) == len(other) or far < NOT_FAR
    return parts[0][1] == parts[1][1] and far > 0 and is_near


def totals_are_of_lines(at: At, sample: Sample) -> bool:
    """Say whether a total is the line's: its amount with tax, and not one for all of an invoice."""
    key = at.get(Field.INVOICE_ID, at.get(Field.NUMBER))
    if key is None or not {Field.LINE_AMOUNT, Field.TOTAL} <= at.keys():
        return False
    tax_at = at.get(Field.TAX_TOTAL, at.get(Field.LINE_TAX))
    last, differ = ("", Decimal(0)), False
    for row in sample:
        amount, total = number(row, at[Field.LINE_AMOUNT]), number(row, at[Field.TOTAL])
        tax = Decimal(0) if tax_at is None else number(row, tax_at) or Decimal(0)
        if amount is None or total is None or amount + tax != total:
            return False
        own = text(row, key)
        differ = differ or (own != "" and own == last[0] and total != last[1])
        last = own, total
    return differ


def text(row: Sequence[Cell], at: int) -> str:
    """Return a cell as text, empty where the row ends before it."""
    return str(row[at]).strip() if at < len(row) else ""


def number(row: Sequence[Cell], at: int) -> Decimal | None:
    """Return a number whose decimal mark is not in question."""
    value = row[at] if at < len(row) else ""
    if isinstance(value, Decimal):
        return value
    found = read_amount(str(value), ".", 4)
    return found if isinstance(found, Decimal) else None

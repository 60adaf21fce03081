"""What one column holds: by a person's word, the export's layout, its name, or its content."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date

from sync.intake.files.answers import Answers
from sync.intake.files.columns.fields import MONEY, Field
from sync.intake.files.columns.meanings import NOT_SO, Row, status_meaning, type_meaning
from sync.intake.files.columns.names import RATE, bare, meaning
from sync.intake.files.layouts.base import Layout
from sync.intake.files.opening.tables import Table
from sync.intake.files.opening.workbooks import Cell
from sync.intake.files.outcomes import Code, FileRefused
from sync.intake.files.values.amounts import is_nothing, take_apart
from sync.intake.files.values.dates import read_date, take_number

EXAMPLES = 3
IF_AMOUNTS = {
    Field.PAID_ON: Field.PAID_TOTAL,
    Field.RECEIVED: Field.AMOUNT,
    Field.ISSUED: Field.TOTAL,
}
"""What a column named like a day holds where its values are amounts: "Paid", "Billed"."""
RATES = {Field.TAX_TOTAL: Field.TAX_CODE, Field.DISCOUNT_TOTAL: Field.DISCOUNT_RATE}
"""What a column of percents is that has an amount's name."""
NONE_BACK = frozenset({"no", "false", "n", "0", "none", "nein", "non"})
FLAGS = NOT_SO | {"yes", "y", "true", "t", "1", "x", "ja", "oui", "sí", "si", "void", "voided"}
SHORT_REGION = re.compile(r"\A[A-Z]{2}\Z")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its field, how that is known, and examples of what stands in it."""

    label: str
    position: int
    field: Field
    known_by: str
    """`layout`, `name`, `content`, `answer`, or empty where nothing told."""
    examples: tuple[str, ...] = ()
    named: Field | None = None
    """What its name says, before the kind of file gave it a meaning."""


def one_column(
    table: Table,
    position: int,
    layout: Layout | None,
    sample: Sequence[Sequence[Cell]],
    answers: Answers,
) -> Column:
    """Return what a column holds, before the kind of file is known."""
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
        held = _by_content(by_name, name, texts)
        return Column(label, position, held, "name", examples, held)
    if texts and all("@" in text and "." in text for text in texts):
        return Column(label, position, Field.EMAIL, "content", examples)
    if Row.REFUND in (words := {type_meaning(text) for text in texts}) and None not in words:
        return Column(label, position, Field.TYPE, "content", examples)
    return Column(label, position, Field.IGNORE, "", examples)


def says_so(word: str) -> bool:
    """Say whether a word, or a day, in a column of yes and no says that it is so."""
    return word.casefold() in FLAGS - NOT_SO or looks_like_date(word)


def looks_like_date(text: str) -> bool:
    """Say whether a text is a date in any order, or a number that may stand for one."""
    if take_number(text) is not None:
        return True
    return any(isinstance(read_date(text, order, UTC), date) for order in ("day", "month"))


def _by_content(field: Field, name: str, texts: list[str]) -> Field:
    """Tell apart what bears one name: "Paid" may be a day, an amount or a word."""
    word = bare(name)
    if not texts:
        return RATES.get(field, field) if "%" in RATE.sub("", name) else field
    is_rate = "%" in RATE.sub("", name)
    if is_rate or (field == Field.TAX_TOTAL and all(text.endswith("%") for text in texts)):
        return RATES.get(field, Field.IGNORE if field in MONEY else field)
    if word == "state" and _are_regions(texts):
        return Field.REGION
    if field == Field.REFUNDED:
        return _refunded(word, texts)
    are_dates = all(map(looks_like_date, texts))
    is_number = field == Field.CUSTOMER and not any(map(has_letter, texts))
    is_flag = are_dates or all(text.casefold() in FLAGS for text in texts)
    is_sum = field == Field.VOIDED and not is_flag and all(map(take_apart, texts))
    if is_number or is_sum or (word == "from" and are_dates):
        return Field.IGNORE
    return field if are_dates or field not in IF_AMOUNTS else _no_day(field, texts)


def has_letter(text: str) -> bool:
    """Say whether a text can be somebody's name."""
    return any(letter.isalpha() for letter in text)


def _no_day(field: Field, texts: list[str]) -> Field:
    if all(take_apart(text) is not None for text in texts):
        return IF_AMOUNTS[field]
    return Field.STATUS if field == Field.PAID_ON else field


def _are_regions(texts: list[str]) -> bool:
    are_short = all(map(SHORT_REGION.match, texts))
    return are_short or not any(map(status_meaning, texts))


def _refunded(word: str, texts: list[str]) -> Field:
    if all(text.casefold() in NONE_BACK for text in texts):
        return Field.IGNORE
    if word in {"refund", "is refund"} and all(text.casefold() in FLAGS for text in texts):
        return Field.TYPE
    return Field.REFUNDED_ON if all(map(looks_like_date, texts)) else Field.REFUNDED

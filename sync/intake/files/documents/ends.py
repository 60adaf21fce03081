"""What invoices and payments have in common: how rows end, and words that both read."""

import re

from sync.intake.files.columns.fields import Field
from sync.intake.files.outcomes import Code, Outcome, Reason, Staged
from sync.intake.files.records import Document
from sync.intake.files.values.cells import Cells, Values
from sync.intake.files.values.currencies import named_currency

CHECK = re.compile(r"(?i)\A(check|ch[eè]que|chk|chq|ck|scheck)[\s#:.no]*(\d+)\Z")
CURRENCY = re.compile(r"\A[A-Z]{3}\Z")
ASKED = frozenset({
    Code.DATE_ORDER, Code.DECIMAL_MARK, Code.CENTS, Code.TYPE, Code.TIPS, Code.TAX_MODE,
    Code.SPLIT, Code.ZEROS_LOST, Code.PAID_DATE, Code.KIND, Code.COLUMN, Code.DAY_NUMBERS,
    Code.REFUND_DAY, Code.AMOUNT, Code.DIFFERENCE, Code.SWAPPED,
})  # fmt: skip
"""Reasons that an answer takes away; all others are for whoever mends the file."""


WHOLE = frozenset({Code.SPLIT, Code.TIPS, Code.PAID_DATE, Code.ZEROS_LOST})
"""Questions that leave every other value of the document as it will be."""


def end(
    numbers: tuple[int, ...], documents: tuple[Document, ...], problems: list[Reason]
) -> Staged:
    """Refuse for what is wrong, else ask what is open, else take."""
    wrong = tuple(dict.fromkeys(problems))
    if any(reason.code not in ASKED for reason in wrong):
        return Staged(numbers, Outcome.REFUSED, (), wrong)
    if wrong:
        is_whole = all(reason.code in WHOLE for reason in wrong)
        return Staged(numbers, Outcome.ASKED, documents if is_whole else (), wrong)
    return Staged(numbers, Outcome.TAKEN, documents)


def read_currency(cells: Cells, row: Values, problems: list[Reason]) -> str:
    """Return a currency's code in capitals, by its column or its sign; empty where none tells."""
    told = cells.text(row, Field.CURRENCY, problems)
    word = (named_currency(told) or told.upper()) if told else cells.currency(row)
    if word and not CURRENCY.match(word):
        problems.append(cells.reason(Code.NOT_A_CURRENCY, Field.CURRENCY, row))
    return word


def read_method(text: str) -> tuple[str, str]:
    """Return method and reference of a word like "Check 0042"."""
    check = CHECK.match(text)
    return (check[1], check[2]) if check else (text, "")

"""What became of each row of a file, and what a person is asked.

Every row ends in exactly one `Staged`; the sum of their rows is the number of rows read.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from sync.intake.files.records import Document


class Outcome(StrEnum):
    """The four ends of a row."""

    TAKEN = "taken"
    NOT_OURS = "not_ours"
    REFUSED = "refused"
    ASKED = "asked"


class Code(StrEnum):
    """Every reason this room gives; words.py says each in words."""

    # Not ours
    BLANK = "blank"
    PREAMBLE = "preamble"
    HEADER = "header"
    HEADING = "heading"
    TOTAL = "total"
    FOOTER = "footer"
    DRAFT = "draft"
    QUOTE = "quote"
    CREDIT = "credit"
    CREDIT_NOTE = "credit_note"
    OVERPAYMENT = "overpayment"
    PAYOUT = "payout"
    FEE = "fee"
    DISPUTE = "dispute"
    TRANSFER = "transfer"
    JOURNAL = "journal"
    NOT_RECEIVED = "not_received"
    DELETED = "deleted"
    ZERO = "zero"
    OTHER_TYPE = "other_type"
    REFUND_LINE = "refund_line"
    # Refused: a value
    MISSING = "missing"
    NOT_A_NUMBER = "not_a_number"
    TOO_MANY_DECIMALS = "too_many_decimals"
    OTHER_DECIMAL_MARK = "other_decimal_mark"
    TOO_LARGE = "too_large"
    NOT_A_DATE = "not_a_date"
    OTHER_DATE_ORDER = "other_date_order"
    FORMULA = "formula"
    DIGITS_LOST = "digits_lost"
    CELL_TOO_LONG = "cell_too_long"
    CONTROL_CHARACTER = "control_character"
    NOT_A_CURRENCY = "not_a_currency"
    # Refused: a row or document
    TOO_MANY_CELLS = "too_many_cells"
    DIFFERS_WITHIN = "differs_within"
    DOES_NOT_ADD_UP = "does_not_add_up"
    NEGATIVE = "negative"
    PAYMENT_LINE = "payment_line"
    NEGATIVE_TAX = "negative_tax"
    NO_TOTAL_IN_EXPORT = "no_total_in_export"
    ROWS_CANNOT_BE_JOINED = "rows_cannot_be_joined"
    ID_REPEATED = "id_repeated"
    INVOICE_REPEATED = "invoice_repeated"
    ZEROS_LOST = "zeros_lost"
    # Asked, or noted with what is taken
    DATE_ORDER = "date_order"
    SWAPPED = "swapped"
    DAY_NUMBERS = "day_numbers"
    DECIMAL_MARK = "decimal_mark"
    CENTS = "cents"
    KIND = "kind"
    COLUMN = "column"
    SHEET = "sheet"
    ENCODING = "encoding"
    TYPE = "type"
    AMOUNT = "amount"
    RECEIPT = "receipt"
    WHOSE_NUMBER = "whose_number"
    PAID = "paid"
    PAID_DATE = "paid_date"
    NO_PAID_DAY = "no_paid_day"
    REFUND_DAY = "refund_day"
    TIPS = "tips"
    TAX_MODE = "tax_mode"
    DIFFERENCE = "difference"
    SPLIT = "split"
    NO_CUSTOMER = "no_customer"
    CUSTOMER = "customer"
    CUSTOMER_FOUND = "customer_found"
    SAME_MONEY = "same_money"
    WRITTEN_OFF = "written_off"
    CREDITS_APPLIED = "credits_applied"
    GIVEN_BACK = "given_back"
    LINES_LEFT_OUT = "lines_left_out"
    # The file as a whole
    EMPTY_FILE = "empty_file"
    NO_TABLE = "no_table"
    NOT_TEXT = "not_text"
    WEB_PAGE = "web_page"
    PDF = "pdf"
    BROKEN_FILE = "broken_file"
    LOCKED = "locked"
    FILE_TOO_LARGE = "file_too_large"
    TOO_MANY_ROWS = "too_many_rows"
    TOO_MANY_COLUMNS = "too_many_columns"
    TOO_DENSE = "too_dense"
    NO_SUCH_SHEET = "no_such_sheet"
    BAD_ANSWER = "bad_answer"


@dataclass(frozen=True, slots=True)
class Reason:
    """A code with the column and the value as it stands in the file, where there is one."""

    code: Code
    column: str = ""
    value: str = ""


@dataclass(slots=True)
class Staged:
    """Rows of the file that belong together, and what became of them.

    `documents` are there where rows were taken, and where all of them but the answer is known.
    Reasons beside what was taken are notes.
    """

    rows: tuple[int, ...]
    outcome: Outcome
    documents: tuple[Document, ...] = ()
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to answer: where `Answers` takes it, what it says, and an example of it."""

    key: tuple[str, ...]
    answer: str
    example: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """What the file does not tell, and the ways to answer.

    A question that is not `required` has a default, which stands as long as nobody answers. One
    without choices is answered by a word of the person's own under `key`.
    """

    code: Code
    key: tuple[str, ...]
    choices: tuple[Choice, ...]
    required: bool = True
    default: str = ""
    column: str = ""
    examples: tuple[str, ...] = ()


def ask(
    code: Code,
    key: tuple[str, ...],
    answers: dict[str, str],
    column: str = "",
    examples: tuple[str, ...] = (),
) -> Question:
    """Make a question whose choices are answers to one key, each with its example."""
    choices = tuple(Choice(key, answer, example) for answer, example in answers.items())
    return Question(code, key, choices, column=column, examples=examples)


def offer(
    code: Code, key: tuple[str, ...], answers: dict[str, str], default: str, column: str = ""
) -> Question:
    """Make a question that need not be answered: its default stands."""
    return replace(ask(code, key, answers, column), required=False, default=default)


class FileRefused(Exception):
    """The file as a whole cannot be read; the code says why."""

    def __init__(self, code: Code, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail

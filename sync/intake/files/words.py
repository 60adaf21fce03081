"""What people read of this room's codes; the only place where they become sentences."""

import re

from sync.intake.files.outcomes import Code, Question, Reason

_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
WORDS: dict[Code, str] = {
    Code.BLANK: "An empty row.",
    Code.PREAMBLE: "A row above the table.",
    Code.HEADER: "The names of the columns.",
    Code.HEADING: "A heading of the rows below it.",
    Code.TOTAL: "A row of totals.",
    Code.FOOTER: "A remark of the report.",
    Code.DRAFT: "A draft: it was never sent.",
    Code.QUOTE: "A quote, not an invoice.",
    Code.CREDIT: "A credit: its total is below zero.",
    Code.CREDIT_NOTE: "A credit note, not an invoice.",
    Code.OVERPAYMENT: "A customer's credit, not an invoice.",
    Code.PAYOUT: "A payout to the bank, not a customer's payment.",
    Code.FEE: "A fee of the processor, not a customer's payment.",
    Code.DISPUTE: "A dispute; enter a lost one as a refund of the payment.",
    Code.TRANSFER: "A transfer or adjustment between accounts.",
    Code.JOURNAL: "An entry in the books, each amount twice: export invoices and payments.",
    Code.NOT_RECEIVED: "The money was not received.",
    Code.DELETED: "It was deleted or cancelled there.",
    Code.ZERO: "The amount is zero.",
    Code.OTHER_TYPE: "Neither an invoice nor a payment.",
    Code.REFUND_LINE: "A returned line; the refund itself is in the list of payments.",
    Code.MISSING: "This is missing.",
    Code.NOT_A_NUMBER: "This is not an amount.",
    Code.TOO_MANY_DECIMALS: "This has more decimal places than money has; nothing is rounded.",
    Code.OTHER_DECIMAL_MARK: "This has another decimal mark than the rest of its column.",
    Code.TOO_LARGE: "This amount is too large.",
    Code.NOT_A_DATE: "This is not a date between 1970 and 2099.",
    Code.OTHER_DATE_ORDER: "This date has its day and month in another order than its column.",
    Code.FORMULA: "This is a formula without a stored value; formulas are not worked out.",
    Code.DIGITS_LOST: "A spreadsheet took the last digits of this number away.",
    Code.CELL_TOO_LONG: "This text is too long.",
    Code.CONTROL_CHARACTER: "This has a sign that cannot be shown.",
    Code.NOT_A_CURRENCY: "This is not a currency's code of three letters.",
    Code.TOO_MANY_CELLS: "The row has more cells than there are columns: a comma without quotes?",
    Code.DIFFERS_WITHIN: "The rows of one invoice or payment state two different values.",
    Code.DOES_NOT_ADD_UP: "The figures do not add up.",
    Code.NEGATIVE: "The total is below zero, but its lines do not say so.",
    Code.NEGATIVE_TAX: "The tax is below zero.",
    Code.NO_TOTAL_IN_EXPORT: "This export states no totals; take one that does.",
    Code.ROWS_CANNOT_BE_JOINED: "The file does not tell which rows are one payment.",
    Code.ID_REPEATED: "Two payments of this file have the same id.",
    Code.ZEROS_LOST: "Numbers beside it have zeros in front: did it lose some?",
    Code.DATE_ORDER: "What stands first in this date, the day or the month?",
    Code.DECIMAL_MARK: "Which sign parts the cents off, the dot or the comma?",
    Code.CENTS: "Are these amounts in cents?",
    Code.KIND: "What are these rows?",
    Code.COLUMN: "Which column holds this?",
    Code.SHEET: "Which sheet is to be read?",
    Code.ENCODING: "Which of these reads right?",
    Code.TYPE: "What does this word stand for?",
    Code.AMOUNT: "Each row of an invoice repeats it: is it the line's, or the invoice's total?",
    Code.PAID: "Does what is said to be paid become payments?",
    Code.PAID_DATE: "The day of payment stands on a later line: was the whole invoice paid then?",
    Code.TIPS: "Is the tip inside the amount, or beside it?",
    Code.TAX_MODE: "Do the prices include tax?",
    Code.SPLIT: "How much of this payment goes to each invoice?",
    Code.NO_CUSTOMER: "Whose are the rows without a customer?",
    Code.CUSTOMER: "Which customer is this?",
    Code.CUSTOMER_FOUND: "Found by the name: the customer is here already.",
    Code.SAME_MONEY: "Money of this customer or invoice, day and amount is here already: the same?",
    Code.WRITTEN_OFF: "Written off there: taken in, never ready to export.",
    Code.CREDITS_APPLIED: "A part was settled by credits, which are no payments.",
    Code.LINES_LEFT_OUT: "Its lines stand in one cell and do not reach the total: left out.",
    Code.EMPTY_FILE: "The file is empty.",
    Code.NO_TABLE: "There is no table with named columns in this file.",
    Code.NOT_TEXT: "This is neither a text file nor a spreadsheet.",
    Code.WEB_PAGE: "This is a web page; save it as CSV or XLSX.",
    Code.PDF: "This is a PDF; export the list as CSV or XLSX.",
    Code.BROKEN_FILE: "The file is damaged and cannot be opened.",
    Code.LOCKED: "The file is locked by a password; save it without one.",
    Code.FILE_TOO_LARGE: "The file is larger than can be taken (in MB).",
    Code.TOO_MANY_ROWS: "The file has more rows than can be taken.",
    Code.TOO_MANY_COLUMNS: "The file has more columns than can be taken.",
    Code.TOO_DENSE: "The file unpacks to far more than it is: it is not opened.",
    Code.NO_SUCH_SHEET: "There is no such sheet to be read.",
    Code.BAD_ANSWER: "This is not one of the ways to answer.",
}
ANSWERS: dict[str, str] = {
    "day": "the day",
    "month": "the month",
    ".": "the dot",
    ",": "the comma",
    "yes": "yes",
    "no": "no",
    "issued": "yes, on the day of the invoice",
    "due": "yes, on the day it is due",
    "inside": "inside the amount",
    "beside": "beside the amount",
    "exclusive": "without tax",
    "inclusive": "with tax",
    "whole": "yes, the whole invoice",
    "line_amount": "the amount of the line",
    "total": "the total of the invoice",
    "pad": "put the zeros back",
    "keep": "keep it as it is",
    "not_ours": "none of these",
    "written_off": "written off",
    "new": "a new customer",
    "one": "one customer",
    "each": "one for each e-mail address",
    "same": "the same: leave them out",
    "other": "other money: take them in",
}


def shown(text: str) -> str:
    """Return a text of a file as it can be shown and stored: a sign for what is none."""
    return _NO_TEXT.sub("\ufffd", text)


def explain(reason: Reason) -> str:
    """Return a reason in words, with its column and the value as it stands in the file."""
    place = ": ".join(shown(part) for part in (reason.column, reason.value) if part)
    return f"{place} — {WORDS[reason.code]}" if place else WORDS[reason.code]


def explain_question(question: Question) -> str:
    """Return a question in words, with its column."""
    column = f"{shown(question.column)}: " if question.column else ""
    return f"{column}{WORDS[question.code]}"


def explain_answer(answer: str) -> str:
    """Return a way to answer in words; sheets, invoices and columns are their own words."""
    return ANSWERS.get(answer, answer.replace("_", " "))

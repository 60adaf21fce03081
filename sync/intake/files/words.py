"""What people read of this room's codes. Marked here for translators, told by the rooms above."""

import re

from sync.intake.files.marking import mark
from sync.intake.files.outcomes import Code

_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
WORDS: dict[Code, str] = {
    Code.BLANK: mark("An empty row."),
    Code.PREAMBLE: mark("A row above the table."),
    Code.HEADER: mark("The names of the columns."),
    Code.HEADING: mark("A heading of the rows below it."),
    Code.TOTAL: mark("A row of totals."),
    Code.FOOTER: mark("A remark of the report."),
    Code.DRAFT: mark("A draft: it was never sent."),
    Code.QUOTE: mark("A quote, not an invoice."),
    Code.CREDIT: mark("A credit: its total is below zero."),
    Code.CREDIT_NOTE: mark("A credit note, not an invoice."),
    Code.OVERPAYMENT: mark("A customer's credit, not an invoice."),
    Code.PAYOUT: mark("A payout to the bank, not a customer's payment."),
    Code.FEE: mark("A fee of the processor, not a customer's payment."),
    Code.DISPUTE: mark("A dispute; enter a lost one as a refund of the payment."),
    Code.TRANSFER: mark("A transfer or adjustment between accounts."),
    Code.JOURNAL: mark("An entry in the books, each amount twice: export invoices and payments."),
    Code.NOT_RECEIVED: mark("The money was not received."),
    Code.DELETED: mark("It was deleted or cancelled there."),
    Code.ZERO: mark("The amount is zero."),
    Code.OTHER_TYPE: mark("Neither an invoice nor a payment."),
    Code.REFUND_LINE: mark("A returned line; the refund itself is in the list of payments."),
    Code.MISSING: mark("This is missing."),
    Code.NOT_A_NUMBER: mark("This is not an amount."),
    Code.TOO_MANY_DECIMALS: mark(
        "This has more decimal places than money has; nothing is rounded."
    ),
    Code.OTHER_DECIMAL_MARK: mark("This has another decimal mark than the rest of its column."),
    Code.TOO_LARGE: mark("This amount is too large."),
    Code.NOT_A_DATE: mark("This is not a date between 1970 and 2099."),
    Code.OTHER_DATE_ORDER: mark(
        "This date has its day and month in another order than its column."
    ),
    Code.FORMULA: mark("This is a formula without a stored value; formulas are not worked out."),
    Code.DIGITS_LOST: mark("A spreadsheet took the last digits of this number away."),
    Code.CELL_TOO_LONG: mark("This text is too long."),
    Code.CONTROL_CHARACTER: mark("This has a sign that cannot be shown."),
    Code.NOT_A_CURRENCY: mark("This is not a currency's code of three letters."),
    Code.TOO_MANY_CELLS: mark(
        "The row has more cells than there are columns: a comma without quotes?"
    ),
    Code.DIFFERS_WITHIN: mark("The rows of one invoice or payment state two different values."),
    Code.DOES_NOT_ADD_UP: mark("The figures do not add up."),
    Code.NEGATIVE: mark("The total is below zero, but its lines do not say so."),
    Code.PAYMENT_LINE: mark(
        "This line is a payment and lowers what was billed; payments are a list of their own."
    ),
    Code.NEGATIVE_TAX: mark("The tax is below zero."),
    Code.NO_TOTAL_IN_EXPORT: mark("This export states no totals; take one that does."),
    Code.ROWS_CANNOT_BE_JOINED: mark("The file does not tell which rows are one payment."),
    Code.ID_REPEATED: mark("Two payments of this file have the same id."),
    Code.INVOICE_REPEATED: mark(
        "Several rows state this invoice; take an export with one row for each."
    ),
    Code.ZEROS_LOST: mark("Numbers beside it have zeros in front: did it lose some?"),
    Code.DATE_ORDER: mark("What stands first in this date?"),
    Code.SWAPPED: mark(
        "Texts beside it show that a spreadsheet may have exchanged day and month: which day is it?"
    ),
    Code.DAY_NUMBERS: mark("A spreadsheet's number stands for the day: which day is it?"),
    Code.DECIMAL_MARK: mark("Which sign parts the cents off, the dot or the comma?"),
    Code.CENTS: mark("Are these amounts in cents?"),
    Code.KIND: mark("What are these rows?"),
    Code.COLUMN: mark("Which column holds this?"),
    Code.SHEET: mark("Which sheet is to be read?"),
    Code.ENCODING: mark("Which of these reads right?"),
    Code.TYPE: mark("What does this word stand for?"),
    Code.AMOUNT: mark(
        "Each row of an invoice repeats it: is it the line's, or the invoice's total?"
    ),
    Code.RECEIPT: mark(
        "Rows of one payment repeat this amount: is it what went to each invoice, or all of it?"
    ),
    Code.WHOSE_NUMBER: mark(
        "Is the number of a payment here the one of the invoice it paid, or its own?"
    ),
    Code.PAID: mark("Does what is said to be paid become payments?"),
    Code.PAID_DATE: mark(
        "The day of payment stands on a later line: was the whole invoice paid then?"
    ),
    Code.NO_PAID_DAY: mark(
        "It is said to be paid, but not on which day: no payment is made of it."
    ),
    Code.REFUND_DAY: mark("Money went back, but no column tells on which day: when was it?"),
    Code.TIPS: mark("Is the tip inside the amount, or beside it?"),
    Code.TAX_MODE: mark("Do the prices include tax?"),
    Code.DIFFERENCE: mark(
        "The total is more than this, and no column tells what the rest is: tax?"
    ),
    Code.SPLIT: mark("How much of this payment goes to each invoice?"),
    Code.NO_CUSTOMER: mark("Whose are the rows without a customer?"),
    Code.CUSTOMER: mark("Which customer is this?"),
    Code.CUSTOMER_FOUND: mark("Found by the name: the customer is here already."),
    Code.SAME_MONEY: mark(
        "Money of this customer or invoice, day and amount is here already: the same?"
    ),
    Code.WRITTEN_OFF: mark("Written off there: taken in, never ready to export."),
    Code.CREDITS_APPLIED: mark("A part was settled by credits, which are no payments."),
    Code.GIVEN_BACK: mark("Money went back there: no refund is made of it here, enter it."),
    Code.LINES_LEFT_OUT: mark("Its lines stand in one cell and do not reach the total: left out."),
    Code.EMPTY_FILE: mark("The file is empty."),
    Code.NO_TABLE: mark("There is no table with named columns in this file."),
    Code.NOT_TEXT: mark("This is neither a text file nor a spreadsheet."),
    Code.WEB_PAGE: mark("This is a web page; save it as CSV or XLSX."),
    Code.PDF: mark("This is a PDF; export the list as CSV or XLSX."),
    Code.BROKEN_FILE: mark("The file is damaged and cannot be opened."),
    Code.LOCKED: mark("The file is locked by a password; save it without one."),
    Code.FILE_TOO_LARGE: mark("The file is larger than can be taken (in MB)."),
    Code.TOO_MANY_ROWS: mark("The file has more rows than can be taken."),
    Code.TOO_MANY_COLUMNS: mark("The file has more columns than can be taken."),
    Code.TOO_DENSE: mark("The file unpacks to far more than it is: it is not opened."),
    Code.NO_SUCH_SHEET: mark("There is no such sheet to be read."),
    Code.BAD_ANSWER: mark("This is not one of the ways to answer."),
}
ANSWERS: dict[str, str] = {
    "day": mark("the day"),
    "month": mark("the month"),
    "year": mark("the year"),
    ".": mark("the dot"),
    ",": mark("the comma"),
    "yes": mark("yes"),
    "no": mark("no"),
    "issued": mark("yes, on the day of the invoice"),
    "due": mark("yes, on the day it is due"),
    "ledger": mark("invoices and payments together"),
    "word": mark("yes, on the day that stands beside the word"),
    "received": mark("on the day of the payment"),
    "left_out": mark("take the payments in without it"),
    "as_stored": mark("as it is stored"),
    "turned": mark("with day and month exchanged"),
    "of_each": mark("what went to each invoice"),
    "of_all": mark("the whole payment"),
    "reference": mark("a number of its own"),
    "from_1900": mark("counted from 1900, as most files are"),
    "from_1904": mark("counted from 1904, as older ones of a Mac are"),
    "tax": mark("yes, it is tax"),
    "other_charge": mark("no, another charge without tax"),
    "*": mark("all sheets with these columns, one after the other"),
    "inside": mark("inside the amount"),
    "beside": mark("beside the amount"),
    "exclusive": mark("without tax"),
    "inclusive": mark("with tax"),
    "whole": mark("yes, the whole invoice"),
    "line_amount": mark("the amount of the line"),
    "total": mark("the total of the invoice"),
    "pad": mark("put the zeros back"),
    "keep": mark("keep it as it is"),
    "not_ours": mark("none of these"),
    "written_off": mark("written off"),
    "new": mark("a new customer"),
    "one": mark("one customer"),
    "each": mark("one for each e-mail address"),
    "same": mark("the same: leave them out"),
    "other": mark("other money: take them in"),
}
HELD: dict[str, str] = {
    "number": mark("the invoice's number"),
    "customer": mark("the customer's name"),
    "issued": mark("the invoice's date"),
    "total": mark("the invoice's total"),
    "received": mark("the day on which the money came in"),
    "amount": mark("the amount that came in"),
    "type": mark("what each row is"),
    "invoices": mark("the number of the invoice that was paid"),
}
"""What a column is asked for, by our name of it; others are their own words."""
WHICH_COLUMN = mark("Which column holds %(field)s?")


def shown(text: str) -> str:
    """Return a text of a file as it can be shown and stored: a sign for what is none."""
    return _NO_TEXT.sub("\ufffd", text)

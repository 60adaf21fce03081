"""Questions about a file as a whole: each where its answer matters, and no evidence gives it."""

from collections import Counter

from sync.intake.files.answers import Answers
from sync.intake.files.columns.evidence import Evidence
from sync.intake.files.columns.fields import Field, Kind
from sync.intake.files.columns.mapping import Mapping
from sync.intake.files.columns.meanings import Standing, day_in, status_meaning
from sync.intake.files.outcomes import Code, Question, ask, offer


def about_the_file(mapping: Mapping, found: Evidence, answers: Answers) -> list[Question]:
    """Return what is to be asked of a file of this kind."""
    if mapping.kind != Kind.INVOICES:
        return [
            *_about_receipts(mapping, found, answers),
            *_about_tips(mapping, found, answers),
            *_about_refunds(mapping, found, answers),
            *_about_customers(found, answers),
        ]
    return [
        *([] if answers.paid else _about_paid(mapping, found)),
        *_about_paid_lines(mapping, found, answers),
        *_about_zeros(mapping, found, answers),
        *_about_amount(mapping, found),
        *_about_total(mapping, found),
        *_about_difference(mapping, found, answers),
        *_about_tax(mapping, found, answers),
        *_about_customers(found, answers),
    ]


def _about_tips(mapping: Mapping, found: Evidence, answers: Answers) -> list[Question]:
    tips = found.marks.get(Field.TIP)
    is_known = mapping.layout is not None and mapping.layout.tip_is_inside is not None
    if tips is None or not tips.has_value or answers.tips or is_known:
        return []
    ways = dict.fromkeys(("inside", "beside"), tips.example)
    return [ask(Code.TIPS, ("tips",), ways, mapping.label(Field.TIP))]


def _about_receipts(mapping: Mapping, found: Evidence, answers: Answers) -> list[Question]:
    if not found.repeated_receipt or answers.receipts:
        return []
    ways = dict.fromkeys(("of_each", "of_all"), found.repeated_receipt)
    return [ask(Code.RECEIPT, ("receipts",), ways, mapping.label(Field.AMOUNT))]


def _about_customers(found: Evidence, answers: Answers) -> list[Question]:
    """Offer one customer for the rows that have none; without, these rows are refused."""
    if not found.without_customer or answers.customer:
        return []
    examples = (found.without_customer,)
    return [Question(Code.NO_CUSTOMER, ("customer",), (), required=False, examples=examples)]


def _about_paid_lines(mapping: Mapping, found: Evidence, answers: Answers) -> list[Question]:
    if answers.paid != "yes" or not found.paid_in_part or answers.paid_lines:
        return []
    ways = dict.fromkeys(("whole", "no"), found.paid_in_part)
    return [ask(Code.PAID_DATE, ("paid_lines",), ways, mapping.label(Field.PAID_ON))]


def _about_zeros(mapping: Mapping, found: Evidence, answers: Answers) -> list[Question]:
    usual = max(found.padded, key=lambda length: found.padded[length], default=0)
    short = next((key for length, key in found.unpadded.items() if length < usual), "")
    if not short or answers.numbers:
        return []
    ways = {"pad": short.zfill(usual), "keep": short}
    return [ask(Code.ZEROS_LOST, ("numbers",), ways, mapping.label(Field.NUMBER))]


def _about_amount(mapping: Mapping, found: Evidence) -> list[Question]:
    """Ask whose an amount is that every row of an invoice repeats: the line's or the invoice's."""
    if not found.equal_amounts or found.has_different_amounts:
        return []
    label = mapping.label(Field.LINE_AMOUNT)
    ways = dict.fromkeys((Field.LINE_AMOUNT.value, Field.TOTAL.value), found.equal_amounts)
    return [ask(Code.AMOUNT, ("columns", label), ways, label)]


def _about_total(mapping: Mapping, found: Evidence) -> list[Question]:
    """Ask whose a total is of which the rows of an invoice state several."""
    if not found.different_totals:
        return []
    label = mapping.label(Field.TOTAL)
    ways = dict.fromkeys((Field.LINE_AMOUNT.value, Field.TOTAL.value), found.different_totals)
    return [ask(Code.AMOUNT, ("columns", label), ways, label)]


def _about_difference(mapping: Mapping, found: Evidence, answers: Answers) -> list[Question]:
    if not found.unnamed_difference or answers.difference:
        return []
    ways = dict.fromkeys(("tax", "other_charge"), found.unnamed_difference)
    return [ask(Code.DIFFERENCE, ("difference",), ways, mapping.label(Field.SUBTOTAL))]


def _about_refunds(mapping: Mapping, found: Evidence, answers: Answers) -> list[Question]:
    """Ask for the day of what went back where it is a column of its payment, without a day."""
    if not found.refund_without_day or answers.refunds:
        return []
    ways = dict.fromkeys(("received", "left_out"), found.refund_without_day)
    return [ask(Code.REFUND_DAY, ("refunds",), ways, mapping.label(Field.REFUNDED))]


def _about_tax(mapping: Mapping, found: Evidence, answers: Answers) -> list[Question]:
    """Ask whether prices include tax where no total, and no column of its own, tells."""
    told = {Field.TOTAL, Field.INCLUSIVE, Field.LINE_TOTAL, Field.SUBTOTAL}
    taxes = (found.marks.get(part) for part in (Field.LINE_TAX, Field.TAX_TOTAL))
    mode = answers.tax or (mapping.layout.tax_mode if mapping.layout else "")
    if mapping.at.keys() & told or mode or not any(tax and tax.has_value for tax in taxes):
        return []
    amounts = found.marks.get(Field.LINE_AMOUNT)
    ways = dict.fromkeys(("exclusive", "inclusive"), amounts.example if amounts else "")
    return [ask(Code.TAX_MODE, ("tax",), ways)]


def _about_paid(mapping: Mapping, found: Evidence) -> list[Question]:
    """Ask whether "paid" makes payments, and of which day where the file has no such column."""
    claims = (Field.PAID_ON, Field.PAID_TOTAL, Field.BALANCE, Field.STATUS)
    part = next((part for part in claims if part in mapping.at), None)
    words = found.words.get(Field.STATUS, Counter[str]())
    if part is None or (
        part == Field.STATUS and Standing.PAID not in {status_meaning(word) for word in words}
    ):
        return []
    ways: tuple[str, ...] = (
        ("no", "yes") if Field.PAID_ON in mapping.at else ("no", "issued", "due")
    )
    if Field.PAID_ON not in mapping.at and any(map(day_in, words)):
        ways, part = ("no", "word", "issued", "due"), Field.STATUS
    label = mapping.label(part)
    answers = dict.fromkeys(ways, "")
    return [offer(Code.PAID, ("paid",), answers, "no", label)]

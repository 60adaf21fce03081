"""The words for each reason: what stands in the way, with the amount, and what to do."""

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal

from django.db.models import Q, QuerySet

from sync.exports.rules.eligibility import Blocked, Reason, incomplete_units, with_reasons
from sync.models import BooksMatch, BusinessUnit, Invoice, Payment, QuickBooksCompany, Verdict
from sync.models import SyncRecord as Record
from sync.quickbooks.documents import name_problem

_SIGNS = {"USD": "$", "CAD": "CA$", "GBP": "£", "EUR": "€", "AUD": "A$"}


def money(amount: Decimal, currency: str) -> str:
    """Write an amount as people read it: $1,234.50."""
    sign = _SIGNS.get(currency, f"{currency} ")
    return f"{'-' if amount < 0 else ''}{sign}{abs(amount):,.2f}"


def day(value: date) -> str:
    """Write a date as people read it: 31 Mar 2026."""
    return f"{value.day} {value:%b %Y}"


def explain(payments: Iterable[Payment]) -> dict[int, Blocked]:
    """Return why each payment may not go, by id; those that may are left out."""
    asked = list(payments)
    incomplete = incomplete_units(among={payment.business_unit_id for payment in asked})
    rows = with_reasons(Payment.objects.filter(pk__in=[row.pk for row in asked]), incomplete)
    return blocked_rows(rows, incomplete)


def blocked_rows(rows: QuerySet[Payment], incomplete: dict[int, list[str]]) -> dict[int, Blocked]:
    """Put words to those of the rows that `with_reasons` gave a reason."""
    # Asked for by itself first: mostly there is none, and then nothing else need be read.
    reasons = rows.values_list("pk", "reason")  # type: ignore[misc]  # annotated
    blocked = [pk for pk, reason in reasons if reason]
    if not blocked:
        return {}
    related = rows.filter(pk__in=blocked).select_related(
        "invoice__customer",
        "invoice__do_not_export_by",
        "invoice__verdict",
        "business_unit__quickbooks_company",
    )
    return {
        row.pk: Blocked(Reason(row.reason), words_for(row, incomplete))  # type: ignore[attr-defined]
        for row in related
    }


def words_for(row: Payment, incomplete: dict[int, list[str]]) -> str:
    """Say in a bookkeeper's words why this annotated row may not go."""
    reason = Reason(row.reason)  # type: ignore[attr-defined]
    if reason == Reason.SETUP_INCOMPLETE:
        return (
            f"Set-up of {row.business_unit} is not finished: {incomplete[row.business_unit_id][0]}"
        )
    return _WORDS[reason](row)


def _not_fully_paid(row: Payment) -> str:
    invoice = _invoice(row)
    due = money(invoice.balance_due, invoice.currency)
    if invoice.paid_total >= invoice.total:
        refunded = money(invoice.refunded_total, invoice.currency)
        return (
            f"Invoice {invoice.number} has {due} due again: {refunded} was refunded."
            " Credit the invoice, collect again, or release it."
        )
    return f"Invoice {invoice.number} still has {due} due."


def _books_closed(row: Payment) -> str:
    company = row.business_unit.quickbooks_company
    closed = company.book_close_date if company else None
    until = day(closed) if closed else "that day"
    return (
        f"QuickBooks has closed its books through {until}, and invoice {_invoice(row).number} or"
        " one of its payments is dated before that. Ask your accountant to change the closing"
        " date, or mark it Do not export."
    )


def _do_not_export(row: Payment) -> str:
    invoice = _invoice(row)
    when = day(invoice.do_not_export_at.date()) if invoice.do_not_export_at else ""
    return (
        f"Marked Do not export by {invoice.do_not_export_by} on {when}:"
        f" {invoice.do_not_export_reason}"
    )


def _in_books(row: Payment) -> str:
    invoice, company = _invoice(row), row.business_unit.quickbooks_company
    match = BooksMatch.objects.filter(company=company, invoice=invoice).first()
    doubt = match.get_doubt_display().lower() if match is not None and match.doubt else ""
    found = f"may be {invoice} ({doubt})" if doubt else f"is {invoice}"
    return f"An invoice in {company} {found}. Decide about it under What QuickBooks holds."


def _number_taken(row: Payment) -> str:
    invoice = _invoice(row)
    number = invoice.quickbooks_number
    if not units_with_number(invoice).exists():
        return (
            f"Another invoice of {row.business_unit} has the number {number} in QuickBooks."
            " Choose another for one of the two."
        )
    # The other unit is left unnamed: this is stored, and read by people without a role there.
    return (
        f"Invoice number {number} is taken by another unit in the same QuickBooks company."
        " Give one of the two another number."
    )


def units_with_number(invoice: Invoice) -> QuerySet[BusinessUnit]:
    """Return the other units whose invoice of the same number is in the same QuickBooks company."""
    records = Record.objects.filter(
        company=invoice.business_unit.quickbooks_company_id,
        kind=Record.Kind.INVOICE,
        invoice__quickbooks_number=invoice.quickbooks_number,
    )
    others = records.exclude(business_unit=invoice.business_unit_id).values("business_unit")
    return BusinessUnit.objects.filter(pk__in=others).order_by("name")


def _currency_mismatch(row: Payment) -> str:
    invoice, company = _invoice(row), row.business_unit.quickbooks_company
    odd = invoice.payments.filter(voided_at=None).exclude(currency=invoice.currency).first()
    if odd is not None:
        return (
            f"Invoice {invoice.number} is in {invoice.currency}, but its payment of"
            f" {money(odd.amount, odd.currency)} is in {odd.currency}."
        )
    return (
        f"Invoice {invoice.number} is in {invoice.currency}; {company} keeps its books in"
        f" {company.home_currency if company else ''} only."
    )


def _customer_currency(row: Payment) -> str:
    invoice = _invoice(row)
    record = Record.objects.filter(
        company=row.business_unit.quickbooks_company, customer=invoice.customer_id
    ).first()
    return customer_currency_words(invoice, record.content["currency"] if record else "another")


def customer_currency_words(invoice: Invoice, kept_in: str) -> str:
    """Say that a customer's one currency is not the invoice's, and what to do."""
    return (
        f"Invoice {invoice.number} is in {invoice.currency}, but {invoice.customer} is a customer"
        f" in {kept_in} in QuickBooks, which takes no other currency for good. Enter a customer of"
        f" its own for {invoice.currency}, and give it this invoice and its payments."
    )


def no_rate_words(company: QuickBooksCompany, currency: str, on: date) -> str:
    """Say that QuickBooks has no rate for a day, and how to set one."""
    return (
        f"QuickBooks has no exchange rate of {currency} to {company.home_currency} on {day(on)}."
        f" Set one there (Gear > Currencies > {currency} > Edit currency exchange), then choose"
        " Verify again on the page of the connection."
    )


def _lines_mismatch(row: Payment) -> str:
    invoice = _invoice(row)
    return (
        f"The lines of invoice {invoice.number} add up to"
        f" {money(invoice.lines_total, invoice.currency)}, its subtotal is"
        f" {money(invoice.subtotal, invoice.currency)}. Correct the invoice."
    )


def _failed(row: Payment) -> str:
    record = stopping_record(row)
    return f"{record.error if record else 'It failed before.'} Retry it once that is put right."


def _uncertain(row: Payment) -> str:
    record = stopping_record(row)
    return record.error if record and record.error else "QuickBooks is being checked."


def stopping_record(row: Payment) -> Record | None:
    """Return the record the payment waits behind: its own, its invoice's or its customer's."""
    about = Q(payment=row.pk)
    if row.invoice is not None:
        about |= Q(invoice=row.invoice) | Q(customer=row.invoice.customer_id)
    records = Record.objects.filter(
        about,
        company=row.business_unit.quickbooks_company,
        state__in=[Record.State.FAILED, Record.State.UNCERTAIN, Record.State.MISMATCH],
    )
    order = [Record.Kind.PAYMENT, Record.Kind.INVOICE, Record.Kind.CUSTOMER]
    return min(records, key=lambda record: order.index(Record.Kind(record.kind)), default=None)


def _invoice(row: Payment) -> Invoice:
    if row.invoice is None:
        raise ValueError("only a payment with an invoice has this reason")
    return row.invoice


def _customer_mismatch(row: Payment) -> str:
    invoice = _invoice(row)
    odd = invoice.payments.filter(voided_at=None).exclude(customer=invoice.customer).first()
    payer = odd.customer if odd else row.customer
    return (
        f"Invoice {invoice.number} was billed to {invoice.customer}, but {payer} paid."
        " QuickBooks takes a payment only from the customer of its invoice: correct one of them."
    )


def _name_refused(row: Payment) -> str:
    customer = _invoice(row).customer
    name = customer.quickbooks_name or customer.display_name
    return f"{name_problem(name)} You can enter another one as its name in QuickBooks."


def _voided(row: Payment) -> str:
    if row.voided_at is None:
        return f"Invoice {_invoice(row).number} was voided."
    return "This payment was voided."


def _not_connected(row: Payment) -> str:
    company = row.business_unit.quickbooks_company
    if company is None:
        return f"{row.business_unit} is not connected to QuickBooks yet."
    return f"The connection of {row.business_unit} to {company} has ended. Reconnect it."


def _verdict(row: Payment) -> str:
    verdict: Verdict = _invoice(row).verdict
    return str(verdict.words)


def _before_start_date(row: Payment) -> str:
    start = row.business_unit.export_start_date
    return (
        f"Invoice {_invoice(row).number} is dated {day(_invoice(row).issued_on)}; exports of"
        f" {row.business_unit} start on {day(start) if start else 'a later day'}."
    )


_WORDS: dict[Reason, Callable[[Payment], str]] = {
    Reason.ALREADY_EXPORTED: lambda row: "This payment is already in QuickBooks.",
    Reason.FAILED: _failed,
    Reason.UNCERTAIN: _uncertain,
    Reason.IN_PROGRESS: lambda row: "This payment is being exported.",
    Reason.VOIDED: _voided,
    Reason.NO_INVOICE: lambda row: (
        "This deposit has no invoice yet. It will be exported with its invoice once that is"
        " fully paid."
    ),
    Reason.DO_NOT_EXPORT: _do_not_export,
    Reason.IN_ANOTHER_COMPANY: lambda row: (
        f"Invoice {_invoice(row).number} is, or may be, in the QuickBooks company that this unit"
        " was connected to before. It is not exported again unless someone releases it by name."
    ),
    Reason.NOTHING_TO_COLLECT: lambda row: (
        f"Invoice {_invoice(row).number} has a total of"
        f" {money(_invoice(row).total, _invoice(row).currency)}: there is nothing to collect."
    ),
    Reason.NOT_FULLY_PAID: _not_fully_paid,
    Reason.CUSTOMER_MISMATCH: _customer_mismatch,
    Reason.CURRENCY_MISMATCH: _currency_mismatch,
    Reason.CUSTOMER_CURRENCY: _customer_currency,
    Reason.LINES_MISMATCH: _lines_mismatch,
    Reason.NAME_REFUSED: _name_refused,
    Reason.NOT_CONNECTED: _not_connected,
    Reason.BEFORE_START_DATE: _before_start_date,
    Reason.IN_BOOKS: _in_books,
    Reason.BOOKS_CLOSED: _books_closed,
    Reason.NUMBER_TAKEN: _number_taken,
    Reason.CHECKING: lambda row: (
        f"Invoice {_invoice(row).number} is being checked against QuickBooks' rules. Look again in"
        " a minute."
    ),
    **dict.fromkeys(
        [
            Reason.NO_RATE,
            Reason.NOT_MAPPED,
            Reason.WOULD_BE_REFUSED,
            Reason.TAX_DIFFERS,
            Reason.CANNOT_BE_CHECKED,
        ],
        _verdict,
    ),
}

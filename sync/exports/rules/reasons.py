"""The words for each reason: what stands in the way, with the amount, and what to do."""

from collections.abc import Callable
from datetime import date

from django.db.models import Q, QuerySet

from sync import words
from sync.models import (
    BooksMatch,
    BusinessUnit,
    Invoice,
    Payment,
    QuickBooksCompany,
    Reason,
    Verdict,
)
from sync.models import SyncRecord as Record
from sync.quickbooks.documents import name_problem
from sync.words import Place, stored

# For what is written in English alone.
money, day = words.plain_money, words.plain_day


def words_for(row: Payment, reason: Reason, incomplete: dict[int, list[str]]) -> str:
    """Say in a bookkeeper's words why this payment may not go."""
    if reason == Reason.SETUP_INCOMPLETE:
        return stored(
            "Set-up of %(business_unit)s is not finished: %(incomplete)s",
            business_unit=row.business_unit,
            incomplete=incomplete[row.business_unit_id][0],
        )
    return _WORDS[reason](row)


def _not_fully_paid(row: Payment) -> str:
    invoice = _invoice(row)
    due = (invoice.balance_due, invoice.currency)
    if invoice.paid_total >= invoice.total:
        refunded = (invoice.refunded_total, invoice.currency)
        return stored(
            "Invoice %(number)s has %(due)s due again: %(refunded)s was refunded. Credit "
            "the invoice, collect again, or release it.",
            number=invoice.number,
            due=due,
            refunded=refunded,
        )
    return stored("Invoice %(number)s still has %(due)s due.", number=invoice.number, due=due)


def _books_closed(row: Payment) -> str:
    company = row.business_unit.quickbooks_company
    closed = company.book_close_date if company else None
    until: Place = closed or stored("that day")
    return stored(
        "QuickBooks has closed its books through %(until)s, and invoice %(number)s "
        "or one of its payments is dated before that. Ask your accountant to change "
        "the closing date, or mark it Do not export.",
        until=until,
        number=_invoice(row).number,
    )


def _do_not_export(row: Payment) -> str:
    invoice = _invoice(row)
    at = invoice.do_not_export_at
    return stored(
        "Marked Do not export by %(do_not_export_by)s on %(when)s: %(do_not_export_reason)s",
        do_not_export_by=invoice.do_not_export_by or str(None),
        when=at.date() if at else "",
        do_not_export_reason=invoice.do_not_export_reason,
    )


def _in_books(row: Payment) -> str:
    invoice, company = _invoice(row), row.business_unit.quickbooks_company
    match = BooksMatch.objects.filter(company=company, invoice=invoice).first()
    doubt = match.get_doubt_display().lower() if match is not None and match.doubt else ""
    found = (
        stored("may be %(invoice)s (%(doubt)s)", invoice=invoice, doubt=doubt)
        if doubt
        else stored("is %(invoice)s", invoice=invoice)
    )
    return stored(
        "An invoice in %(company)s %(found)s. Decide about it under What QuickBooks holds.",
        company=company or "",
        found=found,
    )


def _number_taken(row: Payment) -> str:
    invoice = _invoice(row)
    number = invoice.quickbooks_number
    if not units_with_number(invoice).exists():
        return stored(
            "Another invoice of %(business_unit)s has the number %(number)s in "
            "QuickBooks. Choose another for one of the two.",
            business_unit=row.business_unit,
            number=number,
        )
    # The other unit is left unnamed: this is stored, and read by people without a role there.
    return stored(
        "Invoice number %(number)s is taken by another unit in the same QuickBooks "
        "company. Give one of the two another number.",
        number=number,
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
        return stored(
            "Invoice %(number)s is in %(currency)s, but its payment of %(amount)s is in "
            "%(currency_2)s.",
            number=invoice.number,
            currency=invoice.currency,
            amount=(odd.amount, odd.currency),
            currency_2=odd.currency,
        )
    return stored(
        "Invoice %(number)s is in %(currency)s; %(company)s keeps its books in %(value)s only.",
        number=invoice.number,
        currency=invoice.currency,
        company=company or "",
        value=company.home_currency if company else "",
    )


def _customer_currency(row: Payment) -> str:
    invoice = _invoice(row)
    record = Record.objects.filter(
        company=row.business_unit.quickbooks_company, customer=invoice.customer_id
    ).first()
    return customer_currency_words(
        invoice, record.content["currency"] if record else stored("another")
    )


def customer_currency_words(invoice: Invoice, kept_in: str) -> str:
    """Say that a customer's one currency is not the invoice's, and what to do."""
    return stored(
        "Invoice %(number)s is in %(currency)s, but %(customer)s is a customer in "
        "%(kept_in)s in QuickBooks, which takes no other currency for good. Let it "
        "go to a customer of its own for %(currency)s.",
        number=invoice.number,
        currency=invoice.currency,
        customer=invoice.customer,
        kept_in=kept_in,
    )


def no_rate_words(company: QuickBooksCompany, currency: str, on: date) -> str:
    """Say that QuickBooks has no rate for a day, and how to set one."""
    return stored(
        "QuickBooks has no exchange rate of %(currency)s to %(home_currency)s on "
        "%(on)s. Set one there (Gear > Currencies > %(currency)s > Edit currency "
        "exchange), then choose Verify again on the page of the connection.",
        currency=currency,
        home_currency=company.home_currency,
        on=on,
    )


def _lines_mismatch(row: Payment) -> str:
    invoice = _invoice(row)
    return stored(
        "The lines of invoice %(number)s add up to %(lines_total)s, its subtotal is "
        "%(subtotal)s. Correct the invoice.",
        number=invoice.number,
        lines_total=(invoice.lines_total, invoice.currency),
        subtotal=(invoice.subtotal, invoice.currency),
    )


def _failed(row: Payment) -> str:
    record = stopping_record(row)
    return stored(
        "%(value)s Retry it once that is put right.",
        value=record.error if record else stored("It failed before."),
    )


def _uncertain(row: Payment) -> str:
    record = stopping_record(row)
    return record.error if record and record.error else stored("QuickBooks is being checked.")


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
    return stored(
        "Invoice %(number)s was billed to %(customer)s, but %(payer)s paid. "
        "QuickBooks takes a payment only from the customer of its invoice: correct "
        "one of them.",
        number=invoice.number,
        customer=invoice.customer,
        payer=payer,
    )


def _name_refused(row: Payment) -> str:
    customer = _invoice(row).customer
    name = customer.quickbooks_name or customer.display_name
    return stored(
        "%(name_problem)s You can enter another one as its name in QuickBooks.",
        name_problem=name_problem(name) or "",
    )


def _voided(row: Payment) -> str:
    if row.voided_at is None:
        return stored("Invoice %(number)s was voided.", number=_invoice(row).number)
    return stored("This payment was voided.")


def _not_connected(row: Payment) -> str:
    company = row.business_unit.quickbooks_company
    if company is None:
        return stored(
            "%(business_unit)s is not connected to QuickBooks yet.", business_unit=row.business_unit
        )
    return stored(
        "The connection of %(business_unit)s to %(company)s has ended. Reconnect it.",
        business_unit=row.business_unit,
        company=company,
    )


def _verdict(row: Payment) -> str:
    verdict: Verdict = _invoice(row).verdict
    why: str = verdict.words
    return why


def _before_start_date(row: Payment) -> str:
    start = row.business_unit.export_start_date
    return stored(
        "Invoice %(number)s is dated %(issued_on)s; exports of %(business_unit)s "
        "start on %(value)s.",
        number=_invoice(row).number,
        issued_on=_invoice(row).issued_on,
        business_unit=row.business_unit,
        value=start or stored("a later day"),
    )


_WORDS: dict[Reason, Callable[[Payment], str]] = {
    Reason.ALREADY_EXPORTED: lambda row: stored("This payment is already in QuickBooks."),
    Reason.FAILED: _failed,
    Reason.UNCERTAIN: _uncertain,
    Reason.IN_PROGRESS: lambda row: stored("This payment is being exported."),
    Reason.VOIDED: _voided,
    Reason.NO_INVOICE: lambda row: stored(
        "This deposit has no invoice yet. It will be exported with its invoice once that is"
        " fully paid."
    ),
    Reason.DO_NOT_EXPORT: _do_not_export,
    Reason.IN_ANOTHER_COMPANY: lambda row: stored(
        "Invoice %(number)s is, or may be, in the QuickBooks company that this unit "
        "was connected to before. It is not exported again unless someone releases "
        "it by name.",
        number=_invoice(row).number,
    ),
    Reason.NOTHING_TO_COLLECT: lambda row: stored(
        "Invoice %(number)s has a total of %(total)s: there is nothing to collect.",
        number=_invoice(row).number,
        total=(_invoice(row).total, _invoice(row).currency),
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
    Reason.CHECKING: lambda row: stored(
        "Invoice %(number)s is being checked against QuickBooks' rules. Look again in a minute.",
        number=_invoice(row).number,
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

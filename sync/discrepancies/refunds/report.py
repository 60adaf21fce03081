"""The report as columns of text: for a CSV file, for JSON and for a terminal."""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from itertools import chain

from sync import spreadsheets
from sync.discrepancies.refunds.rows import Row
from sync.discrepancies.refunds.suggested_entry import what_to_enter
from sync.words import in_english, later

Value = str | int | None


def _values(row: Row) -> dict[str, Value]:
    """Return a row as plain values: amounts as text with two places, dates as ISO."""
    return {
        "business_unit": row.unit_code,
        "business_unit_name": row.unit,
        "customer": row.customer,
        "invoice": row.invoice,
        "payment": row.payment_id,
        "refund": row.refund_id,
        "exported_on": _day(row.exported_on),
        "refunded_on": _day(row.refunded_on),
        "amount": _amount(row.amount),
        "currency": row.currency,
        "payment_amount": _amount(row.payment_amount),
        "method": row.method,
        "kind": row.kind,
        "size": row.size.lower(),
        "timing": row.timing.lower(),
        "days_open": row.days_open,
        "open_amount": _amount(row.open_amount),
        "status": row.status.value,
        "owner": row.owner,
        "note": row.note,
        "reviewed_by": row.reviewed_by,
        "reviewed_on": _day(row.reviewed_on),
        "quickbooks_company": row.quickbooks_payment.realm_id,
        "quickbooks_invoice_id": row.quickbooks_invoice.qbo_id if row.quickbooks_invoice else "",
        "quickbooks_payment_id": row.quickbooks_payment.qbo_id,
        "evidence": "; ".join(each.title for each in row.there),
        "missing": str(row.missing),
        "what_to_enter": what_to_enter(row).summary,
    }


as_values = in_english(_values)
"""A row for programs: its words are English, whoever asks."""


def _day(value: date | None) -> str:
    return value.isoformat() if value else ""


def _amount(value: Decimal) -> str:
    return f"{value:.2f}"


HEADINGS = {
    "business_unit": later("Business unit"),
    "business_unit_name": later("Business unit name"),
    "customer": later("Customer"),
    "invoice": later("Invoice"),
    "payment": later("Payment"),
    "refund": later("Refund"),
    "exported_on": later("Exported on"),
    "refunded_on": later("Refund date"),
    "amount": later("Amount"),
    "currency": later("Currency"),
    "payment_amount": later("Payment amount"),
    "method": later("Method"),
    "kind": later("Kind"),
    "size": later("Full or partial"),
    "timing": later("Before or after export"),
    "days_open": later("Days open"),
    "open_amount": later("Open amount"),
    "status": later("Status"),
    "owner": later("Owner"),
    "note": later("Note"),
    "reviewed_by": later("Reviewed by"),
    "reviewed_on": later("Reviewed on"),
    "quickbooks_company": later("QuickBooks company"),
    "quickbooks_invoice_id": later("QuickBooks invoice id"),
    "quickbooks_payment_id": later("QuickBooks payment id"),
    "evidence": later("Evidence"),
    "missing": later("Missing"),
    "what_to_enter": later("What to enter in QuickBooks"),
}


def csv_lines(rows: Iterable[Row]) -> Iterator[str]:
    """Return the report as CSV in the person's language, a line at a time, safe to open."""
    values = map(_values, rows)
    cells = ([each[name] for name in HEADINGS] for each in values)
    return spreadsheets.csv_lines(chain([list(map(str, HEADINGS.values()))], cells))

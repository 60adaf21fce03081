"""What QuickBooks says it holds, compared with what we hold, field by field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from sync.quickbooks.documents.shapes import CustomerDocument, InvoiceDocument, PaymentDocument

# QuickBooks keeps 15 digits; more than these cannot be an amount.
MOST_DIGITS = 20

Theirs = Mapping[str, Any]
Pairs = Iterable[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that differs; `theirs` is empty when QuickBooks does not have it."""

    field: str
    ours: str
    theirs: str


def check_customer(doc: CustomerDocument, answer: Theirs) -> list[Difference]:
    """The name, whether it is active, and the currency where we sent one."""
    return _differences(
        [
            ("DisplayName", doc.display_name.strip(), _text(answer.get("DisplayName"))),
            ("Active", "True", str(answer.get("Active", True))),
            *_currency(doc.currency, answer),
        ]
    )


def check_invoice(
    doc: InvoiceDocument, answer: Theirs, applied: Decimal = Decimal(0)
) -> list[Difference]:
    """Every figure and name of an invoice; all but what our payments took must still be open."""
    tax = answer.get("TxnTaxDetail")
    total_tax = tax.get("TotalTax", 0) if isinstance(tax, Mapping) else 0
    return _differences(
        [
            ("TotalAmt", _money(doc.total), _money(answer.get("TotalAmt"))),
            ("TotalTax", _money(doc.tax_total), _money(total_tax)),
            ("Balance", _money(doc.total - applied), _money(answer.get("Balance"))),
            ("DocNumber", doc.number, _text(answer.get("DocNumber"))),
            ("CustomerRef", doc.customer_id, _ref(answer, "CustomerRef")),
            ("TxnDate", doc.issued_on.isoformat(), _text(answer.get("TxnDate"))),
            *_due(doc, answer),
            *_currency(doc.currency, answer),
        ]
    )


def check_payment(doc: PaymentDocument, answer: Theirs) -> list[Difference]:
    """The amount, what of it is unapplied, and exactly which documents the rest went to."""
    ours = {f"Invoice {doc.invoice_id}": doc.applied} if doc.applied else {}
    unapplied = doc.amount - doc.applied
    return _differences(
        [
            ("TotalAmt", _money(doc.amount), _money(answer.get("TotalAmt"))),
            ("UnappliedAmt", _money(unapplied), _money(answer.get("UnappliedAmt", 0))),
            ("Line", _applications(ours), _applications(_applied(answer))),
            ("CustomerRef", doc.customer_id, _ref(answer, "CustomerRef")),
            ("TxnDate", doc.received_on.isoformat(), _text(answer.get("TxnDate"))),
            *_currency(doc.currency, answer),
        ]
    )


def _differences(pairs: Pairs) -> list[Difference]:
    return [Difference(name, ours, theirs) for name, ours, theirs in pairs if ours != theirs]


def _due(doc: InvoiceDocument, answer: Theirs) -> Pairs:
    if doc.due_on is None:  # QuickBooks works it out from the terms
        return []
    return [("DueDate", doc.due_on.isoformat(), _text(answer.get("DueDate")))]


def _currency(ours: str, answer: Theirs) -> Pairs:
    theirs = _ref(answer, "CurrencyRef")
    return [("CurrencyRef", ours, theirs)] if ours and theirs else []


def _applied(answer: Theirs) -> dict[str, Decimal]:
    applied: dict[str, Decimal] = {}
    for line in answer.get("Line") or []:
        for linked in line.get("LinkedTxn") or []:
            name = f"{linked.get('TxnType', '')} {linked.get('TxnId', '')}"
            applied[name] = applied.get(name, Decimal(0)) + _decimal(line.get("Amount", 0))
    return applied


def _applications(applied: Mapping[str, Decimal]) -> str:
    return ", ".join(f"{name}: {_money(amount)}" for name, amount in sorted(applied.items()))


def _ref(answer: Theirs, name: str) -> str:
    ref = answer.get(name)
    return _text(ref.get("value")) if isinstance(ref, Mapping) else ""


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _decimal(value: Any) -> Decimal:
    """The number, or NaN, which differs from everything, for what is none."""
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return Decimal("NaN")
    return amount if abs(amount.adjusted()) <= MOST_DIGITS else Decimal("NaN")


def _money(value: Any) -> str:
    """At least two places and never fewer than there are, so that 5, 5.0 and 5.00 compare."""
    if value is None:
        return ""
    amount = _decimal(value)
    cents = amount.quantize(Decimal("0.01"))
    return format(cents if cents == amount else amount.normalize(), "f")

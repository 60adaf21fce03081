"""What QuickBooks says it holds, compared with what we hold, field by field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from sync.quickbooks.documents.bodies import ASKS_NOBODY
from sync.quickbooks.documents.markers import has_marker
from sync.quickbooks.documents.rates import home_total
from sync.quickbooks.documents.shapes import (
    CustomerDocument,
    Entity,
    InvoiceDocument,
    PaymentDocument,
)

# QuickBooks keeps 15 digits; more than these cannot be an amount.
MOST_DIGITS = 20
# What a record of ours can keep.
LARGEST = Decimal("999999999999.99")
CENT = Decimal("0.01")

Fields = dict[str, str]
# Compared only where we sent a rate; what is then not told differs.
_UNTOLD: Fields = {"ExchangeRate": "", "HomeTotalAmt": ""}


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that differs; `theirs` is empty when QuickBooks does not have it."""

    field: str
    ours: str
    theirs: str


def customer_fields(answer: Entity) -> Fields:
    """What of a customer in QuickBooks is compared."""
    return {
        "DisplayName": _text(answer.get("DisplayName")),
        "Active": str(answer.get("Active", True)),
        "CurrencyRef": ref_id(answer, "CurrencyRef"),
    }


def invoice_fields(answer: Entity) -> Fields:
    """What of an invoice in QuickBooks is compared."""
    tax = answer.get("TxnTaxDetail")
    return {
        "TotalAmt": _money(answer.get("TotalAmt")),
        "TotalTax": _money(tax.get("TotalTax", 0) if isinstance(tax, Mapping) else 0),
        "Balance": _money(answer.get("Balance")),
        "DocNumber": _text(answer.get("DocNumber")),
        "CustomerRef": ref_id(answer, "CustomerRef"),
        "TxnDate": _text(answer.get("TxnDate")),
        "DueDate": _text(answer.get("DueDate")),
        "CurrencyRef": ref_id(answer, "CurrencyRef"),
        **_worth(answer, "ExchangeRate", "HomeTotalAmt"),
    }


def payment_fields(answer: Entity) -> Fields:
    """What of a payment in QuickBooks is compared."""
    return {
        "TotalAmt": _money(answer.get("TotalAmt")),
        "UnappliedAmt": _money(answer.get("UnappliedAmt", 0)),
        "Line": _applications(_applied(answer)),
        "CustomerRef": ref_id(answer, "CustomerRef"),
        "TxnDate": _text(answer.get("TxnDate")),
        "CurrencyRef": ref_id(answer, "CurrencyRef"),
        **_worth(answer, "ExchangeRate"),
    }


def figure(answer: Entity, name: str) -> Decimal | None:
    """The amount of that name in whole cents; None where there is none that could be kept."""
    value = answer.get(name)
    amount = Decimal("NaN") if value is None else _decimal(value)
    if not amount.is_finite() or abs(amount) > LARGEST:
        return None
    cents = amount.quantize(CENT)
    return cents if cents == amount else None


def plain(value: Any) -> Any:
    """Return what came from QuickBooks as JSON holds it: exact numbers become text."""
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [plain(part) for part in value]
    return value if isinstance(value, str | int | bool | None) else str(value)


def day_of(value: Any) -> date | None:
    """Return the date that QuickBooks wrote, None where there is none that can be read."""
    try:
        return date.fromisoformat(str(value)[:10]) if value else None
    except ValueError:
        return None


def is_voided(answer: Entity) -> bool:
    """Whether an invoice or a payment was voided: amounts are 0, and its note begins with that.

    Source: recorded answers; https://developer.intuit.com/app/developer/qbo/docs/api/accounting/all-entities/invoice#void-an-invoice
    """
    note = str(answer.get("PrivateNote", ""))
    return figure(answer, "TotalAmt") == 0 and note.startswith("Voided")


def check_customer(doc: CustomerDocument, answer: Entity) -> list[Difference]:
    """The name, whether it is active, and the currency where we sent one."""
    ours = {"DisplayName": doc.display_name.strip(), "Active": "True", "CurrencyRef": doc.currency}
    return _differences(ours, customer_fields(answer))


def check_invoice(
    doc: InvoiceDocument, answer: Entity, applied: Decimal = Decimal(0)
) -> list[Difference]:
    """Every figure and name of an invoice; all but what our payments took must still be open."""
    ours = {
        "TotalAmt": _money(doc.total),
        "TotalTax": _money(doc.tax_total),
        "Balance": _money(doc.total - applied),
        "DocNumber": doc.number,
        "CustomerRef": doc.customer_id,
        "TxnDate": doc.issued_on.isoformat(),
        "CurrencyRef": doc.currency,
    }
    theirs = str(answer.get("DocNumber") or "")
    if theirs.casefold() == doc.number.casefold():  # for QuickBooks it is the same number
        ours["DocNumber"] = theirs
    if doc.due_on is not None:  # otherwise QuickBooks works it out from the terms
        ours["DueDate"] = doc.due_on.isoformat()
    if doc.exchange_rate is not None:
        total = home_total(doc.total, doc.exchange_rate, figure(answer, "HomeTotalAmt"))
        ours |= {"ExchangeRate": _money(doc.exchange_rate), "HomeTotalAmt": _money(total)}
    return _differences(ours, {**_UNTOLD, **invoice_fields(answer)}) + _asks_for_money(doc, answer)


def _asks_for_money(doc: InvoiceDocument, answer: Entity) -> list[Difference]:
    """Where an invoice that we wrote can be paid online, or is to be mailed, though it is paid.

    That somebody mailed it later is theirs to do, and so is what they wrote themselves.
    """
    if not has_marker(answer, doc.marker):
        return []
    online = [name for name, sent in ASKS_NOBODY.items() if sent is False and answer.get(name)]
    found = [Difference(name, "False", "True") for name in online]
    if answer.get("EmailStatus") == "NeedToSend":
        found.append(Difference("EmailStatus", str(ASKS_NOBODY["EmailStatus"]), "NeedToSend"))
    return found


def check_payment(doc: PaymentDocument, answer: Entity) -> list[Difference]:
    """The amount, what of it is unapplied, and exactly which documents the rest went to."""
    applied = {f"Invoice {doc.invoice_id}": doc.applied} if doc.applied else {}
    ours = {
        "TotalAmt": _money(doc.amount),
        "UnappliedAmt": _money(doc.amount - doc.applied),
        "Line": _applications(applied),
        "CustomerRef": doc.customer_id,
        "TxnDate": doc.received_on.isoformat(),
        "CurrencyRef": doc.currency,
    }
    if doc.exchange_rate is not None:
        ours["ExchangeRate"] = _money(doc.exchange_rate)
    return _differences(ours, {**_UNTOLD, **payment_fields(answer)})


def _worth(answer: Entity, *names: str) -> Fields:
    """Return what QuickBooks tells of a document in the home currency; only of some it does."""
    return {name: _money(answer[name]) for name in names if answer.get(name) is not None}


def _differences(ours: Fields, theirs: Fields) -> list[Difference]:
    """Compare in the order in which QuickBooks' fields are listed."""
    if not (ours["CurrencyRef"] and theirs["CurrencyRef"]):  # one of us does not say it
        ours = {name: value for name, value in ours.items() if name != "CurrencyRef"}
    return [
        Difference(name, ours[name], value)
        for name, value in theirs.items()
        if name in ours and ours[name] != value
    ]


def _applied(answer: Entity) -> dict[str, Decimal]:
    applied: dict[str, Decimal] = {}
    for line in answer.get("Line") or []:
        for linked in line.get("LinkedTxn") or []:
            name = f"{linked.get('TxnType', '')} {linked.get('TxnId', '')}"
            applied[name] = applied.get(name, Decimal(0)) + _decimal(line.get("Amount", 0))
    return applied


def _applications(applied: Mapping[str, Decimal]) -> str:
    return ", ".join(f"{name}: {_money(amount)}" for name, amount in sorted(applied.items()))


def ref_id(answer: Entity, name: str) -> str:
    """The id that a reference of an answer holds, empty where it has none."""
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
    cents = amount.quantize(CENT)
    return format(cents if cents == amount else amount.normalize(), "f")

"""Invoices and payments that anybody entered in QuickBooks, as matching them to ours needs them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sync.quickbooks.documents.markers import marker_in
from sync.quickbooks.documents.readback import day_of, figure, ref_id
from sync.quickbooks.documents.shapes import Entity

INVOICE, PAYMENT = "Invoice", "Payment"


@dataclass(frozen=True, slots=True)
class InBooks:
    """A document in QuickBooks; a figure that is not told is None.

    `links` are what pays an invoice (type, id), or what a payment pays (type, id, amount).
    """

    qbo_id: str
    sync_token: str
    number: str
    customer: str
    customer_name: str
    day: date | None
    currency: str
    total: Decimal | None
    tax: Decimal | None
    left_open: Decimal | None
    method: str
    links: list[list[str]]
    is_marked: bool


def in_books(kind: str, row: Entity) -> InBooks:
    """Read an invoice or a payment as QuickBooks sends it."""
    is_payment = kind == PAYMENT
    customer = row.get("CustomerRef") or {}
    return InBooks(
        qbo_id=str(row["Id"]),
        sync_token=str(row.get("SyncToken") or ""),
        number=str(row.get("PaymentRefNum" if is_payment else "DocNumber") or ""),
        customer=ref_id(row, "CustomerRef"),
        customer_name=str(customer.get("name") or ""),
        day=day_of(row.get("TxnDate")),
        currency=ref_id(row, "CurrencyRef"),
        total=figure(row, "TotalAmt"),
        tax=None if is_payment else _tax(row),
        left_open=figure(row, "UnappliedAmt" if is_payment else "Balance"),
        method=ref_id(row, "PaymentMethodRef"),
        links=list(_paid_by_it(row) if is_payment else _paying(row)),
        is_marked=bool(marker_in(row)),
    )


def _tax(row: Entity) -> Decimal | None:
    detail: Any = row.get("TxnTaxDetail") or {}
    return figure(detail, "TotalTax") if "TotalTax" in detail else Decimal("0.00")


def _paying(row: Entity) -> Iterator[list[str]]:
    for link in row.get("LinkedTxn") or []:
        yield [str(link.get("TxnType") or ""), str(link.get("TxnId") or "")]


def _paid_by_it(row: Entity) -> Iterator[list[str]]:
    for line in row.get("Line") or []:
        amount = figure(line, "Amount")
        for link in line.get("LinkedTxn") or []:
            said = "" if amount is None else str(amount)
            yield [str(link.get("TxnType") or ""), str(link.get("TxnId") or ""), said]

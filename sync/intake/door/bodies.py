"""Stored bodies read back: what waited or was refused, as it was delivered."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sync.intake.door.incoming import (
    Allocation,
    Body,
    CustomerBody,
    InvoiceBody,
    Kind,
    LineBody,
    PaymentBody,
    RefundBody,
    Tombstone,
)
from sync.models import Delivery

Stored = Mapping[str, Any]


def from_json(kind: str, stored: Stored) -> Body | Tombstone:
    """Return the body that `incoming.as_json` stored."""
    if "deleted" in stored:
        return Tombstone(Delivery.Kind(stored["deleted"]))
    if kind == Kind.CUSTOMER:
        return CustomerBody(**stored)
    if kind == Kind.INVOICE:
        return _invoice(stored)
    return _payment(stored) if kind == Kind.PAYMENT else _refund(stored)


def _invoice(stored: Stored) -> InvoiceBody:
    amounts = {n: _amount(stored[n]) for n in ("total", "discount_total", "tax_total")}
    dates = {"issued_on": date.fromisoformat(stored["issued_on"]), "due_on": _day(stored["due_on"])}
    lines = tuple(_line(line) for line in stored["lines"])
    return InvoiceBody(**{**stored, **amounts, **dates, "lines": lines})


def _line(stored: Stored) -> LineBody:
    amounts = {n: _amount(stored[n]) for n in ("amount", "quantity", "unit_price", "tax_amount")}
    return LineBody(**{**stored, **amounts})


def _payment(stored: Stored) -> PaymentBody:
    given = stored["allocations"]
    parts = [Allocation(part["invoice"], Decimal(part["amount"])) for part in given or ()]
    values = {
        "amount": Decimal(stored["amount"]),
        "received_on": date.fromisoformat(stored["received_on"]),
        "allocations": None if given is None else tuple(parts),
    }
    return PaymentBody(**{**stored, **values})


def _refund(stored: Stored) -> RefundBody:
    values = {
        "amount": Decimal(stored["amount"]),
        "refunded_on": date.fromisoformat(stored["refunded_on"]),
    }
    return RefundBody(**{**stored, **values})


def _amount(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None

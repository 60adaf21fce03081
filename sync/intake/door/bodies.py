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


def from_json(kind: str, kept: Stored) -> Body | Tombstone:
    """Return the body that `incoming.as_json` stored."""
    if "deleted" in kept:
        return Tombstone(Delivery.Kind(kept["deleted"]))
    if kind == Kind.CUSTOMER:
        return CustomerBody(**kept)
    if kind == Kind.INVOICE:
        return _invoice(kept)
    return _payment(kept) if kind == Kind.PAYMENT else _refund(kept)


def _invoice(kept: Stored) -> InvoiceBody:
    amounts = {n: _amount(kept[n]) for n in ("total", "discount_total", "tax_total")}
    dates = {"issued_on": date.fromisoformat(kept["issued_on"]), "due_on": _day(kept["due_on"])}
    lines = tuple(_line(line) for line in kept["lines"])
    return InvoiceBody(**{**kept, **amounts, **dates, "lines": lines})


def _line(kept: Stored) -> LineBody:
    amounts = {n: _amount(kept[n]) for n in ("amount", "quantity", "unit_price", "tax_amount")}
    return LineBody(**{**kept, **amounts})


def _payment(kept: Stored) -> PaymentBody:
    given = kept["allocations"]
    parts = [Allocation(part["invoice"], Decimal(part["amount"])) for part in given or ()]
    values = {
        "amount": Decimal(kept["amount"]),
        "received_on": date.fromisoformat(kept["received_on"]),
        "allocations": None if given is None else tuple(parts),
    }
    return PaymentBody(**{**kept, **values})


def _refund(kept: Stored) -> RefundBody:
    values = {
        "amount": Decimal(kept["amount"]),
        "refunded_on": date.fromisoformat(kept["refunded_on"]),
    }
    return RefundBody(**{**kept, **values})


def _amount(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None

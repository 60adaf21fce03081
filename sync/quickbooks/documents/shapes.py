"""What we hold, in plain values, ready to be written in QuickBooks' words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypeAlias

from sync.words import stored

# A document as QuickBooks returns it, by its own names; amounts are Decimals.
Entity: TypeAlias = Mapping[str, Any]
# What lines carry in the United States; every other code names a rate, or several, and stands
# on the invoice.
TAXED, EXEMPT = "TAX", "NON"


class DocumentError(ValueError):
    """A document that cannot be sent as it stands; the message is for a bookkeeper."""


@dataclass(frozen=True, slots=True)
class CustomerDocument:
    """A customer to create; `currency` only where the company keeps several."""

    display_name: str
    marker: str
    given_name: str = ""
    family_name: str = ""
    company_name: str = ""
    email: str = ""
    phone: str = ""
    line1: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""
    currency: str = ""


@dataclass(frozen=True, slots=True)
class LineDocument:
    """One line of an invoice; `tax_code_id` is TAX or NON in the United States."""

    item_id: str
    description: str
    quantity: Decimal | None
    unit_price: Decimal | None
    amount: Decimal
    tax_code_id: str
    class_id: str = ""
    inclusive_amount: Decimal | None = None  # where the price is sent with the tax in it


@dataclass(frozen=True, slots=True)
class TaxLineDocument:
    """What one rate charges on an invoice, and on what."""

    rate_id: str
    amount: Decimal
    net: Decimal


@dataclass(frozen=True, slots=True)
class Address:
    """Where something is shipped to, or empty."""

    line1: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceDocument:
    """An invoice to create; `total` must be what its lines, discount and tax come to.

    `tax_key` and `expected_taxes` are not sent: they say which proof its tax needs, and what
    QuickBooks would work out, by where it rounds (None: that cannot be known).
    `exchange_rate` is home currency for one unit, of a foreign document; so of payments.
    """

    number: str
    customer_id: str
    issued_on: date
    lines: tuple[LineDocument, ...]
    tax_total: Decimal
    total: Decimal
    marker: str
    due_on: date | None = None
    term_id: str = ""
    discount: Decimal = Decimal(0)
    discount_account_id: str = ""
    tax_code_id: str = ""
    class_id: str = ""
    department_id: str = ""
    currency: str = ""
    exchange_rate: Decimal | None = None
    global_tax: str = ""
    tax_lines: tuple[TaxLineDocument, ...] = ()
    ship_to: Address = Address()
    taxes_after_discount: bool = False
    tax_key: str = ""
    expected_taxes: Mapping[str, Decimal] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentDocument:
    """A payment to create, at the gross amount; what is not `applied` stays unapplied."""

    customer_id: str
    amount: Decimal
    applied: Decimal
    invoice_id: str
    received_on: date
    marker: str
    method_id: str = ""
    deposit_account_id: str = ""
    reference: str = ""
    currency: str = ""
    exchange_rate: Decimal | None = None


def us_line_code(code: str) -> str:
    """Return what a line carries that is mapped to this code."""
    return EXEMPT if code == EXEMPT else TAXED


def us_invoice_code(codes: Iterable[str]) -> str:
    """Return the code that the invoice carries, empty where its lines name none."""
    named = set(codes) - {TAXED, EXEMPT}
    if len(named) > 1:
        raise DocumentError(
            stored(
                "Lines of this invoice are taxed at different places, and QuickBooks takes one "
                "sales tax an invoice. Bill them on invoices of their own."
            )
        )
    return named.pop() if named else ""

"""What we hold, in plain values, ready to be written in QuickBooks' words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


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


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceDocument:
    """An invoice to create; `total` must be what its lines, discount and tax come to."""

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
    global_tax: str = ""


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

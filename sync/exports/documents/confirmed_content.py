"""What the person confirms: a document's content in our words, frozen with its sync record.

Amounts are strings with their exact digits and dates are ISO, so that the same content is the same
JSON. `build.documents` turns it, with the company's mappings, into what QuickBooks is sent.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import NotRequired, TypedDict

from sync.models import Customer, Invoice, InvoiceLine, Payment


class CustomerContent(TypedDict):
    """A customer as confirmed, under the name it gets in QuickBooks."""

    display_name: str
    given_name: str
    family_name: str
    company_name: str
    email: str
    phone: str
    address: str
    city: str
    region: str
    postal_code: str
    country: str
    currency: str


class LineContent(TypedDict):
    """A line of an invoice as confirmed."""

    service: str
    description: str
    quantity: str
    unit_price: str
    amount: str
    taxable: bool
    tax_code: str
    tax_amount: NotRequired[str]


class ShipTo(TypedDict):
    """Where an invoice is shipped to, which automated tax goes by."""

    line1: str
    city: str
    region: str
    postal_code: str
    country: str


class InvoiceThere(TypedDict, total=False):
    """What of an invoice that was linked stands otherwise in QuickBooks, and stays so."""

    number: str
    issued_on: str
    due_on: str | None


class InvoiceContent(TypedDict):
    """An invoice as confirmed; `customer` is our id, `digest` that of its unit of work.

    Prices with their tax are told where the source has them, and so is the place where the
    company works its tax out by that.
    `rate` is there where it is in another currency than the company's, and its rate is known.
    `there` is what QuickBooks has otherwise of one that it held before, and that a person linked.
    """

    number: str
    customer: int
    issued_on: str
    due_on: str | None
    currency: str
    discount_total: str
    tax_total: str
    total: str
    lines: list[LineContent]
    prices_include_tax: NotRequired[bool]
    ship_to: NotRequired[ShipTo]
    rate: NotRequired[str]
    digest: NotRequired[str]
    there: NotRequired[InvoiceThere]


class PaymentContent(TypedDict):
    """A payment as confirmed, with what of it is applied; `customer`, `invoice` are our ids."""

    customer: int
    invoice: int | None
    method: str
    amount: str
    applied: str
    currency: str
    received_on: str
    reference: str
    rate: NotRequired[str]


def customer_content(customer: Customer, display_name: str, currency: str) -> CustomerContent:
    """Return a customer as confirmed, in the currency of its invoice."""
    return {
        "display_name": display_name,
        "given_name": customer.given_name,
        "family_name": customer.family_name,
        "company_name": customer.company_name,
        "email": customer.email,
        "phone": customer.phone,
        "address": customer.address,
        "city": customer.city,
        "region": customer.region,
        "postal_code": customer.postal_code,
        "country": customer.country,
        "currency": currency,
    }


def as_it_stands_there(content: InvoiceContent) -> InvoiceContent:
    """Return an invoice with the number and dates that it has in QuickBooks."""
    there = content.get("there")
    return {**content, **there} if there else content


def invoice_content(invoice: Invoice, *, with_place: bool = False) -> InvoiceContent:
    """Return an invoice as confirmed, with where it is shipped to if asked; prefetch `lines`."""
    content: InvoiceContent = {
        "number": invoice.quickbooks_number,
        "customer": invoice.customer_id,
        "issued_on": invoice.issued_on.isoformat(),
        "due_on": invoice.due_on.isoformat() if invoice.due_on else None,
        "currency": invoice.currency,
        "discount_total": str(invoice.discount_total),
        "tax_total": str(invoice.tax_total),
        "total": str(invoice.total),
        "lines": [_line_content(invoice, line) for line in invoice.lines.all()],
    }
    if invoice.prices_include_tax:
        content["prices_include_tax"] = True
    if with_place and invoice.customer.region:
        content["ship_to"] = _ship_to(invoice.customer)
    return content


def _line_content(invoice: Invoice, line: InvoiceLine) -> LineContent:
    content: LineContent = {
        "service": line.service,
        "description": line.description,
        "quantity": str(line.quantity),
        "unit_price": str(line.unit_price),
        "amount": str(line.amount),
        "taxable": line.taxable,
        "tax_code": line.tax_code,
    }
    if invoice.prices_include_tax and line.tax_amount is not None:
        content["tax_amount"] = str(line.tax_amount)
    return content


def _ship_to(customer: Customer) -> ShipTo:
    return {
        "line1": customer.address,
        "city": customer.city,
        "region": customer.region,
        "postal_code": customer.postal_code,
        "country": customer.country,
    }


def payment_content(payment: Payment, applied: Decimal) -> PaymentContent:
    """Return a payment as confirmed, with what of it is applied to its invoice."""
    return {
        "customer": payment.customer_id,
        "invoice": payment.invoice_id,
        "method": payment.method,
        "amount": str(payment.amount),
        "applied": str(applied),
        "currency": payment.currency,
        "received_on": payment.received_on.isoformat(),
        "reference": payment.reference,
    }


def apply(total: Decimal, payments: Iterable[Payment], taken: Decimal) -> dict[int, Decimal]:
    """Return what of each payment is applied, by id: in (received_on, id) order, up to the total.

    `taken` is what payments that are in QuickBooks already took of it.
    """
    open_amount = max(total - taken, Decimal(0))
    applied = {}
    for payment in sorted(payments, key=payment_order):
        applied[payment.pk] = min(payment.amount, open_amount)
        open_amount -= applied[payment.pk]
    return applied


def payment_order(payment: Payment) -> tuple[date, int]:
    """Return the order in which payments apply to their invoice."""
    return payment.received_on, payment.pk


def digest(contents: Iterable[Mapping[str, object]]) -> str:
    """Return what tells whether contents are still those that were confirmed."""
    text = json.dumps(list(contents), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()

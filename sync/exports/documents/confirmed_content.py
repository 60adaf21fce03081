"""What the person confirms: a document's content in our words, frozen with its sync record.

Amounts are strings with their exact digits and dates are ISO, so that the same content is the same
JSON. `build.documents` turns it, with the company's mappings, into what QuickBooks is sent.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from sync.models import Customer, Invoice, Payment

Content = dict[str, Any]


def customer_content(customer: Customer, display_name: str) -> Content:
    """Return a customer as confirmed, under the name it gets in QuickBooks."""
    names = (
        "given_name", "family_name", "company_name", "email", "phone",
        "address", "city", "region", "postal_code", "country",
    )  # fmt: skip
    return {"display_name": display_name} | {name: getattr(customer, name) for name in names}


def invoice_content(invoice: Invoice) -> Content:
    """Return an invoice as confirmed; prefetch `lines`."""
    return {
        "number": invoice.number,
        "customer": invoice.customer_id,
        "issued_on": invoice.issued_on.isoformat(),
        "due_on": invoice.due_on.isoformat() if invoice.due_on else None,
        "currency": invoice.currency,
        "discount_total": str(invoice.discount_total),
        "tax_total": str(invoice.tax_total),
        "total": str(invoice.total),
        "lines": [
            {
                "service": line.service,
                "description": line.description,
                "quantity": str(line.quantity),
                "unit_price": str(line.unit_price),
                "amount": str(line.amount),
                "taxable": line.taxable,
                "tax_code": line.tax_code,
            }
            for line in invoice.lines.all()
        ],
    }


def payment_content(payment: Payment, applied: Decimal) -> Content:
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


def digest(contents: Iterable[Content]) -> str:
    """Return what tells whether contents are still those that were confirmed."""
    text = json.dumps(list(contents), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()

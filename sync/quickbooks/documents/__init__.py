"""Ours to theirs: what a customer, an invoice and a payment are made of in QuickBooks."""

from sync.quickbooks.documents import us_tax
from sync.quickbooks.documents.bodies import customer_body, invoice_body, payment_body
from sync.quickbooks.documents.encoding import dump
from sync.quickbooks.documents.markers import has_marker, marker_of
from sync.quickbooks.documents.names import name_problem
from sync.quickbooks.documents.readback import (
    Difference,
    check_customer,
    check_invoice,
    check_payment,
)
from sync.quickbooks.documents.shapes import (
    CustomerDocument,
    DocumentError,
    InvoiceDocument,
    LineDocument,
    PaymentDocument,
)

__all__ = [
    "CustomerDocument",
    "Difference",
    "DocumentError",
    "InvoiceDocument",
    "LineDocument",
    "PaymentDocument",
    "check_customer",
    "check_invoice",
    "check_payment",
    "customer_body",
    "dump",
    "has_marker",
    "invoice_body",
    "marker_of",
    "name_problem",
    "payment_body",
    "us_tax",
]

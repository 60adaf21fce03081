"""Ours to theirs: what a customer, an invoice and a payment are made of in QuickBooks."""

from sync.quickbooks.documents import us_tax
from sync.quickbooks.documents.bodies import customer_body, invoice_body, payment_body
from sync.quickbooks.documents.encoding import dump
from sync.quickbooks.documents.markers import has_marker, marker_of
from sync.quickbooks.documents.names import (
    FittedName,
    email_key,
    fit_name,
    name_before_inactive,
    name_key,
    name_problem,
    phone_key,
)
from sync.quickbooks.documents.readback import (
    Difference,
    Entity,
    check_customer,
    check_invoice,
    check_payment,
    customer_fields,
    figure,
    invoice_fields,
    is_voided,
    payment_fields,
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
    "Entity",
    "FittedName",
    "InvoiceDocument",
    "LineDocument",
    "PaymentDocument",
    "check_customer",
    "check_invoice",
    "check_payment",
    "customer_body",
    "customer_fields",
    "dump",
    "email_key",
    "figure",
    "fit_name",
    "has_marker",
    "invoice_body",
    "invoice_fields",
    "is_voided",
    "marker_of",
    "name_before_inactive",
    "name_key",
    "name_problem",
    "payment_body",
    "payment_fields",
    "phone_key",
    "us_tax",
]

"""Taxed invoices, and units whose company works its sales tax out by itself."""

from decimal import Decimal

from tests.connected import connected_unit
from tests.factories import (
    CustomerFactory,
    InvoiceFactory,
    InvoiceLineFactory,
    PaymentFactory,
)

HARBORVIEW = ("harborview", "Harborview", "Harborview Cleaning Co")


def taxing_unit(simulator, variant="us_ast"):
    """Make a unit whose company works its sales tax out by itself: 8 % at home, in California."""
    unit = connected_unit(simulator, variant, HARBORVIEW)
    simulator.clear_journal()
    return unit


def taxed(unit, number, tax, region=""):
    """Make a paid invoice of 100.00 with so much tax, of a customer of its own."""
    invoice = InvoiceFactory(
        business_unit=unit,
        number=number,
        customer=CustomerFactory(business_unit=unit, region=region, display_name=f"C {number}"),
        subtotal=Decimal("100.00"),
        tax_total=Decimal(tax),
        lines=[],
    )
    InvoiceLineFactory(invoice=invoice, amount=Decimal(100), unit_price=Decimal(100), taxable=True)
    PaymentFactory(invoice=invoice, amount=invoice.total)
    return invoice

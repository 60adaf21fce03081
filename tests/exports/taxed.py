"""Taxed invoices, and units whose company works its sales tax out by itself."""

from decimal import Decimal

from django.core.management import call_command

from tests.factories import (
    BusinessUnitFactory,
    CustomerFactory,
    InvoiceFactory,
    InvoiceLineFactory,
    PaymentFactory,
)


def taxing_unit(simulator, variant="us_ast"):
    """Make a unit whose company works its sales tax out by itself: 8 % at home, in California."""
    unit = BusinessUnitFactory(code="harborview", name="Harborview")
    realm_id = simulator.create_company(variant=variant, name="Harborview Cleaning Co")
    call_command("connect_simulator", unit.code, realm=realm_id, verbosity=0)
    simulator.clear_journal()
    unit.refresh_from_db()
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

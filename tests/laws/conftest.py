"""What the laws are asked with, that the rooms of exports have too."""

import pytest

from tests.exports.conftest import ask, bookkeeper, calm, lee, stopped
from tests.factories import (
    BusinessUnitFactory,
    InvoiceFactory,
    ItemMappingFactory,
    MethodMappingFactory,
    PaymentFactory,
    QuickBooksCompanyFactory,
    TaxMappingFactory,
)

__all__ = ["ask", "bookkeeper", "calm", "lee", "stopped"]


@pytest.fixture
def company(db, settings):
    """A company that nobody holds, beside another one that nothing here is about."""
    settings.QUICKBOOKS_LEASE, settings.QUICKBOOKS_SERVER_LIMIT = 90.0, 120.0
    QuickBooksCompanyFactory(name="Bystander LLC")
    return QuickBooksCompanyFactory()


@pytest.fixture
def fully_paid(company):
    """An invoice that is ready, in a unit that lacks nothing."""
    unit = BusinessUnitFactory(quickbooks_company=company)
    ItemMappingFactory(company=company)
    MethodMappingFactory(company=company)
    TaxMappingFactory(company=company)
    return PaymentFactory(invoice=InvoiceFactory(business_unit=unit)).invoice

"""What the laws are asked with, that the rooms of exports have too."""

import pytest

from tests.exports.conftest import ask, bookkeeper, calm, lee, stopped
from tests.factories import QuickBooksCompanyFactory

__all__ = ["ask", "bookkeeper", "calm", "lee", "stopped"]


@pytest.fixture
def company(db, settings):
    """A company that nobody holds, beside another one that nothing here is about."""
    settings.QUICKBOOKS_LEASE, settings.QUICKBOOKS_SERVER_LIMIT = 90.0, 120.0
    QuickBooksCompanyFactory(name="Bystander LLC")
    return QuickBooksCompanyFactory()

from __future__ import annotations

import pytest

from sync.quickbooks.links import deep_link


@pytest.mark.parametrize(
    ("environment", "entity", "link"),
    [
        ("sandbox", "Invoice", "https://sandbox.qbo.intuit.com/app/invoice?txnId=7"),
        ("production", "Invoice", "https://qbo.intuit.com/app/invoice?txnId=7"),
        ("production", "Payment", "https://qbo.intuit.com/app/recvpayment?txnId=7"),
        ("production", "Customer", "https://qbo.intuit.com/app/customerdetail?nameId=7"),
        ("simulator", "Payment", "http://127.0.0.1:8001/companies/123/Payment/7"),
    ],
)
def test_link_opens_the_document_where_it_is(settings, environment, entity, link):
    settings.QUICKBOOKS_ENVIRONMENT = environment
    settings.QUICKBOOKS_API_URL = "http://127.0.0.1:8001/v3"
    assert deep_link("123", entity, "7") == link

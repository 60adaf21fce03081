"""A unit whose company knows some of its customers, and an accountant who matches them."""

import pytest

from sync.company import requests
from sync.exports.customers import deciding, proposing
from sync.models import CompanyRequest, CustomerMatch
from tests.exports.conftest import bookkeeper, calm, lee, serve
from tests.factories import CustomerFactory

__all__ = ["bookkeeper", "calm", "lee"]


@pytest.fixture
def customer(unit):
    """Make a customer of the unit."""

    def make(name, **more):
        return CustomerFactory(business_unit=unit, display_name=name, **more)

    return make


@pytest.fixture
def read(unit):
    """Read who is in QuickBooks and propose; return the match of a customer, if it has one."""

    def asked(customer=None):
        serve(request := requests.ask(unit.quickbooks_company, proposing.KIND))
        assert request.state == "done", request.error
        return CustomerMatch.objects.filter(customer=customer).first()

    return asked


@pytest.fixture
def link(unit):
    """Serve what was chosen; return how many were linked and refused."""

    def served():
        request = CompanyRequest.objects.filter(kind=deciding.LINK).latest("id")
        serve(request)
        assert request.state == "done", request.error
        return request.result["linked"], request.result["refused"]

    return served

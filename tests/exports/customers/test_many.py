"""Fifty thousand customers on both sides: few requests, and memory that does not grow with them."""

import math
import os
import tracemalloc
from collections import Counter
from types import SimpleNamespace

import pytest
from django.core.management import call_command

from sync.connections import requests
from sync.connections.paging import read_next_page
from sync.connections.parties import listings
from sync.exports.customers import proposing
from sync.models import CompanyRequest, Customer, CustomerMatch, Party
from tests.exports.conftest import serve
from tests.factories import BusinessUnitFactory, QuickBooksCompanyFactory

pytestmark = pytest.mark.django_db(transaction=True)

OURS = int(os.environ.get("CUSTOMERS", "2000"))
THEIRS = 50_000


@pytest.fixture
def large(simulator):
    """A unit connected to the company of 50,000 customers, some of which are ours, too."""
    unit = BusinessUnitFactory(code="large", name="Large")
    realm = simulator.create_company(variant="large", name="Grand Total Facilities")
    call_command("connect_simulator", unit.code, realm=realm, verbosity=0)
    unit.refresh_from_db()
    Customer.objects.bulk_create(
        Customer(business_unit=unit, external_id=f"L{n}", display_name=f"customer {n:05} ")
        for n in range(1, THEIRS + 1, THEIRS // OURS)
    )
    simulator.clear_journal()
    return unit


def test_fifty_thousand_customers_take_one_request_a_thousand(simulator, large):
    company = large.quickbooks_company
    serve(request := requests.ask(company, proposing.KIND))
    assert request.state == "done", request.error
    assert request.result["read"] == [["customers", THEIRS], ["vendors", 0], ["employees", 0]]
    asked = Counter(
        call["body"].split(" FROM ")[1].split()[0]
        for call in simulator.journal(company.realm_id, kind="api")
    )
    assert asked["Customer"] <= math.ceil(THEIRS / 1000) + 5
    assert {asked["Vendor"], asked["Employee"]} == {1}
    assert Party.objects.filter(company=company, kind="Customer").count() == THEIRS
    matches = CustomerMatch.objects.filter(company=company, business_unit=large)
    assert matches.filter(standing="certain").count() == matches.count() == OURS
    wrong = [m for m in matches.select_related("party") if m.party.name.lower() != m.name.strip()]
    assert wrong == []


class Pages:
    """A client that knows as many customers as it is asked to, a page at a time."""

    def __init__(self, number):
        self.number = number

    def page(self, entity, start, where, order_by):
        return [_customer(n) for n in range(start, min(start + 1000, self.number + 1))]


def _customer(number):
    return {
        "Id": str(number),
        "DisplayName": f"Customer {number:05}",
        "FullyQualifiedName": f"Customer {number:05}",
        "PrimaryEmailAddr": {"Address": f"customer{number}@example.com"},
        "Notes": "x" * 400,
    }


def test_reading_takes_no_more_memory_for_five_times_as_many(db):
    company = QuickBooksCompanyFactory()
    peaks = []
    for number in (2_000, 10_000):
        session = SimpleNamespace(client=Pages(number))
        request = CompanyRequest.objects.create(company=company, kind="probe")
        tracemalloc.start()
        while read_next_page(session, request, listings(company)[:1], first_step=0, steps=1):
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert request.place["counts"] == [["customers", number]]
    assert peaks[1] < 1.2 * peaks[0], peaks

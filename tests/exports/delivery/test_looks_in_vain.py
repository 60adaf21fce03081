"""What a query cannot carry, or a list that is never whole, harms no other document."""

import pytest
from django.core.management import call_command

from sync.models import SyncRecord
from sync.quickbooks.client import ChangesTruncated, Client
from sync.quickbooks.faults import Fault, Outcome, QuickBooksFault
from sync.quickbooks.lists import ListIncomplete
from tests.exports import ledger
from tests.factories import (
    BusinessUnitFactory,
    CustomerFactory,
    InvoiceFactory,
    PaymentFactory,
)

pytestmark = pytest.mark.django_db(transaction=True)

LOST = {"endpoint": "batch"}
NAMES = ["Bob O'Neil", "Paweł Łącki", "Anna \\ Co", "No 5", "x" * 500, "№ 5 Ltd"]


@pytest.fixture(autouse=True)
def calm(simulator):
    yield
    simulator.clear_faults()


@pytest.fixture
def latin_only(monkeypatch):
    """Queries are refused that hold more than ISO-8859-1; return those that were refused."""
    refused, query = [], Client.query

    def checked(client, statement):
        if any(ord(letter) > 255 for letter in statement):
            refused.append(statement)
            raise QuickBooksFault(
                Fault(Outcome.REJECTED, 400, "4000", "Lexical error", "", "", "tid", "Our mistake.")
            )
        return query(client, statement)

    monkeypatch.setattr(Client, "query", checked)
    return refused


@pytest.fixture
def north(simulator, db):
    """A unit whose company stores every letter."""
    unit = BusinessUnitFactory(code="north", currency="CAD")
    realm = simulator.create_company(variant="canada", name="North Ltd")
    call_command("connect_simulator", "north", realm=realm, verbosity=0)
    unit.refresh_from_db()
    return unit


def test_names_that_no_query_can_carry_are_found_by_their_marker(simulator, north, latin_only):
    unit = north
    for name in NAMES:
        invoice = InvoiceFactory(
            business_unit=unit, customer=CustomerFactory(business_unit=unit, display_name=name)
        )
        PaymentFactory(invoice=invoice, amount=invoice.total)
    simulator.fault("lose", match=LOST)
    call_command("export_payments", unit.code, "--wait", verbosity=0)
    states = SyncRecord.objects.values_list("state", flat=True)
    assert list(states) == ["exported"] * 3 * len(NAMES)
    assert latin_only
    ledger.assert_equal_to_ours(simulator, unit)
    assert len(ledger.payments(simulator, unit)) == len(NAMES)


def test_a_list_that_is_never_whole_sends_nothing_again_and_asks_a_person(
    simulator, unit, export, paid, monkeypatch
):
    def too_many(_client, _entities, since):
        raise ChangesTruncated(str(since))

    def restless(_client, entity, *_where, **_more):
        raise ListIncomplete(entity)

    simulator.fault("lose", match=LOST)
    monkeypatch.setattr(Client, "changes", too_many)
    monkeypatch.setattr(Client, "select", restless)
    export(status=1)
    record = SyncRecord.objects.get(kind="customer")
    assert (record.state, "was different each time it was read" in record.error) == (
        "uncertain",
        True,
    )
    realm = unit.quickbooks_company.realm_id
    sent = [c for c in simulator.journal(realm) if c["path"].endswith("/batch")]
    assert len(sent) == 1
    assert len(ledger.ours_only(simulator.documents(realm, "Customer"))) == 1

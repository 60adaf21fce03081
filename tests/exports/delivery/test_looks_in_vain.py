"""What a query cannot carry, or a list that is never whole, harms no other document."""

import pytest

from sync.models import SyncRecord
from sync.quickbooks.client import ChangesTruncated, Client
from sync.quickbooks.faults import Fault, Outcome, QuickBooksFault
from sync.quickbooks.lists import ListIncomplete
from tests.exports import ledger
from tests.factories import CustomerFactory, InvoiceFactory, PaymentFactory

pytestmark = pytest.mark.django_db(transaction=True)

LOST = {"endpoint": "batch"}
NAMES = ["Bob O'Neil", "Ængel Ltd", "Anna \\ Co", "No 5", "x" * 500, "Æther & Sons"]


@pytest.fixture(autouse=True)
def calm(simulator):
    yield
    simulator.clear_faults()


@pytest.fixture
def latin_only(monkeypatch):
    """Queries are refused that hold an Æ; return those that were refused."""
    refused, query = [], Client.query

    def checked(client, statement):
        if "æ" in statement.lower():
            refused.append(statement)
            raise QuickBooksFault(
                Fault(Outcome.REJECTED, 400, "4000", "Lexical error", "", "", "tid", "Our mistake.")
            )
        return query(client, statement)

    monkeypatch.setattr(Client, "query", checked)
    return refused


def test_names_that_no_query_can_carry_are_found_by_their_marker(
    simulator, unit, export, latin_only
):
    for name in NAMES:
        invoice = InvoiceFactory(
            business_unit=unit, customer=CustomerFactory(business_unit=unit, display_name=name)
        )
        PaymentFactory(invoice=invoice, amount=invoice.total)
    simulator.fault("lose", match=LOST)
    report = export()
    assert (report["exported"], report["uncertain"], report["failed"]) == (len(NAMES), 0, 0)
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

"""connect_simulator: the handshake over HTTP without a browser, and what it says."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from sync.company.lease import acquire
from sync.management.commands import connect_simulator
from sync.management.commands.simulator import NOT_YET_STRICT
from sync.models import BusinessUnit, CompanyRequest, QuickBooksCompany
from sync.simulator.server import Simulator
from tests.connections.conftest import stored
from tests.factories import BusinessUnitFactory, InvoiceFactory, PaymentFactory, SyncRecordFactory


def run(*args, **options):
    out = StringIO()
    call_command("connect_simulator", *args, stdout=out, no_color=True, **options)
    return out.getvalue()


def refused(*args, **options):
    before = stored()
    with pytest.raises(CommandError) as refusal:
        run(*args, **options)
    assert stored() == before
    return str(refusal.value)


def test_usual_company_is_set_up_whole(simulator, north, realm):
    PaymentFactory(invoice=InvoiceFactory(business_unit=north), method="Check")
    said = run("north", realm=realm)
    assert f"North is connected to company {realm}.\n" in said
    assert "Northern Lights LLC is verified: 49 accounts, 20 products and services" in said
    assert "Start date: 2026-05-04 (the date of the oldest invoice).\n" in said
    assert said.endswith("North is set up: its paid invoices can be exported.\n")
    assert [r.kind for r in CompanyRequest.objects.filter(state="done")] == ["verify", "books"]
    assert "It holds" in said
    calls = {(call["method"], call["path"]) for call in simulator.journal(realm, kind="api")}
    assert ("GET", f"/v3/company/{realm}/preferences") in calls


def test_what_is_missing_is_said_plainly(simulator, north):
    said = run("north", realm=simulator.create_company(variant="messy"))
    assert "North cannot export yet. Missing:\n- QuickBooks assigns its own" in said
    assert "is set up" not in said


def test_again_keeps_the_units_own_company(simulator, north, realm):
    run("north", realm=realm)
    run("north")
    north.refresh_from_db()
    assert north.quickbooks_company.realm_id == realm
    assert QuickBooksCompany.objects.count() == 1


def test_each_unit_gets_a_company_of_its_own(simulator, north):
    BusinessUnitFactory(code="south")
    run("north")
    run("south")
    realms = BusinessUnit.objects.values_list("quickbooks_company__realm_id", flat=True)
    assert len(set(realms)) == 2


def test_naming_a_company_that_another_unit_uses_joins_it(simulator, north, realm):
    south = BusinessUnitFactory(code="south")
    run("north", realm=realm)
    run("south", realm=realm)
    south.refresh_from_db()
    assert south.quickbooks_company.realm_id == realm


def test_unknown_unit(db):
    assert refused("nowhere") == "There is no business unit with the code nowhere."


def test_unknown_company(simulator, north):
    words = refused("north", realm="123")
    assert words.startswith("The simulator has no company 123; it has ")


@pytest.mark.parametrize("environment", ["sandbox", "production"])
def test_only_for_the_simulator(settings, north, environment):
    settings.QUICKBOOKS_ENVIRONMENT = environment
    assert f"QUICKBOOKS_ENVIRONMENT is {environment}" in refused("north")


def test_simulator_that_does_not_run(quick, north):
    quick.QUICKBOOKS_DISCOVERY_URL = "http://127.0.0.1:9/.well-known/openid_configuration"
    assert "cannot be reached right now" in refused("north")


def test_all_companies_taken(quick, north):
    with Simulator(switches=NOT_YET_STRICT) as own:
        quick.QUICKBOOKS_DISCOVERY_URL = own.discovery_url
        quick.QUICKBOOKS_API_URL = own.api_url
        for number in range(5):
            BusinessUnitFactory(code=f"taken-{number}")
            run(f"taken-{number}")
        assert refused("north") == (
            "Each company of the simulator has a unit already; name one with --realm to share it."
        )


def test_unsettled_documents_keep_the_unit_where_it_is(simulator, connected, company):
    SyncRecordFactory(company=company, payment__invoice__business_unit=connected, state="uncertain")
    other = simulator.create_company(variant="empty")
    assert "North cannot be connected to another company yet" in refused("north", realm=other)


def test_company_held_by_another_process_is_waited_for_and_then_given_up(
    simulator, north, realm, monkeypatch
):
    run("north", realm=realm)
    company = QuickBooksCompany.objects.get()
    lease = acquire(company.pk)
    monkeypatch.setattr(connect_simulator, "WAIT_FOR_ANOTHER", 0.3)
    with pytest.raises(CommandError, match="Another process holds this company"):
        run("north")
    assert CompanyRequest.objects.latest("id").state == "waiting"
    lease.release()
    assert "is set up" in run("north")


def test_failed_verification_is_an_error(simulator, north, realm):
    simulator.post("condition", realm_id=realm, condition="no_access")
    with pytest.raises(CommandError, match=r"^Verification failed\. QuickBooks refused this step"):
        run("north", realm=realm)

"""Disconnecting: revoked and forgotten, refused while something is on its way, and what stays."""

import pytest

from accounts.access import AccessDenied
from accounts.models import Role
from sync.company.lease import acquire
from sync.company.requests import ask
from sync.exports.runs.disconnect import DisconnectRefused, disconnect
from sync.models import Event, ItemMapping, ReferenceEntry, SyncRecord
from sync.quickbooks import oauth
from sync.quickbooks.oauth import OAuthRefused
from tests.connections.conftest import fresh, stored
from tests.factories import (
    BatchRequestFactory,
    BusinessUnitFactory,
    MembershipFactory,
    SyncRecordFactory,
)


def test_disconnecting_revokes_forgets_and_keeps_rows(simulator, connected, company, owner):
    SyncRecordFactory(
        company=company, payment__invoice__business_unit=connected, state="exported", qbo_id="7"
    )
    kept = [list(model.objects.values()) for model in (ItemMapping, ReferenceEntry, SyncRecord)]
    words = disconnect(connected, owner)

    assert words == (
        "North is disconnected from Northern Lights LLC. Its mappings and export history are kept."
    )
    left = fresh(company)
    assert (left.status, left.access_token, left.refresh_token) == ("disconnected", "", "")
    assert left.access_token_expires_at is None
    assert left.lease_token is None
    connected.refresh_from_db()
    assert connected.quickbooks_company is None
    assert kept == [
        list(model.objects.values()) for model in (ItemMapping, ReferenceEntry, SyncRecord)
    ]
    event = Event.objects.get(action="disconnected")
    assert (event.actor, event.business_unit) == (owner, connected)
    with pytest.raises(OAuthRefused):
        oauth.refresh(company.refresh_token)


def test_what_waits_for_a_disconnected_company_fails_with_words(connected, company, owner):
    request = ask(company, "verify", unit=connected)
    disconnect(connected, owner)
    request.refresh_from_db()
    assert (request.state, request.error) == ("failed", "The company was disconnected.")


def test_shared_company_keeps_its_tokens_when_one_unit_leaves(simulator, connected, company, owner):
    south = BusinessUnitFactory(name="South", quickbooks_company=company)
    words = disconnect(connected, owner)

    assert "Other units still post to it" in words
    assert fresh(company).refresh_token == company.refresh_token
    assert fresh(company).status == "connected"
    south.refresh_from_db()
    connected.refresh_from_db()
    assert (south.quickbooks_company, connected.quickbooks_company) == (company, None)
    assert oauth.refresh(company.refresh_token).access_token


@pytest.mark.parametrize(
    ("state", "said"),
    [("in_flight", "being exported"), ("uncertain", "uncertain in QuickBooks")],
)
def test_refused_while_something_is_unsettled(connected, company, owner, state, said):
    SyncRecordFactory(
        company=company,
        payment__invoice__business_unit=connected,
        state=state,
        batch=BatchRequestFactory(company=company),
    )
    before = stored()
    with pytest.raises(DisconnectRefused, match=f"North stays connected for now: 1 .* {said}"):
        disconnect(connected, owner)
    assert [row for name, row in stored().items() if name != "sync_quickbookscompany"] == [
        row for name, row in before.items() if name != "sync_quickbookscompany"
    ]
    assert fresh(company).refresh_token == company.refresh_token


def test_another_units_uncertain_document_does_not_keep_this_one(connected, company, owner):
    south = BusinessUnitFactory(name="South", quickbooks_company=company)
    SyncRecordFactory(company=company, payment__invoice__business_unit=south, state="uncertain")
    disconnect(connected, owner)
    connected.refresh_from_db()
    assert connected.quickbooks_company is None


def test_refused_while_a_process_works_with_the_company(connected, company, owner, impatient):
    lease = acquire(company.pk)
    before = stored()
    with pytest.raises(DisconnectRefused, match="being worked with right now"):
        disconnect(connected, owner)
    assert stored() == before
    lease.release()


def test_only_administrators_disconnect(connected, company):
    accountant = MembershipFactory(business_unit=connected, role=Role.ACCOUNTANT).user
    before = stored()
    with pytest.raises(AccessDenied):
        disconnect(connected, accountant)
    assert stored() == before


def test_unconnected_unit_is_refused(db):
    with pytest.raises(DisconnectRefused, match="is not connected"):
        disconnect(BusinessUnitFactory(), None)


def test_intuit_out_of_reach_disconnects_here_and_says_what_to_do(quick, connected, company, owner):
    quick.QUICKBOOKS_DISCOVERY_URL = "http://127.0.0.1:9/.well-known/openid_configuration"
    words = disconnect(connected, owner)
    assert words.endswith("please also remove this app in QuickBooks under Apps > My apps.")
    assert fresh(company).refresh_token == ""


def test_connection_that_intuit_ended_already_is_disconnected_quietly(connected, company, owner):
    oauth.revoke(company.refresh_token)
    assert disconnect(connected, owner).endswith("Its mappings and export history are kept.")
    assert fresh(company).status == "disconnected"

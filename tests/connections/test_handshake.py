"""The handshake: what connects, what is refused, and that a refusal leaves nothing behind."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.db import connection

from accounts.access import AccessDenied
from accounts.models import Membership, Role
from sync.company.lease import acquire
from sync.connections import handshake
from sync.connections.handshake import Connected, ConnectRefused
from sync.models import (
    BusinessUnit,
    CompanyRequest,
    ConnectAttempt,
    Event,
    ItemMapping,
    QuickBooksCompany,
    SyncRecord,
    UnitSetup,
)
from tests.connections.conftest import answer_of, fresh, stored
from tests.factories import (
    BatchRequestFactory,
    BusinessUnitFactory,
    MembershipFactory,
    QuickBooksCompanyFactory,
    SyncRecordFactory,
    UserFactory,
)


def refusal_of(answer, actor):
    """Return the words of the refusal, having proved that nothing was stored."""
    before = stored()
    with pytest.raises(ConnectRefused) as refused:
        handshake.complete(answer, actor)
    assert stored() == before
    return str(refused.value)


def test_connecting_stores_tokens_encrypted_and_asks_for_verification(
    consented, north, owner, realm
):
    started = datetime.now(UTC)
    outcome = handshake.complete(consented(), owner)

    assert isinstance(outcome, Connected)
    north.refresh_from_db()
    company = north.quickbooks_company
    assert (company.realm_id, company.status, company.status_detail) == (realm, "connected", "")
    assert company.access_token.startswith("eyJ")
    assert company.refresh_token.startswith("RT1-")
    assert timedelta(minutes=59) < company.access_token_expires_at - started < timedelta(hours=1.1)
    assert company.refresh_token_expires_at - started > timedelta(days=99)
    assert company.refresh_token_hard_expires_at - started > timedelta(days=5 * 365 - 5)
    with connection.cursor() as cursor:
        cursor.execute("SELECT access_token, refresh_token FROM sync_quickbookscompany")
        raw = " ".join(cursor.fetchone())
    assert company.access_token not in raw
    assert company.refresh_token not in raw

    request = CompanyRequest.objects.get()
    assert (request.company, request.business_unit, request.kind) == (company, north, "verify")
    assert (request.state, request.requested_by) == ("waiting", owner)
    event = Event.objects.get()
    assert (event.action, event.actor, event.business_unit) == ("connected", owner, north)
    assert event.detail == {"realm_id": realm}


def test_state_is_random_long_and_kept_as_a_hash_only(simulator, north, owner):
    states = [
        dict(parse_qsl(urlsplit(handshake.begin(north, owner)).query))["state"] for _ in range(2)
    ]
    assert states[0] != states[1]
    assert min(map(len, states)) >= 43
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM sync_connectattempt")
        rows = str(cursor.fetchall())
    assert not any(state in rows for state in states)


def test_beginning_needs_the_role_of_administrator(simulator, north):
    accountant = MembershipFactory(business_unit=north, role=Role.ACCOUNTANT).user
    with pytest.raises(AccessDenied):
        handshake.begin(north, accountant)
    assert not ConnectAttempt.objects.exists()


def test_beginning_says_so_when_intuit_is_out_of_reach(quick, north, owner):
    quick.QUICKBOOKS_DISCOVERY_URL = "http://127.0.0.1:9/.well-known/openid_configuration"
    with pytest.raises(ConnectRefused, match="cannot be reached right now"):
        handshake.begin(north, owner)
    assert not ConnectAttempt.objects.exists()


def test_denied_consent_is_said_and_stores_nothing(simulator, north, owner):
    answer = answer_of(simulator.deny(handshake.begin(north, owner)))
    assert refusal_of(answer, owner) == (
        "You did not give consent, so North was not connected. Nothing was changed."
    )


def test_another_error_of_intuit_is_refused_without_repeating_it(simulator, consented, owner):
    state = consented()["state"]
    words = refusal_of({"state": state, "error": "<script>alert(1)</script>"}, owner)
    assert words == (
        "QuickBooks could not connect North. Nothing was changed. "
        "Choose Connect to QuickBooks to start again."
    )


def test_replayed_answer_is_refused(consented, owner):
    answer = consented()
    handshake.complete(answer, owner)
    assert refusal_of(answer, owner).startswith("This answer from QuickBooks was already used.")


@pytest.mark.parametrize("state", ["", "forged", "x" * 5000])
def test_forged_state_is_refused_and_leaves_the_true_one_good(consented, owner, realm, state):
    answer = consented()
    words = refusal_of({**answer, "state": state}, owner)
    assert words.startswith("This answer does not belong to a connection that you started here.")
    assert handshake.complete(answer, owner).company.realm_id == realm


def test_forged_state_is_shown_on_the_unit_of_the_last_attempt(consented, north, owner):
    consented()
    with pytest.raises(ConnectRefused) as refused:
        handshake.complete({"state": "forged"}, owner)
    assert refused.value.unit == north


def test_state_of_another_person_is_refused_and_names_no_unit(consented, north, owner):
    answer = consented()
    other = UserFactory(is_superuser=True)
    words = refusal_of(answer, other)
    assert words.startswith("This answer does not belong to a connection that you started here.")
    assert "North" not in words
    assert isinstance(handshake.complete(answer, owner), Connected)


def test_command_line_and_people_cannot_use_each_others_state(simulator, consented, north, owner):
    assert "does not belong" in refusal_of(consented(), None)
    by_command = answer_of(simulator.approve(handshake.begin(north, None)))
    assert "does not belong" in refusal_of(by_command, owner)


def test_state_expires_after_ten_minutes(consented, owner):
    answer = consented()
    late = datetime.now(UTC) - timedelta(minutes=10, seconds=1)
    ConnectAttempt.objects.update(created_at=late)
    assert refusal_of(answer, owner).startswith("Connecting took longer than 10 minutes.")


def test_state_is_good_until_ten_minutes(consented, owner):
    answer = consented()
    ConnectAttempt.objects.update(created_at=datetime.now(UTC) - timedelta(minutes=9, seconds=50))
    assert isinstance(handshake.complete(answer, owner), Connected)


def test_used_code_is_refused(consented, owner):
    used = consented()
    handshake.complete(used, owner)
    words = refusal_of({**consented(), "code": used["code"]}, owner)
    assert words.startswith("QuickBooks no longer accepts this code: it was used before")


def test_expired_code_is_refused(simulator, consented, owner):
    simulator.oauth(code_seconds=0)
    try:
        answer = consented()
    finally:
        simulator.oauth(code_seconds=600)
    assert refusal_of(answer, owner).startswith("QuickBooks no longer accepts this code")


@pytest.mark.parametrize("realm_id", [None, "", "12a", "1" * 31, "../1", "١٢"])
def test_missing_or_odd_realm_is_refused(consented, owner, realm_id):
    answer = {key: value for key, value in consented().items() if key != "realmId"}
    if realm_id is not None:
        answer["realmId"] = realm_id
    assert refusal_of(answer, owner).startswith("QuickBooks did not say which company was chosen.")


def test_missing_code_is_refused(consented, owner):
    assert refusal_of({**consented(), "code": ""}, owner).startswith(
        "QuickBooks did not send its code."
    )


def test_wrong_client_secret_is_told_to_whoever_runs_the_site(quick, consented, owner):
    answer = consented()
    quick.QUICKBOOKS_CLIENT_SECRET = "wrong"
    assert "client id or secret" in refusal_of(answer, owner)


def test_role_lost_meanwhile_is_refused(consented, north, owner):
    answer = consented()
    Membership.objects.filter(user=owner).update(role=Role.ACCOUNTANT)
    assert "no role" in refusal_of(answer, owner)


def test_intuit_out_of_reach_at_the_exchange_stores_nothing(simulator, consented, owner):
    answer = consented()
    simulator.fault("status", times=1, match={"kind": "oauth"}, status=503)
    try:
        words = refusal_of(answer, owner)
    finally:
        simulator.clear_faults()
    assert words.startswith("QuickBooks did not finish the connection.")


# --- A company that another unit posts to ---------------------------------------------------


@pytest.fixture
def south(db):
    return BusinessUnitFactory(code="south", name="South")


@pytest.fixture
def south_owner(south):
    return MembershipFactory(business_unit=south, role=Role.ADMINISTRATOR).user


def test_shared_company_is_held_until_confirmed(company, consented, south, south_owner):
    before = stored()
    attempt = handshake.complete(consented(south, south_owner), south_owner)

    assert isinstance(attempt, ConnectAttempt)
    after = stored()
    assert after.pop("held") == [(1,)]
    before.pop("held")
    assert after == before
    with connection.cursor() as cursor:
        cursor.execute("SELECT access_token, refresh_token FROM sync_connectattempt")
        raw = str(cursor.fetchall())
    assert attempt.refresh_token not in raw


def test_confirming_joins_the_company_with_the_new_tokens(company, consented, south, south_owner):
    held = handshake.complete(consented(south, south_owner), south_owner)
    attempt = handshake.held_attempt(held.pk, south_owner)
    handshake.confirm(attempt, south_owner)

    south.refresh_from_db()
    assert south.quickbooks_company == company
    assert fresh(company).refresh_token == held.refresh_token
    assert stored()["held"] == [(0,)]
    with pytest.raises(ConnectRefused, match="no longer waits"):
        handshake.held_attempt(held.pk, south_owner)


def test_declining_keeps_the_other_units_connection(
    simulator, company, consented, south, south_owner
):
    before = stored()
    simulator.clear_journal()
    held = handshake.complete(consented(south, south_owner), south_owner)
    handshake.abandon(handshake.held_attempt(held.pk, south_owner))
    assert stored() == before
    revoked = [call for call in simulator.journal(kind="oauth") if "revoke" in call["path"]]
    assert revoked == []


def test_held_attempt_is_for_its_person_and_half_an_hour(company, consented, south, south_owner):
    held = handshake.complete(consented(south, south_owner), south_owner)
    with pytest.raises(ConnectRefused):
        handshake.held_attempt(held.pk, UserFactory(is_superuser=True))
    ConnectAttempt.objects.update(created_at=datetime.now(UTC) - timedelta(minutes=31))
    with pytest.raises(ConnectRefused):
        handshake.held_attempt(held.pk, south_owner)


def test_confirming_needs_the_role_still(company, consented, south, south_owner):
    held = handshake.complete(consented(south, south_owner), south_owner)
    Membership.objects.filter(user=south_owner).delete()
    before = stored()
    with pytest.raises(ConnectRefused):
        handshake.confirm(held, south_owner)
    assert stored() == before


def test_realm_changed_in_the_browser_cannot_reach_another_units_company(
    simulator, company, consented, south, south_owner
):
    own = simulator.create_company(variant="us", name="Southern Own LLC")
    answer = {**consented(south, south_owner, own), "realmId": company.realm_id}
    held = handshake.complete(answer, south_owner)
    before = stored()
    with pytest.raises(ConnectRefused, match="Nothing was changed"):
        handshake.confirm(held, south_owner)
    assert stored() == before
    assert fresh(company).refresh_token == company.refresh_token


def test_confirming_waits_for_who_works_with_the_company(
    company, consented, south, south_owner, impatient
):
    held = handshake.complete(consented(south, south_owner), south_owner)
    lease = acquire(company.pk)
    with pytest.raises(ConnectRefused, match="being worked with right now"):
        handshake.confirm(held, south_owner)
    lease.release()
    assert handshake.confirm(held, south_owner).company == company


def test_reconnecting_a_shared_company_is_not_asked_again_but_proved(
    simulator, company, consented, owner
):
    BusinessUnitFactory(name="South", quickbooks_company=company)
    calls = len(simulator.journal(company.realm_id, kind="api"))
    outcome = handshake.complete(consented(), owner)
    assert isinstance(outcome, Connected)
    assert len(simulator.journal(company.realm_id, kind="api")) == calls + 1


# --- The same company again, and another ----------------------------------------------------


def test_reconnecting_the_same_company_keeps_everything(company, connected, consented, owner):
    QuickBooksCompany.objects.update(status="needs_reconnect", status_detail="ended")
    mapped = list(ItemMapping.objects.values())
    SyncRecordFactory(company=company, payment__business_unit=connected, state="uncertain")
    records = list(SyncRecord.objects.values())

    handshake.complete(consented(), owner)

    connected.refresh_from_db()
    assert connected.quickbooks_company.pk == company.pk
    assert (fresh(company).status, fresh(company).status_detail) == ("connected", "")
    assert fresh(company).refresh_token != company.refresh_token
    assert list(ItemMapping.objects.values()) == mapped
    assert list(SyncRecord.objects.values()) == records


@pytest.mark.parametrize("state", ["in_flight", "uncertain"])
def test_another_company_is_refused_while_documents_are_unsettled(
    simulator, connected, consented, owner, state
):
    said = {"in_flight": "being exported", "uncertain": "uncertain in QuickBooks"}[state]
    batch = BatchRequestFactory(company=connected.quickbooks_company)
    SyncRecordFactory(
        company=connected.quickbooks_company,
        payment__invoice__business_unit=connected,
        state=state,
        batch=batch,
    )
    other = simulator.create_company(variant="us", name="Other LLC")
    words = refusal_of(consented(realm_id=other), owner)
    assert words == (
        f"North cannot be connected to another company yet: 1 document is {said}. "
        "Let them finish, and settle the uncertain ones, then connect."
    )


def test_another_company_inherits_nothing(simulator, company, connected, consented, owner):
    SyncRecordFactory(
        company=company, payment__invoice__business_unit=connected, state="exported", qbo_id="9"
    )
    other = simulator.create_company(variant="us", name="Other LLC")
    held = handshake.complete(consented(realm_id=other), owner)
    assert BusinessUnit.objects.get(pk=connected.pk).quickbooks_company == company
    outcome = handshake.confirm(held, owner)

    assert outcome.company.pk != company.pk
    assert UnitSetup.objects.get(company=outcome.company).confirmed_at is None
    assert BusinessUnit.objects.get(pk=connected.pk).quickbooks_company == outcome.company
    assert not ItemMapping.objects.filter(company=outcome.company).exists()
    assert ItemMapping.objects.filter(company=company).exists()
    assert SyncRecord.objects.get().company == company


def test_company_without_units_is_taken_up_without_question(consented, north, owner, realm):
    left = QuickBooksCompanyFactory(realm_id=realm, status="disconnected", refresh_token="")
    assert handshake.complete(consented(), owner).company == left


def test_no_token_or_code_is_logged(caplog, consented, owner):
    caplog.set_level("DEBUG")
    answer = consented()
    company = handshake.complete(answer, owner).company
    with pytest.raises(ConnectRefused):
        handshake.complete({**consented(), "code": answer["code"]}, owner)
    ours = " ".join(str(r.msg) for r in caplog.records if not r.name.startswith("uvicorn"))
    assert "connect_refused" in ours
    for secret in (answer["code"], answer["state"], company.access_token, company.refresh_token):
        assert secret not in ours

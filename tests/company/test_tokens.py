"""Tokens: refreshed in time and saved before use; a connection that ended is marked as such."""

from datetime import UTC, datetime, timedelta

import pytest
import requests
from django.db import connection

from sync.company import tokens
from sync.company.tokens import NotConnected, SignInUnavailable
from sync.models import QuickBooksCompany
from sync.quickbooks import oauth
from tests.connections.conftest import fresh


def set_expiry(company, **left):
    ends = datetime.now(UTC) + timedelta(**left)
    QuickBooksCompany.objects.filter(pk=company.pk).update(access_token_expires_at=ends)


def refreshes(simulator):
    return len([c for c in simulator.journal(kind="oauth") if "tokens/bearer" in c["path"]])


@pytest.fixture
def quiet(simulator, company):
    simulator.clear_journal()
    return simulator


def test_token_good_for_five_minutes_is_used_as_it_is(quiet, company):
    set_expiry(company, minutes=5, seconds=5)
    assert tokens.ensure_fresh(company) == fresh(company).access_token
    assert refreshes(quiet) == 0


def test_token_about_to_end_is_refreshed_and_saved(quiet, company):
    old = fresh(company)
    set_expiry(company, minutes=4, seconds=55)
    token = tokens.ensure_fresh(company)

    saved = fresh(company)
    assert token == saved.access_token == company.access_token
    assert token != old.access_token
    assert saved.refresh_token != old.refresh_token
    assert saved.access_token_expires_at > datetime.now(UTC) + timedelta(minutes=55)
    assert refreshes(quiet) == 1
    headers = {"Authorization": f"Bearer {token}"}
    url = f"{quiet.api_url}/company/{company.realm_id}/companyinfo/{company.realm_id}"
    assert requests.get(url, headers=headers, timeout=10).status_code == 200


def test_another_process_that_was_faster_is_followed(quiet, company):
    stale = fresh(company)
    set_expiry(company, minutes=1)
    token = tokens.ensure_fresh(company)
    assert tokens.ensure_fresh(stale) == token
    assert refreshes(quiet) == 1


def test_refused_because_another_was_faster_meanwhile_uses_what_that_one_saved(quiet, company):
    quiet.oauth(grace_seconds=0)
    try:
        set_expiry(company, minutes=1)
        seen = fresh(company)
        token = tokens.ensure_fresh(company)
        assert tokens.renew(seen) == token
    finally:
        quiet.oauth(grace_seconds=86400)
    assert fresh(company).status == "connected"


def test_ended_connection_is_marked_and_said(quiet, company):
    oauth.revoke(fresh(company).refresh_token)
    set_expiry(company, minutes=1)
    with pytest.raises(NotConnected, match=r"has ended\. Reconnect; mappings and work are kept"):
        tokens.ensure_fresh(company)

    marked = fresh(company)
    assert marked.status == "needs_reconnect"
    assert marked.status_detail.startswith("Intuit ended the connection; noticed on ")
    assert marked.history.first().status == "needs_reconnect"
    with pytest.raises(NotConnected):
        tokens.ensure_fresh(company)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/.well-known/openid_configuration"])
def test_sign_in_out_of_reach_marks_nothing(quick, quiet, company, url):
    set_expiry(company, minutes=1)
    quick.QUICKBOOKS_DISCOVERY_URL = url
    with pytest.raises(SignInUnavailable, match="did not answer"):
        tokens.ensure_fresh(company)
    assert fresh(company).status == "connected"


def test_wrong_client_secret_is_not_the_companys_fault(quick, quiet, company):
    set_expiry(company, minutes=1)
    quick.QUICKBOOKS_CLIENT_SECRET = "wrong"
    with pytest.raises(SignInUnavailable, match="client id and secret"):
        tokens.ensure_fresh(company)
    assert fresh(company).status == "connected"


def test_disconnected_company_has_no_token(db, company):
    QuickBooksCompany.objects.update(status="disconnected", refresh_token="", access_token="")
    with pytest.raises(NotConnected, match="is not connected"):
        tokens.ensure_fresh(company)


def test_tokens_are_not_in_the_database_in_clear_nor_in_the_history(company):
    with connection.cursor() as cursor:
        for table in ("sync_quickbookscompany", "sync_historicalquickbookscompany"):
            cursor.execute(f"SELECT * FROM {table}")
            rows = str(cursor.fetchall())
            assert company.access_token not in rows
            assert company.refresh_token not in rows

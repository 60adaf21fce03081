"""OAuth as intuit-oauth, unmodified, meets it, and the ways in which it is refused."""

import json
import sqlite3
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from intuitlib.client import AuthClient
from intuitlib.enums import Scopes
from intuitlib.exceptions import AuthClientError

CALLBACK = "http://127.0.0.1:8000/callback"
DAY = 86400


def auth_client(simulator, **changes):
    wanted = {
        "client_id": simulator.client_id,
        "client_secret": simulator.client_secret,
        "redirect_uri": CALLBACK,
        "environment": simulator.discovery_url,
        **changes,
    }
    return AuthClient(**wanted)


def answer_of(redirect):
    return dict(parse_qsl(urlsplit(redirect).query))


def connect(simulator, scopes=(Scopes.ACCOUNTING,), realm_id=None, **changes):
    client = auth_client(simulator, **changes)
    back = answer_of(simulator.approve(client.get_authorization_url(list(scopes)), realm_id))
    client.get_bearer_token(back["code"], realm_id=back.get("realmId"))
    return client


def refused(call, *args):
    with pytest.raises(AuthClientError) as refusal:
        call(*args)
    return refusal.value.status_code, json.loads(refusal.value.content)


def company_info(simulator, client, realm_id=None):
    realm = realm_id or client.realm_id
    return requests.get(
        f"{simulator.api_url}/company/{realm}/companyinfo/{realm}",
        headers={"Authorization": f"Bearer {client.access_token}", "Accept": "application/json"},
        timeout=30,
    )


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("name", ["openid_configuration", "openid_sandbox_configuration"])
def test_discovery_names_addresses_of_the_simulator(simulator, name, slash):
    answer = requests.get(f"{simulator.url}/.well-known/{name}{slash}", timeout=30)
    document = answer.json()
    assert answer.status_code == 200
    assert document["authorization_endpoint"] == f"{simulator.url}/connect/oauth2"
    assert document["token_endpoint"] == f"{simulator.url}/oauth2/v1/tokens/bearer"
    assert document["revocation_endpoint"] == f"{simulator.url}/v2/oauth2/tokens/revoke"
    assert document["userinfo_endpoint"] == f"{simulator.url}/v1/openid_connect/userinfo"
    assert document["issuer"] == f"{simulator.url}/op/v1"
    assert document["jwks_uri"] == f"{simulator.url}/op/v1/jwks"


def test_handshake_gives_tokens_for_the_chosen_company(simulator):
    realm_id = simulator.create_company(name="Hillside Hauling")
    client = auth_client(simulator)
    url = client.get_authorization_url([Scopes.ACCOUNTING], state_token="a state & more")
    back = answer_of(simulator.approve(url, realm_id))
    assert (back["state"], back["realmId"]) == ("a state & more", realm_id)

    client.get_bearer_token(back["code"], realm_id=back["realmId"])

    assert client.expires_in == 3600
    assert client.x_refresh_token_expires_in == 8_726_400
    info = company_info(simulator, client)
    assert info.json()["CompanyInfo"]["CompanyName"] == "Hillside Hauling"


def test_openid_gives_a_valid_id_token_and_what_the_scopes_allow(simulator):
    client = connect(simulator, [Scopes.ACCOUNTING, Scopes.OPENID, Scopes.EMAIL])
    assert client.id_token.count(".") == 2  # intuit-oauth keeps only one that it could verify
    assert client.get_user_info().json() == {
        "sub": "c0ffee00-51ab-4c0e-9d1a-5e11ab1e0001",
        "email": "owner@example.com",
        "emailVerified": True,
    }


def test_sign_in_alone_asks_for_no_company_and_opens_none(own_simulator):
    client = auth_client(own_simulator)
    back = answer_of(own_simulator.approve(client.get_authorization_url([Scopes.OPENID])))
    assert "realmId" not in back
    client.get_bearer_token(back["code"])
    realm_id = own_simulator.grant()["realm_id"]
    assert company_info(own_simulator, client, realm_id).status_code == 403


def test_userinfo_without_openid_is_refused(simulator):
    client = connect(simulator)
    assert refused(client.get_user_info)[0] == 401


def test_cancel_goes_back_without_a_code(simulator):
    url = auth_client(simulator).get_authorization_url([Scopes.ACCOUNTING], state_token="s1")
    assert simulator.deny(url) == f"{CALLBACK}?error=access_denied&state=s1"


def test_code_is_good_once(simulator):
    client = auth_client(simulator)
    code = answer_of(simulator.approve(client.get_authorization_url([Scopes.ACCOUNTING])))["code"]
    client.get_bearer_token(code)
    status, body = refused(auth_client(simulator).get_bearer_token, code)
    assert (status, body) == (
        400,
        {"error": "invalid_grant", "error_description": "Invalid authorization code"},
    )


def test_code_expires(own_simulator):
    client = auth_client(own_simulator)
    code = answer_of(own_simulator.approve(client.get_authorization_url([Scopes.ACCOUNTING])))[
        "code"
    ]
    own_simulator.advance(601)
    assert refused(client.get_bearer_token, code)[1]["error"] == "invalid_grant"
    assert client.access_token is None


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"redirect_uri": "http://127.0.0.1:8000/elsewhere"}, 400, "invalid_grant"),
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "nobody"}, 401, "invalid_client"),
        ({"client_id": "another", "client_secret": "its own"}, 400, "invalid_grant"),
    ],
)
def test_code_is_for_one_client_and_redirect_only(own_simulator, changes, status, error):
    own_simulator.post("clients", client_id="another", client_secret="its own")
    url = auth_client(own_simulator).get_authorization_url([Scopes.ACCOUNTING])
    code = answer_of(own_simulator.approve(url))["code"]
    answered, body = refused(auth_client(own_simulator, **changes).get_bearer_token, code)
    assert (answered, body["error"]) == (status, error)
    auth_client(own_simulator).get_bearer_token(code)  # the right one still gets in


def test_unknown_grant_type_is_refused(simulator):
    answer = requests.post(
        f"{simulator.url}/oauth2/v1/tokens/bearer",
        data={"grant_type": "password"},
        auth=(simulator.client_id, simulator.client_secret),
        timeout=30,
    )
    assert (answer.status_code, answer.json()) == (400, {"error": "unsupported_grant_type"})


def test_refresh_rotates_and_the_earlier_token_lives_a_day(own_simulator):
    client = connect(own_simulator)
    first = client.refresh_token
    client.refresh()
    second = client.refresh_token
    assert second != first

    own_simulator.advance(DAY - 60)
    client.refresh(first)
    own_simulator.advance(120)
    assert refused(client.refresh, first) == (
        400,
        {
            "error": "invalid_grant",
            "error_description": "Incorrect or invalid refresh token",
        },
    )


def test_refresh_without_grace_ends_the_earlier_token_at_once(own_simulator):
    own_simulator.oauth(grace_seconds=0)
    client = connect(own_simulator)
    first = client.refresh_token
    client.refresh()
    assert refused(client.refresh, first)[1]["error"] == "invalid_grant"
    client.refresh(client.refresh_token)


def test_daily_rotation_keeps_the_token_for_a_day(own_simulator):
    own_simulator.oauth(rotation="daily")
    client = connect(own_simulator)
    first = client.refresh_token
    client.refresh()
    assert client.refresh_token == first
    own_simulator.advance(DAY + 1)
    client.refresh()
    assert client.refresh_token != first


def test_refresh_token_rolls_on_for_101_days(own_simulator):
    client = connect(own_simulator)
    own_simulator.advance(100 * DAY)
    client.refresh()
    own_simulator.advance(100 * DAY)
    client.refresh()
    own_simulator.advance(102 * DAY)
    assert refused(client.refresh)[1]["error"] == "invalid_grant"


def test_hard_expiry_ends_a_grant_however_often_it_is_refreshed(own_simulator):
    own_simulator.oauth(refresh_hard_seconds=150 * DAY)
    client = connect(own_simulator)
    own_simulator.advance(90 * DAY)
    client.refresh()
    assert client.x_refresh_token_expires_in == pytest.approx(60 * DAY, abs=60)
    own_simulator.advance(59 * DAY)
    client.refresh()
    own_simulator.advance(2 * DAY)
    assert refused(client.refresh)[1]["error"] == "invalid_grant"


def test_hard_expiry_is_told_only_when_asked(simulator):
    client = connect(simulator)
    form = {"grant_type": "refresh_token", "refresh_token": client.refresh_token}
    request = {
        "url": f"{simulator.url}/oauth2/v1/tokens/bearer",
        "data": form,
        "auth": (simulator.client_id, simulator.client_secret),
        "timeout": 30,
    }
    assert "x_refresh_token_hard_expires_in" not in requests.post(**request).json()
    asked = requests.post(**request, headers={"x-include-refresh-token-hard-expires-in": "true"})
    assert 157_679_000 < asked.json()["x_refresh_token_hard_expires_in"] <= 157_680_000


def test_access_token_runs_out_and_a_refresh_mends_it(own_simulator):
    own_simulator.oauth(access_token_seconds=5)
    client = connect(own_simulator)
    assert company_info(own_simulator, client).status_code == 200
    own_simulator.advance(6)
    answer = company_info(own_simulator, client)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="Intuit", error="invalid_token"'
    body = answer.json()
    assert body["fault"] == {
        "error": [
            {
                "message": "message=AuthenticationFailed; errorCode=003200; statusCode=401",
                "detail": "Token expired",
                "code": "3200",
                "element": None,
            }
        ],
        "type": "AUTHENTICATION",
    }
    assert isinstance(body["time"], int)
    assert client.access_token not in answer.text
    client.refresh()
    assert company_info(own_simulator, client).status_code == 200


def test_token_of_another_company_is_forbidden(simulator):
    other = simulator.create_company()
    client = connect(simulator)
    answer = company_info(simulator, client, other)
    assert answer.status_code == 403
    assert answer.json()["fault"] == {
        "error": [
            {
                "message": "message=ApplicationAuthorizationFailed; errorCode=003100;"
                " statusCode=403",
                "detail": None,
                "code": "3100",
                "element": None,
            }
        ],
        "type": "SERVICE",
    }


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer unknown", "Basic dTpw", "{token}"])
def test_api_needs_a_good_bearer_token(simulator, header):
    granted = simulator.grant()
    answer = requests.get(
        f"{simulator.api_url}/company/{granted['realm_id']}/preferences",
        headers={"Authorization": header.format(token=granted["access_token"])},
        timeout=30,
    )
    assert answer.status_code == 401
    assert answer.json()["fault"]["type"] == "AUTHENTICATION"


@pytest.mark.parametrize("token", ["access_token", "refresh_token"])
def test_revoke_ends_every_token_of_the_grant(simulator, token):
    client = connect(simulator)
    other = connect(simulator)
    assert client.revoke(getattr(client, token)) is True
    assert company_info(simulator, client).status_code == 401
    assert refused(client.refresh)[1]["error"] == "invalid_grant"
    assert company_info(simulator, other).status_code == 200


def test_revoke_refuses_an_unknown_token_and_a_wrong_client(simulator):
    client = connect(simulator)
    assert refused(client.revoke, "RT1-unknown")[0] == 400
    client.client_secret = "wrong"
    assert refused(client.revoke)[0] == 401
    assert company_info(simulator, client).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "nobody"},
        {"redirect_uri": "http://example.com/callback"},
        {"redirect_uri": "javascript:alert(1)"},
        {"redirect_uri": "http://[::1/callback"},
        {"redirect_uri": "http://127.0.0.1:8000/callback#part"},
        {"response_type": "token"},
        {"scope": ""},
        {"scope": "everything"},
    ],
)
def test_consent_is_not_asked_for_what_is_not_in_order(simulator, change):
    asked = {
        "client_id": simulator.client_id,
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "com.intuit.quickbooks.accounting",
        "state": "s",
        **change,
    }
    url = f"{simulator.url}/connect/oauth2"
    page = requests.get(url, params=asked, allow_redirects=False, timeout=30)
    decided = requests.post(
        url, data={**asked, "decision": "connect"}, allow_redirects=False, timeout=30
    )
    assert (page.status_code, decided.status_code) == (400, 400)
    assert "Location" not in page.headers
    assert "Location" not in decided.headers


def test_connect_without_a_company_asks_again(simulator):
    url = auth_client(simulator).get_authorization_url([Scopes.ACCOUNTING])
    asked = dict(parse_qsl(urlsplit(url).query))
    answer = requests.post(
        f"{simulator.url}/connect/oauth2",
        data={**asked, "decision": "connect", "realm_id": "999"},
        allow_redirects=False,
        timeout=30,
    )
    assert answer.status_code == 422
    assert "Choose a company first." in answer.text


def test_lost_answer_of_a_refresh_has_rotated_the_token_all_the_same(own_simulator):
    own_simulator.oauth(grace_seconds=0)
    client = connect(own_simulator)
    own_simulator.fault("lose", match={"kind": "oauth", "endpoint": "token"})
    with pytest.raises(requests.ConnectionError):
        client.refresh()
    assert refused(client.refresh)[1]["error"] == "invalid_grant"


def test_secrets_are_neither_stored_nor_in_the_journal(own_simulator):
    client = connect(own_simulator)
    company_info(own_simulator, client)
    secrets = [client.access_token, client.refresh_token, own_simulator.client_secret]
    journal = json.dumps(own_simulator.journal())
    with sqlite3.connect(own_simulator.settings.state) as connection:
        stored = " ".join(
            str(row)
            for table in ("oauth_grant", "oauth_code", "oauth_token", "journal")
            for row in connection.execute(f"SELECT * FROM {table}")
        )
    connection.close()
    assert [secret for secret in secrets if secret in journal + stored] == []
    told = [(entry["path"], entry["status"]) for entry in own_simulator.journal(kind="oauth")]
    assert told == [
        ("/.well-known/openid_configuration", 200),
        ("/connect/oauth2", 200),
        ("/connect/oauth2", 302),
        ("/oauth2/v1/tokens/bearer", 200),
    ]

"""The handshake through intuit-oauth itself, against a server that is only a socket."""

from __future__ import annotations

import base64
import json
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest

from sync.quickbooks import oauth
from sync.quickbooks.oauth import OAuthRefused, OAuthUnavailable, Tokens
from tests.quickbooks.wire import http, wire

GRANTED = {
    "token_type": "bearer",
    "access_token": "new-access",
    "expires_in": 3600,
    "refresh_token": "new-refresh",
    "x_refresh_token_expires_in": 8726400,
}


def endpoints(port: int) -> dict[str, str]:
    origin = f"http://127.0.0.1:{port}"
    return {
        "issuer": f"{origin}/op/v1",
        "authorization_endpoint": f"{origin}/connect/oauth2",
        "token_endpoint": f"{origin}/oauth2/v1/tokens/bearer",
        "revocation_endpoint": f"{origin}/v2/oauth2/tokens/revoke",
        "userinfo_endpoint": f"{origin}/v1/openid_connect/userinfo",
        "jwks_uri": f"{origin}/op/v1/jwks",
    }


class Intuit:
    """Serves a discovery document at an address of its own, and one answer elsewhere."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.discovery: bytes | None = None
        self.discovered = 0
        self.asked: list[bytes] = []
        self.path = f"/{uuid4()}"
        self.port = 0

    def __call__(self, connection, request) -> bool:
        if request.startswith(f"GET {self.path} ".encode()):
            self.discovered += 1
            document = json.dumps(endpoints(self.port)).encode()
            connection.sendall(self.discovery or http("200 OK", document))
            return True
        self.asked.append(request)
        connection.sendall(self.answer)
        return bool(self.answer)


@pytest.fixture
def intuit(settings):
    @contextmanager
    def served(answer: bytes = b""):
        play = Intuit(answer)
        with wire(play) as server:
            play.port = server.port
            settings.QUICKBOOKS_CLIENT_ID = "the-client"
            settings.QUICKBOOKS_CLIENT_SECRET = "the-secret"
            settings.QUICKBOOKS_REDIRECT_URI = "http://testserver/quickbooks/callback/"
            settings.QUICKBOOKS_DISCOVERY_URL = f"http://127.0.0.1:{server.port}{play.path}"
            settings.QUICKBOOKS_SEND_DEADLINE = 0.5
            yield play

    return served


def granted(**more) -> bytes:
    return http("200 OK", json.dumps(GRANTED | more).encode(), "Content-Type: application/json")


def parts(request: bytes) -> tuple[str, dict[str, str], bytes]:
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    return first, {name.lower(): value for name, value in headers.items()}, body


def test_authorize_url_carries_the_callers_state_and_the_accounting_scope(intuit):
    with intuit() as server:
        url = urlsplit(oauth.authorize_url("the-state"))
        assert url._replace(query="").geturl() == f"http://127.0.0.1:{server.port}/connect/oauth2"
        assert parse_qs(url.query) == {
            "client_id": ["the-client"],
            "response_type": ["code"],
            "scope": ["com.intuit.quickbooks.accounting"],
            "redirect_uri": ["http://testserver/quickbooks/callback/"],
            "state": ["the-state"],
        }
        assert server.asked == []


def test_authorize_url_without_a_state_is_refused():
    with pytest.raises(ValueError, match="state"):
        oauth.authorize_url("")


def test_exchange_gives_the_tokens_and_asks_for_the_hard_expiry(intuit):
    with intuit(granted(x_refresh_token_hard_expires_in=156032154)) as server:
        assert oauth.exchange("the-code") == Tokens(
            access_token="new-access",
            refresh_token="new-refresh",
            access_expires_in=3600,
            refresh_expires_in=8726400,
            hard_expires_in=156032154,
        )
        first, headers, body = parts(server.asked[0])
        assert first == "POST /oauth2/v1/tokens/bearer HTTP/1.1"
        assert base64.b64decode(headers["authorization"].removeprefix("Basic ")) == (
            b"the-client:the-secret"
        )
        assert headers["x-include-refresh-token-hard-expires-in"] == "true"
        assert parse_qs(body.decode()) == {
            "grant_type": ["authorization_code"],
            "code": ["the-code"],
            "redirect_uri": ["http://testserver/quickbooks/callback/"],
        }


def test_refresh_sends_the_refresh_token_and_gives_the_new_one(intuit):
    with intuit(granted()) as server:
        tokens = oauth.refresh("old-refresh")
        assert (tokens.refresh_token, tokens.hard_expires_in) == ("new-refresh", None)
        _, _, body = parts(server.asked[0])
        assert parse_qs(body.decode()) == {
            "grant_type": ["refresh_token"],
            "refresh_token": ["old-refresh"],
        }


def test_revoke_names_the_token_in_the_body(intuit):
    with intuit(http("200 OK")) as server:
        oauth.revoke("old-refresh")
        first, _, body = parts(server.asked[0])
        assert first == "POST /v2/oauth2/tokens/revoke HTTP/1.1"
        assert json.loads(body) == {"token": "old-refresh"}


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (
            "400 Bad Request",
            b'{"error_description":"Token invalid","error":"invalid_grant"}',
            "invalid_grant",
        ),
        ("400 Bad Request", b'{"error":"invalid_grant"}', "invalid_grant"),
        ("401 Unauthorized", b'{"error":"invalid_client"}', "invalid_client"),
    ],
)
def test_definite_refusal_names_intuits_error_and_no_token(intuit, status, body, error):
    with intuit(http(status, body, "intuit_tid: 1-abc")):
        with pytest.raises(OAuthRefused) as raised:
            oauth.refresh("old-refresh")
        assert (raised.value.error, raised.value.intuit_tid) == (error, "1-abc")
        assert str(raised.value) == f"Intuit refused: {error}, intuit_tid 1-abc"
        assert (raised.value.__cause__, raised.value.__context__) == (None, None)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        http("500 Internal Server Error", b'{"error":"server_error"}'),
        http("503 Service Unavailable", b"<html>busy</html>"),
        http("429 Too Many Requests", b'{"error":"slow_down"}'),
        http("408 Request Timeout", b'{"error":"late"}'),
        http("400 Bad Request", b"<html>no</html>"),
        http("302 Found", b"", "Location: http://127.0.0.1:1/"),
        http("200 OK", b"<html>hello</html>"),
        http("200 OK", b"[1]"),
        http("200 OK", b"{}"),
        http("200 OK", b""),
        http("200 OK", json.dumps(GRANTED | {"expires_in": None}).encode()),
        b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n{",
    ],
)
def test_answer_that_settles_nothing_is_unavailable(intuit, answer):
    with intuit(answer) as server:
        with pytest.raises(OAuthUnavailable) as raised:
            oauth.refresh("old-refresh")
        assert "old-refresh" not in str(raised.value)
        assert raised.value.__context__ is None
        assert len(server.asked) == 1


def test_no_connection_is_unavailable(settings):
    settings.QUICKBOOKS_DISCOVERY_URL = f"http://127.0.0.1:9/{uuid4()}"
    with pytest.raises(OAuthUnavailable):
        oauth.refresh("old-refresh")


def test_discovery_document_is_fetched_once(intuit):
    with intuit(granted()) as server:
        oauth.refresh("one")
        oauth.refresh("two")
        oauth.authorize_url("state")
        assert (server.discovered, len(server.asked)) == (1, 2)


@pytest.mark.parametrize(
    "broken",
    [
        http("503 Service Unavailable", b"<html>busy</html>"),
        http("200 OK", b"<html>hello</html>"),
        http("200 OK", b'{"issuer":"x"}'),
    ],
)
def test_broken_discovery_document_is_unavailable_and_not_kept(intuit, broken):
    with intuit(granted()) as server:
        server.discovery = broken
        with pytest.raises(OAuthUnavailable):
            oauth.refresh("one")
        assert server.asked == []
        server.discovery = None
        assert oauth.refresh("one").access_token == "new-access"


def test_tokens_and_secret_are_not_shown(settings):
    from sync.quickbooks.transport import from_settings

    settings.QUICKBOOKS_CLIENT_SECRET = "the-secret"
    shown = repr(Tokens("access-value", "refresh-value", 1, 2, None)) + repr(from_settings())
    assert "access-value" not in shown
    assert "refresh-value" not in shown
    assert "the-secret" not in shown

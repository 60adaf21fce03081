"""The OAuth endpoints over HTTP: discovery, token, revoke, userinfo and the signing keys."""

import asyncio
import base64
import json
from urllib.parse import parse_qsl

from sync.simulator.http.exchange import Connection, exchange, read_call
from sync.simulator.http.gateway import bearer_token
from sync.simulator.oauth.authority import GrantRefused, Issued, TokenRefused
from sync.simulator.oauth.signing import SigningKey
from sync.simulator.simulation import Simulation
from sync.simulator.traffic.calls import Answer, Call
from sync.simulator.traffic.injection import Fault
from sync.simulator.traffic.refusals import unauthenticated

AUTHORIZE = "/connect/oauth2"
TOKEN = "/oauth2/v1/tokens/bearer"  # noqa: S105 - a path
REVOKE = "/v2/oauth2/tokens/revoke"
USERINFO = "/v1/openid_connect/userinfo"
JWKS = "/op/v1/jwks"
ISSUER = "/op/v1"
HARD_EXPIRY_HEADER = "x-include-refresh-token-hard-expires-in"
NO_STORE = (("Cache-Control", "no-cache, no-store"), ("Pragma", "no-cache"))
PERSON = {
    "sub": "c0ffee00-51ab-4c0e-9d1a-5e11ab1e0001",
    "email": "owner@example.com",
    "emailVerified": True,
    "givenName": "Sample",
    "familyName": "Owner",
    "phoneNumber": "+1 5555550100",
    "phoneNumberVerified": False,
    "address": {
        "streetAddress": "1 Sample Street",
        "locality": "Springfield",
        "region": "CA",
        "postalCode": "94016",
        "country": "US",
    },
}
SCOPES_OF = {
    "email": ("email", "emailVerified"),
    "profile": ("givenName", "familyName"),
    "phone": ("phoneNumber", "phoneNumberVerified"),
    "address": ("address",),
}


class OAuthEndpoints:
    """The OAuth endpoints; the keys that sign id tokens live as long as the process."""

    def __init__(self) -> None:
        self._key = SigningKey()
        self._handlers = {
            "discovery": self.discovery,
            "token": self.token,
            "revoke": self.revoke,
            "userinfo": self.userinfo,
            "jwks": self.jwks,
        }

    async def serve(self, simulation: Simulation, endpoint: str, connection: Connection) -> None:
        """Serve one request to the endpoint of that name."""
        call = await read_call(simulation, connection, kind="oauth", endpoint=endpoint)
        if call is not None:
            await exchange(simulation, call, self._answer, connection)

    async def _answer(self, simulation: Simulation, call: Call, _fault: Fault | None) -> Answer:
        if simulation.sign_in_latency_ms:
            await asyncio.sleep(simulation.sign_in_latency_ms / 1000)
        return self._handlers[call.endpoint](simulation, call)

    def discovery(self, _simulation: Simulation, call: Call) -> Answer:
        """The discovery document, with addresses where the client found us."""
        base = call.base_url
        return _json(
            200,
            {
                "issuer": base + ISSUER,
                "authorization_endpoint": base + AUTHORIZE,
                "token_endpoint": base + TOKEN,
                "userinfo_endpoint": base + USERINFO,
                "revocation_endpoint": base + REVOKE,
                "jwks_uri": base + JWKS,
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "scopes_supported": ["openid", *SCOPES_OF],
                "token_endpoint_auth_methods_supported": [
                    "client_secret_post",
                    "client_secret_basic",
                ],
                "claims_supported": [
                    "aud",
                    "exp",
                    "iat",
                    "iss",
                    "realmid",
                    "sub",
                ],
            },
        )

    def token(self, simulation: Simulation, call: Call) -> Answer:
        """Exchange a code or a refresh token for tokens."""
        if call.method != "POST":
            return _error(405, "invalid_request", "Method not allowed")
        form = dict(parse_qsl(call.body.decode("latin-1"), keep_blank_values=True))
        client_id, secret = _client(call, form)
        if not simulation.authority.is_client(client_id, secret):
            return _error(401, "invalid_client", None)
        try:
            issued = _exchange(simulation, client_id, form)
        except GrantRefused as refused:
            return _error(400, "invalid_grant", str(refused))
        if issued is None:
            return _error(400, "unsupported_grant_type", None)
        return self._tokens(call, issued)

    def _tokens(self, call: Call, issued: Issued) -> Answer:
        reply: dict[str, object] = {
            "token_type": "bearer",
            "access_token": issued.access_token,
            "expires_in": issued.expires_in,
            "refresh_token": issued.refresh_token,
            "x_refresh_token_expires_in": issued.refresh_expires_in,
        }
        if call.headers.get(HARD_EXPIRY_HEADER, "").lower() == "true":
            reply["x_refresh_token_hard_expires_in"] = issued.hard_seconds
        if "openid" in issued.scopes:
            reply["id_token"] = self._key.id_token(
                issuer=call.base_url + ISSUER,
                subject=str(PERSON["sub"]),
                audience=issued.client_id,
                realm_id=issued.realm_id,
            )
        return _json(200, reply)

    def revoke(self, simulation: Simulation, call: Call) -> Answer:
        """End the grant that the token of the body belongs to."""
        if call.method != "POST":
            return _error(405, "invalid_request", "Method not allowed")
        given = _json_or_form(call)
        client_id, secret = _client(call, given)
        if not simulation.authority.is_client(client_id, secret):
            return _error(401, "invalid_client", None)
        if not simulation.authority.revoke(client_id, given.get("token", "")):
            return _error(400, "invalid_request", "Token invalid")
        return Answer(200, headers=NO_STORE)

    def userinfo(self, simulation: Simulation, call: Call) -> Answer:
        """Tell what the scopes allow about the person who agreed."""
        try:
            bearer = simulation.authority.bearer(bearer_token(call))
        except TokenRefused as refused:
            return unauthenticated(str(refused), simulation.clock.now())
        if "openid" not in bearer.scopes:
            return unauthenticated("Token lacks the openid scope", simulation.clock.now())
        names = {"sub"}.union(*(SCOPES_OF.get(scope, ()) for scope in bearer.scopes))
        return _json(200, {name: value for name, value in PERSON.items() if name in names})

    def jwks(self, _simulation: Simulation, _call: Call) -> Answer:
        """The public keys that id tokens are checked with."""
        return _json(200, self._key.public())


def _exchange(simulation: Simulation, client_id: str, form: dict[str, str]) -> Issued | None:
    if form.get("grant_type") == "authorization_code":
        return simulation.authority.redeem(
            client_id, form.get("code", ""), form.get("redirect_uri", "")
        )
    if form.get("grant_type") == "refresh_token":
        return simulation.authority.refresh(client_id, form.get("refresh_token", ""))
    return None


def _client(call: Call, form: dict[str, str]) -> tuple[str, str]:
    """The app's id and secret, from Basic authentication or from the body."""
    scheme, _, encoded = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return form.get("client_id", ""), form.get("client_secret", "")
    try:
        client_id, _, secret = base64.b64decode(encoded).decode().partition(":")
    except ValueError:  # neither base64 nor text
        return "", ""
    return client_id, secret


def _json_or_form(call: Call) -> dict[str, str]:
    if "json" not in call.headers.get("content-type", ""):
        return dict(parse_qsl(call.body.decode("latin-1")))
    try:
        given = json.loads(call.body)
    except ValueError:
        return {}
    return {str(k): str(v) for k, v in given.items()} if isinstance(given, dict) else {}


def _json(status: int, value: object) -> Answer:
    return Answer(status, json.dumps(value).encode(), "application/json", NO_STORE)


def _error(status: int, error: str, description: str | None) -> Answer:
    reply = {"error_description": description, "error": error} if description else {"error": error}
    return _json(status, reply)

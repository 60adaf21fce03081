"""Steers a running simulator over HTTP, as tests, tools and people at a prompt do."""

import http.client
import json
from collections.abc import Mapping
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode, urlsplit

HOST = "127.0.0.1"


class SimulatorError(Exception):
    """The simulator did not start, or refused one of its own handles."""


class Remote:
    """A simulator that runs on a port of this machine."""

    def __init__(self, port: int) -> None:
        self.port = port

    @property
    def url(self) -> str:
        """The address of the simulator, without a slash at the end."""
        return f"http://{HOST}:{self.port}"

    @property
    def discovery_url(self) -> str:
        """What QUICKBOOKS_DISCOVERY_URL and AuthClient(environment=...) take."""
        return f"{self.url}/.well-known/openid_configuration"

    @property
    def api_url(self) -> str:
        """What QUICKBOOKS_API_URL and QuickBooks.api_url_v3 take."""
        return f"{self.url}/v3"

    def grant(self, realm_id: str | None = None) -> dict[str, str]:
        """Get tokens for a company without a person; an unknown realm is created."""
        body = {} if realm_id is None else {"realm_id": realm_id}
        return dict(self.post("grant", **body))

    def create_company(
        self,
        variant: str = "us",
        name: str | None = None,
        realm_id: str | None = None,
        *,
        preset: str | None = None,
        switches: Mapping[str, str | int] | None = None,
    ) -> str:
        """Create a company of a variant, maybe with switches of its own, and give its realm."""
        wanted = {"variant": variant, "name": name, "realm_id": realm_id, "preset": preset}
        own = {"switches": dict(switches)} if switches else {}
        given = {key: value for key, value in wanted.items() if value is not None}
        return str(self.post("companies", **given, **own)["realm_id"])

    def merge(self, realm_id: str, entity: str, merged: str, survivor: str) -> None:
        """Merge an entry of a list into another, as a person does in QuickBooks."""
        self.post("merge", realm_id=realm_id, entity=entity, merged=merged, survivor=survivor)

    def retire(self, realm_id: str, code: str) -> None:
        """Make a tax code inactive, as a person does in QuickBooks; the API cannot."""
        self.post("retire", realm_id=realm_id, code=code)

    def journal(
        self, realm_id: str | None = None, *, kind: str | None = None, limit: int | None = None
    ) -> list[dict[str, Any]]:
        """Read the journal, oldest first; kind is "api" or "oauth"."""
        asked = {"realm_id": realm_id, "kind": kind, "limit": limit}
        query = urlencode({key: value for key, value in asked.items() if value is not None})
        return list(self._call("GET", f"/_simulator/journal?{query}"))

    def clear_journal(self) -> None:
        """Forget the journal so far."""
        self._call("DELETE", "/_simulator/journal")

    def documents(self, realm_id: str, entity: str) -> list[dict[str, Any]]:
        """Read every document of an entity as the ledger holds it, amounts as Decimals."""
        return list(self._call("GET", f"/_simulator/state/{realm_id}/{entity}"))

    def fault(
        self,
        kind: str,
        *,
        times: int = 1,
        match: Mapping[str, Any] | None = None,
        after: int = 0,
        **options: Any,
    ) -> None:
        """Let the next `times` API requests that match, after `after` others, meet a fault."""
        self.post("faults", kind=kind, times=times, match=match or {}, after=after, **options)

    def clear_faults(self) -> None:
        """Drop every waiting fault and the storm."""
        self._call("DELETE", "/_simulator/faults")

    def storm(
        self,
        seed: int,
        rates: Mapping[str, float],
        *,
        match: Mapping[str, Any] | None = None,
        options: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        """Let matching API requests meet faults at random, the same from the same seed."""
        self.post("storm", seed=seed, rates=rates, match=match or {}, options=options or {})

    def switch(
        self, *, realm_id: str | None = None, preset: str | None = None, **switches: str | int
    ) -> None:
        """Set switches of what Intuit's texts leave open: everywhere, or of one company."""
        given = {"realm_id": realm_id, "preset": preset}
        self.post("switches", **{k: v for k, v in given.items() if v is not None}, **switches)

    def limits(self, **figures: int | str) -> None:
        """Set single limits (0: none), and `form` and `retry_after` of the 429."""
        self.post("limits", **figures)

    def latency(
        self,
        *,
        latency_ms: float = 0,
        item_latency_ms: float = 0,
        sign_in_latency_ms: float = 0,
    ) -> None:
        """Set the latency from now on: of an API call, of a batch's item, of a sign-in call."""
        self.post(
            "latency",
            latency_ms=latency_ms,
            item_latency_ms=item_latency_ms,
            sign_in_latency_ms=sign_in_latency_ms,
        )

    def oauth(self, **lifetimes: int | str) -> None:
        """Set lifetimes of tokens issued from now on, the grace and the rotation."""
        self.post("oauth", **lifetimes)

    def expire_tokens(self, realm_id: str, kind: str = "access") -> int:
        """Let the tokens of a company run out now and say how many did."""
        return int(self.post("tokens/expire", realm_id=realm_id, kind=kind)["expired"])

    def webhooks(self, **target: Any) -> None:
        """Set where webhooks go and how."""
        self.post("webhooks", **target)

    def condition(self, realm_id: str, condition: str) -> None:
        """Let a company lapse ("lapsed"), its user lose access ("no_access"), or be "ok" again."""
        self.post("condition", realm_id=realm_id, condition=condition)

    def advance(self, seconds: float) -> None:
        """Move the simulated clock forward."""
        self.post("clock", advance=seconds)

    def run_clock_at(self, rate: float) -> None:
        """Let the simulated clock run at `rate` times real time; 0 stops it."""
        self.post("clock", rate=rate)

    def approve(self, authorize_url: str, realm_id: str | None = None) -> str:
        """Be the person who presses Connect; gives the address the browser is sent back to."""
        return self._decide(authorize_url, "connect", realm_id)

    def deny(self, authorize_url: str) -> str:
        """Be the person who presses Cancel; gives the address the browser is sent back to."""
        return self._decide(authorize_url, "cancel", None)

    def post(self, handle: str, **values: Any) -> Any:
        """Post to one of the simulator's own handles; SimulatorError says what it refused."""
        return self._call("POST", f"/_simulator/{handle}", json.dumps(values))

    def _decide(self, authorize_url: str, decision: str, realm_id: str | None) -> str:
        parts = urlsplit(authorize_url)
        status, _, body = self._exchange("GET", f"{parts.path}?{parts.query}")
        if status != 200:
            raise SimulatorError(f"the consent page answered {status}")
        form = _ConsentForm()
        form.feed(body.decode())
        chosen = {"realm_id": realm_id or form.companies[0]} if form.companies else {}
        fields = {**form.hidden, **chosen, "decision": decision}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        status, location, _ = self._exchange("POST", form.action, urlencode(fields), headers)
        if status != 302:
            raise SimulatorError(f"the decision was answered with {status}")
        return location

    def _call(self, method: str, path: str, body: str | None = None) -> Any:
        status, _, answer = self._exchange(method, path, body)
        value = json.loads(answer, parse_float=Decimal)
        if status != 200:
            raise SimulatorError(f"{path} answered {status}: {value}")
        return value

    def _exchange(
        self,
        method: str,
        path: str,
        body: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, str, bytes]:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=60)
        try:
            connection.request(method, path, body, dict(headers or {}))
            response = connection.getresponse()
            return response.status, response.headers.get("Location", ""), response.read()
        finally:
            connection.close()


class _ConsentForm(HTMLParser):
    """Reads of the consent page what a person would see and send."""

    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.hidden: dict[str, str] = {}
        self.companies: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = given["action"]
        elif tag == "input" and given["type"] == "hidden":
            self.hidden[given["name"]] = given["value"]
        elif tag == "input" and given["type"] == "radio":
            self.companies.append(given["value"])

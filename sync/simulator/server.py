"""The handle by which tests and tools run a simulator and steer it, over real HTTP."""

import http.client
import json
import subprocess as subprocess_module
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

import uvicorn

from sync.simulator.serving import HOST, listen, make_server
from sync.simulator.settings import DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Settings

START_WITHIN_SECONDS = 30.0


class SimulatorError(Exception):
    """The simulator did not start, or refused one of its own handles."""


class Simulator:
    """One simulator on a free loopback port, in a thread or, to be killed, as a process.

    Used as a context manager. Without `state` everything is forgotten at the end.
    """

    def __init__(  # noqa: PLR0913 - these are the options of the command line
        self,
        state: str | Path | None = None,
        *,
        limits: str = "off",
        latency_ms: float = 0,
        item_latency_ms: float = 0,
        seed: int | None = None,
        redirect_uris: tuple[str, ...] = (),
        server_limit_seconds: float = 120.0,
        subprocess: bool = False,
    ) -> None:
        """Remember the options; nothing runs before the `with` block, or `start`."""
        self._folder = tempfile.TemporaryDirectory(prefix="simulator-") if state is None else None
        path = Path(self._folder.name) / "state.sqlite3" if self._folder else Path(str(state))
        self.settings = Settings(
            state=path,
            limits=limits,
            latency_ms=latency_ms,
            item_latency_ms=item_latency_ms,
            seed=seed,
            redirect_uris=redirect_uris,
            server_limit_seconds=server_limit_seconds,
        )
        self.client_id = DEFAULT_CLIENT_ID
        self.client_secret = DEFAULT_CLIENT_SECRET
        self.port = 0
        self.process: subprocess_module.Popen[bytes] | None = None
        self._as_process = subprocess
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        if self._folder:
            self._folder.cleanup()

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

    def start(self) -> None:
        """Start it, on the port it had before if it ran already."""
        if self._as_process:
            self._start_process()
        else:
            self._start_thread()
        self._wait_until_up()

    def stop(self) -> None:
        """Stop it in good order; `start` may follow."""
        if self._server and self._thread:
            self._server.should_exit = True
            self._thread.join()
            self._server = self._thread = None
        if self.process:
            self.process.terminate()
            self.process.wait()
            self.process = None

    def kill(self) -> None:
        """Kill the process with -9, as a power cut of the process; `start` may follow."""
        if not self.process:
            raise SimulatorError("only a simulator with subprocess=True can be killed")
        self.process.kill()
        self.process.wait()
        self.process = None

    def grant(self, realm_id: str | None = None) -> dict[str, str]:
        """Get tokens for a company without a person; an unknown realm is created."""
        body = {} if realm_id is None else {"realm_id": realm_id}
        return dict(self.post("grant", **body))

    def create_company(
        self, variant: str = "us", name: str | None = None, realm_id: str | None = None
    ) -> str:
        """Create a company of a variant and give its realm."""
        wanted = {"variant": variant, "name": name, "realm_id": realm_id}
        given = {key: value for key, value in wanted.items() if value is not None}
        return str(self.post("companies", **given)["realm_id"])

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

    def switch(self, **switches: str | int) -> None:
        """Set switches of what Intuit's texts leave open."""
        self.post("switches", **switches)

    def limits(self, **figures: int | str) -> None:
        """Set single limits (0: none), and `form` and `retry_after` of the 429."""
        self.post("limits", **figures)

    def latency(self, *, latency_ms: float = 0, item_latency_ms: float = 0) -> None:
        """Set the latency from now on."""
        self.post("latency", latency_ms=latency_ms, item_latency_ms=item_latency_ms)

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

    def _start_thread(self) -> None:
        listener = listen(self.port)
        self.port = listener.getsockname()[1]
        self._server = server = make_server(self.settings)
        self._thread = threading.Thread(
            target=lambda: server.run(sockets=[listener]), name="simulator", daemon=True
        )
        self._thread.start()

    def _start_process(self) -> None:
        if not self.port:
            with listen(0) as probe:
                self.port = probe.getsockname()[1]
        self.process = subprocess_module.Popen(  # noqa: S603 - this interpreter, our own module
            _command(self.port, self.settings)
        )

    def _wait_until_up(self) -> None:
        deadline = time.monotonic() + START_WITHIN_SECONDS
        while time.monotonic() < deadline:
            try:
                self._call("GET", "/_simulator/clock")
            except OSError:
                time.sleep(0.02)
            else:
                return
        raise SimulatorError("the simulator did not start")


def _command(port: int, settings: Settings) -> list[str]:
    command = [
        *(sys.executable, "-m", "sync.simulator.serving"),
        *("--port", str(port), "--state", str(settings.state), "--limits", settings.limits),
        *("--latency", str(settings.latency_ms)),
        *("--item-latency", str(settings.item_latency_ms)),
        *("--server-limit", str(settings.server_limit_seconds)),
    ]
    if settings.seed is not None:
        command += ["--seed", str(settings.seed)]
    for uri in settings.redirect_uris:
        command += ["--redirect-uri", uri]
    return command


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

"""The consent page: a person chooses a company and presses Connect, or Cancel."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from sync.simulator.http.oauth import AUTHORIZE
from sync.simulator.oauth.authority import ACCOUNTING
from sync.simulator.pages.rendering import page
from sync.simulator.simulation import Simulation
from sync.simulator.state.journal import Entry
from sync.simulator.traffic.calls import new_tid

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
SCOPES = {
    ACCOUNTING: "Read and change the company's accounting: customers, invoices, payments",
    "com.intuit.quickbooks.payment": "Take card and bank payments",
    "openid": "Know who you are",
    "profile": "See your name",
    "email": "See your e-mail address",
    "phone": "See your phone number",
    "address": "See your address",
}
KINDS = {
    "us": "Usual US company",
    "us_ast": "US company with automated sales tax",
    "us_manual": "US company with several sales tax rates",
    "canada": "Canadian company with several currencies",
    "multicurrency": "US company with several currencies",
    "class_lines": "US company with a class on every line",
    "messy": "US company with untidy books",
    "empty": "US company with nothing in its books yet",
    "large": "US company with very long lists",
}


class NotAsked(Exception):
    """A request for consent that is not in order; the text is for the person."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What an app asks a person to agree to."""

    client_id: str
    redirect_uri: str
    scope: str
    state: str

    @property
    def needs_company(self) -> bool:
        """Say whether the person chooses a company; not for a mere sign-in."""
        return ACCOUNTING in self.scope.split()


def routes(simulation: Simulation) -> list[BaseRoute]:
    """The page and its answer, bound to one simulation."""

    async def show(request: Request) -> Response:
        return _recorded(simulation, request, _show(simulation, request.query_params))

    async def decide(request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode("latin-1"), keep_blank_values=True))
        return _recorded(simulation, request, _decide(simulation, form))

    return [
        Route(AUTHORIZE, show, methods=["GET"]),
        Route(AUTHORIZE, decide, methods=["POST"]),
    ]


def _recorded(simulation: Simulation, request: Request, response: Response) -> Response:
    simulation.journal.record(
        Entry(
            at=simulation.clock.now().isoformat(timespec="milliseconds"),
            kind="oauth",
            method=request.method,
            path=AUTHORIZE,
            realm_id=None,
            params=request.query_params,
            status=response.status_code,
            intuit_tid=new_tid(),
            counts={},
            body=None,
            fault=None,
            carried_out=True,
        )
    )
    return response


def _show(simulation: Simulation, given: Mapping[str, str], error: str = "") -> Response:
    try:
        asked = _asked(simulation, given)
    except NotAsked as problem:
        return page("refused.html", 400, problem=str(problem))
    return page(
        "consent.html",
        422 if error else 200,
        asked=asked,
        error=error,
        scopes=[SCOPES[scope] for scope in asked.scope.split()],
        companies=simulation.ledger.companies(),
        kinds=KINDS,
        action=AUTHORIZE,
    )


def _decide(simulation: Simulation, form: Mapping[str, str]) -> Response:
    try:
        asked = _asked(simulation, form)
    except NotAsked as problem:
        return page("refused.html", 400, problem=str(problem))
    if form.get("decision") != "connect":
        return _back(asked, error="access_denied")
    if not asked.needs_company:
        return _back(asked, code=_code(simulation, asked, None))
    realm_id = form.get("realm_id", "")
    if simulation.ledger.company(realm_id) is None:
        return _show(simulation, form, error="Choose a company first.")
    return _back(asked, code=_code(simulation, asked, realm_id), realmId=realm_id)


def _code(simulation: Simulation, asked: Asked, realm_id: str | None) -> str:
    return simulation.authority.issue_code(
        asked.client_id, realm_id, asked.scope, asked.redirect_uri
    )


def _asked(simulation: Simulation, given: Mapping[str, str]) -> Asked:
    """Check what the app asked for; nothing is ever sent to an address that is not in order."""
    asked = Asked(
        given.get("client_id", ""),
        given.get("redirect_uri", ""),
        given.get("scope", ""),
        given.get("state", ""),
    )
    if not simulation.authority.knows_client(asked.client_id):
        raise NotAsked("The app's client_id is not known here.")
    if not is_redirect_allowed(asked.redirect_uri, simulation.settings.redirect_uris):
        raise NotAsked("The app's redirect_uri is not registered.")
    if given.get("response_type") != "code":
        raise NotAsked("The app must ask for response_type=code.")
    scopes = asked.scope.split()
    if not scopes or not set(scopes) <= set(SCOPES):
        raise NotAsked("The app asked for no scope, or for one that does not exist.")
    return asked


def is_redirect_allowed(uri: str, registered: tuple[str, ...]) -> bool:
    """Say whether a redirect address is registered; unregistered, https or http loopback."""
    if registered:
        return uri in registered
    try:
        parts = urlsplit(uri)
    except ValueError:
        return False
    if not parts.hostname or parts.fragment:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


def _back(asked: Asked, **answer: str) -> Response:
    parts = urlsplit(asked.redirect_uri)
    if asked.state:
        answer["state"] = asked.state
    query = "&".join(piece for piece in (parts.query, urlencode(answer)) if piece)
    target = urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))
    return RedirectResponse(target, 302, headers={"Cache-Control": "no-store"})

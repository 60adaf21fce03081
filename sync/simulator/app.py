"""The ASGI application: Intuit's addresses, the simulator's own handles and its pages."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from sync.simulator.control import handles, loading
from sync.simulator.http.exchange import Connection
from sync.simulator.http.gateway import serve_api
from sync.simulator.http.oauth import JWKS, REVOKE, TOKEN, USERINFO, OAuthEndpoints
from sync.simulator.pages import browsing, consent
from sync.simulator.simulation import Simulation

API = "/v3/company/"
DISCOVERY = ("/.well-known/openid_configuration", "/.well-known/openid_sandbox_configuration")
OAUTH_PATHS = {
    TOKEN: "token",
    REVOKE: "revoke",
    USERINFO: "userinfo",
    JWKS: "jwks",
    **dict.fromkeys(DISCOVERY, "discovery"),
}


def build_app(simulation: Simulation) -> ASGIApp:
    """Make the application that serves one simulation."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        delivering = asyncio.create_task(simulation.webhooks.run())
        yield
        delivering.cancel()
        with suppress(asyncio.CancelledError):
            await delivering
        simulation.close()

    site = Starlette(
        routes=[
            *handles.routes(simulation),
            *loading.routes(simulation),
            *consent.routes(simulation),
            *browsing.routes(simulation),
        ],
        lifespan=lifespan,
    )
    oauth = OAuthEndpoints()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await site(scope, receive, send)
        elif scope["path"].startswith(API):
            await serve_api(simulation, Connection(scope, receive, send))
        elif endpoint := OAUTH_PATHS.get(scope["path"].rstrip("/")):
            await oauth.serve(simulation, endpoint, Connection(scope, receive, send))
        else:
            await site(scope, receive, send)

    return app

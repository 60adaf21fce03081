"""Runs the stand-in: for tests in a thread, by its command until interrupted; loopback only."""

import socket
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import uvicorn
from starlette.applications import Starlette

from sync.intake.sources.vonigo.standin import handles, lines
from sync.intake.sources.vonigo.standin.api import Api
from sync.intake.sources.vonigo.standin.office import Office

HOST = "127.0.0.1"
DEFAULT_PORT = 8002
DEFAULT_STATE = Path("var/vonigo.sqlite3")


class StandIn:
    """A stand-in on a free port of this machine, in a thread; a context manager."""

    def __init__(self, state: str | Path | None = None) -> None:
        self.office = Office(state)
        self.api = Api(self.office)
        self._server = _server(self.office, self.api)
        self._listener = listen(0)
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(
            target=lambda: self._server.run(sockets=[self._listener]), name="vonigo", daemon=True
        )

    @property
    def url(self) -> str:
        """The address, without a slash at the end."""
        return f"http://{HOST}:{self.port}"

    @property
    def api_url(self) -> str:
        """What VONIGO_URL takes."""
        return f"{self.url}/api/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.should_exit = True
        self._thread.join()

    def anew(self) -> None:
        """Forget everything, as for another test."""
        office = Office()
        self.office.__dict__.update(office.__dict__)
        self.api.tokens.clear()
        self.api.calls.clear()


def listen(port: int) -> socket.socket:
    """Take a port on the loopback address; 0 takes a free one."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((HOST, port))
    return listener


def run(port: int, office: Office) -> None:
    """Serve until interrupted; OSError where the port is taken."""
    listener = listen(port)
    with suppress(KeyboardInterrupt):
        _server(office, Api(office)).run(sockets=[listener])


def _server(office: Office, api: Api) -> uvicorn.Server:
    routes = [*api.routes(), *handles.routes(office, api), *lines.routes(office)]
    config = uvicorn.Config(
        Starlette(routes=routes), log_config=None, log_level="warning", access_log=False,
        server_header=False, timeout_graceful_shutdown=1, ws="none", lifespan="off",
    )  # fmt: skip
    return uvicorn.Server(config)

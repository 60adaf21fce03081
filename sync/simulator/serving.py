"""Runs one simulator on uvicorn: one process, one event loop, loopback only."""

import argparse
import json
import socket
from contextlib import suppress
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sync.simulator.app import build_app
from sync.simulator.http.exchange import TRANSPORT
from sync.simulator.remote import HOST
from sync.simulator.settings import (
    DEFAULT_CLIENT_ID,
    DEFAULT_CLIENT_SECRET,
    LIMIT_MODES,
    Settings,
)
from sync.simulator.simulation import Simulation
from sync.simulator.state.switches import PRESETS, STRICT, Value, read_switch

DEFAULT_PORT = 8001
DEFAULT_STATE = Path("var/simulator.sqlite3")


class CuttableProtocol(HttpToolsProtocol):
    """Hands each request its connection, so that a fault on demand can cut it."""

    def on_message_begin(self) -> None:
        """Put the transport where the application finds it."""
        super().on_message_begin()
        self.scope["extensions"] = {TRANSPORT: self.transport}  # type: ignore[dict-item]


def listen(port: int) -> socket.socket:
    """Take a port on the loopback address; 0 takes a free one."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((HOST, port))
    return listener


def make_server(settings: Settings) -> uvicorn.Server:
    """Build the server of one simulation; `run(sockets=[...])` starts it."""
    config = uvicorn.Config(
        build_app(Simulation(settings)),
        http=CuttableProtocol,
        loop="uvloop",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=75,  # longer than a client pauses for a throttle
        timeout_graceful_shutdown=1,
        backlog=512,
    )
    return uvicorn.Server(config)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command line."""
    add = parser.add_argument
    add("--port", type=int, default=DEFAULT_PORT, help="port on 127.0.0.1 (%(default)s)")
    add("--state", type=Path, default=DEFAULT_STATE, help="file that keeps it all (%(default)s)")
    add("--limits", choices=LIMIT_MODES, default="intuit", help="Intuit's limits, or none")
    add("--latency", type=float, default=0.0, metavar="MS", help="added to each API call")
    add("--item-latency", type=float, default=0.0, metavar="MS", help="added per batch item")
    add("--server-limit", type=float, default=120.0, metavar="S", help="longest left undone")
    add("--seed", type=int, default=None, help="makes the companies of a new state file others")
    add("--client-id", default=DEFAULT_CLIENT_ID, help="the app's client id (%(default)s)")
    add("--client-secret", default=DEFAULT_CLIENT_SECRET, help="the app's client secret")
    add("--preset", choices=PRESETS, default=STRICT, help="all switches at once (%(default)s)")
    add("--switch", action="append", default=[], metavar="NAME=VALUE", help="one of them")
    add("--switches", type=Path, metavar="FILE", help="many of them: what a probe wrote")
    add("--redirect-uri", action="append", default=[], help="allow only this one (repeatable)")


def settings_from(options: dict[str, Any]) -> Settings:
    """Make settings of parsed options; the state file's folder is created."""
    state: Path = options["state"]
    state.parent.mkdir(parents=True, exist_ok=True)
    return Settings(
        state=state,
        limits=options["limits"],
        latency_ms=options["latency"],
        item_latency_ms=options["item_latency"],
        seed=options["seed"],
        server_limit_seconds=options["server_limit"],
        client_id=options["client_id"],
        client_secret=options["client_secret"],
        redirect_uris=tuple(options["redirect_uri"]),
        preset=options["preset"],
        switches={**_from_file(options["switches"]), **dict(map(read_switch, options["switch"]))},
    )


def _from_file(file: Path | None) -> dict[str, Value]:
    """Read the switches that `manage.py probe_quickbooks` wrote."""
    return dict(json.loads(file.read_text())) if file else {}


def run(port: int, settings: Settings) -> None:
    """Serve until interrupted; OSError where the port is taken."""
    listener = listen(port)
    with suppress(KeyboardInterrupt):
        make_server(settings).run(sockets=[listener])


def main() -> None:
    """Serve without Django: python -m sync.simulator.serving."""
    parser = argparse.ArgumentParser(description="QuickBooks Online simulator")
    add_arguments(parser)
    options = parser.parse_args()
    run(options.port, settings_from(vars(options)))


if __name__ == "__main__":
    main()

"""The stand-in for QuickBooks: a process of its own, spoken to over loopback HTTP alone.

Nothing of it is imported, so that an installation without its packages has all the rest.
"""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
from django.conf import settings

from sync.quickbooks.documents import dump

HOST = "127.0.0.1"
START_WITHIN = 60.0
_TIMEOUT = (10.0, 300.0)


class StandInFailed(Exception):
    """It did not start, or refused what it was asked for."""


class StandIn:
    """A stand-in that answers on a port of this machine."""

    def __init__(self, port: int, process: subprocess.Popen[bytes] | None = None) -> None:
        self.url = f"http://{HOST}:{port}"
        self._process = process

    @property
    def is_running(self) -> bool:
        """Say whether it still runs; of one that somebody else started that is not known."""
        return self._process is None or self._process.poll() is None

    def company(self, name: str, country: str, currency: str, switches: Mapping[str, Any]) -> str:
        """Make a company with nothing in it; return its realm."""
        given = {"name": name, "country": country, "currency": currency, "switches": switches}
        return str(self._post("bare", given)["realm_id"])

    def load(self, realm_id: str, entity: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Place entries of a list in a company, as they were read."""
        if rows:
            self._post("load", {"realm_id": realm_id, "entity": entity, "rows": list(rows)})

    def place_taxes(self, realm_id: str, codes: Mapping[str, str]) -> None:
        """Have tax codes charged in these states."""
        if codes:
            self._post("places", {"realm_id": realm_id, "codes": codes})

    def grant(self, realm_id: str) -> dict[str, str]:
        """Return tokens for a company, and the app's keys."""
        return {
            name: str(text) for name, text in self._post("grant", {"realm_id": realm_id}).items()
        }

    def _post(self, handle: str, given: Mapping[str, Any]) -> dict[str, Any]:
        answer = requests.post(f"{self.url}/_simulator/{handle}", dump(given), timeout=_TIMEOUT)
        told: dict[str, Any] = answer.json()
        if not answer.ok:
            raise StandInFailed(f"The stand-in refused {handle}: {told.get('error')}")
        return told


@contextmanager
def running(folder: Path) -> Iterator[StandIn]:
    """Run one for the block, with its books in a folder; nothing of it is left behind."""
    port = _free_port()
    command = [
        *(sys.executable, "-m", "sync.simulator.serving", "--port", str(port)),
        *("--state", str(folder / "stand-in.sqlite3"), "--limits", "off"),
    ]
    with (folder / "stand-in.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=settings.BASE_DIR, stdout=log, stderr=log)  # noqa: S603 - this interpreter, our own module
    try:
        stand_in = StandIn(port, process)
        _wait_until_up(stand_in)
        yield stand_in
    finally:
        process.terminate()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_up(stand_in: StandIn) -> None:
    deadline = time.monotonic() + START_WITHIN
    while stand_in.is_running and time.monotonic() < deadline:
        try:
            requests.get(f"{stand_in.url}/_simulator/clock", timeout=_TIMEOUT)
        except requests.ConnectionError:
            time.sleep(0.05)
        else:
            return
    raise StandInFailed("The stand-in did not start.")

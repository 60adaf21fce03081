"""The handle by which tests and tools run a simulator and steer it, over real HTTP."""

import subprocess as subprocess_module
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import uvicorn

from sync.simulator.remote import Remote, SimulatorError
from sync.simulator.serving import listen, make_server
from sync.simulator.settings import DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, Settings
from sync.simulator.state.switches import STRICT, Value

START_WITHIN_SECONDS = 30.0

__all__ = ["Simulator", "SimulatorError"]


class Simulator(Remote):
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
        preset: str = STRICT,
        switches: Mapping[str, Value] | None = None,
        subprocess: bool = False,
    ) -> None:
        """Remember the options; nothing runs before the `with` block, or `start`."""
        super().__init__(port=0)
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
            preset=preset,
            switches=dict(switches or {}),
        )
        self.client_id = DEFAULT_CLIENT_ID
        self.client_secret = DEFAULT_CLIENT_SECRET
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
        *("--preset", settings.preset),
    ]
    if settings.seed is not None:
        command += ["--seed", str(settings.seed)]
    for name, value in settings.switches.items():
        command += ["--switch", f"{name}={value}"]
    for uri in settings.redirect_uris:
        command += ["--redirect-uri", uri]
    return command

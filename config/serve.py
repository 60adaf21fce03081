"""`make run`: the whole site on one machine, with demo data, until Ctrl-C.

Each part runs in a session of its own, and only its main process is asked to stop: a worker cluster
whose whole group is signalled hangs (django-q2).
"""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
PORT = os.environ.get("PORT", "8000")
SIMULATOR_PORT = os.environ.get("SIMULATOR_PORT", "8001")
VONIGO_PORT = os.environ.get("VONIGO_SIMULATOR_PORT", "8002")
# Where the simulators keep what they hold.
STATE = Path(os.environ.get("SIMULATORS_STATE", ROOT / "var"))
# One unit to export from, one with a history and refunds; the others wait for the newcomer.
CONNECTED, WITH_HISTORY = "riverside", "harbor"
# The first of them is fed by the stand-in for Vonigo.
FED = CONNECTED
STOP_SECONDS = 15


class CannotRun(Exception):
    """The site cannot start here; the text says what to do."""


def manage(*arguments: str, quiet: bool = False) -> None:
    """Run one command of manage.py to its end."""
    command = [sys.executable, "manage.py", *arguments]
    with _log_of("setup") as log:
        told: dict[str, Any] = {"stdout": log if quiet else None, "stderr": log}
        if subprocess.run(command, cwd=ROOT, check=False, **told).returncode:  # noqa: S603
            raise CannotRun(f"manage.py {' '.join(arguments)} failed: see the end of {log.name}.")


def _log_of(name: str) -> IO[bytes]:
    (ROOT / "var").mkdir(exist_ok=True)
    return (ROOT / "var" / f"{name}.log").open("ab")


@contextmanager
def running(name: str, *command: str) -> Iterator[subprocess.Popen[bytes]]:
    """Keep one part of the site running for the block; its output goes to var/NAME.log."""
    with _log_of(name) as log:
        part = subprocess.Popen(  # noqa: S603
            [sys.executable, *command], cwd=ROOT, stdout=log, stderr=log, start_new_session=True
        )
    try:
        yield part
    finally:
        part.terminate()
        try:
            part.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(part.pid, signal.SIGKILL)


def require_free(name: str, port: str) -> None:
    """Refuse to start over another program's port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, int(port)))
        except OSError:
            raise CannotRun(f"Port {port} is taken: choose another with {name}=….") from None


def wait_for(url: str, part: subprocess.Popen[bytes], seconds: float = 60) -> None:
    """Wait until an address answers."""
    ends = time.monotonic() + seconds
    while part.poll() is None and time.monotonic() < ends:
        try:
            urllib.request.urlopen(url, timeout=5).close()  # noqa: S310 - our own address
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise CannotRun(f"{url} does not answer; see the logs in var/.")


def prepare() -> None:
    """Make the database ready and fill it with demo data."""
    print("Making the database and its demo data ready: a minute the first time.", flush=True)  # noqa: T201
    manage("migrate", "--verbosity=0", quiet=True)
    manage("seed_demo", quiet=True)


def make_history() -> None:
    """Connect the units that are to be connected, and give one some exports and refunds."""
    for code in (CONNECTED, WITH_HISTORY):
        manage("connect_simulator", code, quiet=True)
    manage("export_payments", WITH_HISTORY, "--wait", quiet=True)
    manage("seed_demo", "--refund-exported", quiet=True)


def serve() -> None:
    """Run simulator, web and worker until one of them ends or a person stops them."""
    require_free("PORT", PORT)
    require_free("SIMULATOR_PORT", SIMULATOR_PORT)
    require_free("VONIGO_SIMULATOR_PORT", VONIGO_PORT)
    prepare()
    with ExitStack() as parts:
        simulator = parts.enter_context(
            running("simulator", "manage.py", "simulator", "--port", SIMULATOR_PORT,
                    "--state", str(STATE / "simulator.sqlite3"))
        )  # fmt: skip
        wait_for(f"http://{HOST}:{SIMULATOR_PORT}/.well-known/openid_configuration", simulator)
        vonigo = parts.enter_context(
            running("vonigo", "manage.py", "vonigo_simulator", "--port", VONIGO_PORT,
                    "--state", str(STATE / "vonigo.sqlite3"))
        )  # fmt: skip
        wait_for(f"http://{HOST}:{VONIGO_PORT}/", vonigo)
        make_history()
        manage("connect_vonigo_simulator", FED, quiet=True)
        worker = parts.enter_context(running("worker", "manage.py", "worker"))
        web = parts.enter_context(
            running("web", "-m", "gunicorn", "config.wsgi", "--bind", f"{HOST}:{PORT}",
                    "--worker-class", "gthread", "--threads", "8")
        )  # fmt: skip
        wait_for(f"http://{HOST}:{PORT}/admin/login/", web)
        manage("seed_demo", "--people")
        print(_WELCOME.format(port=PORT, simulator=SIMULATOR_PORT, vonigo=VONIGO_PORT), flush=True)  # noqa: T201
        while all(part.poll() is None for part in (simulator, vonigo, worker, web)):
            time.sleep(0.5)
        raise CannotRun("A part of the site ended by itself; see the logs in var/.")


_WELCOME = """
Paidup is at      http://localhost:{port}/
QuickBooks (simulated) is at http://localhost:{simulator}/
Vonigo (simulated) is at     http://localhost:{vonigo}/ and feeds one unit: enter a paid job there
Sign in as admin with the password above; .venv/bin/python manage.py seed_demo --people tells it
again. Ctrl-C stops everything.
"""


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    # Said outright: a shell may have started us with SIGINT ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupted)
    try:
        serve()
    except KeyboardInterrupt:
        print("\nStopping.")  # noqa: T201
    except CannotRun as problem:
        sys.exit(str(problem))

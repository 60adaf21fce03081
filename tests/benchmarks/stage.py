"""What each piece stands on: a simulator, a fresh database, worker processes, and meters.

Everything runs as processes of its own, as it would in earnest; a meter reads /proc, so that only
what a process itself costs is counted, and not the simulator beside it.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from config.check_deploy import PRODUCTION
from sync.management.commands.simulator import NOT_YET_STRICT
from sync.simulator.server import Simulator

# As it is served: with DEBUG, Django remembers the last 9,000 queries of every process.
_PRODUCTION = {
    name: PRODUCTION[name]
    for name in (
        "DEBUG",
        "ALLOWED_HOSTS",
        "SECRET_KEY",
        "FIELD_ENCRYPTION_KEYS",
        "QUICKBOOKS_WEBHOOK_VERIFIER_TOKEN",
    )
}
ROOT = Path(__file__).resolve().parents[2]
TICKS = os.sysconf("SC_CLK_TCK")
LATENCY = {"latency_ms": 150, "item_latency_ms": 40, "sign_in_latency_ms": 150}
UNLIMITED = {
    "QUICKBOOKS_REQUESTS_PER_MINUTE": "0",
    "QUICKBOOKS_BATCHES_PER_MINUTE": "0",
    "QUICKBOOKS_REQUESTS_PER_SECOND": "0",
}
BATCH_LANE, BOTH_LANES = {"QUICKBOOKS_BULK_LANES": "batch"}, {"QUICKBOOKS_BULK_LANES": "both"}


@contextmanager
def simulator(*, limits: str = "intuit", latency: bool = True, **options) -> Iterator[Simulator]:
    """Run a simulator as a process of its own."""
    with Simulator(limits=limits, subprocess=True, switches=NOT_YET_STRICT, **options) as running:
        if latency:
            running.latency(**LATENCY)
        yield running


@contextmanager
def installed(running: Simulator) -> Iterator[None]:
    """Set this process up as the product, speaking to that simulator; once in a process."""
    os.environ |= {
        "QUICKBOOKS_DISCOVERY_URL": running.discovery_url,
        "QUICKBOOKS_API_URL": running.api_url,
        "QUICKBOOKS_CLIENT_ID": running.client_id,
        "QUICKBOOKS_CLIENT_SECRET": running.client_secret,
    }
    with product():
        yield


@contextmanager
def product(kept: str = "") -> Iterator[None]:
    """Set this process up as the product; once in a process.

    On a fresh database that ends with it, or on one that is kept under that name.
    """
    with _kept(kept) if kept else _database() as url:
        os.environ |= _PRODUCTION | {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATABASE_URL": url,
            "REDIS_URL": "",
            "QUICKBOOKS_ENVIRONMENT": "simulator",
            "LOG_LEVEL": "WARNING",
        }
        import django
        from django.core.management import call_command
        from django.db import connections

        django.setup()
        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
        try:
            yield
        finally:
            connections.close_all()


@contextmanager
def _database() -> Iterator[str]:
    """Give the address of a database that exists for this piece alone; DB=postgres or SQLite."""
    if os.environ.get("DB") != "postgres":
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            yield f"sqlite:///{folder}/bench.sqlite3"
        return
    import psycopg

    server = os.environ.get("PG_URL", "postgres://root@127.0.0.1:5432/postgres")
    name = f"paidup_bench_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield server.rpartition("/")[0] + f"/{name}"
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def _kept(name: str) -> Iterator[str]:
    """Give the address of a database that is there already or made now, and stays."""
    if os.environ.get("DB") != "postgres":
        yield f"sqlite:///{Path(tempfile.gettempdir(), name)}.sqlite3"
        return
    import psycopg

    server = os.environ.get("PG_URL", "postgres://root@127.0.0.1:5432/postgres")
    with psycopg.connect(server, autocommit=True) as connection:
        there = "SELECT 1 FROM pg_database WHERE datname = %s"
        if connection.execute(there, [name]).fetchone() is None:
            connection.execute(f"CREATE DATABASE {name}")
    yield server.rpartition("/")[0] + f"/{name}"


@dataclass(frozen=True, slots=True)
class Meter:
    """Processor seconds of processes so far, and the largest peak of memory among them."""

    seconds: float
    peak_mib: float


class Cluster:
    """A running `manage.py worker`: the processes that do the product's work."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process

    def meter(self) -> Meter:
        """Read the whole cluster: workers, and what feeds and watches them."""
        tree = _tree(self.process.pid)
        return Meter(sum(map(_seconds, tree)), max(map(peak_mib, tree), default=0.0))


@contextmanager
def cluster(workers: int, settings: dict[str, str]) -> Iterator[Cluster]:
    """Run a cluster of so many workers, ready to take work, and kill it at the end."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", "worker"],
        cwd=ROOT,
        env=os.environ | {"WORKERS": str(workers)} | settings,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _wait_until_ready(process, workers)
        yield Cluster(process)
    finally:
        # At once: a worker that is asked to stop finishes its time slice, and all of it is gone.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], workers: int) -> None:
    """Wait until every process of the cluster is there and has done starting."""
    before, ends = -1.0, time.monotonic() + 60
    while time.monotonic() < ends:
        if process.poll() is not None:
            raise RuntimeError("the cluster ended by itself")
        tree = _tree(process.pid)
        spent = sum(map(_seconds, tree))
        if len(tree) >= workers + 5 and spent - before < 0.1:
            return
        before = spent
        time.sleep(1)
    raise RuntimeError("the cluster did not start")


def _tree(pid: int) -> list[int]:
    """Return a process and all below it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        if fields := _stat(int(entry.parent.name)):
            children.setdefault(int(fields[1]), []).append(int(entry.parent.name))
    found = [pid] if Path(f"/proc/{pid}").exists() else []
    for parent in found:
        found += children.get(parent, [])
    return found


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat from the third on, or nothing where it has gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _seconds(pid: int) -> float:
    """User and system time of a process, with that of children it has buried."""
    fields = _stat(pid)
    return sum(map(int, fields[11:15])) / TICKS if fields else 0.0


def peak_mib(pid: int) -> float:
    """Return the most memory a process has held; getrusage would give its parent's, if larger."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)

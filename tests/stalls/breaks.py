"""What is done to the site, one thing after another, and from when on the time is counted."""

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

import psutil

from tests.stalls.site import Site

AWAY_SECONDS = 12.0


@dataclass(frozen=True, slots=True)
class Break:
    """One thing that happens. `do` returns once its cause is over; the time counts from there."""

    name: str
    do: Callable[[Site, str], None]
    waits_for_intuit: bool = False
    """Whether the hold of a machine that is gone must run out, and Intuit's limit after it."""


def _holder(site: Site, realm: str) -> psutil.Process:
    for _ in range(240):
        if (process := site.worker_of(realm)) is not None:
            return process
        time.sleep(0.25)
    raise AssertionError("nobody took the company in a minute")


def _worker(site: Site, realm: str) -> None:
    _holder(site, realm).kill()


def _guard(site: Site, realm: str) -> None:
    _holder(site, realm).parent().kill()


def _cluster(site: Site, realm: str) -> None:
    guard = _holder(site, realm).parent()
    cluster = guard.parent()
    for process in (cluster, guard, *guard.children()):
        process.kill()


def _command(site: Site, realm: str) -> None:
    site.command_of(_holder(site, realm)).process.kill()


def _web(site: Site, realm: str) -> None:
    site.web.kill_all()


def _connections(site: Site, realm: str) -> None:
    _holder(site, realm)
    site.cut_connections()


def _read_only(site: Site, realm: str) -> None:
    _holder(site, realm)
    setting = f'ALTER DATABASE "{site.name}" SET default_transaction_read_only ='
    site.sql(f"{setting} on")
    site.cut_connections()
    time.sleep(AWAY_SECONDS)
    site.sql(f"{setting} off")
    site.cut_connections()


def _redis(site: Site, realm: str) -> None:
    site.redis.held_down = True
    site.redis.kill_all()
    time.sleep(AWAY_SECONDS)
    site.redis.start()
    site.redis.held_down = False


def _full(site: Site, realm: str) -> None:
    _holder(site, realm)
    if site.disk is not None:
        site.disk.fill()
        time.sleep(AWAY_SECONDS)
        site.disk.empty()


def _frozen(seconds: float) -> Callable[[Site, str], None]:
    def freeze(site: Site, realm: str) -> None:
        process = _holder(site, realm)
        process.suspend()
        time.sleep(seconds)
        process.resume()

    return freeze


def _sigterm(site: Site, realm: str) -> None:
    site.command_of(_holder(site, realm)).process.send_signal(signal.SIGTERM)


def breaks(frozen_seconds: float, *, has_disk: bool) -> list[Break]:
    """Return everything that happens, the longest last."""
    found = [
        Break("a worker killed", _worker),
        Break("a guard killed", _guard),
        Break("a cluster killed", _cluster),
        Break("web killed", _web),
        Break("all database connections cut", _connections),
        Break("database read-only", _read_only),
        Break("Redis away, and empty afterwards", _redis),
        Break("disk full", _full),
        Break("SIGTERM in mid-export", _sigterm),
        Break("a worker frozen", _frozen(frozen_seconds)),
        Break("a whole command killed", _command, waits_for_intuit=True),
    ]
    return [each for each in found if has_disk or each.do is not _full]

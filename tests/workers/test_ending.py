"""A cluster that does not end by itself is killed once it has no company in hand."""

import subprocess
import sys

import psutil
import pytest

from config import worker

DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True)"


@pytest.fixture
def deaf():
    """A cluster that heeds no SIGTERM, as one whose queue is away."""
    command = [sys.executable, "-c", f"{DEAF}; time.sleep(600)"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        yield process
        process.kill()


@pytest.fixture(autouse=True)
def quick(monkeypatch, settings):
    settings.QUICKBOOKS_TIME_SLICE = 600
    monkeypatch.setattr(worker, "STOP_SECONDS", 0.3)


def test_it_is_killed_once_it_let_go(deaf):
    busy = iter([True, True, True, False])
    alive = []

    def is_busy():
        alive.append(deaf.poll() is None)
        return next(busy, False)

    theirs = {psutil.Process(deaf.pid)}
    assert worker.end(deaf, theirs, is_busy) == theirs
    assert len(alive) > 3
    assert all(alive)
    assert deaf.returncode == -9


def test_it_is_killed_after_a_time_slice_though_it_is_busy(deaf, settings):
    settings.QUICKBOOKS_TIME_SLICE = 0.3
    worker.end(deaf, {psutil.Process(deaf.pid)}, lambda: True)
    assert deaf.returncode == -9

"""A worker works only on its own release's schema: it waits before, and stops a cluster after."""

import subprocess
from types import SimpleNamespace

import pytest

from config import worker
from config.worker import Worker
from sync.operations.facts import Fact


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    monkeypatch.setattr(Worker, "_rest", lambda self, seconds: None)
    monkeypatch.setattr(Worker, "_beat", lambda self, **_: None)
    monkeypatch.setattr(Worker, "_wake", lambda self: None)
    monkeypatch.setattr(worker.signal, "signal", lambda *_: None)
    monkeypatch.setattr(worker.connection, "close", lambda: None)
    monkeypatch.setattr(worker, "is_queue_there", lambda: True)


def test_no_cluster_is_started_before_the_schema_is_the_codes(monkeypatch):
    facts = iter(Fact("schema", is_well, "") for is_well in (False, False, True))
    did = []
    monkeypatch.setattr(worker.facts, "schema", lambda: did.append("looked") or next(facts))

    def run_one(self):
        did.append("cluster")
        self._ask_to_stop()

    monkeypatch.setattr(Worker, "_run_one", run_one)
    Worker().run()
    assert did == ["looked", "looked", "looked", "cluster"]


def test_no_cluster_is_started_before_the_queue_is_back(monkeypatch):
    answers = iter((False, False, True))
    did = []
    monkeypatch.setattr(worker.facts, "schema", lambda: Fact("schema", True, ""))
    monkeypatch.setattr(worker, "is_queue_there", lambda: did.append("looked") or next(answers))

    def run_one(self):
        did.append("cluster")
        self._ask_to_stop()

    monkeypatch.setattr(Worker, "_run_one", run_one)
    Worker().run()
    assert did == ["looked", "looked", "looked", "cluster"]


def test_a_cluster_is_ended_when_the_schema_is_another_and_none_is_begun(monkeypatch):
    did = []
    # The code's at the start, a newer one after two looks at the cluster, then the code's again.
    facts = iter(Fact("schema", is_well, "") for is_well in (True, False, True))
    differs = iter((False, False, True))
    monkeypatch.setattr(worker.facts, "schema", lambda: did.append("looked") or next(facts))
    monkeypatch.setattr(worker.schema, "differs", lambda: next(differs))
    monkeypatch.setattr(worker.time, "sleep", lambda _: None)
    monkeypatch.setattr(worker, "end", lambda cluster, seen, is_busy: did.append("ended") or set())
    started = []

    def start(*_args, **_more):
        if started:
            Worker._ask_to_stop(running)
        started.append(subprocess.Popen(["sleep", "60"]))
        return started[-1]

    running = Worker()
    monkeypatch.setattr(worker, "subprocess", SimpleNamespace(Popen=start))
    try:
        running.run()
    finally:
        for each in started:
            each.kill()
            each.wait()
    assert did == ["looked", "ended", "looked", "looked", "ended"]


class Process:
    """A process by its number that lives or is dead."""

    def __init__(self, pid, *, lives=False):
        self.pid, self.lives = pid, lives

    def status(self):
        return "running" if self.lives else "zombie"


def test_only_what_is_dead_is_freed_and_woken(monkeypatch):
    did = []
    monkeypatch.setattr(
        worker.lease, "end_of_dead", lambda name, pids: did.append((name, pids)) or [7]
    )
    monkeypatch.setattr(worker, "enqueue_relay", did.append)
    command = Worker()
    command._free([Process(1), Process(2, lives=True)])
    command._free([Process(3, lives=True)])
    assert did == [(command._supervisor, {1}), 7]


def test_what_a_queue_that_is_away_did_not_take_is_asked_again(monkeypatch):
    monkeypatch.undo()
    taken = iter((False, True))
    asked = []
    monkeypatch.setattr(worker, "enqueue", lambda task: asked.append(task) or next(taken))
    monkeypatch.setattr(worker, "wake_due", lambda: None)
    command = Worker()
    command._owes_sweep = True
    for _ in range(3):
        command._wake()
    assert asked == ["sync.tasks.sweep"] * 2

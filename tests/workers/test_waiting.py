"""A worker of a new release waits until its database is migrated."""

from config import worker
from config.worker import Worker
from sync.operations.facts import Fact


def test_no_cluster_is_started_before_the_schema_is_the_codes(monkeypatch):
    facts = iter(Fact("schema", is_well, "") for is_well in (False, False, True))
    did = []
    monkeypatch.setattr(worker.facts, "schema", lambda: next(facts))
    monkeypatch.setattr(Worker, "_rest", lambda self, seconds: did.append("rested"))
    monkeypatch.setattr(Worker, "_beat", lambda self, **_: None)

    def run_one(self):
        did.append("cluster")
        self._ask_to_stop()

    monkeypatch.setattr(Worker, "_run_one", run_one)
    monkeypatch.setattr(worker.signal, "signal", lambda *_: None)
    monkeypatch.setattr(worker.connection, "close", lambda: None)
    Worker().run()
    assert did == ["rested", "rested", "cluster", "rested"]

"""Law 3.

No outcome stays unknown: each write that was sent ends as exported or as not there, by looking,
never by guessing, or stands before a person.
"""

from collections import Counter

import pytest

from sync import tasks
from sync.company.sessions import open_session
from sync.exports.delivery.planner import plan_batches
from sync.exports.delivery.relay import drain
from sync.exports.runs import runs
from sync.exports.runs.drafts import prepare_ready
from sync.models import BatchRequest, ExportRun, SyncRecord
from sync.quickbooks.batches import results
from sync.quickbooks.documents import dump
from tests.exports import ledger
from tests.exports.delivery.test_volume import make_paid_invoices
from tests.laws import waves
from tests.sampled import one_in

pytestmark = pytest.mark.django_db(transaction=True)

BATCH = {"endpoint": "batch"}
FAULTS = [
    ("lose", {}),
    ("cut", {}),
    ("refuse", {}),
    ("status", {"status": 500, "when": "before"}),
    ("status", {"status": 503, "when": "after"}),
    ("status", {"status": 504, "when": "after"}),
    ("throttle", {"form": "xml", "when": "before"}),
    ("throttle", {"form": "empty", "when": "after"}),
    ("expire_token", {}),
    ("item", {"index": 0, "code": "10000", "message": "An error"}),
    ("item", {"index": 0, "code": "6000", "message": "No."}),
    ("item", {"index": 0, "code": "99999", "message": "Never heard of."}),
]


@pytest.fixture(autouse=True)
def calm(simulator):
    yield
    simulator.clear_faults()
    simulator.switch(requestid="honoured")


def assert_nothing_unknown(simulator, unit):
    """Each write is settled; what we call exported is there, and what is there we call so."""
    assert not BatchRequest.objects.filter(settled_at=None).exists()
    assert not BatchRequest.objects.exclude(body="").exists()
    assert not SyncRecord.objects.filter(state="in_flight").exists()
    told = SyncRecord.objects.filter(state__in=["failed", "uncertain"])
    assert not told.filter(error="").exists()
    exported = SyncRecord.objects.filter(state="exported")
    assert not exported.filter(qbo_id="").exists()
    assert not SyncRecord.objects.exclude(state="exported").exclude(qbo_id="").exists()
    # What waits was never sent, and waits behind something that stands before a person.
    waiting = SyncRecord.objects.filter(state="pending")
    assert not waiting.filter(is_sendable=True).exists()
    assert bool(waiting) <= told.exists()
    assert set(waiting.values_list("tries", flat=True)) <= {0}
    ledger.assert_equal_to_ours(simulator, unit)
    assert not ExportRun.objects.exclude(state=ExportRun.State.FINISHED).exists()


@pytest.mark.parametrize(("kind", "options"), one_in(4, FAULTS))
def test_each_fault_twice_ends_known(simulator, unit, paid, kind, options):
    simulator.switch(requestid="ignored")
    simulator.fault(kind, match=BATCH, after=1, times=2, **options)
    run = runs.confirm(prepare_ready(unit, None), None)
    drain(run, tasks.HANDLERS)
    assert_nothing_unknown(simulator, unit)


def test_a_storm_of_faults_ends_known(simulator, unit, settings):
    settings.QUICKBOOKS_THROTTLE_PAUSE = 0.1
    settings.QUICKBOOKS_SERVER_LIMIT = 0.1
    simulator.switch(requestid="ignored")
    make_paid_invoices(unit, 60)
    rates = {"lose": 0.15, "cut": 0.1, "refuse": 0.1, "status": 0.1, "throttle": 0.1}
    simulator.storm(1, rates, match=BATCH)
    run = runs.confirm(prepare_ready(unit, None), None)
    drain(run, tasks.HANDLERS)
    assert_nothing_unknown(simulator, unit)
    states = Counter(SyncRecord.objects.values_list("state", flat=True))
    assert set(states) <= {"exported", "uncertain", "pending"}


def test_what_was_deleted_before_anyone_looked_is_not_guessed_at(simulator, unit, paid, settings):
    settings.QUICKBOOKS_LEASE, settings.QUICKBOOKS_SEND_DEADLINE = 0.7, 0.5
    run = runs.confirm(prepare_ready(unit, None), None)
    waves.send_and_settle(unit, 1)
    with open_session(unit.quickbooks_company_id) as dead:
        [planned] = plan_batches(dead, 1)
        answer = waves.send(dead, planned)
        [invoice] = [result.entity for result in results(answer).values()]
        body = dump({"Id": invoice["Id"], "SyncToken": invoice["SyncToken"]})
        assert dead.client.send("Invoice", body, "bookkeeper-1", "delete").status == 200
        drain(run, tasks.HANDLERS)
    record = SyncRecord.objects.get(kind="invoice")
    assert (record.state, record.qbo_id) == ("uncertain", "")
    assert "deleted" in record.error
    assert_nothing_unknown(simulator, unit)
    assert ledger.payments(simulator, unit) == []
    assert ledger.invoices(simulator, unit) == {}

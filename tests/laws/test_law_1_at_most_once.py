"""Law 1.

A document is in a QBO company at most once, whatever crashes, times out, is pressed twice, or is
replayed.
"""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connection

from sync import tasks
from sync.company.lease import LeaseLost
from sync.company.sessions import open_session
from sync.exports.delivery.due_work import waiting_companies
from sync.exports.delivery.planner import mark_as_sent, plan_batches
from sync.exports.delivery.relay import drain
from sync.exports.runs import runs
from sync.exports.runs.drafts import prepare, prepare_ready
from sync.models import BatchRequest, ExportRun, SyncRecord
from tests.exports import ledger
from tests.exports.delivery.test_volume import make_paid_invoices
from tests.laws import waves

pytestmark = pytest.mark.django_db(transaction=True)

BATCH = {"endpoint": "batch"}
HELD = "another process holds the company"


@pytest.fixture(autouse=True)
def calm(simulator):
    yield
    simulator.clear_faults()
    simulator.switch(requestid="honoured")


def assert_one_of_each(simulator, unit):
    """The whole ledger: one customer, the invoice once, its three payments once."""
    realm = unit.quickbooks_company.realm_id
    assert len(ledger.ours_only(simulator.documents(realm, "Customer"))) == 1
    assert [d["DocNumber"] for d in ledger.ours_only(simulator.documents(realm, "Invoice"))] == [
        "R-1042"
    ]
    assert ledger.payments(simulator, unit) == [
        (Decimal("30.00"), Decimal("0.00"), "2026-05-06", "R-1042"),
        (Decimal("50.00"), Decimal("0.00"), "2026-05-09", "R-1042"),
        (Decimal("70.00"), Decimal("0.00"), "2026-05-01", "R-1042"),
    ]
    ledger.assert_equal_to_ours(simulator, unit)
    assert set(SyncRecord.objects.values_list("state", flat=True)) == {"exported"}
    assert SyncRecord.objects.count() == 5


def writes(simulator, unit):
    journal = simulator.journal(unit.quickbooks_company.realm_id)
    return [entry for entry in journal if entry["path"].endswith("/batch")]


def test_two_people_who_press_at_once_and_twice(simulator, unit, paid):
    pressed = [prepare_ready(unit, None), prepare([paid.payments.first().pk], None)[0]]
    for run in [*pressed, *pressed]:
        runs.confirm(run, None)
    for run in pressed:
        run.refresh_from_db()
        drain(run, tasks.HANDLERS)
        assert run.state == ExportRun.State.FINISHED
    assert_one_of_each(simulator, unit)


def test_a_queue_that_delivers_everything_again(simulator, unit, paid):
    run = runs.confirm(prepare_ready(unit, None), None)
    drain(run, tasks.HANDLERS)
    sent = writes(simulator, unit)
    runs.enqueue(run)
    ExportRun.objects.filter(pk=run.pk).update(state="running", enqueued_at=None)
    for _ in range(2):
        tasks.sweep()
        tasks.relay(unit.quickbooks_company_id)
    run.refresh_from_db()
    assert run.state == ExportRun.State.FINISHED
    assert writes(simulator, unit) == sent
    assert_one_of_each(simulator, unit)


def test_only_one_process_speaks_to_a_company(simulator, unit, paid):
    run = runs.confirm(prepare_ready(unit, None), None)
    with open_session(unit.quickbooks_company_id):
        assert tasks.relay(unit.quickbooks_company_id) == HELD
        assert simulator.journal(unit.quickbooks_company.realm_id) == []
    drain(run, tasks.HANDLERS)
    assert_one_of_each(simulator, unit)


@pytest.mark.parametrize("stage", ["planned", "leaving", "arrived"])
@pytest.mark.parametrize("wave", [0, 1, 2], ids=["customer", "invoice", "payments"])
def test_a_worker_that_died(simulator, unit, paid, settings, wave, stage):
    settings.QUICKBOOKS_LEASE, settings.QUICKBOOKS_SEND_DEADLINE = 0.7, 0.5
    simulator.switch(requestid="ignored")
    run = runs.confirm(prepare_ready(unit, None), None)
    waves.send_and_settle(unit, wave)
    with open_session(unit.quickbooks_company_id) as dead:
        [planned] = plan_batches(dead, 1)
        if stage == "leaving":
            mark_as_sent(dead, [planned])
        if stage == "arrived":
            waves.send(dead, planned)
        drain(run, tasks.HANDLERS)
        assert_one_of_each(simulator, unit)
        # It was only asleep: what it wakes up to is not its company any more.
        with pytest.raises(LeaseLost):
            waves.send(dead, planned)
    assert_one_of_each(simulator, unit)
    assert not BatchRequest.objects.filter(settled_at=None).exists()


def test_what_was_planned_and_never_left_goes_without_a_look(simulator, unit, paid, settings):
    settings.QUICKBOOKS_LEASE, settings.QUICKBOOKS_SEND_DEADLINE = 0.7, 0.5
    run = runs.confirm(prepare_ready(unit, None), None)
    with open_session(unit.quickbooks_company_id) as dead:
        plan_batches(dead, 1)
        assert SyncRecord.objects.get(kind="customer").state == "in_flight"
        assert waiting_companies(tasks.HANDLERS) == [unit.quickbooks_company_id]
        drain(run, tasks.HANDLERS)
    assert_one_of_each(simulator, unit)
    paths = [entry["path"] for entry in simulator.journal(unit.quickbooks_company.realm_id)]
    # The company was taken over: it is looked through once, whatever was planned.
    assert len([path for path in paths if path.endswith("/cdc")]) == 1
    assert set(SyncRecord.objects.values_list("tries", flat=True)) == {1}


def test_every_answer_lost_and_requestid_ignored(simulator, unit, export, paid):
    simulator.switch(requestid="ignored")
    simulator.fault("lose", match=BATCH, times=3)
    assert export()["exported"] == 3
    assert_one_of_each(simulator, unit)
    assert len(writes(simulator, unit)) == 3


@pytest.mark.services
def test_two_threads_drain_the_same_company_at_once(simulator, unit):
    """On PostgreSQL: threads cannot write to SQLite's database in memory side by side."""
    simulator.switch(requestid="ignored")
    make_paid_invoices(unit, 40)
    pressed = [prepare_ready(unit, None) for _ in range(2)]

    def press(run):
        try:
            runs.confirm(run, None)
            run.refresh_from_db()
            drain(run, tasks.HANDLERS)
            return run.state
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as people:
        assert list(people.map(press, pressed)) == [ExportRun.State.FINISHED] * 2
    realm = unit.quickbooks_company.realm_id
    count = SyncRecord.objects.count()
    assert set(SyncRecord.objects.values_list("state", flat=True)) == {"exported"}
    there = [
        len(ledger.ours_only(simulator.documents(realm, entity)))
        for entity in ("Customer", "Invoice", "Payment")
    ]
    assert (there[:2], sum(there)) == ([20, 40], count)
    ledger.assert_equal_to_ours(simulator, unit)

"""Real worker processes drain what pages put into the outbox, also after a kill with -9."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import psutil
import pytest
from django.conf import settings
from django.core.management import call_command

from config.worker import descendants, is_alive
from sync import tasks
from sync.exports.runs import runs
from sync.exports.runs.drafts import prepare_ready
from sync.models import ExportRun, Invoice, Payment
from tests.exports import ledger
from tests.exports.delivery.test_volume import make_paid_invoices
from tests.factories import BusinessUnitFactory

# Other processes cannot open SQLite's test database, which is in memory.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 240


def database_url():
    """Return the address of the test database, as another process opens it."""
    name = settings.DATABASES["default"]["NAME"]
    return f"postgres://{settings.DATABASES['default']['USER']}@127.0.0.1:5432/{name}"


@contextmanager
def worker(simulator, **settings_of_its_own):
    """Run `manage.py worker`, and stop it by a signal to it alone at the end."""
    environment = os.environ | {
        "DATABASE_URL": database_url(),
        "QUICKBOOKS_API_URL": simulator.api_url,
        "QUICKBOOKS_DISCOVERY_URL": simulator.discovery_url,
        "QUICKBOOKS_BATCHES_PER_MINUTE": "0",
        "QUICKBOOKS_SERVER_LIMIT": "1",
        "QUICKBOOKS_SEND_DEADLINE": "2",
        "QUICKBOOKS_LEASE": "3",
        "QUICKBOOKS_RETRY_PAUSE": "0.2",
        **settings_of_its_own,
    }
    cluster = subprocess.Popen(
        [sys.executable, "manage.py", "worker"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield cluster
    finally:
        if cluster.poll() is None:
            cluster.terminate()
            try:
                cluster.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(cluster.pid, signal.SIGKILL)


def wait_until(condition):
    ends = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < ends, "the workers did not get there"
        time.sleep(0.5)


def is_finished(run):
    tasks.sweep()  # what the schedule does every minute
    run.refresh_from_db()
    return run.state == ExportRun.State.FINISHED


def test_two_clusters_export_each_document_once(simulator, unit):
    make_paid_invoices(unit, 40)
    run = runs.confirm(prepare_ready(unit, None), None)
    with worker(simulator), worker(simulator):
        wait_until(lambda: is_finished(run))
    assert len(ledger.payments(simulator, unit)) == Payment.objects.count()
    ledger.assert_equal_to_ours(simulator, unit)


def test_a_cluster_killed_in_the_middle_is_made_up_for(simulator, unit):
    make_paid_invoices(unit, 120)
    run = runs.confirm(prepare_ready(unit, None), None)
    simulator.latency(latency_ms=150)
    try:
        with worker(simulator) as first:
            wait_until(lambda: len(ledger.invoices(simulator, unit)) > 0)
            os.killpg(first.pid, signal.SIGKILL)
        with worker(simulator):
            wait_until(lambda: is_finished(run))
    finally:
        simulator.latency()
    assert len(ledger.payments(simulator, unit)) == Payment.objects.count()
    ledger.assert_equal_to_ours(simulator, unit)


def exactly_ours(unit):
    """Return the ledger as it must be: every invoice paid, every payment applied whole."""
    payments = Payment.objects.filter(business_unit=unit).select_related("invoice")
    return (
        {
            i.number: (i.total, Decimal(0), str(i.issued_on))
            for i in Invoice.objects.filter(business_unit=unit)
        },
        sorted((p.amount, Decimal(0), str(p.received_on), p.invoice.number) for p in payments),
    )


def test_two_companies_are_drained_by_two_workers_at_once(simulator, unit):
    other = BusinessUnitFactory(code="harborview", name="Harborview")
    realm_id = simulator.create_company(variant="us", name="Harborview LLC")
    call_command("connect_simulator", other.code, realm=realm_id, verbosity=0)
    other.refresh_from_db()
    simulator.clear_journal()
    with worker(simulator, WORKERS="1") as one, worker(simulator, WORKERS="1") as two:
        for command in (one, two):
            cluster_of(command)
        simulator.latency(latency_ms=200)
        try:
            pressed = []
            for each in (unit, other):
                make_paid_invoices(each, 40)
                pressed.append(prepare_ready(each, None))
            for run in pressed:
                runs.confirm(run, None)
            wait_until(lambda: all(is_finished(run) for run in pressed))
        finally:
            simulator.latency()
    times = []
    for each in (unit, other):
        there = (ledger.invoices(simulator, each), ledger.payments(simulator, each))
        assert there == exactly_ours(each)
        ledger.assert_equal_to_ours(simulator, each)
        journal = simulator.journal(each.quickbooks_company.realm_id)
        times.append([entry["at"] for entry in journal if entry["path"].endswith("/batch")])
    assert max(at[0] for at in times) < min(at[-1] for at in times)


def cluster_of(command, beside=frozenset()):
    """Return the processes of its cluster once it is complete, and none of it is one of `beside`.

    Those are the main one, its guard, and below it a worker, the monitor and the pusher.
    """
    found = set()

    def is_complete():
        found.clear()
        found.update(descendants([psutil.Process(command.pid)]))
        return len(found) == 5 and not found & beside

    wait_until(is_complete)
    return found


def kill_its_only_worker(cluster):
    """Kill it once it does nothing: waiting for a task, it holds the lock of the queue."""
    guard = next(p for p in cluster if len(p.children()) == 3)
    first = min(guard.children(), key=lambda p: (p.create_time(), p.pid))
    spent = []

    def is_idle():
        spent.append(first.cpu_times())
        return len(spent) > 2 and spent[-1] == spent[-3]

    wait_until(is_idle)
    first.kill()


def test_a_cluster_whose_idle_worker_is_killed_goes_on(simulator, unit):
    with worker(simulator, WORKERS="1", QUICKBOOKS_TIME_SLICE="1") as command:
        cluster = cluster_of(command)
        for _ in range(3):
            kill_its_only_worker(cluster)
            cluster = cluster_of(command, beside=cluster)
        make_paid_invoices(unit, 5)
        run = runs.confirm(prepare_ready(unit, None), None)
        wait_until(lambda: is_finished(run))
    assert len(ledger.payments(simulator, unit)) == Payment.objects.count()
    ledger.assert_equal_to_ours(simulator, unit)


def test_nothing_of_a_cluster_outlives_its_command(simulator, unit):
    with worker(simulator, QUICKBOOKS_TIME_SLICE="1", WORKERS="1") as command:
        stopped = cluster_of(command)
    assert command.returncode == 0
    with worker(simulator, WORKERS="1") as command:
        killed = cluster_of(command)
        command.kill()
        command.wait()
        wait_until(lambda: not any(map(is_alive, killed)))
    assert not any(map(is_alive, stopped))

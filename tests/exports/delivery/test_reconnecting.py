"""A connection that dies keeps all work waiting; once a person reconnects it goes by itself."""

import pytest
from django.core.management import call_command
from django_q.models import OrmQ

from sync import tasks
from sync.exports.delivery.relay import Ended, drain, relay
from sync.exports.runs import runs
from sync.exports.runs.drafts import prepare_ready
from sync.models import BatchRequest, ExportRun, Payment, QuickBooksCompany, SyncRecord
from tests.exports import ledger
from tests.exports.delivery.test_volume import make_paid_invoices
from tests.sampled import one_in

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("calm", "queue_in_database"),
]


def confirmed(unit):
    return runs.confirm(prepare_ready(unit, None), None)


def work_off_the_queue():
    """Be the worker: do what is in the queue until it is empty."""
    while (row := OrmQ.objects.order_by("pk").first()) is not None:
        row.delete()
        if row.task["func"] == "sync.tasks.relay":
            tasks.relay(*row.task["args"])


def states():
    return set(SyncRecord.objects.values_list("state", "tries"))


def reconnect(unit):
    OrmQ.objects.all().delete()
    call_command("connect_simulator", unit.code, verbosity=0)


@pytest.mark.parametrize("kinds", [("access", "refresh"), ("refresh",)])
def test_a_dead_refresh_token_keeps_the_work(simulator, unit, paid, kinds):
    run = confirmed(unit)
    for kind in kinds:
        simulator.expire_tokens(unit.quickbooks_company.realm_id, kind)
    if "access" not in kinds:
        QuickBooksCompany.objects.update(access_token_expires_at="2026-01-01T00:00Z")
    work_off_the_queue()
    company = QuickBooksCompany.objects.get()
    assert company.status == "needs_reconnect"
    assert states() == {("pending", 0)}
    assert relay(company.pk, tasks.HANDLERS) is Ended.NOT_CONNECTED
    assert tasks.sweep() == 0
    assert ledger.nothing(simulator, unit)

    reconnect(unit)
    work_off_the_queue()
    assert ledger.payments(simulator, unit) == ledger.EXAMPLE
    assert states() == {("exported", 1)}
    run.refresh_from_db()
    assert run.state == ExportRun.State.FINISHED


@pytest.fixture
def both_lanes(simulator, unit, settings):
    """A bulk run by both lanes, whose writes take long enough to be under way side by side."""
    settings.QUICKBOOKS_BULK_LANES = "both"
    settings.QUICKBOOKS_BATCHES_PER_MINUTE = 4
    make_paid_invoices(unit, 35)
    simulator.latency(latency_ms=50)
    yield confirmed(unit)
    simulator.latency()


def refreshes(simulator):
    return sum("tokens/bearer" in c["path"] for c in simulator.journal(kind="oauth"))


@pytest.mark.parametrize("lane", one_in(2, ["batch", "payment"]))
def test_a_token_refused_while_both_lanes_are_under_way(simulator, unit, both_lanes, lane):
    simulator.fault("expire_token", match={"endpoint": lane}, after=2)
    drain(both_lanes, tasks.HANDLERS)
    journal = simulator.journal(unit.quickbooks_company.realm_id)
    assert sum(entry["status"] == 401 for entry in journal) >= 1
    assert refreshes(simulator) == 1
    assert states() == {("exported", 1)}
    assert len(ledger.payments(simulator, unit)) == Payment.objects.count()
    ledger.assert_equal_to_ours(simulator, unit)


@pytest.mark.long
def test_a_connection_that_dies_while_both_lanes_are_under_way(simulator, unit, both_lanes):
    simulator.expire_tokens(unit.quickbooks_company.realm_id, "refresh")
    simulator.fault("expire_token", match={"endpoint": "payment"}, after=2)
    assert relay(both_lanes.company_id, tasks.HANDLERS) is Ended.NOT_CONNECTED
    assert QuickBooksCompany.objects.get().status == "needs_reconnect"
    assert states() == {("exported", 1), ("pending", 0)}
    assert not BatchRequest.objects.filter(settled_at=None).exists()
    ledger.assert_equal_to_ours(simulator, unit)

    reconnect(unit)
    work_off_the_queue()
    assert states() == {("exported", 1)}
    assert len(ledger.payments(simulator, unit)) == Payment.objects.count()
    ledger.assert_equal_to_ours(simulator, unit)

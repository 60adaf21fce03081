"""A long run yields its worker after a time slice, so that no company waits while another runs."""

import time
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django_q.models import OrmQ

from sync import tasks
from sync.exports.delivery import relay as relays
from sync.exports.runs import runs
from sync.exports.runs.drafts import prepare_ready
from sync.models import BatchRequest, ExportRun, Payment
from tests.exports import ledger
from tests.exports.delivery.test_volume import make_paid_invoices
from tests.factories import BusinessUnitFactory

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("queue_in_database"),
]

SLICE = relays.Ended.SLICE.value


@pytest.fixture
def other(simulator, unit):
    """Another unit with a company of its own."""
    other = BusinessUnitFactory(code="harborview", name="Harborview")
    realm_id = simulator.create_company(variant="us", name="Harborview LLC")
    call_command("connect_simulator", other.code, realm=realm_id, verbosity=0)
    other.refresh_from_db()
    return other


@pytest.fixture
def slices(settings, monkeypatch):
    """Let a slice be over with the first batch that is answered, however fast this machine is."""
    settings.QUICKBOOKS_TIME_SLICE = 1
    answered = BatchRequest.objects.filter(settled_at__isnull=False, http_status__isnull=False)
    clock = SimpleNamespace(monotonic=answered.count, sleep=time.sleep)
    monkeypatch.setattr(relays, "time", clock)


def press(unit, invoices):
    make_paid_invoices(unit, invoices)
    return runs.confirm(prepare_ready(unit, None), None)


def queued():
    """Return the companies in the queue, in order."""
    rows = OrmQ.objects.order_by("pk")
    return [row.task["args"][0] for row in rows if row.task["func"] == "sync.tasks.relay"]


def one_worker():
    """Do what is in the queue, one task at a time; yield whose it was and how it ended."""
    while (row := OrmQ.objects.order_by("pk").first()) is not None:
        row.delete()
        [company_id] = row.task["args"]
        yield company_id, tasks.relay(company_id)


@pytest.mark.long
def test_a_long_run_is_enqueued_again_and_another_gets_its_turn(simulator, unit, other, slices):
    OrmQ.objects.all().delete()
    ours, theirs = unit.quickbooks_company_id, other.quickbooks_company_id
    long_run, short_run = press(unit, 90), press(other, 2)
    assert queued() == [ours, theirs]

    worker = one_worker()
    assert next(worker) == (ours, SLICE)
    assert queued() == [theirs, ours]
    assert next(worker) == (theirs, SLICE)
    assert queued() == [ours, theirs]
    turns = [company_id for company_id, _ in worker]
    assert turns[:3] == [ours, theirs, ours]
    last = len(turns) - turns[::-1].index(theirs) - 1
    assert turns[last + 1 :] == [ours] * len(turns[last + 1 :]) != []

    for run in (long_run, short_run):
        run.refresh_from_db()
        assert run.state == ExportRun.State.FINISHED
    for one in (unit, other):
        payments = Payment.objects.filter(business_unit=one).count()
        assert len(ledger.payments(simulator, one)) == payments
        ledger.assert_equal_to_ours(simulator, one)

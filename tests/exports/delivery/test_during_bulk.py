"""During a bulk run: pages and people go first, and little of it is committed ahead."""

from dataclasses import dataclass, field

import pytest
from django.utils import timezone

from sync.company import requests
from sync.company.lanes import Lanes
from sync.exports.delivery.relay import drain
from sync.exports.runs import runs
from sync.exports.runs.drafts import prepare, prepare_ready
from sync.models import BatchRequest, CompanyRequest, Payment, QuickBooksCompany, SyncRecord
from sync.tasks import HANDLERS
from tests.exports import ledger, planning
from tests.exports.delivery.test_volume import make_paid_invoices
from tests.factories import InvoiceFactory, PaymentFactory

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class Watch:
    """What leaves, in order, and what is planned and under way each time that something does."""

    left: list = field(default_factory=list)
    planned: dict = field(default_factory=lambda: {"batch": [], "single": []})
    under_way: dict = field(default_factory=lambda: {"batch": [], "single": []})

    def left_now(self, targets):
        """Count those that left among what was planned, too."""
        self.left += targets
        unsettled = BatchRequest.objects.filter(settled_at=None)
        batches = unsettled.filter(target="batch")
        for lane, rows in (("batch", batches), ("single", unsettled.exclude(target="batch"))):
            its_own = sum((target == "batch") == (lane == "batch") for target in targets)
            self.planned[lane].append(rows.filter(sent_at=None).count() + its_own)
            self.under_way[lane].append(rows.exclude(sent_at=None).count())


@pytest.fixture
def watch(monkeypatch):
    watch, send = Watch(), Lanes.send

    def watched(lanes, going, leaves):
        send(lanes, going, leaves)
        watch.left_now([write.target for _, write in going])

    monkeypatch.setattr(Lanes, "send", watched)
    return watch


@pytest.fixture
def slow(simulator):
    simulator.latency(latency_ms=30)
    yield
    simulator.latency()


@pytest.fixture
def both(settings):
    settings.QUICKBOOKS_BULK_LANES = "both"


@pytest.fixture
def throttled_before(settings):
    """A tenth of the published pace was learned; a minute takes a second."""
    settings.QUICKBOOKS_MINUTE = 1
    settings.QUICKBOOKS_REQUESTS_PER_MINUTE, settings.QUICKBOOKS_BATCHES_PER_MINUTE = 500, 40
    QuickBooksCompany.objects.update(learned_pace=0.1, pace_learned_at=timezone.now())


def press_all(unit, invoices):
    make_paid_invoices(unit, invoices, to_a_customer=1)
    return runs.confirm(prepare_ready(unit, None), None)


@pytest.fixture
def midway(unit):
    """Have a page ask something once two batches of a run are planned; return what it asks."""

    def ask(batch):
        batches = BatchRequest.objects.filter(target="batch", pk__lte=batch.pk)
        if batch.target == "batch" and batches.count() == 2:
            requests.ask(unit.quickbooks_company, "probe")

    with planning.watched(ask):
        yield CompanyRequest.objects.filter(kind="probe")


def test_what_a_page_asks_is_served_before_the_next_batch(simulator, unit, watch, midway):
    seen = []

    def probe(session, request):
        seen.append((watch.left.count("batch"), SyncRecord.objects.filter(state="pending").count()))
        return {"name": session.client.query("SELECT * FROM CompanyInfo")["CompanyInfo"][0]["Id"]}

    run = press_all(unit, 60)
    drain(run, HANDLERS | {"probe": probe})
    # The first batch had left; the second, and all invoices and payments, were still to come.
    assert seen == [(1, 60 + Payment.objects.count())]
    assert midway.get().state == "done"
    ledger.assert_equal_to_ours(simulator, unit)


@pytest.mark.parametrize("how", ["slow", "both", "throttled_before"])
def test_what_a_person_waits_for_is_the_next_to_leave(
    simulator, unit, watch, midway, slow, request, how
):
    request.getfixturevalue(how)
    pressed = []

    def press_one(_session, _request):
        late = InvoiceFactory(business_unit=unit, number="LATE")
        [draft] = prepare([PaymentFactory(invoice=late).pk], None, is_single=True)
        runs.confirm(draft, None)
        pressed.append(list(watch.left))
        return {}

    run = press_all(unit, 60)
    drain(run, HANDLERS | {"probe": press_one})
    [before] = pressed
    assert before[0] == "batch"
    assert watch.left[len(before)] == "Customer"
    late = SyncRecord.objects.get(payment__invoice__number="LATE")
    last = SyncRecord.objects.order_by("-exported_at").exclude(run=late.run).first()
    assert late.exported_at < last.exported_at
    assert late.run.finished_at < last.exported_at
    ledger.assert_equal_to_ours(simulator, unit)


@pytest.mark.long
@pytest.mark.parametrize("invoices", [150, 200])
def test_little_is_planned_ahead_whatever_the_size(simulator, unit, watch, both, slow, invoices):
    simulator.latency(latency_ms=300)  # so that the lanes fill up
    run = press_all(unit, invoices)
    drain(run, HANDLERS)
    assert 4 <= max(watch.planned["batch"]) <= 6  # as many as the run had just then
    assert 32 < max(watch.planned["single"]) <= 128
    assert max(watch.under_way["batch"]) <= 4
    assert max(watch.under_way["single"]) <= 8
    assert len(ledger.payments(simulator, unit)) == Payment.objects.count()
    ledger.assert_equal_to_ours(simulator, unit)

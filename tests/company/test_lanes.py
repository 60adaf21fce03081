"""Several writes under way: what people wait for goes one by one, bulk in batches or by both."""

import time
from collections import Counter
from concurrent.futures import wait
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sync.company import lanes as lanes_module
from sync.company.lanes import Lanes, Write
from sync.company.sessions import open_session
from sync.exports.delivery import planner, settling
from sync.exports.delivery.relay import Ended, drain, relay
from sync.exports.runs import runs
from sync.exports.runs.drafts import prepare, prepare_ready
from sync.models import BatchRequest, ExportRun, Payment, QuickBooksCompany, SyncRecord
from sync.quickbooks.client import NotSent
from sync.quickbooks.documents import dump
from sync.tasks import HANDLERS
from tests.exports import ledger
from tests.exports.delivery.test_volume import make_paid_invoices
from tests.factories import InvoiceFactory, PaymentFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def calm(simulator):
    yield
    simulator.clear_faults()
    simulator.latency()
    simulator.switch(requestid="honoured", batch_counts="once")
    simulator.limits(per_minute=0, per_second_app=0, concurrent_app=0)
    simulator.limits(batches_per_minute_app=0, batches_per_minute=0)


def writes(simulator, unit):
    """Return the kinds of the writes that came, in order: batch, customer, invoice, payment."""
    entries = simulator.journal(unit.quickbooks_company.realm_id)
    kinds = [entry["path"].rpartition("/")[2] for entry in entries if entry["method"] == "POST"]
    return [kind for kind in kinds if kind in {"batch", "customer", "invoice", "payment"}]


def press(payment):
    """Press Export on a payment's page and confirm."""
    [draft] = prepare([payment.pk], None, is_single=True)
    return runs.confirm(draft, None)


def test_what_a_person_waits_for_goes_one_by_one(simulator, unit, paid):
    drain(press(paid.payments.first()), HANDLERS)
    assert writes(simulator, unit) == ["customer", "invoice", "payment", "payment", "payment"]
    assert ledger.payments(simulator, unit) == ledger.EXAMPLE
    ledger.assert_equal_to_ours(simulator, unit)


def test_a_single_overtakes_bulk_with_the_customer_it_needs(simulator, unit, paid):
    invoices = make_paid_invoices(unit, 70)
    bulk = runs.confirm(prepare_ready(unit, None), None)
    late = InvoiceFactory(business_unit=unit, customer=invoices[-1].customer, number="LATE")
    drain(press(PaymentFactory(invoice=late)), HANDLERS)
    assert SyncRecord.objects.get(invoice=late).state == "exported"
    assert writes(simulator, unit)[0] == "customer"
    bulk.refresh_from_db()
    drain(bulk, HANDLERS)
    ledger.assert_equal_to_ours(simulator, unit)
    assert len(ledger.invoices(simulator, unit)) == 72


def test_what_is_answered_takes_no_room(simulator, unit):
    with open_session(unit.quickbooks_company_id) as session, Lanes(session) as lanes:
        free = lanes.room(is_batch=True), lanes.room(is_batch=False)
        write = Write("customer", dump({"DisplayName": "Ada Byron"}), "one")
        lanes.send([("ticket", write)], lambda: None)
        wait(lanes._under_way)
        assert (lanes.room(is_batch=True), lanes.room(is_batch=False)) == free
        assert lanes.tickets == ["ticket"]
        [(ticket, answer)] = lanes.answered(1)
        assert (ticket, answer.status) == ("ticket", 200)


def test_bulk_by_both_lanes(simulator, unit, export, settings):
    settings.QUICKBOOKS_BULK_LANES = "both"
    settings.QUICKBOOKS_BATCHES_PER_MINUTE = 4
    simulator.latency(latency_ms=20, item_latency_ms=1)
    simulator.limits(concurrent_app=10)
    make_paid_invoices(unit, 90)
    payments = Payment.objects.count()
    assert export()["exported"] == payments
    kinds = Counter(writes(simulator, unit))
    assert kinds["batch"] == 4
    assert kinds["payment"] + kinds["invoice"] + kinds["customer"] > 100
    assert len(ledger.payments(simulator, unit)) == payments
    ledger.assert_equal_to_ours(simulator, unit)
    assert not [
        e for e in simulator.journal(unit.quickbooks_company.realm_id) if e["status"] == 429
    ]


@pytest.mark.parametrize(
    ("endpoint", "kind", "options"),
    [
        ("customer", "lose", {}),
        ("invoice", "lose", {}),
        ("payment", "lose", {}),
        ("customer", "cut", {}),
        ("payment", "cut", {}),
        ("invoice", "refuse", {}),
        ("payment", "status", {"status": 503, "when": "before"}),
        ("customer", "status", {"status": 500, "when": "after"}),
        ("invoice", "throttle", {"form": "empty", "when": "after"}),
        ("payment", "expire_token", {}),
    ],
)
def test_a_single_of_unknown_outcome(simulator, unit, paid, endpoint, kind, options):
    simulator.switch(requestid="ignored")
    simulator.fault(kind, match={"endpoint": endpoint}, **options)
    run = press(paid.payments.first())
    drain(run, HANDLERS)
    assert ledger.payments(simulator, unit) == ledger.EXAMPLE
    ledger.assert_equal_to_ours(simulator, unit)
    assert not BatchRequest.objects.filter(settled_at=None).exists()
    assert set(SyncRecord.objects.values_list("state", flat=True)) == {"exported"}


def test_a_refused_single_stops_nothing_else(simulator, unit, paid, realm_invoice):
    drain(press(paid.payments.first()), HANDLERS)
    company = QuickBooksCompany.objects.get()
    assert company.paused_until is None
    record = SyncRecord.objects.get(kind="invoice")
    assert (record.state, record.error_code) == ("failed", "6140")
    other = InvoiceFactory(business_unit=unit, number="OTHER")
    drain(press(PaymentFactory(invoice=other)), HANDLERS)
    assert sorted(ledger.invoices(simulator, unit)) == ["OTHER"]


@pytest.fixture
def realm_invoice(simulator, unit, paid):
    """The bookkeeper's own invoice with our number."""
    with open_session(unit.quickbooks_company_id) as session:
        [customer] = session.client.query("SELECT * FROM Customer MAXRESULTS 1")["Customer"]
        body = {
            "DocNumber": paid.number,
            "CustomerRef": {"value": customer["Id"]},
            "Line": [
                {
                    "Amount": Decimal("9.00"),
                    "DetailType": "SalesItemLineDetail",
                    "SalesItemLineDetail": {"ItemRef": {"value": "1"}},
                }
            ],
        }
        assert session.client.send("Invoice", dump(body), "hers").status == 200
    simulator.clear_journal()


def test_being_throttled_costs_no_attempt(simulator, unit, export, paid):
    simulator.fault("throttle", match={"endpoint": "batch"}, times=9, form="xml", when="before")
    assert export()["exported"] == 3
    assert ledger.payments(simulator, unit) == ledger.EXAMPLE


def test_a_company_that_is_refused_keeps_its_work(simulator, unit, export, paid, settings):
    simulator.condition(unit.quickbooks_company.realm_id, "lapsed")
    report = export(status=1)
    assert (report["exported"], report["failed"], report["queued"]) == (0, 0, 3)
    company = QuickBooksCompany.objects.get()
    assert "subscription" in company.pause_reason
    assert relay(company.pk, HANDLERS) is Ended.PAUSED
    simulator.condition(company.realm_id, "ok")
    QuickBooksCompany.objects.update(paused_until=None)
    drain(ExportRun.objects.get(), HANDLERS)
    assert ledger.payments(simulator, unit) == ledger.EXAMPLE


@pytest.mark.long
def test_the_pace_settles_where_items_count_singly(simulator, unit, export, settings):
    """A minute of two seconds: 60 requests, of which each batch takes as many as it has items."""
    settings.QUICKBOOKS_MINUTE = 2
    settings.QUICKBOOKS_REQUESTS_PER_MINUTE, settings.QUICKBOOKS_BATCHES_PER_MINUTE = 490, 4
    settings.QUICKBOOKS_THROTTLE_PAUSE, settings.QUICKBOOKS_SERVER_LIMIT = 2, 2
    simulator.run_clock_at(30)
    simulator.switch(batch_counts="per_item")
    simulator.limits(per_minute=75)
    make_paid_invoices(unit, 60)
    try:
        report = export()
    finally:
        simulator.run_clock_at(1)
    assert report["exported"] == Payment.objects.count()
    ledger.assert_equal_to_ours(simulator, unit)
    entries = simulator.journal(unit.quickbooks_company.realm_id)
    assert 1 <= sum(entry["status"] == 429 for entry in entries) <= 10
    assert QuickBooksCompany.objects.get().learned_pace < 1


def test_what_comes_to_its_turn_too_late_for_the_lease_does_not_leave(
    simulator, unit, settings, monkeypatch
):
    settings.QUICKBOOKS_LEASE, settings.QUICKBOOKS_SEND_DEADLINE = 0.5, 0.4
    body = dump({"DisplayName": "Late"})
    stall = time.sleep
    with open_session(unit.quickbooks_company_id) as session, Lanes(session) as lanes:
        monkeypatch.setattr(lanes_module.time, "sleep", lambda seconds: stall(seconds + 0.2))
        lanes.send([("ticket", Write("Customer", body, "late-1"))], lambda: None)
        [(ticket, outcome)] = lanes.answered(5)
    assert (ticket, type(outcome)) == ("ticket", NotSent)
    assert writes(simulator, unit) == []


def test_one_request_at_a_time_is_left_for_reading(simulator, unit, settings):
    settings.QUICKBOOKS_REQUESTS_AT_ONCE = 2
    body = b'{"DisplayName": "Only One"}'
    with open_session(unit.quickbooks_company_id) as session, Lanes(session) as lanes:
        assert (lanes.room(is_batch=True), lanes.room(is_batch=False)) == (1, 1)
        lanes.send([("ticket", Write("Customer", body, "one-1"))], lambda: None)
        assert (lanes.room(is_batch=True), lanes.room(is_batch=False)) == (0, 0)
        lanes.answered(5)
        assert (lanes.room(is_batch=True), lanes.room(is_batch=False)) == (1, 1)


def test_answers_that_are_settled_together_ask_nothing_for_each(simulator, unit):
    make_paid_invoices(unit, 8)
    runs.confirm(prepare_ready(unit, None), None)
    queries = []
    with open_session(unit.quickbooks_company_id) as session:
        planned = planner.plan_singles(session, 4, bulk=True)
        planner.mark_as_sent(session, planned)
        answered = [(write, _send(session.client, write.batch)) for write in planned]
        for together in (answered[:1], answered[1:]):
            with CaptureQueriesContext(connection) as asked:
                settling.settle(session, together)
            queries.append(len(asked))
    assert len(answered) == 4
    assert queries[0] == queries[1]
    rows = BatchRequest.objects.order_by("pk")
    assert list(rows.values_list("http_status", "body")) == [(200, "")] * 4
    tids = list(rows.values_list("intuit_tid", flat=True))
    assert tids == [answer.intuit_tid for _, answer in answered]
    assert not rows.filter(settled_at=None).exists()


def _send(client, batch):
    return client.send(batch.target, batch.body.encode(), batch.request_id)

"""What one relay may meet while it drains a company, and how none of it stops the rest."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from sync import tasks
from sync.company import requests
from sync.company.sessions import open_session
from sync.exports.delivery import revalidation
from sync.exports.delivery.relay import Ended, drain, relay
from sync.exports.remedies import decide
from sync.exports.runs import runs
from sync.exports.runs.drafts import prepare, prepare_ready
from sync.models import (
    BatchRequest,
    CompanyRequest,
    Event,
    ExportRun,
    Invoice,
    QuickBooksCompany,
    SyncRecord,
)
from sync.quickbooks.documents import dump
from sync.tasks import HANDLERS
from tests.exports import ledger
from tests.factories import InvoiceFactory, PaymentFactory

pytestmark = pytest.mark.django_db(transaction=True)

BATCH = {"endpoint": "batch"}


@pytest.fixture(autouse=True)
def calm(simulator):
    yield
    simulator.clear_faults()
    simulator.switch(cdc_look_back="any")


def confirmed(unit):
    return runs.confirm(prepare_ready(unit, None), None)


def until(condition, company_id, most=60):
    """Let relays come one after the other until something is so."""
    for _ in range(most):
        if condition():
            return
        relay(company_id, HANDLERS)
        QuickBooksCompany.objects.update(paused_until=None)
        BatchRequest.objects.filter(settled_at=None).update(look_after=timezone.now())
    pytest.fail("it never came so far")


def states():
    return set(SyncRecord.objects.values_list("state", flat=True))


def test_what_left_the_outbox_while_it_was_planned_is_not_sent(simulator, unit, paid, monkeypatch):
    asked = revalidation._invoices_to_ask

    def hold_meanwhile(company, found):
        invoices = asked(company, found)
        if any(record.kind == "invoice" for record in found):
            decide.hold(Invoice.objects.get(), None, "not ours")
        return invoices

    monkeypatch.setattr(revalidation, "_invoices_to_ask", hold_meanwhile)
    run = confirmed(unit)
    relay(run.company_id, HANDLERS)
    assert ledger.invoices(simulator, unit) == {}
    invoice = SyncRecord.objects.get(kind="invoice")
    assert (invoice.state, invoice.error_code, invoice.qbo_id) == ("failed", "UNEXPECTED", "")
    assert not BatchRequest.objects.filter(settled_at=None).exists()


def test_a_write_of_long_ago_is_looked_for_as_far_back_as_intuit_tells(simulator, unit, paid):
    simulator.switch(cdc_look_back="refuse")
    simulator.fault("lose", match=BATCH, after=1)
    run = confirmed(unit)
    until(lambda: BatchRequest.objects.filter(settled_at=None).exists(), run.company_id)
    BatchRequest.objects.filter(settled_at=None).update(sent_at=timezone.now() - timedelta(days=40))
    until(lambda: states() == {"exported"}, run.company_id)
    assert ledger.payments(simulator, unit) == ledger.EXAMPLE


def test_a_search_that_is_refused_stops_one_request_and_nothing_else(simulator, unit, paid):
    simulator.fault("refuse", match=BATCH, after=1)
    simulator.fault("fault", match={"endpoint": "cdc"}, code="6000", times=1000)
    run = confirmed(unit)
    until(lambda: BatchRequest.objects.filter(settled_at=None).exists(), run.company_id)
    other = InvoiceFactory(business_unit=unit, number="OTHER")
    [draft] = prepare([PaymentFactory(invoice=other).pk], None, is_single=True)
    runs.confirm(draft, None)
    until(lambda: SyncRecord.objects.filter(invoice=other, state="exported"), run.company_id)
    record = SyncRecord.objects.get(invoice=paid)
    assert record.state == "in_flight"
    until(lambda: SyncRecord.objects.filter(state="uncertain").exists(), run.company_id)
    record.refresh_from_db()
    assert "refuses to be searched" in record.error
    assert sorted(ledger.invoices(simulator, unit)) == ["OTHER"]


def test_what_never_left_costs_no_try(simulator, unit, paid, settings):
    address, settings.QUICKBOOKS_API_URL = settings.QUICKBOOKS_API_URL, "http://127.0.0.1:9/v3"
    run = confirmed(unit)
    ExportRun.objects.update(preferences_read_at=timezone.now())
    for _ in range(8):
        relay(run.company_id, HANDLERS)
        QuickBooksCompany.objects.update(paused_until=None)
    assert set(SyncRecord.objects.values_list("state", "tries")) == {("pending", 0)}
    settings.QUICKBOOKS_API_URL = address
    simulator.fault("expire_token", match=BATCH)
    drain(run, HANDLERS)
    assert ledger.payments(simulator, unit) == ledger.EXAMPLE


def test_a_token_that_is_refused_again_and_again_fails_no_document(simulator, unit, paid):
    simulator.fault("expire_token", match=BATCH, times=1000)
    run = confirmed(unit)
    for _ in range(8):
        relay(run.company_id, HANDLERS)
        assert QuickBooksCompany.objects.get().paused_until > timezone.now()
        QuickBooksCompany.objects.update(paused_until=None)
    assert set(SyncRecord.objects.values_list("state", "tries")) == {("pending", 0)}
    simulator.clear_faults()
    drain(run, HANDLERS)
    assert ledger.payments(simulator, unit) == ledger.EXAMPLE


@pytest.mark.usefixtures("queue_in_database")
@pytest.mark.parametrize("state", ["waiting", "running"])
def test_what_only_another_version_serves_wakes_nobody_here(simulator, unit, state):
    company = unit.quickbooks_company
    for kind in ("of another version", "verify"):
        requests.ask(company, kind, unit=unit)
    CompanyRequest.objects.filter(state="waiting").update(state=state)
    assert tasks.sweep() == 1
    OrmQ.objects.all().delete()
    assert relay(company.pk, HANDLERS) is Ended.DONE
    assert tasks.sweep() == 0
    assert not OrmQ.objects.exists()
    states = dict(CompanyRequest.objects.values_list("kind", "state"))
    assert states == {"of another version": "waiting", "verify": "done"}


@pytest.mark.parametrize(("let_go", "outcome"), [(True, "exported"), (False, "uncertain")])
def test_our_own_removal_casts_no_doubt(simulator, unit, paid, let_go, outcome):
    simulator.fault("refuse", match=BATCH, after=1)
    run = confirmed(unit)
    until(lambda: BatchRequest.objects.filter(settled_at=None).exists(), run.company_id)
    gone = _made_and_deleted(unit)
    if let_go:
        Event.objects.create(
            business_unit=unit,
            action="removed_from_quickbooks",
            subject_kind="invoice",
            subject_id=paid.pk,
            detail={"quickbooks_id": gone, "company": run.company_id},
        )
    settled = BatchRequest.objects.filter(settled_at=None)
    until(lambda: not settled.exists(), run.company_id)
    record = SyncRecord.objects.get(invoice=paid)
    assert (record.state, record.error) == (outcome, record.error)


def _made_and_deleted(unit):
    """Make an invoice in QuickBooks that carries no mark of ours, and delete it again."""
    with open_session(unit.quickbooks_company_id) as session:
        send = session.client.send
        [customer] = session.client.query("SELECT * FROM Customer MAXRESULTS 1")["Customer"]
        line = {
            "Amount": Decimal("9.00"),
            "DetailType": "SalesItemLineDetail",
            "SalesItemLineDetail": {"ItemRef": {"value": "1"}},
        }
        body = {"CustomerRef": {"value": customer["Id"]}, "Line": [line]}
        made = send("Invoice", dump(body), "make").data["Invoice"]
        body = {"Id": made["Id"], "SyncToken": made["SyncToken"]}
        assert send("Invoice", dump(body), "delete", "delete").status == 200
        return made["Id"]


def test_a_payment_goes_only_to_an_invoice_that_is_as_it_should_be(simulator, unit, paid):
    simulator.fault("item", match=BATCH, after=2, entity="Payment", index=0, code="6000", times=1)
    run = confirmed(unit)
    drain(run, HANDLERS)
    failed = SyncRecord.objects.get(kind="payment", state="failed")
    SyncRecord.objects.filter(invoice=paid).update(state="mismatch", error="It differs.")
    there = ledger.payments(simulator, unit)
    decide.retry(failed.payment, None)
    relay(run.company_id, HANDLERS)
    failed.refresh_from_db()
    assert (failed.state, failed.is_sendable) == ("pending", False)
    assert ledger.payments(simulator, unit) == there


def test_a_customer_of_a_paused_run_goes_with_the_run_that_needs_it(simulator, unit, paid):
    held = confirmed(unit)
    ExportRun.objects.filter(pk=held.pk).update(state=ExportRun.State.PAUSED)
    other = InvoiceFactory(business_unit=unit, customer=paid.customer, number="OTHER")
    [draft] = prepare([PaymentFactory(invoice=other).pk], None)
    drain(runs.confirm(draft, None), HANDLERS)
    assert sorted(ledger.invoices(simulator, unit)) == ["OTHER"]
    assert SyncRecord.objects.get(invoice=paid).state == "pending"
    assert SyncRecord.objects.get(customer=paid.customer).run == draft


def test_a_retried_payment_takes_what_it_was_to_take_of_the_invoice_there(simulator, unit, paid):
    simulator.fault("item", match=BATCH, after=2, entity="Payment", index=0, code="6000")
    run = confirmed(unit)
    drain(run, HANDLERS)
    failed = SyncRecord.objects.get(kind="payment", state="failed")
    Invoice.objects.filter(pk=paid.pk).update(subtotal=Decimal("90.00"), total=Decimal("90.00"))
    decide.retry(failed.payment, None)
    run.refresh_from_db()
    drain(run, HANDLERS)
    assert ledger.payments(simulator, unit) == ledger.EXAMPLE

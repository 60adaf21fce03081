"""What waits when a unit is disconnected: taken back, so that nothing goes without a press."""

import pytest
from django.core.management import call_command

from sync.exports.delivery.relay import relay
from sync.exports.runs import runs
from sync.exports.runs.disconnect import DisconnectRefused, Waiting, disconnect, what_waits
from sync.models import ExportRun, ExportRunItem, QuickBooksCompany, SyncRecord
from sync.tasks import HANDLERS
from tests.exports.ledger import ours_only
from tests.factories import BusinessUnitFactory, InvoiceFactory, PaymentFactory, SyncRecordFactory

pytestmark = pytest.mark.django_db(transaction=True)
State = SyncRecord.State
WORDS = "Its business unit was disconnected before it was sent: export it anew."


def queue(unit, number="1"):
    """Queue an invoice with two payments; return the run."""
    invoice = InvoiceFactory(business_unit=unit, number=number)
    half = invoice.total / 2
    paid = [
        PaymentFactory(invoice=invoice, amount=each).pk for each in (half, invoice.total - half)
    ]
    [run] = runs.prepare(paid, None)
    runs.confirm(run, None)
    return run


def half_there(unit):
    """Queue an invoice whose own document has left, and its payments not yet."""
    run = queue(unit)
    before = SyncRecord.objects.filter(kind__in=["customer", "invoice"])
    before.update(state=State.EXPORTED, qbo_id="77")
    SyncRecord.objects.filter(kind="payment").update(is_sendable=True)
    return run


@pytest.mark.parametrize("is_shared", [False, True])
def test_after_connecting_again_nothing_goes_without_a_press(simulator, unit, is_shared):
    company = unit.quickbooks_company
    if is_shared:
        BusinessUnitFactory(name="South", quickbooks_company=company)
    run = queue(unit)
    assert what_waits(unit, company) == Waiting(payments=2, half_there=0)
    disconnect(unit, None)
    assert not SyncRecord.objects.exists()
    run.refresh_from_db()
    assert run.state == ExportRun.State.FINISHED
    told = set(run.items.values_list("choice", "reason_code", "reason"))
    assert told == {("skipped", "DISCONNECTED", WORDS)}

    call_command("connect_simulator", unit.code, realm=company.realm_id, verbosity=0)
    relay(company.pk, HANDLERS)
    assert ours_only(simulator.documents(company.realm_id, "Invoice")) == []
    unit.refresh_from_db()
    queue(unit, "2")
    relay(company.pk, HANDLERS)
    [sent] = ours_only(simulator.documents(company.realm_id, "Invoice"))
    assert sent["DocNumber"] == "2"


def test_what_a_long_run_has_yet_to_queue_is_left_out_too(unit):
    run = queue(unit)
    SyncRecord.objects.all().delete()
    ExportRun.objects.update(enqueued_at=None, enqueued_to=0)
    assert what_waits(unit, unit.quickbooks_company).payments == 2
    disconnect(unit, None)
    assert set(run.items.values_list("reason_code", flat=True)) == {"DISCONNECTED"}
    assert not runs.running(run.company_id).exists()


def test_an_invoice_that_has_left_gets_its_payments_first(unit):
    half_there(unit)
    before = list(SyncRecord.objects.values())
    with pytest.raises(DisconnectRefused, match="1 invoice is in QuickBooks without all payments"):
        disconnect(unit, None)
    assert list(SyncRecord.objects.values()) == before
    assert not ExportRunItem.objects.filter(choice="skipped").exists()


def test_with_a_dead_token_it_stops_in_sight_and_waits_for_a_press(unit):
    run = half_there(unit)
    company = unit.quickbooks_company
    QuickBooksCompany.objects.update(status=QuickBooksCompany.Status.NEEDS_RECONNECT)
    company.refresh_from_db()
    assert what_waits(unit, company) == Waiting(payments=0, half_there=2)
    disconnect(unit, None)
    payments = SyncRecord.objects.filter(kind="payment")
    assert set(payments.values_list("state", "error_code")) == {("failed", "DISCONNECTED")}
    assert not run.items.filter(choice="skipped").exists()
    assert not runs.running(company.pk).exists()


def test_another_units_work_goes_on(unit):
    company = unit.quickbooks_company
    south = BusinessUnitFactory(name="South", quickbooks_company=company)
    theirs = SyncRecordFactory(company=company, payment__invoice__business_unit=south)
    queue(unit)
    disconnect(unit, None)
    assert list(SyncRecord.objects.values_list("pk", "state")) == [(theirs.pk, "pending")]

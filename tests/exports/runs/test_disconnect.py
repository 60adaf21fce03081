"""What waits when a unit is disconnected: taken back, so that nothing goes without a press."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from sync.connections.handshake import ConnectRefused
from sync.connections.unit_moves import refuse_to_leave
from sync.exports.delivery.relay import drain, relay
from sync.exports.remedies.decide import Decision, decide
from sync.exports.rules.eligibility import with_reasons
from sync.exports.runs import runs
from sync.exports.runs.disconnect import DisconnectRefused, Waiting, disconnect, what_waits
from sync.exports.runs.drafts import prepare
from sync.models import Customer, ExportRun, ExportRunItem, Payment, QuickBooksCompany, SyncRecord
from sync.tasks import HANDLERS
from tests.exports.ledger import ours_only
from tests.factories import (
    BatchRequestFactory,
    BusinessUnitFactory,
    CustomerFactory,
    InvoiceFactory,
    PaymentFactory,
    QuickBooksCompanyFactory,
    SyncRecordFactory,
)

pytestmark = pytest.mark.django_db(transaction=True)
State = SyncRecord.State
WORDS = "Its business unit was disconnected before it was sent: export it anew."


def queue(unit, number="1"):
    """Queue an invoice of the one customer with two payments; return the run."""
    known = Customer.objects.filter(business_unit=unit).first()
    customer = known or CustomerFactory(business_unit=unit)
    invoice = InvoiceFactory(business_unit=unit, number=number, customer=customer)
    half = invoice.total / 2
    paid = [
        PaymentFactory(invoice=invoice, amount=each).pk for each in (half, invoice.total - half)
    ]
    [run] = prepare(paid, None)
    return runs.confirm(run, None)


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


def left_without_answer(unit, **values):
    """Queue an invoice whose own document left, and nobody knows whether it arrived."""
    run = queue(unit)
    batch = BatchRequestFactory(company=run.company, target="invoice", body="{}", **values)
    SyncRecord.objects.filter(run=run, kind="invoice").update(state=State.IN_FLIGHT, batch=batch)
    return batch


def stands():
    rows = SyncRecord.objects.exclude(state=State.EXPORTED)
    return set(rows.values_list("kind", "state"))


def lose_the_token(unit):
    unit.quickbooks_company.status = QuickBooksCompany.Status.NEEDS_RECONNECT
    unit.quickbooks_company.save()


def long_ago():
    return timezone.now() - timedelta(hours=1)


def test_with_a_dead_token_what_got_no_answer_is_uncertain_and_looked_for_on_a_press(
    simulator, unit
):
    company = unit.quickbooks_company
    drain(queue(unit, "0"), HANDLERS)
    batch = left_without_answer(unit, sent_at=long_ago(), look_after=long_ago())
    with pytest.raises(DisconnectRefused, match="1 document is being exported"):
        disconnect(unit, None)
    lose_the_token(unit)
    assert what_waits(unit, company) == Waiting(payments=0, half_there=2, unknown=1)
    disconnect(unit, None)
    stopped = stands()
    assert stopped == {("invoice", "uncertain"), ("payment", "failed")}
    batch.refresh_from_db()
    assert batch.settled_at is not None
    assert batch.body == ""

    call_command("connect_simulator", unit.code, realm=company.realm_id, verbosity=0)
    simulator.clear_journal()
    relay(company.pk, HANDLERS)
    assert len(ours_only(simulator.documents(company.realm_id, "Invoice"))) == 1
    assert stands() == stopped

    # The press: it is looked for, and sent because it is not there.
    invoice = SyncRecord.objects.get(kind="invoice", invoice__number="1")
    decide(Decision.RETRY, [invoice.invoice_id], None)
    drain(ExportRun.objects.get(records=invoice), HANDLERS)
    made = ours_only(simulator.documents(company.realm_id, "Invoice"))
    assert sorted(row["DocNumber"] for row in made) == ["0", "1"]
    asked = [call["path"].rsplit("/", 1)[-1] for call in simulator.journal(company.realm_id)]
    assert asked.index("query") < asked.index("batch")
    assert set(SyncRecord.objects.values_list("state", flat=True)) == {State.EXPORTED}


def test_a_moment_after_it_left_looking_proves_nothing_so_it_stays(unit):
    soon = timezone.now() + timedelta(minutes=1)
    left_without_answer(unit, sent_at=timezone.now(), look_after=soon)
    lose_the_token(unit)
    before = list(SyncRecord.objects.values())
    with pytest.raises(DisconnectRefused, match="in a few minutes"):
        disconnect(unit, None)
    assert list(SyncRecord.objects.values()) == before


def test_what_others_sent_in_the_same_request_is_still_found_out(unit):
    batch = left_without_answer(unit, sent_at=long_ago(), look_after=long_ago())
    south = BusinessUnitFactory(name="South", quickbooks_company=unit.quickbooks_company)
    theirs = SyncRecordFactory(
        company=unit.quickbooks_company, payment__invoice__business_unit=south,
        state=State.IN_FLIGHT, batch=batch,
    )  # fmt: skip
    lose_the_token(unit)
    disconnect(unit, None)
    batch.refresh_from_db()
    theirs.refresh_from_db()
    assert (batch.settled_at, theirs.state) == (None, State.IN_FLIGHT)


def test_a_unit_moves_on_from_a_dead_company_and_takes_nothing_that_may_be_there(unit):
    left_without_answer(unit, sent_at=long_ago(), look_after=long_ago())
    with pytest.raises(ConnectRefused, match="Let them finish"):
        refuse_to_leave(unit, "other", ConnectRefused)
    lose_the_token(unit)
    with pytest.raises(ConnectRefused, match="Disconnect it first"):
        refuse_to_leave(unit, "other", ConnectRefused)
    disconnect(unit, None)
    unit.refresh_from_db()
    refuse_to_leave(unit, "other", ConnectRefused)
    unit.quickbooks_company = QuickBooksCompanyFactory(realm_id="other")
    unit.save()
    payments = Payment.objects.filter(invoice__number="1")
    reasons = with_reasons(payments, []).values_list("reason", flat=True)
    assert set(reasons) == {"IN_ANOTHER_COMPANY"}


def test_a_unit_does_not_leave_what_it_queued_to_go_without_it(unit):
    queue(unit)
    with pytest.raises(ConnectRefused, match="Disconnect it first"):
        refuse_to_leave(unit, "other", ConnectRefused)


def test_another_units_work_goes_on(unit):
    company = unit.quickbooks_company
    south = BusinessUnitFactory(name="South", quickbooks_company=company)
    theirs = SyncRecordFactory(company=company, payment__invoice__business_unit=south)
    queue(unit)
    disconnect(unit, None)
    assert list(SyncRecord.objects.values_list("pk", "state")) == [(theirs.pk, "pending")]

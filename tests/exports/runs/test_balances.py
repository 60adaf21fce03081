"""Before late payments go, what is open in QuickBooks is read again; too little stops them."""

from decimal import Decimal

import pytest

from sync.exports.delivery.relay import drain
from sync.exports.remedies import decide
from sync.exports.remedies.requests import Remedy
from sync.exports.runs import runs
from sync.exports.runs.drafts import prepare_ready
from sync.models import ExportRun, SyncRecord
from sync.tasks import HANDLERS
from tests.exports import ledger
from tests.laws import waves

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("calm")]


@pytest.fixture
def let_go(unit, export, paid, bookkeeper, ask):
    """The example in QuickBooks but for its $70.00, which a bookkeeper deleted; we let go of it."""
    export()
    payment = max(bookkeeper.ours("Payment"), key=lambda d: d["TotalAmt"])
    bookkeeper.delete("Payment", payment)
    record = SyncRecord.objects.get(payment__amount=70)
    assert ask(Remedy.UNLINK, [record])["Payment of $70.00, 1 May 2026"][0]
    return paid


def assert_stopped(bookkeeper, books, report, words):
    assert (report["exported"], report["mismatch"]) == (0, 1)
    record = SyncRecord.objects.get(kind="invoice")
    assert (record.state, record.error_code) == ("mismatch", "BALANCE")
    assert record.error == (
        f"Payments of $70.00 wait for this invoice, but in QuickBooks {words}."
        " Look what was applied to it there, then check again."
    )
    payment = SyncRecord.objects.get(payment__amount=70)
    assert (payment.state, payment.qbo_id, payment.is_sendable) == ("pending", "", False)
    assert bookkeeper.books() == books


def test_enough_is_open(simulator, unit, export, let_go):
    assert export()["exported"] == 1
    assert ledger.payments(simulator, unit) == ledger.EXAMPLE


def test_less_is_open_than_the_payments_need(simulator, unit, export, let_go, bookkeeper):
    [invoice] = bookkeeper.ours("Invoice")
    bookkeeper.receive(invoice["CustomerRef"]["value"], Decimal("0.01"), invoice["Id"])
    books = bookkeeper.books()
    assert_stopped(bookkeeper, books, export(status=1), "$69.99 is open")


def test_the_invoice_is_gone(simulator, unit, export, let_go, bookkeeper):
    [invoice] = bookkeeper.ours("Invoice")
    bookkeeper.delete("Invoice", invoice)
    books = bookkeeper.books()
    assert_stopped(bookkeeper, books, export(status=1), "it is no longer there")


def test_put_right_and_checked_again_the_payment_goes(
    simulator, unit, export, let_go, bookkeeper, ask
):
    [invoice] = bookkeeper.ours("Invoice")
    by_hand = bookkeeper.receive(invoice["CustomerRef"]["value"], Decimal("0.01"), invoice["Id"])
    export(status=1)
    bookkeeper.delete("Payment", by_hand)
    said = ask(Remedy.CHECK, SyncRecord.objects.filter(kind="invoice"))
    assert said["Invoice R-1042"][0]
    export()
    assert ledger.payments(simulator, unit) == ledger.EXAMPLE


def test_what_was_paid_by_hand_since_its_refusal_is_not_paid_again_by_a_retry(
    simulator, unit, paid, bookkeeper, export
):
    simulator.fault("item", match={"endpoint": "batch"}, after=2, index=0, code="2500")
    export(status=1)
    failed = SyncRecord.objects.get(state="failed").payment
    [invoice] = bookkeeper.ours("Invoice")
    bookkeeper.receive(invoice["CustomerRef"]["value"], failed.amount, invoice["Id"])
    books = bookkeeper.books()
    simulator.switch(over_apply="unapplied")
    decide.retry(failed, None)
    drain(ExportRun.objects.get(), HANDLERS)
    simulator.switch(over_apply="refuse")
    assert bookkeeper.books() == books
    record = SyncRecord.objects.get(kind="invoice")
    assert (record.state, record.error_code) == ("mismatch", "BALANCE")
    assert "in QuickBooks $0.00 is open" in record.error


def test_what_was_paid_by_hand_while_a_run_rested_is_not_paid_again(
    simulator, unit, paid, bookkeeper
):
    run = runs.confirm(prepare_ready(unit, None), None)
    waves.send_and_settle(unit, 2)
    ExportRun.objects.update(state=ExportRun.State.PAUSED)
    [invoice] = bookkeeper.ours("Invoice")
    bookkeeper.receive(invoice["CustomerRef"]["value"], Decimal("150.00"), invoice["Id"])
    books = bookkeeper.books()
    simulator.switch(over_apply="unapplied")
    decide.go_on(run, None)
    run.refresh_from_db()
    drain(run, HANDLERS)
    simulator.switch(over_apply="refuse")
    assert bookkeeper.books() == books
    record = SyncRecord.objects.get(kind="invoice")
    assert (record.state, record.error_code) == ("mismatch", "BALANCE")

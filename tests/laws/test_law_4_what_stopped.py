"""Law 4, to the cent: what differs stops its run and its payments until it is put right."""

import pytest

from sync import tasks
from sync.exports.delivery.relay import drain
from sync.exports.remedies import requests
from sync.exports.remedies.requests import Remedy
from sync.exports.remedies.results import resume
from sync.exports.runs import runs
from sync.exports.runs.drafts import prepare_ready
from sync.models import ExportRun, SyncRecord
from tests.exports import ledger
from tests.exports.conftest import answers
from tests.factories import ExportRunFactory, InvoiceFactory, PaymentFactory, SyncRecordFactory
from tests.laws import waves

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("calm")]


def paused_run(company, *states):
    """A paused run whose invoices stand like that, and which is in the outbox."""
    run = ExportRunFactory(company=company, state="paused", confirmed_at="2026-05-01T00:00:00Z")
    ExportRun.objects.update(enqueued_at="2026-05-01T00:00:00Z")
    records = [
        SyncRecordFactory(
            company=company,
            run=run,
            kind="invoice",
            payment=None,
            invoice=InvoiceFactory(),
            state=state,
            qbo_id=str(number),
        )
        for number, state in enumerate(states, 1)
    ]
    return run, records


def state(run):
    run.refresh_from_db()
    return run.state


def test_a_run_goes_on_once_the_last_that_stopped_it_is_right(company):
    run, [first, second] = paused_run(company, "exported", "mismatch")
    other, _ = paused_run(company.__class__.objects.get(name="Bystander LLC"), "mismatch")
    resume([first])
    assert state(run) == "paused"
    SyncRecord.objects.filter(pk=second.pk).update(state="exported")
    resume([second])
    assert state(run) == "finished"
    assert state(other) == "paused"


def test_checking_what_never_stopped_sends_no_paused_run_on(unit, paid, export, ask):
    export()
    ExportRun.objects.update(state="paused", finished_at=None)
    said = ask(Remedy.CHECK, SyncRecord.objects.all())
    assert {done for done, _ in said.values()} == {True}
    assert ExportRun.objects.get().state == "paused"


def test_payments_of_an_invoice_that_was_found_to_differ_stay_here(
    simulator, unit, paid, bookkeeper, ask
):
    run = runs.confirm(prepare_ready(unit, None), None)
    waves.send_and_settle(unit, 2)
    assert SyncRecord.objects.filter(payment__isnull=False, is_sendable=True).count() == 3
    bookkeeper.edit("Invoice", bookkeeper.ours("Invoice")[0], TxnDate="2026-05-06")
    ask(Remedy.CHECK, [SyncRecord.objects.get(invoice=paid)])
    drain(run, tasks.HANDLERS)
    assert SyncRecord.objects.get(invoice=paid).state == "mismatch"
    assert ledger.payments(simulator, unit) == []
    assert set(SyncRecord.objects.filter(kind="payment").values_list("state", "tries")) == {
        ("pending", 0)
    }


def test_a_removal_takes_nothing_where_more_was_exported_meanwhile(
    simulator, unit, paid, export, bookkeeper, lee
):
    export()
    [asked] = requests.ask(Remedy.REMOVE, [SyncRecord.objects.get(invoice=paid).pk], lee)
    late = PaymentFactory(invoice=paid, amount="5.00")
    SyncRecordFactory(
        company=unit.quickbooks_company, payment=late, state="exported", qbo_id="4711"
    )
    before = bookkeeper.books()
    said = answers([asked])
    assert {words for _, words in said.values()} == {
        "More of it was exported meanwhile. Remove it again to take that along."
    }
    assert bookkeeper.books() == before
    paid.refresh_from_db()
    assert paid.do_not_export_at is None
    assert SyncRecord.objects.exclude(qbo_id="").count() == 6

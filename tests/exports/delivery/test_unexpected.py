"""An error that nobody expected: what has left stays unknown, and the others are done."""

import pytest

from sync import tasks
from sync.company.lease import LeaseLost
from sync.connections import health_check
from sync.exports.delivery import planner, relay, settling
from sync.exports.remedies import check, decide
from sync.exports.remedies.decision_plan import Decision
from sync.exports.remedies.requests import Remedy
from sync.exports.runs import runs
from sync.exports.runs.drafts import prepare_ready
from sync.mappings import store_proposals
from sync.models import BatchRequest, CompanyRequest, ExportRun, QuickBooksCompany, SyncRecord
from tests.exports import ledger
from tests.factories import InvoiceFactory, PaymentFactory, QuickBooksCompanyFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("calm")]


class UnforeseenError(Exception):
    pass


@pytest.fixture
def invoices(unit):
    made = [InvoiceFactory(business_unit=unit, number=f"U-{n}") for n in range(3)]
    for invoice in made:
        PaymentFactory(invoice=invoice)
    return made


def failing_for(function, invoice):
    """Return the function, raising where its first argument is the invoice's record."""

    def act(record, *arguments):
        if record.invoice_id == invoice.pk:
            raise UnforeseenError
        return function(record, *arguments)

    return act


def states():
    rows = SyncRecord.objects.filter(kind="invoice").order_by("invoice__number")
    return dict(rows.values_list("invoice__number", "state"))


def relay_once(unit):
    return tasks.relay(unit.quickbooks_company_id)


@pytest.mark.long
def test_what_has_left_stays_unknown_until_it_is_looked_for(
    simulator, unit, invoices, monkeypatch, settings
):
    settings.QUICKBOOKS_SERVER_LIMIT = 60
    run = runs.confirm(prepare_ready(unit, None), None)
    with monkeypatch.context() as patch:
        patch.setattr(settling, "take", failing_for(settling.take, invoices[1]))
        relay_once(unit)
    assert states() == {"U-0": "exported", "U-1": "in_flight", "U-2": "exported"}
    record = SyncRecord.objects.get(invoice=invoices[1])
    [left] = BatchRequest.objects.filter(settled_at=None)
    assert record.batch == left
    assert left.sent_at is not None
    assert left.body
    assert (record.error, record.error_code, record.qbo_id) == ("", "", "")
    settings.QUICKBOOKS_SERVER_LIMIT = 0.1
    BatchRequest.objects.filter(pk=left.pk).look_later()
    relay.drain(run, tasks.HANDLERS)
    assert set(SyncRecord.objects.values_list("state", flat=True)) == {"exported"}
    ledger.assert_equal_to_ours(simulator, unit)


def test_a_lost_lease_is_no_documents_error(unit, invoices, monkeypatch):
    runs.confirm(prepare_ready(unit, None), None)
    before = list(SyncRecord.objects.order_by("pk").values_list("pk", "state", "error"))

    def lose(*_given):
        raise LeaseLost

    monkeypatch.setattr(planner, "_commit", lose)
    assert relay_once(unit) == "another process holds the company"
    assert list(SyncRecord.objects.order_by("pk").values_list("pk", "state", "error")) == before
    assert not QuickBooksCompany.objects.filter(stuck_since__isnull=False).exists()


@pytest.mark.long
def test_checking_many_again_leaves_out_only_the_one(unit, invoices, export, ask, monkeypatch):
    assert export()["exported"] == 3
    monkeypatch.setattr(check, "take", failing_for(check.take, invoices[1]))
    said = ask(Remedy.CHECK, SyncRecord.objects.filter(kind="invoice"))
    assert {name: done for name, (done, _) in said.items()} == {
        "Invoice U-0": True, "Invoice U-1": False, "Invoice U-2": True,
    }  # fmt: skip
    assert "the log names it" in said["Invoice U-1"][1]


def test_retrying_many_leaves_out_only_the_one(unit, invoices, lee, monkeypatch):
    runs.confirm(prepare_ready(unit, None), None)
    SyncRecord.objects.filter(kind="invoice").update(state="failed", error="No.")
    refreshed = decide.queue_again

    def queue_again(company, steps):
        if any(step.invoice == invoices[1] for step in steps):
            raise UnforeseenError
        refreshed(company, steps)

    monkeypatch.setattr(decide, "queue_again", queue_again)
    steps = decide.decide(Decision.RETRY, [invoice.pk for invoice in invoices], lee)
    assert states() == {"U-0": "pending", "U-1": "failed", "U-2": "pending"}
    refused = {step.invoice.number: bool(step.refused) for step in steps}
    assert refused == {"U-0": False, "U-1": True, "U-2": False}


def test_a_request_that_fails_says_so_and_exports_go_on(simulator, unit, invoices):
    def fail(_session, _request):
        raise UnforeseenError

    company = unit.quickbooks_company
    asked = CompanyRequest.objects.create(company=company, kind="verify")
    run = runs.confirm(prepare_ready(unit, None), None)
    relay.relay(company.pk, tasks.HANDLERS | {"verify": fail})
    asked.refresh_from_db()
    assert asked.state == "failed"
    assert "Start it again." in asked.error
    run.refresh_from_db()
    assert run.state == ExportRun.State.FINISHED
    assert states() == dict.fromkeys(["U-0", "U-1", "U-2"], "exported")


def test_a_relay_that_cannot_go_on_says_so_until_it_goes_on(
    simulator, unit, invoices, export, monkeypatch, capsys
):
    company = unit.quickbooks_company

    def fail(*_given):
        raise UnforeseenError

    with monkeypatch.context() as patch:
        patch.setattr(relay, "_fill", fail)
        report = export(status=1)
    assert (report["exported"], report["queued"]) == (0, 3)
    company.refresh_from_db()
    assert company.stuck_since is not None
    assert company.stuck_reason in capsys.readouterr().err
    assert ledger.nothing(simulator, unit)
    tasks.sweep()
    assert relay_once(unit) == "nothing to do now"
    company.refresh_from_db()
    assert (company.stuck_since, company.stuck_reason) == (None, "")
    assert states() == dict.fromkeys(["U-0", "U-1", "U-2"], "exported")


def test_at_night_a_company_that_fails_stops_no_other(unit, monkeypatch):
    broken = QuickBooksCompanyFactory(name="Aardvark LLC", verified_at=None)
    QuickBooksCompany.objects.filter(pk=broken.pk).update(verified_at="2026-05-01T00:00Z")
    done = []

    def fail_for_one(company, *_given, **_more):
        if company == broken:
            raise UnforeseenError
        done.append(company.pk)

    monkeypatch.setattr(store_proposals, "propose", fail_for_one)
    monkeypatch.setattr(health_check, "ask", fail_for_one)
    tasks.nightly()
    assert done == [unit.quickbooks_company_id] * 2

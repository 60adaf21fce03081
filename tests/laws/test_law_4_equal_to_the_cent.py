"""Law 4: What QBO holds equals what we hold, to the cent, or a person is told."""

from collections import Counter
from decimal import Decimal

import pytest

from accounts.access import AccessDenied
from accounts.models import Role
from sync import tasks
from sync.exports.delivery import planner
from sync.exports.delivery.relay import drain, relay
from sync.exports.remedies import decide
from sync.exports.runs import runs
from sync.exports.runs.drafts import prepare_ready
from sync.exports.runs.runs import progress
from sync.models import BatchRequest, Event, ExportRun, SyncRecord
from sync.quickbooks.batches import MOST_ITEMS
from sync.quickbooks.client import Client
from sync.quickbooks.documents import dump
from tests.exports import ledger
from tests.exports.taxed import taxing_unit
from tests.factories import (
    CustomerFactory,
    InvoiceFactory,
    InvoiceLineFactory,
    MembershipFactory,
    PaymentFactory,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def calm(simulator):
    yield
    simulator.clear_faults()
    simulator.switch(tax_override="documented", tax_drift_cents=0)


@pytest.fixture
def unit(simulator):
    """A unit whose company works its sales tax out by itself."""
    return taxing_unit(simulator)


def taxed(unit, number):
    """An invoice of $99.99 and $8.00 tax, paid in two parts that are not halves.

    Each is for a place of its own, so that none waits for what another proves of its tax.
    """
    invoice = InvoiceFactory(
        business_unit=unit,
        number=number,
        customer=CustomerFactory(business_unit=unit, region=number),
        subtotal=Decimal("99.99"),
        tax_total=Decimal("8.00"),
        lines=[],
    )
    for amount in ("33.33", "66.66"):
        InvoiceLineFactory(
            invoice=invoice, amount=Decimal(amount), unit_price=Decimal(amount), taxable=True
        )
    for amount in ("0.01", "107.98"):
        PaymentFactory(invoice=invoice, amount=Decimal(amount))
    return invoice


def test_odd_cents_arrive_as_they_are_here(simulator, unit, export):
    taxed(unit, "T-1")
    assert export()["exported"] == 2
    assert ledger.invoices(simulator, unit) == {
        "T-1": (Decimal("107.99"), Decimal("0.00"), "2026-05-04")
    }
    assert ledger.payments(simulator, unit) == [
        (Decimal("0.01"), Decimal("0.00"), "2026-05-10", "T-1"),
        (Decimal("107.98"), Decimal("0.00"), "2026-05-10", "T-1"),
    ]
    ledger.assert_equal_to_ours(simulator, unit)


@pytest.mark.parametrize(("cents", "theirs"), [(1, "108.00"), (-1, "107.98")])
def test_one_cent_of_tax_stops_the_payments_and_shows_both_figures(
    simulator, unit, export, cents, theirs
):
    taxed(unit, "T-1")
    simulator.switch(tax_override="never", tax_drift_cents=cents)
    report = export(status=1)
    assert (report["exported"], report["mismatch"]) == (0, 2)
    record = SyncRecord.objects.get(kind="invoice")
    assert (record.state, record.exported_total) == ("mismatch", Decimal(theirs))
    assert f"the total is 107.99 here and {theirs} in QuickBooks" in record.error
    assert ledger.payments(simulator, unit) == []
    assert set(SyncRecord.objects.filter(kind="payment").values_list("state", "tries")) == {
        ("pending", 0)
    }


def test_three_in_a_row_pause_the_run(simulator, unit, export):
    for number in ("T-1", "T-2", "T-3"):
        taxed(unit, number)
    simulator.switch(tax_override="never", tax_drift_cents=1)
    assert export(status=1)["mismatch"] == 6
    run = ExportRun.objects.get()
    assert run.state == ExportRun.State.PAUSED
    assert "3 invoices in a row differ" in run.state_detail
    assert ledger.payments(simulator, unit) == []
    with pytest.raises(AccessDenied):
        decide.go_on(run, MembershipFactory(business_unit=unit, role=Role.EXPORTER).user)
    run.refresh_from_db()
    assert run.state == ExportRun.State.PAUSED
    decide.go_on(run, MembershipFactory(business_unit=unit, role=Role.ACCOUNTANT).user)
    run.refresh_from_db()
    assert (run.state, run.state_detail) == (ExportRun.State.RUNNING, "")
    assert Event.objects.get(action="go_on").subject_id == run.pk
    with pytest.raises(decide.RemedyRefused, match="not paused"):
        decide.go_on(run, None)


def test_in_a_rehearsal_all_that_differs_is_found(simulator, unit, export, settings):
    settings.EXPORTS_PAUSE_AFTER = 0
    for number in ("T-1", "T-2", "T-3", "T-4"):
        taxed(unit, number)
    simulator.switch(tax_override="never", tax_drift_cents=1)
    assert export(status=1)["mismatch"] == 8
    assert ExportRun.objects.get().state == ExportRun.State.FINISHED


def test_three_in_a_row_pause_the_run_whatever_follows_in_the_same_batch(simulator, unit, export):
    PaymentFactory(invoice=InvoiceFactory(business_unit=unit, number="T-4"))
    for number in ("T-3", "T-2", "T-1"):  # the latest goes first
        taxed(unit, number)
    simulator.switch(tax_override="never", tax_drift_cents=1)
    assert export(status=1)["mismatch"] == 6
    assert settled() == [
        ("T-1", "mismatch"),
        ("T-2", "mismatch"),
        ("T-3", "mismatch"),
        ("T-4", "exported"),
    ]
    assert ExportRun.objects.get().state == ExportRun.State.PAUSED


def test_three_in_a_row_pause_the_run_also_where_their_answer_was_lost(simulator, unit, export):
    for number in ("T-1", "T-2", "T-3"):
        taxed(unit, number)
    simulator.switch(tax_override="never", tax_drift_cents=1)
    simulator.fault("lose", match={"endpoint": "batch"}, after=1)
    assert export(status=1)["mismatch"] == 6
    assert [state for _, state in settled()] == ["mismatch"] * 3
    assert ExportRun.objects.get().state == ExportRun.State.PAUSED


def test_three_that_differ_with_an_equal_one_among_them_do_not_pause(simulator, unit, export):
    taxed(unit, "T-4")
    PaymentFactory(invoice=InvoiceFactory(business_unit=unit, number="T-3"))
    for number in ("T-2", "T-1"):
        taxed(unit, number)
    simulator.switch(tax_override="never", tax_drift_cents=1)
    assert export(status=1)["mismatch"] == 6
    assert [state for _, state in settled()] == ["mismatch", "mismatch", "exported", "mismatch"]
    assert ExportRun.objects.get().state == ExportRun.State.FINISHED


def test_what_was_seen_before_a_run_went_on_counts_no_more(
    simulator, unit, export, settings, monkeypatch
):
    one_by_one(settings, monkeypatch)
    for n in range(1, 8):
        taxed(unit, f"T-{n}")
    simulator.switch(tax_override="never", tax_drift_cents=1)
    export(status=1)
    run = ExportRun.objects.get()
    for in_quickbooks, state in ((3, "paused"), (6, "paused"), (7, "finished")):
        run.refresh_from_db()
        assert [state for _, state in settled()] == ["mismatch"] * in_quickbooks
        assert (len(ledger.invoices(simulator, unit)), run.state) == (in_quickbooks, state)
        if state == "paused":
            decide.go_on(run, None)
            run.refresh_from_db()
            drain(run, tasks.HANDLERS)


def settled():
    """Return the invoices in QuickBooks in the order in which they were settled."""
    records = SyncRecord.objects.filter(kind="invoice", exported_at__isnull=False)
    return list(records.order_by("exported_at").values_list("invoice__number", "state"))


def one_by_one(settings, monkeypatch):
    """Let one document go at a time, so that each is settled before the next is planned."""
    settings.QUICKBOOKS_REQUESTS_AT_ONCE = 2
    monkeypatch.setattr(planner, "MOST_ITEMS", 1)


def test_an_edit_in_quickbooks_before_the_payments_go_is_told_and_stops_them(simulator, unit, paid):
    realm_id = unit.quickbooks_company.realm_id
    simulator.fault("lose", match={"endpoint": "batch"}, after=1)
    run = runs.confirm(prepare_ready(unit, None), None)
    relay(unit.quickbooks_company_id, tasks.HANDLERS)
    _change_total(simulator, realm_id, Decimal("149.99"))
    drain(run, tasks.HANDLERS)
    record = SyncRecord.objects.get(kind="invoice")
    assert record.state == "mismatch"
    assert "the total is 150.00 here and 149.99 in QuickBooks" in record.error
    assert ledger.payments(simulator, unit) == []
    assert progress(run).mismatch == 3


def _change_total(simulator, realm_id, total):
    """Be the bookkeeper who edits our invoice in QuickBooks."""
    [invoice] = ledger.ours_only(simulator.documents(realm_id, "Invoice"))
    line = invoice["Line"][0]
    detail = line["SalesItemLineDetail"]
    detail = {name: detail[name] for name in detail if name not in {"Qty", "UnitPrice"}}
    body = {
        "Id": invoice["Id"],
        "SyncToken": invoice["SyncToken"],
        "sparse": True,
        "Line": [line | {"Amount": total, "SalesItemLineDetail": detail}],
    }
    token = simulator.grant(realm_id)["access_token"]
    with Client(realm_id, token) as client:
        assert client.send("Invoice", dump(body), "bookkeeper-1").status == 200


def test_a_run_that_pauses_keeps_what_was_planned_ahead(simulator, unit, export, settings):
    settings.QUICKBOOKS_REQUESTS_AT_ONCE = 2
    for n in range(75):
        taxed(unit, f"T-{n}")
    simulator.switch(tax_override="never", tax_drift_cents=1)
    export(status=1)
    run = ExportRun.objects.get()
    assert run.state == ExportRun.State.PAUSED
    written = len(ledger.invoices(simulator, unit))
    assert 3 <= written <= MOST_ITEMS
    states = Counter(SyncRecord.objects.filter(kind="invoice").values_list("state", flat=True))
    assert states == {"mismatch": written, "pending": 75 - written}
    assert not BatchRequest.objects.filter(settled_at=None).exists()

"""From Vonigo to QuickBooks and back: entered there, ready here, exported, refunded, reported."""

import json
from io import StringIO

import pytest
from django.core.management import call_command

from sync import tasks
from sync.exports.runs import verdicts
from sync.intake.sources import connecting
from sync.models import Feed, Payment, RefundDiscrepancy, SyncRecord
from tests.intake.sources.conftest import DAY

pytestmark = pytest.mark.django_db


def printed(*arguments, status=0):
    out, code = StringIO(), 0
    try:
        call_command(*arguments, "--json", stdout=out)
    except SystemExit as stopped:
        code = stopped.code
    assert code == status, out.getvalue()
    return json.loads(out.getvalue())


@pytest.fixture
def woken(monkeypatch):
    """Return the tasks of companies whose invoices are to be checked."""
    asked = []
    monkeypatch.setattr(verdicts, "enqueue", lambda task, *ids: asked.append((task, *ids)))
    return asked


@pytest.fixture
def world(make_world):
    return make_world("vonigo")


def test_entered_there_it_is_exported_and_its_refund_is_reported(
    unit, world, simulator, export, woken
):
    world.settle(DAY)
    feed = connecting.connect(unit, "vonigo", world.entered, None)
    connecting.test(feed)
    connecting.choose_place(feed, "1", None)
    connecting.test(feed)
    connecting.answer(feed, {}, None)
    connecting.start(feed, None)
    client = world.add_customer("Ada Quist")
    invoice = world.bill(client, ["70.00", "80.00"], DAY)
    deposit = world.pay(client, "70.00", DAY, invoice)
    said = printed("pull", unit.code)
    assert said["counts"]["payment"] == {"created": 4}
    assert (said["refused"], said["differences"]) == ([], [])
    assert not Payment.objects.filter(external_id=str(deposit), invoice__balance_due=0).exists()

    world.pay(client, "80.00", DAY, invoice)
    assert woken == []  # nothing to check of what is not fully paid
    printed("pull", unit.code, "--source", "vonigo")
    assert woken == [("sync.tasks.find_verdicts", unit.quickbooks_company_id)]
    report = export()
    assert (report["ready"], report["exported"], report["failed"]) == (2, 2, 0)
    record = SyncRecord.objects.get(payment__external_id=str(deposit))
    realm = unit.quickbooks_company.realm_id
    documents = simulator.documents(realm, "Payment")
    ours = set(SyncRecord.objects.filter(kind="payment").values_list("qbo_id", flat=True))
    there = {one["Id"]: one["TotalAmt"] for one in documents if one["Id"] in ours}
    assert there[record.qbo_id] == 70
    assert sum(there.values()) == 150

    world.refund(deposit, "20.00", DAY)
    Feed.objects.update(next_at="2026-01-01T00:00:00Z")
    assert tasks.pull(feed.pk)
    [refund] = RefundDiscrepancy.objects.all()
    assert (f"{refund.amount}", refund.payment.external_id) == ("20.00", str(deposit))
    printed("pull", unit.code, "--full")
    assert RefundDiscrepancy.objects.count() == 1


def test_the_command_says_what_is_wrong(unit, world):
    assert _status("pull", "nowhere") == 2
    assert _status("pull", unit.code) == 2
    world.settle(DAY)
    feed = connecting.connect(unit, "vonigo", world.entered, None)
    assert _status("pull", unit.code) == 2
    connecting.test(feed)
    connecting.choose_place(feed, "1", None)
    connecting.test(feed)
    connecting.answer(feed, {}, None)
    connecting.start(feed, None)
    bad = world.pay(world.add_customer("Ben Ortiz"), "5.00", DAY)
    world.spoil(bad)
    [refused] = printed("pull", unit.code, status=1)["refused"]
    assert (refused["kind"], refused["id"], refused["code"]) == ("payment", str(bad), "NOT_CENTS")
    world.go_away(99)
    assert printed("pull", unit.code, status=1)["state"] == "failed"


def _status(*arguments):
    with pytest.raises(SystemExit) as stopped:
        call_command(*arguments, "--json", stdout=StringIO(), stderr=StringIO())
    return stopped.value.code

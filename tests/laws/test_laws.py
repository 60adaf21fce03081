"""The seven laws (ARCHITECTURE.md), each by name, over real HTTP to the simulator."""

import json
import logging
import threading
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import connection
from django.urls import reverse

from accounts.models import Role
from sync import tasks
from sync.connections.sessions import open_session
from sync.exports import runs
from sync.exports.planner import plan_batch
from sync.exports.progress import progress
from sync.exports.relay import relay
from sync.models import (
    BatchRequest,
    ExportRun,
    Invoice,
    Payment,
    QuickBooksCompany,
    Refund,
    RefundDiscrepancy,
    SyncRecord,
)
from sync.quickbooks.client import Client
from sync.quickbooks.documents import dump
from tests.exports import ledger
from tests.factories import (
    BusinessUnitFactory,
    InvoiceFactory,
    MembershipFactory,
    PaymentFactory,
    RefundFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db(transaction=True)


def press(payment):
    [run] = runs.prepare([payment.pk], None, is_single=True)
    return run


def drain(unit):
    return relay(unit.quickbooks_company_id, tasks.HANDLERS)


def drain_until_rest(unit):
    for _ in range(100):
        drain(unit)
        if not ExportRun.objects.filter(state=ExportRun.State.RUNNING).exists():
            return
    pytest.fail("the run did not come to rest")


def test_law_1_at_most_once_however_often_it_is_pressed(simulator, unit, paid):
    press_all_twice(paid)
    drain_until_rest(unit)
    drain(unit)
    assert_one_of_each(simulator, unit, paid)


@pytest.mark.services  # threads cannot share SQLite's database in memory
def test_law_1_at_most_once_with_several_workers_at_once(simulator, unit, paid):
    press_all_twice(paid)
    threads = [threading.Thread(target=_drain_in_thread, args=[unit]) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    drain_until_rest(unit)
    assert_one_of_each(simulator, unit, paid)


def press_all_twice(paid):
    pressed = [press(payment) for payment in paid.payments.all()]
    for run in [*pressed, *pressed]:
        runs.confirm(run, None)


def assert_one_of_each(simulator, unit, paid):
    assert len(ledger.payments(simulator, unit)) == 3
    assert list(ledger.invoices(simulator, unit)) == [paid.number]
    ledger.assert_equal_to_ours(simulator, unit)


def _drain_in_thread(unit):
    try:
        drain(unit)
    finally:
        connection.close()


def test_law_1_at_most_once_when_a_worker_dies_before_it_sends(simulator, unit, paid, quick):
    quick.QUICKBOOKS_SEND_DEADLINE = 0.1
    runs.confirm(press(paid.payments.first()), None)
    with open_session(unit.quickbooks_company_id) as session:
        planned = plan_batch(session)
    assert SyncRecord.objects.get(state="in_flight") == planned.records[0]
    quick.QUICKBOOKS_SEND_DEADLINE = 5.0
    drain_until_rest(unit)
    assert len(ledger.payments(simulator, unit)) == 3
    ledger.assert_equal_to_ours(simulator, unit)


def test_law_2_no_payment_before_its_invoice_was_fully_paid(simulator, unit, example, export):
    assert export()["exported"] == 0
    run = runs.confirm(press(example.payments.first()), None)
    drain(unit)
    assert run.items.get().reason == "Invoice R-1042 still has $50.00 due."
    assert ledger.nothing(simulator, unit)
    assert not [c for c in simulator.journal(unit.quickbooks_company.realm_id) if _writes(c)]


def _writes(call):
    return call["method"] == "POST" and not call["path"].endswith("/query")


@pytest.mark.parametrize("kind", ["lose", "cut", "refuse"])
def test_law_3_no_outcome_stays_unknown(simulator, unit, paid, export, kind):
    simulator.switch(requestid="ignored")
    simulator.fault(kind, match={"endpoint": "batch"}, times=2)
    try:
        assert export()["exported"] == 3
    finally:
        simulator.clear_faults()
        simulator.switch(requestid="honoured")
    assert not BatchRequest.objects.filter(settled_at=None).exists()
    assert set(SyncRecord.objects.values_list("state", flat=True)) == {"exported"}
    ledger.assert_equal_to_ours(simulator, unit)


def test_law_4_a_difference_of_a_cent_is_told_and_stops_the_payments(simulator, unit, paid):
    realm_id = unit.quickbooks_company.realm_id
    simulator.fault("lose", match={"endpoint": "batch"}, after=1)
    runs.confirm(press(paid.payments.first()), None)
    drain(unit)
    _change_total(simulator, realm_id, Decimal("149.99"))
    drain_until_rest(unit)
    record = SyncRecord.objects.get(kind="invoice")
    assert record.state == "mismatch"
    assert "the total is 150.00 here and 149.99 in QuickBooks" in record.error
    assert ledger.payments(simulator, unit) == []
    assert progress(ExportRun.objects.get()).mismatch == 3


def _change_total(simulator, realm_id, total):
    """Be the bookkeeper who edits our invoice in QuickBooks."""
    [invoice] = ledger.ours_only(simulator.documents(realm_id, "Invoice"))
    line = {k: v for k, v in invoice["Line"][0].items() if k != "SalesItemLineDetail"}
    detail = {"ItemRef": invoice["Line"][0]["SalesItemLineDetail"]["ItemRef"]}
    body = {
        "Id": invoice["Id"],
        "SyncToken": invoice["SyncToken"],
        "sparse": True,
        "Line": [line | {"Amount": total, "SalesItemLineDetail": detail}],
    }
    token = simulator.grant(realm_id)["access_token"]
    with Client(realm_id, token) as client:
        assert client.send("Invoice", dump(body), "bookkeeper-1").status == 200


def test_law_5_every_refund_of_an_exported_payment_is_reported(unit, paid, export):
    assert export()["exported"] == 3
    first, second, third = paid.payments.order_by("pk")
    elsewhere = PaymentFactory(invoice=InvoiceFactory(business_unit=unit))
    RefundFactory(payment=elsewhere, amount=1)
    RefundFactory(payment=first, amount=1)
    Refund.objects.bulk_create([RefundFactory.build(payment=second, amount=2)])
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO sync_refund (payment_id, amount, refunded_on, reason, external_id,"
            " created_at) VALUES (%s, 3, '2026-06-01', '', '', '2026-06-01 00:00:00')",
            [third.pk],
        )
    reported = RefundDiscrepancy.objects.values_list("payment", "amount")
    assert set(reported) == {(first.pk, 1), (second.pk, 2), (third.pk, 3)}


def test_law_6_no_one_moves_or_reads_what_they_hold_no_role_for(simulator, unit, paid, client):
    stranger = MembershipFactory(business_unit=BusinessUnitFactory(), role=Role.ADMINISTRATOR).user
    client.force_login(stranger)
    ids = list(paid.payments.values_list("pk", flat=True))
    shown = client.get(reverse("admin:sync_payment_change", args=[ids[0]]))
    assert shown.status_code in {302, 404}
    listed = client.get(reverse("admin:sync_payment_changelist"))
    assert paid.number not in listed.content.decode()
    client.post(
        reverse("admin:sync_payment_changelist"),
        {"action": "export_to_quickbooks", "_selected_action": ids},
    )
    with pytest.raises(runs.UnknownPayments):
        runs.prepare(ids, stranger)
    assert not ExportRun.objects.exists()
    assert not SyncRecord.objects.exists()
    assert ledger.nothing(simulator, unit)


def test_law_7_no_secret_or_customer_in_a_log_a_url_or_clear_text(
    simulator, unit, paid, export, client, caplog
):
    caplog.set_level(logging.DEBUG)
    customer = paid.customer
    customer.email = "someone.private@example.com"
    customer.save()
    Invoice.objects.update(number="R-1042")
    simulator.fault("lose", match={"endpoint": "batch"})
    call_command("connect_simulator", unit.code)
    assert export()["exported"] == 3
    client.force_login(UserFactory(is_superuser=True))
    client.get("/quickbooks/callback/", {"code": "SECRET-CODE", "state": "SECRET-STATE"})
    client.get(reverse("admin:sync_payment_changelist"), {"q": customer.display_name})
    company = QuickBooksCompany.objects.get(pk=unit.quickbooks_company_id)
    ours = [r for r in caplog.records if not r.name.startswith(("uvicorn", "asyncio"))]
    logged = "\n".join(logging.Formatter().format(record) for record in ours)
    urls = json.dumps(
        [[c["path"], c["params"]] for c in simulator.journal(company.realm_id, kind="api")]
    )
    secrets = [
        company.access_token,
        company.refresh_token,
        simulator.client_secret,
        customer.display_name,
        customer.email,
        "SECRET-CODE",
        "SECRET-STATE",
    ]
    for secret in secrets:
        assert secret
        assert secret not in logged
        assert secret not in urls
    with connection.cursor() as cursor:
        cursor.execute("SELECT access_token, refresh_token FROM sync_quickbookscompany")
        stored = cursor.fetchone()
    assert company.access_token not in stored
    assert company.refresh_token not in stored
    assert Payment.objects.count() == 3

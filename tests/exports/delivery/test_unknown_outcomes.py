"""A write whose answer never came ends as exported or as not there, by looking."""

from decimal import Decimal

import pytest
from django.utils import timezone

from sync.company.sessions import open_session
from sync.exports.delivery import recovery
from sync.exports.delivery.due_work import look_due
from sync.exports.delivery.relay import _settle, drain, relay
from sync.exports.remedies import decide
from sync.exports.runs import runs
from sync.exports.runs.drafts import prepare_ready
from sync.models import (
    BatchRequest,
    ExportRun,
    ItemMapping,
    Payment,
    QuickBooksCompany,
    SyncRecord,
)
from sync.quickbooks.client import Client, NotSent
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
    simulator.switch(requestid="honoured")


FAULTS = [
    ("lose", {}),
    ("cut", {}),
    ("refuse", {}),
    ("status", {"status": 503, "when": "before"}),
    ("status", {"status": 500, "when": "after"}),
    ("throttle", {"form": "xml", "when": "before"}),
    ("throttle", {"form": "json_lower", "when": "after"}),
    ("throttle", {"form": "empty", "when": "after"}),
    ("expire_token", {}),
]
REPEATS = ["ignored", "honoured"]


def every_fault():
    """Yield each fault at each wave, with each reading of a repeated request.

    Every other one takes minutes' worth of processor time for little, and is run by `test-long`.
    """
    for number, (kind, options) in enumerate(FAULTS):
        for after, wave in enumerate(["customer", "invoice", "payments"]):
            for repeat, requestid in enumerate(REPEATS):
                name = f"{kind}-{number}-{wave}-{requestid}"
                marks = [pytest.mark.long] if (number + after + repeat) % 4 else []
                yield pytest.param(kind, options, requestid, after, id=name, marks=marks)


@pytest.mark.parametrize(("kind", "options", "requestid", "after"), list(every_fault()))
def test_one_of_each_arrives(simulator, unit, export, paid, kind, options, requestid, after):
    simulator.switch(requestid=requestid)
    simulator.fault(kind, match=BATCH, after=after, **options)
    report = export()
    assert (report["exported"], report["uncertain"], report["failed"]) == (3, 0, 0)
    assert ledger.payments(simulator, unit) == ledger.EXAMPLE
    assert ledger.invoices(simulator, unit) == {
        "R-1042": (Decimal("150.00"), Decimal("0.00"), "2026-05-04")
    }
    ledger.assert_equal_to_ours(simulator, unit)
    assert not BatchRequest.objects.filter(settled_at=None).exists()
    assert not BatchRequest.objects.exclude(body="").exists()


def test_a_request_that_arrived_late_is_not_sent_twice(simulator, unit, export, paid, settings):
    settings.QUICKBOOKS_SEND_DEADLINE = 0.5
    settings.QUICKBOOKS_SERVER_LIMIT = 2.0
    simulator.switch(requestid="ignored")
    simulator.fault("late", match=BATCH, after=1, seconds=3.0, do_after=1.5)
    assert export()["exported"] == 3
    assert ledger.payments(simulator, unit) == ledger.EXAMPLE
    ledger.assert_equal_to_ours(simulator, unit)


def test_nothing_there_is_sent_again_byte_for_byte(simulator, unit, export, paid):
    simulator.fault("refuse", match=BATCH, after=1)
    export()
    batches = [
        entry
        for entry in simulator.journal(unit.quickbooks_company.realm_id)
        if entry["path"].endswith("/batch")
    ]
    assert len(batches) == 4
    assert batches[1]["params"]["requestid"] == batches[2]["params"]["requestid"]
    assert batches[1]["body"] == batches[2]["body"]


THROTTLED = {
    "code": "3001",
    "message": "message=ThrottleExceeded; errorCode=003001; statusCode=429",
}


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("refuse", {}),
        ("status", {"status": 503, "when": "before"}),
        ("throttle", {"form": "empty", "when": "before"}),
    ],
)
def test_what_is_sent_again_keeps_its_id_whatever_meets_it(
    simulator, unit, export, paid, kind, options
):
    simulator.fault("refuse", match=BATCH, after=1)
    simulator.fault(kind, match=BATCH, after=1, times=2, **options)
    assert export()["exported"] == 3
    assert ledger.payments(simulator, unit) == ledger.EXAMPLE
    _, *again, _ = batches(simulator, unit)
    assert len(again) == 4
    assert len({(entry["params"]["requestid"], entry["body"]) for entry in again}) == 1


def batches(simulator, unit):
    journal = simulator.journal(unit.quickbooks_company.realm_id)
    return [entry for entry in journal if entry["path"].endswith("/batch")]


@pytest.mark.long
def test_what_could_not_be_sent_again_keeps_its_id(simulator, unit, paid):
    simulator.fault("refuse", match=BATCH)
    run = runs.confirm(prepare_ready(unit, None), None)
    relay(run.company_id, HANDLERS)
    BatchRequest.objects.update(look_after=timezone.now())
    with open_session(run.company_id) as session:
        again = recovery.recover(session, look_due(run.company_id))
        _settle(session, [(again, NotSent("no connection"))])
    left = BatchRequest.objects.get()
    assert (left.attempts, left.settled_at) == (1, None)
    assert left.body
    drain(run, HANDLERS)
    first, second, *_ = batches(simulator, unit)
    assert first["params"]["requestid"] == second["params"]["requestid"]
    assert ledger.payments(simulator, unit) == ledger.EXAMPLE


@pytest.mark.parametrize(
    ("kind", "options"),
    [("item", THROTTLED | {"index": 0}), ("fault", THROTTLED | {"status": 400})],
)
def test_a_throttle_in_another_form_costs_no_attempt(simulator, unit, export, paid, kind, options):
    simulator.fault(kind, match=BATCH, times=9, **options)
    assert export()["exported"] == 3
    assert ledger.payments(simulator, unit) == ledger.EXAMPLE
    assert set(SyncRecord.objects.values_list("tries", flat=True)) == {1}


def test_equal_siblings_are_told_apart(simulator, unit, export):
    invoice = InvoiceFactory(business_unit=unit, subtotal=Decimal("100.00"), number="TWINS")
    for _ in range(2):
        PaymentFactory(invoice=invoice, amount=Decimal("50.00"), method="Cash")
    simulator.switch(requestid="ignored")
    simulator.fault("lose", match=BATCH, after=2)
    assert export()["exported"] == 2
    assert ledger.payments(simulator, unit) == [
        (Decimal("50.00"), Decimal("0.00"), "2026-05-10", "TWINS"),
        (Decimal("50.00"), Decimal("0.00"), "2026-05-10", "TWINS"),
    ]
    assert len(set(SyncRecord.objects.filter(kind="payment").values_list("qbo_id"))) == 2


def test_one_lost_item_of_a_batch_goes_alone_in_a_new_request(simulator, unit, export):
    for number in ("A-1", "A-2"):
        PaymentFactory(invoice=InvoiceFactory(business_unit=unit, number=number))
    simulator.fault("item", match=BATCH, after=1, index=0, code="10000", message="An error")
    assert export()["exported"] == 2
    assert sorted(ledger.invoices(simulator, unit)) == ["A-1", "A-2"]
    ledger.assert_equal_to_ours(simulator, unit)


def test_silence_ends_before_a_person(simulator, unit, export, paid):
    simulator.fault("refuse", match=BATCH, times=100)
    report = export(status=1)
    assert (report["exported"], report["uncertain"]) == (0, 3)
    record = SyncRecord.objects.get(kind="customer")
    assert record.state == "uncertain"
    assert "did not answer" in record.error
    assert ledger.nothing(simulator, unit)


def test_a_payment_by_hand_casts_doubt_on_its_own_customer_alone(simulator, unit, export):
    invoices = [InvoiceFactory(business_unit=unit, number=number) for number in ("A-1", "B-1")]
    for invoice in invoices:
        PaymentFactory(invoice=invoice)
    realm_id = unit.quickbooks_company.realm_id
    simulator.fault("refuse", match=BATCH, after=2)
    run = runs.confirm(prepare_ready(unit, None), None)
    relay(run.company_id, HANDLERS)
    customer = SyncRecord.objects.get(customer=invoices[0].customer)
    body = {"CustomerRef": {"value": customer.qbo_id}, "TotalAmt": 150, "TxnDate": "2026-05-10"}
    with Client(realm_id, simulator.grant(realm_id)["access_token"]) as client:
        assert client.send("Payment", dump(body), "bookkeeper-1").status == 200
    drain(run, HANDLERS)
    states = SyncRecord.objects.filter(kind="payment").order_by("payment__invoice__number")
    assert list(states.values_list("state", flat=True)) == ["uncertain", "exported"]


def doubt_everything():
    """Leave what was sent to a person, as five silences do."""
    SyncRecord.objects.filter(state="in_flight").update(
        state="uncertain", batch=None, error="It may be there."
    )
    BatchRequest.objects.update(settled_at=timezone.now(), body="")


@pytest.mark.parametrize("kind", ["lose", "refuse"], ids=["it is there", "it is not there"])
def test_a_retried_doubt_is_looked_for_before_it_is_sent(simulator, unit, export, paid, kind):
    simulator.switch(requestid="ignored")
    simulator.fault(kind, match=BATCH, after=2)
    run = runs.confirm(prepare_ready(unit, None), None)
    relay(run.company_id, HANDLERS)
    doubt_everything()
    decide.retry(paid.payments.first(), None)  # with its invoice and the other payments
    drain(ExportRun.objects.get(), HANDLERS)
    assert ledger.payments(simulator, unit) == ledger.EXAMPLE
    assert set(SyncRecord.objects.values_list("state", flat=True)) == {"exported"}
    ledger.assert_equal_to_ours(simulator, unit)


def test_a_mapping_gone_during_the_wait_stops_the_document_by_name(simulator, unit, export, paid):
    simulator.fault("refuse", match=BATCH, after=1)
    run = runs.confirm(prepare_ready(unit, None), None)
    relay(run.company_id, HANDLERS)
    ItemMapping.objects.all().delete()
    drain(run, HANDLERS)
    assert not ledger.invoices(simulator, unit)
    assert set(run.items.values_list("reason_code", flat=True)) == {"SETUP_INCOMPLETE"}
    assert not BatchRequest.objects.filter(settled_at=None).exists()


def test_only_two_looks_that_agree_are_believed(simulator, unit, export, paid, settings):
    settings.QUICKBOOKS_SERVER_LIMIT = 600  # so that each look happens when this test says so
    simulator.fault("lose", match=BATCH, after=1)
    run = runs.confirm(prepare_ready(unit, None), None)
    relay(run.company_id, HANDLERS)
    assert look(run) == ["in_flight"]
    _edit_in_quickbooks(simulator, unit.quickbooks_company.realm_id, "R-1042")
    assert look(run) == ["in_flight"]
    assert look(run) == ["exported"]
    settings.QUICKBOOKS_SERVER_LIMIT = 0.3
    drain(run, HANDLERS)
    assert ledger.payments(simulator, unit) == ledger.EXAMPLE


def look(run):
    """Let what waits be looked for now; return the states of the invoices by number."""
    BatchRequest.objects.filter(settled_at=None).update(look_after=timezone.now())
    QuickBooksCompany.objects.update(paused_until=None)
    relay(run.company_id, HANDLERS)
    invoices = SyncRecord.objects.filter(kind="invoice").order_by("invoice__number")
    return list(invoices.values_list("state", flat=True))


def _edit_in_quickbooks(simulator, realm_id, number, edit="1"):
    """Be a bookkeeper who touches our invoice between two looks, without changing an amount."""
    ours = ledger.ours_only(simulator.documents(realm_id, "Invoice"))
    [invoice] = [invoice for invoice in ours if invoice["DocNumber"] == number]
    body = {name: invoice[name] for name in ("Id", "SyncToken")}
    body |= {"sparse": True, "CustomerMemo": {"value": f"Thank you {edit}"}}
    with Client(realm_id, simulator.grant(realm_id)["access_token"]) as client:
        assert client.send("Invoice", dump(body), f"bookkeeper-{edit}").status == 200


@pytest.mark.long
def test_what_never_looks_the_same_twice_ends_before_a_person(simulator, unit, export, settings):
    settings.QUICKBOOKS_SERVER_LIMIT = 600  # so that each look happens when this test says so
    for number in ("A-1", "B-1"):
        PaymentFactory(invoice=InvoiceFactory(business_unit=unit, number=number))
    simulator.fault("lose", match=BATCH, after=1)
    run = runs.confirm(prepare_ready(unit, None), None)
    relay(run.company_id, HANDLERS)
    for edit in range(6):
        assert look(run) == ["in_flight", "in_flight"]
        _edit_in_quickbooks(simulator, unit.quickbooks_company.realm_id, "B-1", edit)
    assert look(run) == ["exported", "uncertain"]
    doubted = SyncRecord.objects.get(invoice__number="B-1")
    assert (doubted.error_code, doubted.qbo_id) == ("UNCERTAIN", "")
    assert "different each time" in doubted.error
    assert not BatchRequest.objects.filter(settled_at=None).exists()
    settings.QUICKBOOKS_SERVER_LIMIT = 0.3
    decide.retry(Payment.objects.get(invoice__number="B-1"), None)
    drain(run, HANDLERS)
    assert look(run) == ["exported", "exported"]
    assert sorted(ledger.invoices(simulator, unit)) == ["A-1", "B-1"]
    ledger.assert_equal_to_ours(simulator, unit)


def test_a_batch_whose_items_all_had_trouble_goes_again_anew(simulator, unit, export):
    """Its requestid would only be answered with the same faults again."""
    for number in ("A-1", "A-2"):
        PaymentFactory(invoice=InvoiceFactory(business_unit=unit, number=number))
    simulator.fault("item", match=BATCH, after=1, entity="Invoice", code="10000")
    assert export()["exported"] == 2
    assert sorted(ledger.invoices(simulator, unit)) == ["A-1", "A-2"]
    ledger.assert_equal_to_ours(simulator, unit)


def test_trouble_with_one_document_ends_before_a_person(simulator, unit, export, paid):
    simulator.fault("item", match=BATCH, times=100, entity="Invoice", code="10000")
    report = export(status=1)
    assert (report["exported"], report["uncertain"]) == (0, 3)
    assert "six times" in SyncRecord.objects.get(kind="invoice").error
    assert ledger.invoices(simulator, unit) == {}

"""A bookkeeper changes our document before we know that it is there; nothing is written twice."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest

from sync.company.sessions import open_session
from sync.exports.delivery import marker_search
from sync.exports.delivery.planner import mark_as_sent, plan_batches
from sync.exports.delivery.relay import drain, relay
from sync.exports.runs import runs
from sync.exports.runs.drafts import prepare_ready
from sync.models import BatchRequest, Customer, SyncRecord
from sync.tasks import HANDLERS
from tests.exports import ledger
from tests.factories import CustomerFactory, InvoiceFactory, PaymentFactory
from tests.laws import waves

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("calm")]

BATCH = {"endpoint": "batch"}
CUSTOMERS, INVOICES, PAYMENTS = range(3)


@pytest.fixture(autouse=True)
def forgetful(simulator, calm):
    simulator.switch(requestid="ignored")
    yield
    simulator.switch(over_apply="refuse")


def confirmed(unit):
    return runs.confirm(prepare_ready(unit, None), None)


def unanswered(simulator, unit, wave):
    """Export what is ready until the answer to a wave is lost."""
    simulator.fault("lose", match=BATCH, after=wave)
    run = confirmed(unit)
    relay(unit.quickbooks_company_id, HANDLERS)
    assert BatchRequest.objects.filter(settled_at=None).count() == 1
    return run


def assert_all_known():
    assert not BatchRequest.objects.filter(settled_at=None).exists()
    assert not SyncRecord.objects.filter(state="in_flight").exists()


def moved(bookkeeper, entity, document):
    other = bookkeeper.send("Customer", {"DisplayName": "Somebody Else"})
    lines = {"Line": []} if entity == "Payment" else {}
    bookkeeper.edit(entity, document, CustomerRef={"value": other["Id"]}, **lines)


def redated(bookkeeper, entity, document):
    bookkeeper.edit(entity, document, TxnDate="2026-05-20")


def renumbered(bookkeeper, entity, document):
    bookkeeper.edit(entity, document, DocNumber="R-9")


def taken_off(bookkeeper, entity, document):
    bookkeeper.edit(entity, document, Line=[])


def voided(bookkeeper, entity, document):
    bookkeeper.void(entity, document)


def unmarked(bookkeeper, entity, document):
    bookkeeper.edit(entity, document, PrivateNote="Looked at")


def deleted(bookkeeper, entity, document):
    bookkeeper.delete(entity, document)


DATE = "the date is {date} here and 2026-05-20 in QuickBooks."
CUSTOMER = "the customer is {customer} here and Somebody Else in QuickBooks."
STRANGER = "now holds a document like this one (id {id}) that does not carry our mark."
DELETED = "a document was deleted there since."


def there(document):
    """Return what of a document the words on a screen may name."""
    customer = Customer.objects.get().display_name
    return {"id": document["Id"], "date": document["TxnDate"], "customer": customer}


@pytest.mark.parametrize(
    ("act", "state", "words"),
    [
        (moved, "mismatch", CUSTOMER),
        (redated, "mismatch", DATE),
        (renumbered, "mismatch", "the number is R-1042 here and R-9 in QuickBooks."),
        (voided, "mismatch", "the total is 150.00 here and 0.00 in QuickBooks"),
        (unmarked, "uncertain", STRANGER),
        (deleted, "uncertain", DELETED),
    ],
)
def test_an_invoice_of_unknown_outcome(simulator, unit, paid, bookkeeper, act, state, words):
    run = unanswered(simulator, unit, INVOICES)
    [invoice] = bookkeeper.ours("Invoice")
    act(bookkeeper, "Invoice", invoice)
    books = bookkeeper.books()
    drain(run, HANDLERS)
    assert bookkeeper.books() == books
    record = SyncRecord.objects.get(kind="invoice")
    assert record.state == state
    assert words.format(**there(invoice)) in record.error
    waiting = SyncRecord.objects.filter(kind="payment")
    assert set(waiting.values_list("state", "tries")) == {("pending", 0)}
    assert_all_known()


@pytest.mark.parametrize(
    ("act", "state", "words"),
    [
        (moved, "mismatch", CUSTOMER),
        (redated, "mismatch", DATE),
        (taken_off, "mismatch", "what it is applied to is Invoice R-1042: 50.00 here and none"),
        (voided, "mismatch", "the total is 50.00 here and 0.00 in QuickBooks"),
        (unmarked, "uncertain", STRANGER),
        (deleted, "uncertain", DELETED),
    ],
)
def test_a_payment_of_unknown_outcome(simulator, unit, paid, bookkeeper, act, state, words):
    run = unanswered(simulator, unit, PAYMENTS)
    payment = next(d for d in bookkeeper.ours("Payment") if d["TotalAmt"] == 50)
    act(bookkeeper, "Payment", payment)
    books = bookkeeper.books()
    drain(run, HANDLERS)
    assert bookkeeper.books() == books
    touched = SyncRecord.objects.get(payment__amount=50)
    assert touched.state == state
    assert words.format(**there(payment)) in touched.error
    others = SyncRecord.objects.exclude(pk=touched.pk)
    assert set(others.values_list("state", flat=True)) == {"exported"}
    assert_all_known()


@pytest.mark.parametrize(("wave", "entity"), [(INVOICES, "Invoice"), (PAYMENTS, "Payment")])
def test_what_was_moved_longer_ago_than_intuit_tells_of_changes_is_found(
    simulator, unit, paid, bookkeeper, monkeypatch, wave, entity
):
    run = unanswered(simulator, unit, wave)
    act = renumbered if entity == "Invoice" else redated
    act(bookkeeper, entity, bookkeeper.ours(entity)[0])
    monkeypatch.setattr(
        marker_search, "LOOK_BACK", timedelta(seconds=-2)
    )  # all of it is beyond that
    books = bookkeeper.books()
    drain(run, HANDLERS)
    assert bookkeeper.books() == books
    assert SyncRecord.objects.filter(kind=entity.lower(), state="mismatch").count() == 1
    assert_all_known()


def test_what_was_paid_by_hand_meanwhile_is_told_with_both_figures(
    simulator, unit, paid, bookkeeper
):
    """QuickBooks takes more than is open, and keeps the rest on account."""
    run = confirmed(unit)
    waves.send_and_settle(unit, 2)
    [invoice] = bookkeeper.ours("Invoice")
    bookkeeper.receive(invoice["CustomerRef"]["value"], Decimal("120.00"), invoice["Id"])
    simulator.switch(over_apply="unapplied")
    drain(run, HANDLERS)
    assert ledger.payments(simulator, unit) == [
        (Decimal("30.00"), Decimal("30.00"), "2026-05-06", "R-1042"),
        (Decimal("50.00"), Decimal("50.00"), "2026-05-09", "R-1042"),
        (Decimal("70.00"), Decimal("40.00"), "2026-05-01", "R-1042"),
    ]
    for amount, unapplied in ((70, "40.00"), (30, "30.00"), (50, "50.00")):
        record = SyncRecord.objects.get(payment__amount=amount)
        assert record.state == "mismatch"
        assert f"the unapplied amount is 0.00 here and {unapplied} in QuickBooks" in record.error


# Equal ones ------------------------------------------------------------------------------------

TWINS = [(Decimal("50.00"), Decimal("0.00"), "2026-05-10", "TWINS")] * 2


@pytest.fixture
def twins(unit):
    """An invoice paid by two payments of $50 in cash on one day."""
    invoice = InvoiceFactory(business_unit=unit, subtotal=Decimal("100.00"), number="TWINS")
    return [PaymentFactory(invoice=invoice, amount=Decimal("50.00"), method="Cash") for _ in "ab"]


def assert_each_is_one_of(simulator, unit, there):
    assert ledger.payments(simulator, unit) == there
    ledger.assert_equal_to_ours(simulator, unit)
    assert set(SyncRecord.objects.values_list("state", flat=True)) == {"exported"}
    assert_all_known()


@pytest.mark.parametrize("arrived", [0, 1, 2])
def test_equal_siblings_of_a_killed_worker(simulator, unit, twins, settings, arrived):
    """Of its batch all, nothing or half was done: QuickBooks does not say."""
    settings.QUICKBOOKS_LEASE, settings.QUICKBOOKS_SEND_DEADLINE = 0.7, 0.5
    run = confirmed(unit)
    waves.send_and_settle(unit, 2)
    with open_session(unit.quickbooks_company_id) as dead:
        [planned] = plan_batches(dead, 1)
        mark_as_sent(dead, [planned])
        items = json.loads(planned.batch.body)["BatchItemRequest"][:arrived]
        if items:
            body = json.dumps({"BatchItemRequest": items}).encode()
            assert dead.client.send_batch(body, planned.batch.request_id).status == 200
        assert len(ledger.payments(simulator, unit)) == arrived
        drain(run, HANDLERS)
    assert_each_is_one_of(simulator, unit, TWINS)


@pytest.mark.parametrize("code", ["10000", "99999"], ids=["trouble", "unheard of"])
def test_equal_siblings_of_which_one_has_trouble(simulator, unit, twins, code):
    simulator.fault("item", match=BATCH, after=PAYMENTS, index=0, code=code)
    drain(confirmed(unit), HANDLERS)
    assert_each_is_one_of(simulator, unit, TWINS)


def test_equal_names_with_a_lost_answer(simulator, unit, bookkeeper):
    for number in ("S-1", "S-2"):
        customer = CustomerFactory(
            business_unit=unit,
            external_id=number,
            display_name="Smith",
            email=f"{number}@a.example",
        )
        PaymentFactory(invoice=InvoiceFactory(business_unit=unit, customer=customer, number=number))
    run = unanswered(simulator, unit, CUSTOMERS)
    drain(run, HANDLERS)
    names = {d["Id"]: d["DisplayName"] for d in bookkeeper.ours("Customer")}
    assert sorted(names.values()) == ["Smith", "Smith (S-2)"]
    assert {
        d["DocNumber"]: names[d["CustomerRef"]["value"]] for d in bookkeeper.ours("Invoice")
    } == {
        "S-1": "Smith",
        "S-2": "Smith (S-2)",
    }
    amount = (Decimal("150.00"), Decimal("0.00"), "2026-05-10")
    assert_each_is_one_of(simulator, unit, [(*amount, "S-1"), (*amount, "S-2")])

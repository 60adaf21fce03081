"""What was linked is as good as exported: late payments, refunds, drift; and what comes later."""

from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone

from sync import tasks
from sync.company.requests import ask
from sync.connections.setup import SetupRefused
from sync.discrepancies.drift import drift
from sync.exports.books import deciding, step
from sync.exports.customers import deciding as customers
from sync.exports.customers.deciding import DecisionRefused
from sync.exports.existing.proposals import propose_for
from sync.exports.remedies import requests as remedies
from sync.exports.remedies.requests import Remedy
from sync.exports.rules.eligibility import incomplete_units, with_reasons
from sync.exports.runs import runs
from sync.exports.runs.drafts import prepare_ready
from sync.mappings import booked
from sync.models import (
    BooksDocument,
    BooksMatch,
    BusinessUnit,
    CompanyRequest,
    CustomerMatch,
    Drift,
    Event,
    Payment,
    RefundDiscrepancy,
    SyncRecord,
    UnitSetup,
)
from tests.exports.conftest import serve
from tests.factories import CustomerFactory, InvoiceFactory, PaymentFactory, RefundFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def there(simulator, bookkeeper):
    """Enter an invoice of Ann Lee in QuickBooks, paid unless told otherwise; return its id."""
    known = []

    def enter(number, amount="150.00", paid=("150.00",), day="2026-05-04", **more):
        if not known:
            known.append(bookkeeper.send("Customer", {"DisplayName": "Ann Lee"})["Id"])
        amount = Decimal(amount)
        invoice = bookkeeper.bill(known[0], number, amount, TxnDate=day, **more)
        for each in map(Decimal, paid):
            bookkeeper.receive(known[0], each, invoice["Id"], TxnDate="2026-05-09")
        simulator.advance(120)
        return invoice["Id"]

    return enter


@pytest.fixture
def ann(unit):
    return CustomerFactory(business_unit=unit, display_name="Ann Lee")


@pytest.fixture
def ours(unit, ann):
    """Enter an invoice of Ann Lee here, paid by these amounts."""

    def enter(number, *amounts, **more):
        invoice = InvoiceFactory(business_unit=unit, customer=ann, number=number, **more)
        for amount in amounts or ("150.00",):
            PaymentFactory(
                invoice=invoice, customer=ann, amount=Decimal(amount), received_on="2026-05-09"
            )
        return invoice

    return enter


def anew(unit):
    return BusinessUnit.objects.prefetch_related("setups").get(pk=unit.pk)


def reasons(unit):
    rows = with_reasons(Payment.objects.filter(business_unit=unit), incomplete_units(anew(unit)))
    return {(row.invoice.number, row.amount, row.reason) for row in rows}


def linked(read, link, lee):
    read()
    deciding.accept(BooksMatch.objects.all(), lee)
    return link()


def watch(unit):
    serve(request := ask(unit.quickbooks_company, drift.KIND, net=True))
    assert request.state == "done", request.error


def test_a_late_payment_pays_what_was_linked(
    unit, bookkeeper, there, ours, read, link, lee, export
):
    qbo_id = there("R-1", paid=["70.00"])
    ours("R-1", "70.00", "80.00")
    assert linked(read, link, lee) == (1, 0)
    assert UnitSetup.objects.get().books == "done"
    assert reasons(unit) == {
        ("R-1", Decimal("70.00"), "ALREADY_EXPORTED"),
        ("R-1", Decimal("80.00"), ""),
    }
    before = len(bookkeeper.documents("Payment"))
    assert export()["exported"] == 1
    invoice = next(d for d in bookkeeper.documents("Invoice") if d["Id"] == qbo_id)
    assert invoice["Balance"] == 0
    assert len(bookkeeper.documents("Payment")) == before + 1
    assert [d["TotalAmt"] for d in bookkeeper.ours("Payment")] == [80]
    assert bookkeeper.ours("Invoice") == bookkeeper.ours("Customer") == []


def test_a_refund_of_it_is_reported_and_a_change_of_it_seen(
    unit, bookkeeper, there, ours, read, link, lee
):
    qbo_id = there("qb-77", DueDate="2026-07-01")
    invoice = ours("R-1")
    read()
    [row] = BooksMatch.objects.all()
    assert (row.standing, row.doubt) == ("look", "number")
    deciding.link_alike(BooksMatch.objects.all(), lee)
    assert link() == (1, 0)
    refund = RefundFactory(
        payment=invoice.payments.get(), amount=Decimal("20.00"), refunded_on=date(2026, 5, 20)
    )
    assert [row.pk for row in RefundDiscrepancy.objects.all()] == [refund.pk]
    watch(unit)
    records = list(SyncRecord.objects.exclude(kind="customer"))
    for asked in remedies.ask(Remedy.CHECK, [record.pk for record in records], lee):
        serve(asked)
    assert {r.state for r in SyncRecord.objects.all()} == {"exported"}
    assert not Drift.objects.exists()  # another number and due date are what was linked
    document = next(d for d in bookkeeper.documents("Invoice") if d["Id"] == qbo_id)
    bookkeeper.edit("Invoice", document, TxnDate="2026-05-06")
    watch(unit)
    [found] = Drift.objects.all()
    assert [(c["field"], c["was"], c["now"]) for c in found.changes] == [
        ("date", "2026-05-04", "2026-05-06")
    ]


def test_nothing_goes_before_it_is_looked_at(unit, bookkeeper, there, ours, read, lee, export):
    there("R-1", amount="150.01", paid=[])
    ours("R-1")
    ours("R-2", issued_on=date(2026, 5, 7))
    UnitSetup.objects.update(books="", books_read_at=None)
    before = bookkeeper.books()
    said = export(status=None)
    assert (said["ready"], said["blocked"]) == (0, {"SETUP_INCOMPLETE": 2})
    with pytest.raises(SetupRefused, match="was not read yet"):
        step.finish(anew(unit), lee)
    assert bookkeeper.books() == before
    assert linked_customers(read, lee)
    step.finish(anew(unit), lee)
    assert reasons(unit) == {
        ("R-1", Decimal("150.00"), "IN_BOOKS"),
        ("R-2", Decimal("150.00"), ""),
    }
    assert export()["exported"] == 1
    assert [d["DocNumber"] for d in bookkeeper.ours("Invoice")] == ["R-2"]
    done = Event.objects.filter(action="books_done").latest("pk")
    assert (done.actor, done.business_unit) == (lee, unit)


def test_what_comes_later_from_the_past_is_matched_before_it_is_ready(
    unit, there, ours, ann, read, link, lee
):
    ours("R-0", issued_on=date(2026, 5, 7))
    there("R-1")
    there("R-2", amount="99.00", paid=[])
    assert linked_customers(read, lee)
    assert BooksMatch.objects.count() == 0
    step.conclude(anew(unit), None)
    assert UnitSetup.objects.get().books == "done"
    ours("R-1")
    ours("R-2")
    ours("R-3", issued_on=date(2026, 5, 8))
    assert reasons(unit) == {
        ("R-0", Decimal("150.00"), ""),
        ("R-1", Decimal("150.00"), "IN_BOOKS"),
        ("R-2", Decimal("150.00"), "IN_BOOKS"),
        ("R-3", Decimal("150.00"), ""),
    }
    standings = dict(BooksMatch.objects.values_list("number", "standing"))
    assert standings == {"R-1": "certain", "R-2": "look"}


def linked_customers(read, lee):
    """Read, and link the certain customers as their own page does."""
    read()
    customers.accept(CustomerMatch.objects.all(), lee)
    serve(request := CompanyRequest.objects.get(kind=customers.LINK))
    return request.result["linked"] == 1


def test_after_months_of_another_tool_it_is_read_again(
    unit, bookkeeper, there, ours, read, link, lee, export
):
    ours("R-1")
    there("x", amount="1.00", paid=[])
    linked_customers(read, lee)
    export()
    there("R-2")  # by another tool
    ours("R-2")
    before = bookkeeper.books()
    assert linked(read, link, lee) == (1, 0)
    assert (BooksMatch.objects.count(), UnitSetup.objects.get().books) == (0, "done")
    assert export(status=None)["exported"] == 0
    assert bookkeeper.books() == before


def test_what_a_reading_finds_is_taken_back_from_what_is_queued(unit, bookkeeper, there, ours):
    ours("R-1")
    run = runs.confirm(prepare_ready(unit, None), None)
    there("R-1", paid=[])

    row = next(d for d in bookkeeper.documents("Invoice") if d["DocNumber"] == "R-1")
    company = unit.quickbooks_company
    booked.keep([booked.document_of(row, company, BooksDocument.Kind.INVOICE, timezone.now())])
    propose_for(company, [item.payment.invoice_id for item in run.items.all()])
    before = bookkeeper.books()
    tasks.relay(company.pk)
    assert bookkeeper.books() == before
    assert set(run.items.values_list("reason_code", flat=True)) == {"IN_BOOKS"}
    assert not SyncRecord.objects.exists()


def test_what_changed_there_since_is_not_linked(unit, bookkeeper, there, ours, read, link, lee):
    qbo_id = there("R-1")
    gone = there("R-2", paid=[])
    ours("R-1")
    ours("R-2")
    read()
    deciding.accept(BooksMatch.objects.all(), lee)
    documents = {d["Id"]: d for d in bookkeeper.documents("Invoice")}
    bookkeeper.edit("Invoice", documents[qbo_id], CustomerMemo={"value": "thanks"})
    bookkeeper.delete("Invoice", documents[gone])
    assert link() == (0, 2)
    assert not SyncRecord.objects.exclude(kind="customer").exists()
    [row] = BooksMatch.objects.all()
    assert (row.number, row.chosen, row.refusal.split(".")[0]) == (
        "R-1",
        None,
        "It was changed in QuickBooks after it was read",
    )
    deciding.accept(BooksMatch.objects.all(), lee)
    assert link() == (1, 0)


def test_two_of_ours_never_get_one_of_theirs(unit, there, ours, read, link, lee):
    there("qb-1", paid=[])
    ours("R-1")
    ours("R-2")
    read()
    assert deciding.link_alike(BooksMatch.objects.all(), lee) == 2
    assert link() == (1, 1)
    assert SyncRecord.objects.filter(kind="invoice").count() == 1


def test_another_total_is_never_linked(unit, there, ours, read, lee):
    there("R-1", amount="150.01", paid=[])
    ours("R-1")
    read()
    [row] = BooksMatch.objects.all()
    with pytest.raises(DecisionRefused, match="Its total is another one"):
        deciding.choose(row, row.document_id, lee)
    with pytest.raises(DecisionRefused, match="Of none of these"):
        deciding.link_alike(BooksMatch.objects.all(), lee)
    assert not SyncRecord.objects.exists()
    assert not CompanyRequest.objects.filter(kind=deciding.LINK).exists()


def test_held_or_declined_is_decided(unit, bookkeeper, there, ours, read, lee, export):
    there("R-1", amount="150.01", paid=[])
    there("R-2", amount="150.01", paid=[])
    ours("R-1")
    ours("R-2", issued_on=date(2026, 5, 7))
    read()
    rows = BooksMatch.objects.order_by("number")
    assert deciding.hold(rows.filter(number="R-1"), lee) == 1
    assert UnitSetup.objects.get().books == ""
    assert deciding.decline(rows.filter(number="R-2"), lee) == 1
    setup = UnitSetup.objects.get()
    assert (setup.books, setup.books_by) == ("done", lee)
    assert reasons(unit) == {
        ("R-1", Decimal("150.00"), "DO_NOT_EXPORT"),
        ("R-2", Decimal("150.00"), ""),
    }
    read()  # nothing decided is undone
    assert UnitSetup.objects.get().books == "done"
    deciding.reconsider(rows.get(number="R-2"), lee)
    assert ("R-2", Decimal("150.00"), "IN_BOOKS") in reasons(unit)

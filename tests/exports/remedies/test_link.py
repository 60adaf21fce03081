"""Linking to what is in QuickBooks, side by side first; and unlinking what was deleted there."""

from decimal import Decimal

import pytest
from django.utils import timezone

from sync.exports.delivery.marker_search import Findings
from sync.exports.delivery.relay import drain, relay
from sync.exports.remedies import requests
from sync.exports.remedies.decide import RemedyRefused, retry
from sync.exports.remedies.requests import Remedy
from sync.models import BatchRequest, Event, ExportRun, SyncRecord
from sync.tasks import HANDLERS
from tests.exports import ledger
from tests.exports.conftest import answers, serve
from tests.factories import CustomerFactory, InvoiceFactory, PaymentFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("calm")]


def record_of(kind):
    return SyncRecord.objects.get(kind=kind)


@pytest.fixture
def compare(lee):
    def compared(records):
        [request] = requests.ask(Remedy.COMPARE, [record.pk for record in records], lee)
        serve(request)
        assert request.state == "done", request.error
        return request

    return compared


@pytest.fixture
def link(lee):
    """Link everything that a comparison showed; return (done, words) by name."""

    def linked(request):
        ids = {outcome["record"] for outcome in request.result["outcomes"]}
        return answers([requests.ask_to_link(request, ids, lee)])

    return linked


@pytest.fixture
def customer_there(export, paid):
    """The id in QuickBooks of the example's customer, who came with another invoice."""
    export_one = PaymentFactory(
        invoice=InvoiceFactory(
            business_unit=paid.business_unit, customer=paid.customer, number="FIRST"
        )
    )
    export("--payment", str(export_one.pk))
    return record_of("customer").qbo_id


def duplicate(bookkeeper, export, customer_there, amount="150.00", **more):
    """Let the number of the example be taken by what a bookkeeper entered."""
    theirs = bookkeeper.bill(customer_there, "R-1042", Decimal(amount), **more)
    assert export(status=1)["failed"] == 3
    return theirs


def failed_invoice():
    return SyncRecord.objects.get(kind="invoice", invoice__number="R-1042")


def test_a_taken_number_is_linked_and_its_payments_follow(
    simulator, unit, export, paid, bookkeeper, customer_there, compare, link, lee
):
    theirs = duplicate(bookkeeper, export, customer_there, TxnDate="2026-05-01")
    before = bookkeeper.books()
    shown = compare([failed_invoice()])
    assert bookkeeper.books() == before
    [outcome] = shown.result["outcomes"]
    assert outcome["linkable"]
    assert [row for row in outcome["rows"] if row[3]] == [
        ["Date", "2026-05-04", "2026-05-01", True],
        ["Our mark", "yes", "no", True],
    ]
    assert ["Total", "150.00", "150.00", False] in outcome["rows"]
    assert link(shown) == {"Invoice R-1042": (True, "Linked.")}
    record = failed_invoice()
    assert (record.state, record.qbo_id, record.linked_by) == ("exported", theirs["Id"], lee)
    # The request that carried it wrote nothing; what a person linked it to is kept.
    assert (record.written_digest, record.read_back["TxnDate"]) == ("", "2026-05-01")
    drain(record.run, HANDLERS)
    [invoice] = [d for d in bookkeeper.documents("Invoice") if d["DocNumber"] == "R-1042"]
    assert (invoice["Id"], Decimal(str(invoice["Balance"]))) == (theirs["Id"], Decimal(0))
    assert len(bookkeeper.ours("Payment")) == 4
    assert Event.objects.get(action="linked").actor == lee
    record.run.refresh_from_db()
    assert record.run.state == "finished"


@pytest.mark.parametrize(
    ("amount", "other", "words"),
    [("149.99", False, "The amounts differ"), ("150.00", True, "It belongs to another customer")],
)
def test_what_differs_in_money_or_customer_is_not_linked(
    export, paid, bookkeeper, customer_there, compare, lee, amount, other, words
):
    stranger = bookkeeper.send("Customer", {"DisplayName": "Somebody Else"})
    duplicate(bookkeeper, export, stranger["Id"] if other else customer_there, amount)
    before = bookkeeper.books()
    shown = compare([failed_invoice()])
    [outcome] = shown.result["outcomes"]
    assert (outcome["linkable"], outcome["words"].startswith(words)) == (False, True)
    with pytest.raises(RemedyRefused):
        requests.ask_to_link(shown, {failed_invoice().pk}, lee)
    assert failed_invoice().state == "failed"
    assert bookkeeper.books() == before


def test_one_that_is_paid_there_takes_no_payment_until_theirs_are_linked_too(
    simulator, unit, export, paid, bookkeeper, customer_there, compare, link, ask
):
    theirs = duplicate(bookkeeper, export, customer_there, TxnDate="2026-05-04")
    for payment in paid.payments.all():
        bookkeeper.receive(
            customer_there, payment.amount, theirs["Id"], TxnDate=str(payment.received_on)
        )
    [(done, words)] = link(compare([failed_invoice()])).values()
    assert not done
    assert words.startswith(
        "Payments of $150.00 wait for this invoice, but in QuickBooks $0.00 is open."
    )
    drain(failed_invoice().run, HANDLERS)
    assert failed_invoice().state == "mismatch"
    books = bookkeeper.books()
    waiting = SyncRecord.objects.filter(payment__invoice=paid)
    assert set(waiting.values_list("state", flat=True)) == {"pending"}
    said = link(compare(waiting))
    assert set(said.values()) == {(True, "Linked.")}
    assert ask(Remedy.CHECK, [failed_invoice()])["Invoice R-1042"][0]
    assert set(waiting.values_list("state", flat=True)) == {"exported"}
    assert bookkeeper.books() == books


def test_what_changed_between_look_and_press_is_not_linked(
    export, paid, bookkeeper, customer_there, compare, link
):
    theirs = duplicate(bookkeeper, export, customer_there)
    shown = compare([failed_invoice()])
    bookkeeper.edit("Invoice", theirs, CustomerMemo={"value": "Hello"})
    assert link(shown)["Invoice R-1042"] == (
        False,
        "It was changed in QuickBooks after you saw it. Compare the two again.",
    )
    shown = compare([failed_invoice()])
    bookkeeper.delete("Invoice", theirs)
    assert link(shown)["Invoice R-1042"][1].startswith("It is no longer in QuickBooks")
    assert failed_invoice().state == "failed"


def test_no_longer_fully_paid_it_is_not_linked(
    export, paid, bookkeeper, customer_there, compare, link
):
    duplicate(bookkeeper, export, customer_there)
    shown = compare([failed_invoice()])
    paid.payments.filter(amount=50).update(voided_at=timezone.now())
    assert link(shown)["Invoice R-1042"] == (False, "Invoice R-1042 still has $50.00 due.")
    assert len(bookkeeper.ours("Payment")) == 1


def test_what_another_record_holds_is_not_linked(
    unit, export, paid, bookkeeper, customer_there, compare
):
    theirs = duplicate(bookkeeper, export, customer_there)
    other = SyncRecord.objects.get(invoice__number="FIRST")
    SyncRecord.objects.filter(pk=other.pk).update(qbo_id=theirs["Id"])
    [outcome] = compare([failed_invoice()]).result["outcomes"]
    assert (outcome["linkable"], outcome["words"]) == (
        False,
        "It is another of our documents. Give this one another number.",
    )


def test_what_bears_the_mark_of_another_of_ours_is_not_linked(
    export, paid, bookkeeper, customer_there, compare, lee
):
    """A document that we sent and lost sight of is nobody's to take, though its figures agree."""
    marker = SyncRecord.objects.get(invoice__number="FIRST").marker
    duplicate(bookkeeper, export, customer_there, PrivateNote=f"{marker}x")
    shown = compare([failed_invoice()])
    [outcome] = shown.result["outcomes"]
    assert (outcome["linkable"], outcome["words"]) == (
        False,
        "It is another of our documents. Give this one another number.",
    )
    with pytest.raises(RemedyRefused):
        requests.ask_to_link(shown, {failed_invoice().pk}, lee)


def test_a_taken_name_is_linked_and_shared_by_several_of_ours(
    simulator, unit, export, bookkeeper, compare, link, lee
):
    theirs = bookkeeper.send("Customer", {"DisplayName": "Maria Alvarez"})
    invoices = [
        InvoiceFactory(
            business_unit=unit,
            number=f"N-{n}",
            customer=CustomerFactory(business_unit=unit, display_name=name, external_id=""),
        )
        for n, name in enumerate(("Maria Alvarez", "MARIA ALVAREZ"))
    ]
    for invoice in invoices:
        PaymentFactory(invoice=invoice)
    export(status=1)
    [record] = SyncRecord.objects.filter(kind="customer", state="failed")
    assert record.error_code == "6240"
    shown = compare([record])
    assert shown.result["outcomes"][0]["rows"][0][:3] == ["Name", "Maria Alvarez", "Maria Alvarez"]
    assert link(shown) == {"Maria Alvarez": (True, "Linked.")}
    record.refresh_from_db()
    assert (record.state, record.qbo_id, record.linked_by) == ("exported", theirs["Id"], lee)
    drain(record.run, HANDLERS)
    there = {d["DocNumber"]: d["CustomerRef"]["value"] for d in bookkeeper.ours("Invoice")}
    assert there["N-0"] == theirs["Id"]
    assert there["N-1"] != theirs["Id"]

    again = InvoiceFactory(
        business_unit=unit,
        number="N-2",
        customer=CustomerFactory(
            business_unit=unit, display_name="maria alvarez", external_id="C-77"
        ),
    )
    PaymentFactory(invoice=again)
    export(status=1)
    [record] = SyncRecord.objects.filter(kind="customer", state="failed")
    assert link(compare([record])) == {"maria alvarez": (True, "Linked.")}
    drain(record.run, HANDLERS)
    there = {d["DocNumber"]: d["CustomerRef"]["value"] for d in bookkeeper.ours("Invoice")}
    assert there["N-2"] == theirs["Id"]


@pytest.mark.parametrize(("entity", "whose"), [("Vendor", "a vendor"), ("Employee", "an employee")])
def test_a_name_of_a_vendor_or_employee_only_gives_way_to_another_name(
    unit, export, paid, bookkeeper, compare, lee, entity, whose
):
    body = {"DisplayName": paid.customer.display_name, "GivenName": "Al", "FamilyName": "Bo"}
    bookkeeper.send(entity, body)
    export(status=1)
    [outcome] = compare([record_of("customer")]).result["outcomes"]
    assert not outcome.get("linkable")
    assert outcome["words"].startswith(f"The name is {whose}'s in QuickBooks")
    paid.customer.quickbooks_name = "Alvarez, customer"
    paid.customer.save()
    retry(paid.payments.first(), lee)
    drain(ExportRun.objects.get(), HANDLERS)
    assert [d["DisplayName"] for d in bookkeeper.ours("Customer")] == ["Alvarez, customer"]
    assert set(SyncRecord.objects.values_list("state", flat=True)) == {"exported"}


def test_an_inactive_customer_is_not_linked(unit, export, paid, bookkeeper, compare):
    theirs = bookkeeper.send("Customer", {"DisplayName": paid.customer.display_name})
    export(status=1)
    bookkeeper.edit("Customer", theirs, Active=False)
    [outcome] = compare([record_of("customer")]).result["outcomes"]
    assert not outcome.get("linkable")


@pytest.mark.parametrize("code", ["6140", "6210"])
def test_a_number_of_another_kind_of_document_is_told(export, paid, compare, simulator, code):
    detail = (
        "Duplicate Document Number Error : You must specify a different number. DocNumber=R-1042"
        " is assigned to TxnType=CreditMemo with TxnId=77"
    )
    fault = {"entity": "Invoice", "code": code, "message": "Duplicate", "detail": detail}
    simulator.fault("item", match={"endpoint": "batch", "entity": "Invoice"}, **fault)
    export(status=1)
    [outcome] = compare([failed_invoice()]).result["outcomes"]
    assert failed_invoice().error_code == "6140"
    assert outcome["words"].startswith(
        "The number is used by another kind of document in QuickBooks (CreditMemo, id 77)."
    )


def test_an_uncertain_one_with_a_stranger_is_linked(
    unit, export, paid, bookkeeper, customer_there, compare, link
):
    duplicate(bookkeeper, export, customer_there)
    SyncRecord.objects.filter(pk=failed_invoice().pk).update(state="uncertain", error_code="")
    assert link(compare([failed_invoice()])) == {"Invoice R-1042": (True, "Linked.")}
    assert not BatchRequest.objects.filter(settled_at=None).exists()


# Unlinking -------------------------------------------------------------------------------------


def test_what_was_deleted_there_is_unlinked_and_goes_anew(
    simulator, unit, export, paid, bookkeeper, ask, lee
):
    export()
    payment = max(bookkeeper.ours("Payment"), key=lambda d: d["TotalAmt"])
    bookkeeper.delete("Payment", payment)
    simulator.clear_journal()
    said = ask(Remedy.UNLINK, SyncRecord.objects.all())
    assert said == {
        "Payment of $70.00, 1 May 2026": (True, "It was deleted there. It may be exported again."),
        "Payment of $30.00, 6 May 2026": (
            False,
            "It is still in QuickBooks. Only what was deleted there can be unlinked.",
        ),
        "Payment of $50.00, 9 May 2026": (
            False,
            "It is still in QuickBooks. Only what was deleted there can be unlinked.",
        ),
        "Invoice R-1042": (
            False,
            "It is still in QuickBooks. Only what was deleted there can be unlinked.",
        ),
    }
    assert len(simulator.journal(unit.quickbooks_company.realm_id)) == 2
    assert export()["exported"] == 1
    assert len(ledger.payments(simulator, unit)) == 3
    ledger.assert_equal_to_ours(simulator, unit)
    assert ledger.invoices(simulator, unit)["R-1042"][1] == Decimal(0)
    assert Event.objects.get(action="unlinked").actor == lee


def test_what_was_voided_is_not_gone(unit, export, paid, bookkeeper, ask):
    export()
    bookkeeper.void("Payment", bookkeeper.ours("Payment")[0])
    said = ask(Remedy.UNLINK, SyncRecord.objects.filter(kind="payment"))
    assert sum("It was voided in QuickBooks, not deleted" in w for _, w in said.values()) == 1
    assert SyncRecord.objects.filter(kind="payment").count() == 3


def test_an_invoice_is_unlinked_only_after_its_payments(
    simulator, unit, export, paid, bookkeeper, ask
):
    export()
    [invoice] = bookkeeper.ours("Invoice")
    bookkeeper.delete("Invoice", invoice)
    said = ask(Remedy.UNLINK, [record_of("invoice")])
    assert said["Invoice R-1042"] == (
        False,
        "3 of its payments are still linked to QuickBooks. Unlink or remove them first.",
    )
    assert SyncRecord.objects.filter(kind="invoice").count() == 1
    for payment in bookkeeper.ours("Payment"):
        bookkeeper.delete("Payment", payment)
    said = ask(Remedy.UNLINK, SyncRecord.objects.exclude(kind="customer"))
    assert {done for done, _ in said.values()} == {True}
    assert not SyncRecord.objects.exclude(kind="customer").exists()
    assert export()["exported"] == 3
    ledger.assert_equal_to_ours(simulator, unit)


def test_payments_that_waited_behind_it_go_back_with_it(simulator, unit, stopped, bookkeeper, ask):
    run = stopped()
    bookkeeper.edit("Invoice", bookkeeper.ours("Invoice")[0], TxnDate="2026-05-06")
    drain(run, HANDLERS)
    bookkeeper.delete("Invoice", bookkeeper.ours("Invoice")[0])
    ask(Remedy.CHECK, [record_of("invoice")])
    assert record_of("invoice").error_code == "GONE"
    ask(Remedy.UNLINK, [record_of("invoice")])
    assert not SyncRecord.objects.exclude(kind="customer").exists()
    assert set(run.items.values_list("choice", "reason_code")) == {("skipped", "UNLINKED")}
    relay(run.company_id, HANDLERS)
    assert ledger.invoices(simulator, unit) == {}


def test_what_is_ready_after_unlinking_goes_and_equals_ours(
    simulator, unit, export, paid, bookkeeper, ask
):
    export()
    payment = max(bookkeeper.ours("Payment"), key=lambda d: d["TotalAmt"])
    bookkeeper.delete("Payment", payment)
    said = ask(Remedy.CHECK, SyncRecord.objects.exclude(qbo_id=""))
    assert "the open balance is 0.00 here and 70.00 in" in said["Invoice R-1042"][1]
    ask(Remedy.UNLINK, SyncRecord.objects.filter(kind="payment"))
    invoice = record_of("invoice")
    assert (invoice.state, invoice.error, invoice.exported_balance) == (
        "exported", "", Decimal("70.00"),
    )  # fmt: skip
    assert export()["exported"] == 1
    assert ledger.payments(simulator, unit) == ledger.EXAMPLE
    ledger.assert_equal_to_ours(simulator, unit)


def test_an_invoice_that_differs_otherwise_stays_so_after_unlinking(export, paid, bookkeeper, ask):
    export()
    payment = max(bookkeeper.ours("Payment"), key=lambda d: d["TotalAmt"])
    bookkeeper.delete("Payment", payment)
    bookkeeper.edit("Invoice", bookkeeper.ours("Invoice")[0], TxnDate="2026-05-06")
    ask(Remedy.CHECK, SyncRecord.objects.exclude(qbo_id=""))
    ask(Remedy.UNLINK, SyncRecord.objects.filter(kind="payment"))
    assert record_of("invoice").state == "mismatch"
    assert record_of("invoice").error == (
        "It is in QuickBooks, but the date is 2026-05-04 here and 2026-05-06 in QuickBooks."
    )


@pytest.mark.parametrize("is_found", [True, False])
def test_a_number_in_another_case_is_compared_and_linked_by_the_id_of_the_refusal(
    export, paid, bookkeeper, customer_there, compare, link, ask, monkeypatch, is_found
):
    theirs = bookkeeper.bill(customer_there, "r-1042", Decimal("150.00"), TxnDate="2026-05-04")
    assert export(status=1)["failed"] == 3
    assert failed_invoice().error_code == "6140"
    if not is_found:  # where QuickBooks' queries regard the case
        monkeypatch.setattr("sync.exports.remedies.compare.look_for", lambda *_given: Findings())
    shown = compare([failed_invoice()])
    [outcome] = shown.result["outcomes"]
    assert (outcome["linkable"], outcome["contradicts"]) == (True, False)
    assert outcome["rows"][0] == ["Number", "R-1042", "r-1042", False]
    assert link(shown) == {"Invoice R-1042": (True, "Linked.")}
    drain(failed_invoice().run, HANDLERS)
    said = ask(Remedy.CHECK, [failed_invoice()])
    assert said == {"Invoice R-1042": (True, "It is in QuickBooks and equals ours.")}
    assert failed_invoice().qbo_id == theirs["Id"]
    assert len(bookkeeper.ours("Payment")) == 4

"""Links of customers that were renamed, merged, made inactive or wrong: followed or mended."""

from decimal import Decimal

import pytest

from accounts.access import AccessDenied
from accounts.models import Role
from sync.company import sessions
from sync.exports.customers.mending import ask_to_mend
from sync.exports.delivery import marker_search
from sync.exports.delivery.relay import drain, relay
from sync.exports.remedies import decide
from sync.exports.remedies.decide import RemedyRefused
from sync.exports.remedies.requests import Remedy
from sync.exports.runs import runs
from sync.exports.runs.drafts import prepare_ready
from sync.models import Customer, CustomerMatch, Event, Stray, SyncRecord
from sync.tasks import HANDLERS
from tests.exports import ledger
from tests.exports.conftest import ask, serve
from tests.factories import InvoiceFactory, MembershipFactory, PaymentFactory, UserFactory
from tests.sampled import one_in

__all__ = ["ask"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("calm")]


@pytest.fixture
def ann(customer):
    return customer("Ann Smith")


def bill(customer, number, *, amount="150.00"):
    invoice = InvoiceFactory(business_unit=customer.business_unit, customer=customer, number=number)
    PaymentFactory(invoice=invoice, amount=Decimal(amount), received_on="2026-05-09")
    return invoice


def record_of(customer):
    return SyncRecord.objects.get(kind="customer", customer=customer)


def of_invoice(number):
    return SyncRecord.objects.get(kind="invoice", invoice__number=number)


def there(bookkeeper, qbo_id):
    return next(c for c in bookkeeper.documents("Customer") if c["Id"] == qbo_id)


def merge(simulator, unit, gone, left):
    simulator.merge(unit.quickbooks_company.realm_id, "Customer", gone, left)


def by_customer(bookkeeper, entity, field="DocNumber"):
    """Return whose our documents are there: number (or amount) -> customer's id."""
    return {str(d[field]): d["CustomerRef"]["value"] for d in bookkeeper.ours(entity)}


@pytest.fixture
def mend(lee):
    def mended(customer, remedy, **more):
        request = ask_to_mend(record_of(customer), remedy, lee, **more)
        serve(request)
        assert request.state == "done", request.error
        [outcome] = request.result["outcomes"]
        return outcome["done"], outcome["words"]

    return mended


def check_all(ask):
    return ask(Remedy.CHECK, SyncRecord.objects.exclude(qbo_id=""))


# Renamed -----------------------------------------------------------------------------------------


def test_a_rename_is_followed_and_blocks_no_later_invoice(
    simulator, unit, ann, bookkeeper, export, ask
):
    bill(ann, "A-1")
    export()
    bookkeeper.edit("Customer", there(bookkeeper, record_of(ann).qbo_id), DisplayName="Ann Jones")
    said = check_all(ask)
    assert said["Ann Smith"] == (
        True, "It has another name in QuickBooks now, which was taken over here."
    )  # fmt: skip
    record = record_of(ann)
    assert (record.state, record.content["display_name"]) == ("exported", "Ann Jones")
    assert record.name_key == "ann jones"
    bill(ann, "A-2", amount="150.00")
    assert export()["exported"] == 1
    assert by_customer(bookkeeper, "Invoice") == {"A-1": record.qbo_id, "A-2": record.qbo_id}
    ledger.assert_equal_to_ours(simulator, unit)


def test_without_our_mark_a_person_accepts_the_name_for_all_that_waits(
    simulator, unit, ann, bookkeeper, export, ask, lee
):
    bill(ann, "A-1")
    export()
    renamed = there(bookkeeper, record_of(ann).qbo_id)
    bookkeeper.edit("Customer", renamed, DisplayName="Ann Jones", Notes="Looked at")
    assert not check_all(ask)["Ann Smith"][0]
    bill(ann, "A-2")
    bill(ann, "A-3")
    export(status=1)
    assert set(by_customer(bookkeeper, "Invoice")) == {"A-1"}
    run = of_invoice("A-2").run
    said = ask(Remedy.NAME, [record_of(ann), of_invoice("A-1")])
    assert said == {"Ann Smith": (True, "It is called Ann Jones here as well now.")}
    drain(run, HANDLERS)
    assert set(by_customer(bookkeeper, "Invoice")) == {"A-1", "A-2", "A-3"}
    assert Event.objects.get(action="customer_renamed").actor == lee
    with pytest.raises(RemedyRefused, match="is not what stops it"):
        ask(Remedy.NAME, [record_of(ann)])


# Merged and inactive -----------------------------------------------------------------------------


def test_one_that_was_merged_is_linked_to_the_one_that_is_left(
    simulator, unit, ann, bookkeeper, export, ask, mend
):
    bill(ann, "A-1")
    export()
    left = bookkeeper.send("Customer", {"DisplayName": "Ann S."})["Id"]
    merge(simulator, unit, record_of(ann).qbo_id, left)
    said = check_all(ask)
    assert said["Ann Smith"][1].startswith("This customer is no longer in QuickBooks: somebody")
    assert "the customer is Ann Smith here and Ann S. in QuickBooks" in said["Invoice A-1"][1]
    bill(ann, "A-2")
    export(status=1)
    run = of_invoice("A-2").run
    assert set(by_customer(bookkeeper, "Invoice")) == {"A-1"}

    assert mend(ann, Remedy.RELINK, to=left) == (
        True, "Linked to Ann S.. 1 invoice goes to it now."
    )  # fmt: skip
    drain(run, HANDLERS)
    assert by_customer(bookkeeper, "Invoice") == {"A-1": left, "A-2": left}
    assert set(by_customer(bookkeeper, "Payment", "Id").values()) == {left}
    assert set(SyncRecord.objects.values_list("state", flat=True)) == {"exported"}
    assert all(done for done, _ in check_all(ask).values())


@pytest.mark.long
def test_a_late_payment_that_was_refused_goes_by_the_link(
    simulator, unit, ann, bookkeeper, export, mend
):
    invoice = bill(ann, "A-1")
    export()
    left = bookkeeper.send("Customer", {"DisplayName": "Ann S."})["Id"]
    merge(simulator, unit, record_of(ann).qbo_id, left)
    late = PaymentFactory(invoice=invoice, amount=Decimal("5.00"), received_on="2026-05-12")
    export(status=1)
    refused = SyncRecord.objects.get(payment=late)
    assert (refused.state, refused.error_code) == ("failed", "UNLINKED"), refused.error
    assert mend(ann, Remedy.RELINK, to=left) == (
        True, "Linked to Ann S.. What was refused before is sent again."
    )  # fmt: skip
    drain(refused.run, HANDLERS)
    assert by_customer(bookkeeper, "Payment", "TotalAmt") == {"150.00": left, "5.00": left}


@pytest.mark.long
def test_one_that_was_merged_unnoticed_is_named_and_what_was_refused_goes_by_the_link(
    simulator, unit, ann, bookkeeper, export, mend
):
    bill(ann, "A-1")
    export()
    left = bookkeeper.send("Customer", {"DisplayName": "Ann S."})["Id"]
    merge(simulator, unit, record_of(ann).qbo_id, left)
    bill(ann, "A-2")
    bill(ann, "A-3")
    export(status=1)
    for number in ("A-2", "A-3"):
        refused = of_invoice(number)
        assert (refused.state, refused.error_code) == ("failed", "UNLINKED")
        assert refused.error.startswith(
            "QuickBooks refused this, because its customer Ann Smith is gone there."
        )
    assert (record_of(ann).state, record_of(ann).error_code) == ("mismatch", "GONE")
    # One row, and then the other.
    done, words = mend(ann, Remedy.RELINK, to=left, only=of_invoice("A-2").invoice_id)
    assert (done, words) == (
        True, "Linked to Ann S.. 1 invoice goes to it now. 1 of them was refused before."
    )  # fmt: skip
    drain(of_invoice("A-2").run, HANDLERS)
    assert by_customer(bookkeeper, "Invoice") == {"A-1": left, "A-2": left}
    assert of_invoice("A-3").state == "failed"


@pytest.mark.long
def test_an_inactive_one_is_named(simulator, unit, ann, bookkeeper, export, mend, ask):
    bill(ann, "A-1")
    export()
    bookkeeper.edit("Customer", there(bookkeeper, record_of(ann).qbo_id), Active=False)
    bill(ann, "A-2")
    export(status=1)
    assert of_invoice("A-2").error.startswith(
        "QuickBooks refused this, because its customer Ann Smith is inactive there."
    )
    assert record_of(ann).error_code == "INACTIVE"
    # What comes next waits for it and is not refused, too.
    bill(ann, "A-3")
    export(status=1)
    assert of_invoice("A-3").state == "pending"
    old = record_of(ann).qbo_id
    done, words = mend(ann, Remedy.ANEW)
    assert (done, words) == (
        True,
        "Ann Smith is created in QuickBooks anew, and what waits goes to it."
        " 2 documents that went stay where they are in QuickBooks.",
    )
    drain(of_invoice("A-3").run, HANDLERS)
    drain(of_invoice("A-2").run, HANDLERS)
    new = record_of(ann).qbo_id
    assert new not in {old, ""}
    assert by_customer(bookkeeper, "Invoice") == {"A-1": old, "A-2": new, "A-3": new}
    assert there(bookkeeper, new)["DisplayName"] == "Ann Smith"
    assert record_of(ann).marker != SyncRecord.objects.get(invoice__number="A-1").marker
    assert all(done for done, _ in check_all(ask).values())


def test_what_stopped_for_itself_goes_to_the_new_one_once_it_is_retried(
    unit, ann, bookkeeper, export, mend
):
    bill(ann, "A-1")
    export()
    bookkeeper.edit("Customer", there(bookkeeper, record_of(ann).qbo_id), Active=False)
    for number in ("A-2", "A-3"):
        bill(ann, number)
        export(status=1)
    failed = of_invoice("A-3")
    failed.stop("failed", "", "It is not in QuickBooks. Retry sends it.")
    failed.save()
    done, words = mend(ann, Remedy.ANEW)
    assert done, words
    drain(of_invoice("A-2").run, HANDLERS)
    assert of_invoice("A-3").state == "failed"
    decide.retry(failed.invoice.payments.get(), None)
    for _ in range(2):
        relay(failed.company_id, HANDLERS)
    new = record_of(ann).qbo_id
    assert by_customer(bookkeeper, "Invoice") == {
        "A-1": of_invoice("A-1").customer_there, "A-2": new, "A-3": new
    }  # fmt: skip
    assert set(SyncRecord.objects.values_list("state", flat=True)) == {"exported"}


# Linked to the wrong one -------------------------------------------------------------------------


def test_a_wrong_link_is_changed_after_an_invoice_went(
    simulator, unit, ann, bookkeeper, export, ask, mend
):
    first = bill(ann, "A-1")
    export()
    wrong = record_of(ann).qbo_id
    right = bookkeeper.send("Customer", {"DisplayName": "The real Ann"})["Id"]
    before = bookkeeper.books()
    assert mend(ann, Remedy.RELINK, to=right) == (
        True,
        "Linked to The real Ann. 2 documents that went stay where they are in QuickBooks.",
    )
    assert bookkeeper.books() == before
    assert all(done for done, _ in check_all(ask).values())
    later = PaymentFactory(invoice=first, amount=Decimal("20.00"), received_on="2026-05-12")
    bill(ann, "A-2")
    assert export()["exported"] == 2
    assert by_customer(bookkeeper, "Invoice") == {"A-1": wrong, "A-2": right}
    assert {
        (Decimal(str(d["TotalAmt"])), d["CustomerRef"]["value"]) for d in bookkeeper.ours("Payment")
    } == {(Decimal(150), wrong), (Decimal(20), wrong), (Decimal(150), right)}
    assert later.sync_records.get().customer_there == wrong
    assert all(done for done, _ in check_all(ask).values())


def test_a_lost_payment_is_found_under_the_former_customer(
    simulator, unit, ann, bookkeeper, export, mend
):
    first = bill(ann, "A-1")
    export()
    wrong = record_of(ann).qbo_id
    right = bookkeeper.send("Customer", {"DisplayName": "The real Ann"})["Id"]
    mend(ann, Remedy.RELINK, to=right)
    PaymentFactory(invoice=first, amount=Decimal("20.00"), received_on="2026-05-12")
    simulator.switch(requestid="ignored")
    simulator.fault("lose", match={"endpoint": "batch"})
    run = runs.confirm(prepare_ready(unit, None), None)
    relay(unit.quickbooks_company_id, HANDLERS)
    drain(run, HANDLERS)
    assert sorted(Decimal(str(d["TotalAmt"])) for d in bookkeeper.ours("Payment")) == [20, 150]
    assert set(by_customer(bookkeeper, "Payment", "Id").values()) == {wrong}
    assert set(SyncRecord.objects.values_list("state", flat=True)) == {"exported"}


@pytest.mark.parametrize("state", ["in_flight", "uncertain"])
def test_nothing_is_linked_anew_while_a_document_is_not_known(
    simulator, unit, ann, bookkeeper, export, lee, state
):
    bill(ann, "A-1")
    simulator.fault("lose", match={"endpoint": "batch"}, after=1)
    runs.confirm(prepare_ready(unit, None), None)
    relay(unit.quickbooks_company_id, HANDLERS)
    if state == "uncertain":
        SyncRecord.objects.filter(state="in_flight").update(state="uncertain", batch=None)
    right = bookkeeper.send("Customer", {"DisplayName": "The real Ann"})["Id"]
    before = list(SyncRecord.objects.order_by("pk").values())
    for remedy in (Remedy.RELINK, Remedy.ANEW, Remedy.LET_GO):
        with pytest.raises(RemedyRefused, match="nothing is linked anew"):
            ask_to_mend(record_of(ann), remedy, lee, to=right)
    assert list(SyncRecord.objects.order_by("pk").values()) == before


def test_what_got_under_way_meanwhile_keeps_the_link(simulator, unit, ann, bookkeeper, export, lee):
    bill(ann, "A-1")
    export()
    right = bookkeeper.send("Customer", {"DisplayName": "The real Ann"})["Id"]
    request = ask_to_mend(record_of(ann), Remedy.RELINK, lee, to=right)
    SyncRecord.objects.filter(kind="payment").update(state="uncertain", qbo_id="")
    serve(request)
    [outcome] = request.result["outcomes"]
    assert (outcome["done"], "is not certain" in outcome["words"]) == (False, True)
    assert record_of(ann).qbo_id != right


@pytest.mark.long
def test_the_former_customer_with_our_mark_is_no_stray(
    simulator, unit, ann, bookkeeper, export, mend, monkeypatch
):
    bill(ann, "A-1")
    export()
    former = there(bookkeeper, record_of(ann).qbo_id)
    right = bookkeeper.send("Customer", {"DisplayName": "The real Ann"})["Id"]
    mend(ann, Remedy.RELINK, to=right)
    bookkeeper.edit("Customer", former, GivenName="Annie")
    monkeypatch.setenv("PAIDUP_EPOCH", "after a restore")
    monkeypatch.setattr(sessions, "_remembered", {})
    bill(ann, "A-2")
    assert export()["exported"] == 1
    assert not Stray.objects.exists()


# Unlinked, created anew --------------------------------------------------------------------------


def test_unlinked_it_is_matched_again_and_what_waits_may_be_exported_again(
    simulator, unit, ann, bookkeeper, export, ask, mend
):
    bill(ann, "A-1")
    export()
    left = bookkeeper.send("Customer", {"DisplayName": "Ann S."})["Id"]
    old = record_of(ann).qbo_id
    uuid = ann.uuid
    merge(simulator, unit, old, left)
    bill(ann, "A-2")
    export(status=1)
    done, words = mend(ann, Remedy.LET_GO)
    assert done, words
    assert not SyncRecord.objects.filter(kind="customer").exists()
    assert not SyncRecord.objects.filter(invoice__number="A-2").exists()
    assert CustomerMatch.objects.get().standing == "look"
    assert Customer.objects.get(pk=ann.pk).uuid != uuid
    # A later payment of what is there makes no customer anew.
    invoice = of_invoice("A-1").invoice
    payment = PaymentFactory(invoice=invoice, amount=Decimal("5.00"), received_on="2026-05-12")
    names = {c["DisplayName"] for c in bookkeeper.documents("Customer")}
    assert export("--payment", str(payment.pk))["exported"] == 1
    assert {c["DisplayName"] for c in bookkeeper.documents("Customer")} == names
    assert all(done for done, _ in check_all(ask).values())


@pytest.mark.long
def test_while_the_customer_of_that_name_is_there_no_second_one_is_created(
    ann, bookkeeper, export, mend
):
    bill(ann, "A-1")
    export()
    before = bookkeeper.books()
    done, words = mend(ann, Remedy.ANEW)
    assert (done, words[:50]) == (False, "The customer of this name is still active in Quick")
    assert bookkeeper.books() == before


@pytest.mark.parametrize("role", one_in(3, [Role.EXPORTER, Role.VIEWER, None]))
def test_those_who_may_not_resolve_mend_nothing(unit, ann, export, role):
    bill(ann, "A-1")
    export()
    person = UserFactory()
    if role:
        MembershipFactory(user=person, business_unit=unit, role=role)
    before = list(SyncRecord.objects.order_by("pk").values())
    for remedy in (Remedy.RELINK, Remedy.ANEW, Remedy.LET_GO):
        with pytest.raises(AccessDenied):
            ask_to_mend(record_of(ann), remedy, person, to="1")
    assert list(SyncRecord.objects.order_by("pk").values()) == before


def test_a_target_that_cannot_take_it_is_refused(ann, bookkeeper, export, mend, lee):
    bill(ann, "A-1")
    export()
    other = bookkeeper.send("Customer", {"DisplayName": "Other"})
    bookkeeper.edit("Customer", other, Active=False)
    assert mend(ann, Remedy.RELINK, to=other["Id"])[1].startswith("That customer is inactive.")
    assert mend(ann, Remedy.RELINK, to="999999")[1].startswith("That customer is not in QuickBooks")
    with pytest.raises(RemedyRefused, match="already"):
        ask_to_mend(record_of(ann), Remedy.RELINK, lee, to=record_of(ann).qbo_id)


@pytest.mark.long
def test_payments_are_looked_for_under_the_former_and_the_new_customer(
    ann, bookkeeper, export, mend
):
    bill(ann, "A-1")
    export()
    former = record_of(ann).qbo_id
    right = bookkeeper.send("Customer", {"DisplayName": "The real Ann"})["Id"]
    mend(ann, Remedy.RELINK, to=right)
    payments = list(SyncRecord.objects.filter(kind="payment"))
    [(of, ids)] = marker_search._customer_ids(payments).items()
    assert (of, ids) == (ann.pk, {former, right})
    alike = {"TxnDate": "2026-05-09", "TotalAmt": Decimal(150), "PaymentRefNum": ""}
    payments[0].content["reference"] = ""
    for qbo_id in (former, right):
        row = alike | {"CustomerRef": {"value": qbo_id}}
        assert marker_search._is_alike(payments[0], row, {ann.pk: ids})
    stranger = alike | {"CustomerRef": {"value": "999"}}
    assert not marker_search._is_alike(payments[0], stranger, {ann.pk: ids})

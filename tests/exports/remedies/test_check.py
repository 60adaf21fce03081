"""Check again: read by id in one query, compared as an answer; what waits is let go."""

from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.access import AccessDenied
from accounts.models import Role
from sync.exports.delivery.relay import drain, relay
from sync.exports.remedies import decide, requests
from sync.exports.remedies.decide import RemedyRefused
from sync.exports.remedies.requests import Remedy
from sync.exports.runs import runs
from sync.exports.runs.drafts import prepare_ready
from sync.models import BatchRequest, CompanyRequest, Event, ExportRun, SyncRecord
from sync.tasks import HANDLERS
from tests.exports import ledger
from tests.factories import InvoiceFactory, MembershipFactory, PaymentFactory, UserFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("calm")]
MOVED = "It is in QuickBooks, but the date is 2026-05-04 here and 2026-05-06 in QuickBooks."


def record_of(kind):
    return SyncRecord.objects.get(kind=kind)


def states(kind):
    return set(SyncRecord.objects.filter(kind=kind).values_list("state", flat=True))


@pytest.mark.long
def test_put_right_in_quickbooks_it_is_exported_and_its_payments_follow(
    simulator, unit, stopped, bookkeeper, ask
):
    run = stopped()
    bookkeeper.edit("Invoice", bookkeeper.ours("Invoice")[0], TxnDate="2026-05-06")
    drain(run, HANDLERS)
    assert record_of("invoice").error == MOVED
    assert ask(Remedy.CHECK, [record_of("invoice")]) == {"Invoice R-1042": (False, MOVED)}
    assert ledger.payments(simulator, unit) == []

    ExportRun.objects.update(state="paused")
    bookkeeper.edit("Invoice", bookkeeper.ours("Invoice")[0], TxnDate="2026-05-04")
    said = ask(Remedy.CHECK, [record_of("invoice")])
    assert said == {"Invoice R-1042": (True, "It is in QuickBooks and equals ours.")}
    drain(ExportRun.objects.get(), HANDLERS)
    assert states("payment") == {"exported"}
    assert ExportRun.objects.get().state == "finished"
    ledger.assert_equal_to_ours(simulator, unit)


def test_many_are_read_by_one_query_a_kind(simulator, unit, export, ask):
    for number in range(12):
        PaymentFactory(invoice=InvoiceFactory(business_unit=unit, number=f"M-{number}"))
    export()
    exported_at = dict(SyncRecord.objects.values_list("pk", "exported_at"))
    before = simulator.documents(unit.quickbooks_company.realm_id, "Invoice")
    simulator.clear_journal()
    said = ask(Remedy.CHECK, SyncRecord.objects.all())
    assert len(said) == 36 - 11  # payments of one amount and day share a name
    assert set(said.values()) == {(True, "It is in QuickBooks and equals ours.")}
    journal = simulator.journal(unit.quickbooks_company.realm_id)
    assert [entry["path"].rsplit("/", 1)[1] for entry in journal] == ["query"] * 3
    assert simulator.documents(unit.quickbooks_company.realm_id, "Invoice") == before
    assert dict(SyncRecord.objects.values_list("pk", "exported_at")) == exported_at
    assert Event.objects.filter(action="check_again").count() == 36


def test_what_was_edited_voided_or_deleted_since_is_told(unit, export, paid, bookkeeper, ask):
    export()
    small, middle, large = sorted(bookkeeper.ours("Payment"), key=lambda d: d["TotalAmt"])
    bookkeeper.edit("Payment", small, TxnDate="2026-05-07")
    bookkeeper.void("Payment", middle)
    bookkeeper.delete("Payment", large)
    said = ask(Remedy.CHECK, SyncRecord.objects.exclude(kind="customer"))
    assert said["Payment of $30.00, 6 May 2026"] == (
        False,
        "It is in QuickBooks, but the date is 2026-05-06 here and 2026-05-07 in QuickBooks.",
    )
    done, words = said["Payment of $50.00, 9 May 2026"]
    assert not done
    assert "the total is 50.00 here and 0.00 in QuickBooks" in words
    assert words.endswith("It was voided there.")
    assert said["Payment of $70.00, 1 May 2026"][1].startswith("It is no longer in QuickBooks")
    assert said["Invoice R-1042"] == (
        False,
        "It is in QuickBooks, but the open balance is 0.00 here and 120.00 in QuickBooks.",
    )
    assert states("payment") == states("invoice") == {"mismatch"}


def test_an_uncertain_one_is_looked_for(simulator, unit, stopped, ask):
    stopped()
    SyncRecord.objects.filter(state="in_flight").update(state="uncertain", batch=None, error="?")
    BatchRequest.objects.update(settled_at=timezone.now(), body="")
    said = ask(Remedy.CHECK, [record_of("invoice")])
    assert said == {"Invoice R-1042": (True, "It is in QuickBooks and equals ours.")}
    drain(ExportRun.objects.get(), HANDLERS)
    assert states("payment") == {"exported"}
    ledger.assert_equal_to_ours(simulator, unit)


def test_an_uncertain_one_that_is_not_there_may_be_retried_or_kept_out(
    simulator, unit, stopped, paid, bookkeeper, ask
):
    run = stopped()
    bookkeeper.delete("Invoice", bookkeeper.ours("Invoice")[0])
    drain(run, HANDLERS)
    assert record_of("invoice").state == "uncertain"
    with pytest.raises(RemedyRefused, match="on its way there already"):
        decide.hold(paid, None, "It was deleted on purpose")
    absent = "It is not in QuickBooks. Retry sends it."
    assert ask(Remedy.CHECK, [record_of("invoice")]) == {"Invoice R-1042": (False, absent)}
    assert (record_of("invoice").state, record_of("invoice").error) == ("failed", absent)
    decide.hold(paid, None, "It was deleted on purpose")
    assert set(SyncRecord.objects.values_list("kind", "state")) == {("customer", "exported")}
    assert bookkeeper.ours("Invoice") == bookkeeper.ours("Payment") == []


@pytest.mark.long
def test_an_absent_payment_no_longer_keeps_its_invoice_from_being_removed(
    simulator, unit, paid, bookkeeper, ask
):
    simulator.fault("lose", match={"endpoint": "batch"}, after=2)
    run = runs.confirm(prepare_ready(unit, None), None)
    relay(unit.quickbooks_company_id, HANDLERS)
    bookkeeper.delete("Payment", bookkeeper.ours("Payment")[0])
    drain(run, HANDLERS)
    doubtful = SyncRecord.objects.filter(state="uncertain")
    assert doubtful.count() == 1
    with pytest.raises(RemedyRefused, match="Check it again first"):
        ask(Remedy.REMOVE, [record_of("invoice")])
    ask(Remedy.CHECK, SyncRecord.objects.exclude(kind="customer"))
    said = ask(Remedy.REMOVE, [record_of("invoice")])
    assert all(done for done, _ in said.values()), said
    assert bookkeeper.ours("Invoice") == bookkeeper.ours("Payment") == []


@pytest.mark.long
def test_payments_taken_off_by_hand_show_both_balances(unit, export, paid, bookkeeper, ask):
    export()
    payment = max(bookkeeper.ours("Payment"), key=lambda d: d["TotalAmt"])
    bookkeeper.edit("Payment", payment, TotalAmt=Decimal("70.00"), Line=[])
    said = ask(Remedy.CHECK, SyncRecord.objects.filter(kind="invoice"))
    assert said["Invoice R-1042"][1] == (
        "It is in QuickBooks, but the open balance is 0.00 here and 70.00 in QuickBooks."
    )


def test_those_who_may_not_resolve_ask_for_nothing(unit, export, paid, bookkeeper):
    export()
    SyncRecord.objects.filter(kind="customer").update(state="failed", error_code="6240", qbo_id="")
    exporter, viewer, stranger = UserFactory.create_batch(3)
    MembershipFactory(user=exporter, business_unit=unit, role=Role.EXPORTER)
    MembershipFactory(user=viewer, business_unit=unit, role=Role.VIEWER)
    before = bookkeeper.books()
    every = list(SyncRecord.objects.values_list("pk", flat=True))
    for person in (exporter, viewer, stranger):
        for remedy in (Remedy.CHECK, Remedy.COMPARE, Remedy.UNLINK, Remedy.REMOVE):
            with pytest.raises(AccessDenied):
                requests.ask(remedy, every, person)
    assert bookkeeper.books() == before
    assert not CompanyRequest.objects.exclude(kind="verify").exists()


def test_a_role_that_ended_while_it_waited_does_nothing(unit, export, paid, bookkeeper, lee):
    from tests.exports.conftest import serve

    export()
    before = bookkeeper.books()
    [request] = requests.ask(Remedy.REMOVE, [record_of("invoice").pk], lee)
    lee.memberships.all().delete()
    serve(request)
    assert (request.state, request.error[:16]) == ("failed", "Nothing was done")
    assert bookkeeper.books() == before


def test_nothing_fitting_is_refused_in_words(unit, paid, lee):
    with pytest.raises(RemedyRefused, match="nothing to do"):
        requests.ask(Remedy.CHECK, [], lee)
    with pytest.raises(RemedyRefused, match="nothing to do"):
        requests.ask(Remedy.UNLINK, [0], lee)

"""Remove from QuickBooks: payments first, then the invoice, each seen to be gone; or not at all."""

from decimal import Decimal

import pytest
from django.utils import timezone

from sync.exports.delivery.relay import relay
from sync.exports.remedies import decide, requests
from sync.exports.remedies.decide import RemedyRefused
from sync.exports.remedies.requests import Remedy
from sync.exports.rules.eligibility import with_reasons
from sync.exports.runs import runs
from sync.exports.runs.drafts import prepare, prepare_ready
from sync.models import (
    BatchRequest,
    CompanyRequest,
    Event,
    Payment,
    RefundDiscrepancy,
    RefundReview,
    SyncRecord,
)
from sync.quickbooks.client import Client
from sync.tasks import HANDLERS
from tests.exports import ledger
from tests.exports.conftest import serve
from tests.factories import (
    InvoiceFactory,
    PaymentFactory,
    RefundFactory,
    RefundReviewFactory,
)
from tests.sampled import one_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("calm")]
PAYMENT = {"entity": "Payment", "operation": "delete"}
REMOVED = (True, "Removed from QuickBooks.")


def invoice_record():
    return SyncRecord.objects.get(kind="invoice")


def words_of(said):
    return {words for _, words in said.values()}


def deletes(simulator, unit):
    journal = simulator.journal(unit.quickbooks_company.realm_id)
    return [
        entry["path"].rsplit("/", 1)[1]
        for entry in journal
        if entry["params"].get("operation") == "delete"
    ]


@pytest.fixture
def exported(simulator, unit, paid, export):
    export()
    simulator.clear_journal()
    return paid


def test_a_unit_goes_whole_and_does_not_come_back_by_itself(
    simulator, unit, exported, export, ask, bookkeeper, lee
):
    other = PaymentFactory(invoice=InvoiceFactory(business_unit=unit, number="STAYS"))
    export()
    simulator.clear_journal()
    said = ask(Remedy.REMOVE, [SyncRecord.objects.filter(payment__invoice=exported).first()])
    assert said == {
        "Invoice R-1042": REMOVED,
        "Payment of $70.00, 1 May 2026": REMOVED,
        "Payment of $30.00, 6 May 2026": REMOVED,
        "Payment of $50.00, 9 May 2026": REMOVED,
    }
    assert deletes(simulator, unit) == ["payment", "payment", "payment", "invoice"]
    assert list(ledger.invoices(simulator, unit)) == ["STAYS"]
    assert ledger.payments(simulator, unit) == [
        (Decimal("150.00"), Decimal("0.00"), "2026-05-10", "STAYS")
    ]
    ledger.assert_equal_to_ours(simulator, unit)
    assert not BatchRequest.objects.filter(settled_at=None).exists()
    assert not BatchRequest.objects.exclude(body="").exists()
    exported.refresh_from_db()
    assert exported.do_not_export_by == lee
    assert exported.do_not_export_reason == "Removed from QuickBooks by lee."
    reasons = with_reasons(Payment.objects.filter(invoice=exported), [])
    assert set(reasons.values_list("reason", flat=True)) == {"DO_NOT_EXPORT"}
    done = Event.objects.filter(action="removed_from_quickbooks", actor=lee)
    assert sorted(done.values_list("subject_kind", flat=True)) == ["invoice"] + ["payment"] * 3
    assert other.sync_records.get().state == "exported"

    decide.allow(exported, lee)
    assert export()["exported"] == 3
    ledger.assert_equal_to_ours(simulator, unit)
    assert ledger.invoices(simulator, unit)["R-1042"][0] == Decimal("150.00")


def test_many_cost_a_write_each_and_a_few_reads(simulator, unit, export, ask):
    for number in range(8):
        PaymentFactory(invoice=InvoiceFactory(business_unit=unit, number=f"M-{number}"))
    export()
    simulator.clear_journal()
    said = ask(Remedy.REMOVE, SyncRecord.objects.filter(kind="payment"))
    assert words_of(said) == {"Removed from QuickBooks."}
    assert len(deletes(simulator, unit)) == 16
    # The settings; payments and invoices; payments gone; invoices freed; invoices gone.
    assert len(simulator.journal(unit.quickbooks_company.realm_id)) == 16 + 6
    assert ledger.invoices(simulator, unit) == {}
    assert ledger.payments(simulator, unit) == []


def deposited(bookkeeper):
    bookkeeper.deposit(bookkeeper.ours("Payment")[1])


def closed(bookkeeper):
    bookkeeper.close_books("2026-05-04")


def edited(bookkeeper):
    bookkeeper.edit("Payment", bookkeeper.ours("Payment")[0], PaymentRefNum="77")


def dearer(bookkeeper):
    [invoice] = bookkeeper.ours("Invoice")
    line = dict(invoice["Line"][0], Amount=Decimal("160.00"))
    line["SalesItemLineDetail"] = {
        name: value
        for name, value in line["SalesItemLineDetail"].items()
        if name not in {"Qty", "UnitPrice"}
    }
    bookkeeper.edit("Invoice", invoice, Line=[line])


def applied(bookkeeper):
    dearer(bookkeeper)
    SyncRecord.objects.filter(kind="invoice").update(exported_total=Decimal("160.00"))
    [invoice] = bookkeeper.ours("Invoice")
    bookkeeper.receive(invoice["CustomerRef"]["value"], Decimal("10.00"), invoice["Id"])


def noted(bookkeeper):
    for memo in ("a", "b", "c", "d"):
        bookkeeper.edit("Invoice", bookkeeper.ours("Invoice")[0], CustomerMemo={"value": memo})


def moved(bookkeeper):
    [invoice] = bookkeeper.ours("Invoice")
    payment = max(bookkeeper.ours("Payment"), key=lambda d: d["TotalAmt"])
    other = bookkeeper.bill(invoice["CustomerRef"]["value"], "BY-HAND", Decimal("70.00"))
    link = {"TxnId": other["Id"], "TxnType": "Invoice"}
    after = bookkeeper.edit(
        "Payment", payment, Line=[{"Amount": Decimal("70.00"), "LinkedTxn": [link]}]
    )
    SyncRecord.objects.filter(qbo_id=payment["Id"], kind="payment").update(
        qbo_sync_token=after["SyncToken"]
    )


@pytest.mark.parametrize(
    ("meddle", "words"),
    [
        (deposited, "A payment of it is part of a bank deposit in QuickBooks."),
        (closed, "The payment is dated 1 May 2026, and QuickBooks has closed its books through 4"),
        (edited, "The payment was changed in QuickBooks after it was exported (version 0 then, 1"),
        (dearer, "Invoice R-1042 was changed in QuickBooks: it was $150.00 and is $160.00 now."),
        (applied, "Something that is not ours is applied to Invoice R-1042 in QuickBooks (Payment"),
        (noted, "Invoice R-1042 was changed in QuickBooks after it was exported (version 0 then,"),
        (moved, "A payment of it was applied to another document in QuickBooks."),
    ],
)
def test_what_quickbooks_must_keep_is_left_whole(
    simulator, unit, exported, ask, bookkeeper, meddle, words
):
    meddle(bookkeeper)
    before = bookkeeper.books()
    records = list(SyncRecord.objects.order_by("pk").values())
    said = ask(Remedy.REMOVE, [invoice_record()])
    [told] = words_of(said)
    assert told.startswith(words)
    assert {done for done, _ in said.values()} == {False}
    assert deletes(simulator, unit) == []
    assert bookkeeper.books() == before
    assert list(SyncRecord.objects.order_by("pk").values()) == records
    exported.refresh_from_db()
    assert exported.do_not_export_at is None


def test_looked_at_and_checked_again_it_may_go(simulator, unit, exported, ask, bookkeeper):
    noted(bookkeeper)
    ask(Remedy.CHECK, [invoice_record()])
    assert words_of(ask(Remedy.REMOVE, [invoice_record()])) == {"Removed from QuickBooks."}
    assert ledger.nothing(simulator, unit) is False  # the customer stays
    assert ledger.invoices(simulator, unit) == {}


def test_what_somebody_else_entered_is_not_deleted(exported, ask, bookkeeper, lee):
    record = invoice_record()
    [invoice] = bookkeeper.ours("Invoice")
    after = bookkeeper.edit("Invoice", invoice, PrivateNote="Entered by hand")
    SyncRecord.objects.filter(pk=record.pk).update(linked_by=lee, qbo_sync_token=after["SyncToken"])
    before = bookkeeper.books()
    [told] = words_of(ask(Remedy.REMOVE, [record]))
    assert told.startswith("Invoice R-1042 was entered in QuickBooks by somebody else and linked")
    assert bookkeeper.books() == before


LOST = [
    ("lose", {}),
    ("refuse", {}),
    ("status", {"status": 503, "when": "before"}),
    ("status", {"status": 500, "when": "after"}),
    ("throttle", {"form": "xml", "when": "after"}),
    ("throttle", {"form": "empty", "when": "before"}),
    ("expire_token", {}),
]


@pytest.mark.parametrize(
    ("kind", "options", "after"),
    one_in(2, [(*lost, after) for lost in LOST for after in (1, 3)]),  # payment, invoice
)
def test_a_lost_answer_is_looked_at_before_anything_else(
    simulator, unit, exported, bookkeeper, lee, kind, options, after
):
    simulator.switch(requestid="ignored")
    simulator.fault(kind, match={"operation": "delete"}, after=after, **options)
    [request] = requests.ask(Remedy.REMOVE, [invoice_record().pk], lee)
    for _ in range(4):
        if request.state not in {"done", "failed"}:
            BatchRequest.objects.filter(settled_at=None).update(look_after=timezone.now())
            serve(request)
    assert request.state == "done", request.error
    assert {o["words"] for o in request.result["outcomes"]} <= {
        "Removed from QuickBooks.",
        "It is no longer in QuickBooks.",
    }
    assert ledger.invoices(simulator, unit) == {}
    assert ledger.payments(simulator, unit) == []
    assert not SyncRecord.objects.exclude(kind="customer").exists()
    assert not BatchRequest.objects.filter(settled_at=None).exists()
    done = Event.objects.filter(action="removed_from_quickbooks")
    assert done.count() == 4
    assert set(done.values_list("actor", flat=True)) == {lee.pk}


@pytest.mark.long
def test_a_removal_that_cannot_be_looked_up_keeps_nothing_else_waiting(
    simulator, unit, exported, bookkeeper, lee
):
    simulator.fault("lose", match={"operation": "delete"}, after=1)
    [request] = requests.ask(Remedy.REMOVE, [invoice_record().pk], lee)
    serve(request)
    simulator.fault("fault", match={"endpoint": "query"}, code="6000", times=1000)
    other = InvoiceFactory(business_unit=unit, number="OTHER")
    [draft] = prepare([PaymentFactory(invoice=other).pk], None, is_single=True)
    runs.confirm(draft, None)
    for _ in range(8):
        BatchRequest.objects.filter(settled_at=None).update(look_after=timezone.now())
        serve(request)
    assert request.state == "looking"
    records = SyncRecord.objects.filter(payment__invoice=other)
    assert set(records.values_list("state", flat=True)) == {"exported"}
    simulator.clear_faults()
    for _ in range(3):
        BatchRequest.objects.filter(settled_at=None).update(look_after=timezone.now())
        serve(request)
    assert request.state == "done"
    assert sorted(ledger.invoices(simulator, unit)) == ["OTHER"]


def test_until_it_is_known_nothing_else_happens_to_it(
    simulator, unit, exported, bookkeeper, lee, settings
):
    settings.QUICKBOOKS_SERVER_LIMIT = 600
    simulator.fault("lose", match={"operation": "delete"}, after=1)
    [request] = requests.ask(Remedy.REMOVE, [invoice_record().pk], lee)
    serve(request)
    assert request.state == "looking"
    before = bookkeeper.books()
    serve(request)
    assert request.state == "looking"
    assert bookkeeper.books() == before
    with pytest.raises(RemedyRefused, match="being removed"):
        decide.allow(exported, lee)
    for remedy in (Remedy.REMOVE, Remedy.UNLINK):
        with pytest.raises(RemedyRefused, match="being removed"):
            requests.ask(remedy, [invoice_record().pk], lee)
    assert prepare_ready(unit, lee).items.count() == 0


@pytest.mark.long
def test_a_worker_killed_after_the_delete_left_looks_first(
    simulator, unit, exported, bookkeeper, lee, monkeypatch
):
    real = Client.send

    def killed(client, *arguments):
        real(client, *arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(Client, "send", killed)
    [request] = requests.ask(Remedy.REMOVE, [invoice_record().pk], lee)
    with pytest.raises(KeyboardInterrupt):
        relay(request.company_id, HANDLERS)
    monkeypatch.setattr(Client, "send", real)
    assert BatchRequest.objects.get(settled_at=None).operation == "delete"
    simulator.clear_journal()
    serve(request)
    assert request.state == "looking"
    assert deletes(simulator, unit) == []
    BatchRequest.objects.filter(settled_at=None).update(look_after=timezone.now())
    serve(request)
    assert request.state == "done"
    assert deletes(simulator, unit) == ["payment", "payment", "invoice"]
    assert ledger.invoices(simulator, unit) == {}
    assert ledger.payments(simulator, unit) == []


def test_silence_is_given_up_and_nothing_is_lost(simulator, unit, exported, bookkeeper, lee):
    simulator.fault("refuse", match={"operation": "delete"}, times=100)
    [request] = requests.ask(Remedy.REMOVE, [invoice_record().pk], lee)
    for _ in range(20):
        BatchRequest.objects.filter(settled_at=None).update(look_after=timezone.now())
        serve(request)
    assert (request.state, request.error) == (
        "failed",
        "QuickBooks did not answer five times. Remove it again later.",
    )
    assert len(deletes(simulator, unit)) == 5
    assert SyncRecord.objects.exclude(kind="customer").filter(state="exported").count() == 4
    simulator.clear_faults()
    [request] = requests.ask(Remedy.REMOVE, [invoice_record().pk], lee)
    serve(request)
    assert request.state == "done"
    assert ledger.invoices(simulator, unit) == {}


def test_a_refusal_in_the_middle_is_told_and_the_rest_can_be_removed_later(
    simulator, unit, exported, ask, bookkeeper
):
    simulator.fault(
        "fault",
        match=PAYMENT,
        after=1,
        status=400,
        code="6540",
        message="Deposited Transaction cannot be changed",
    )
    said = ask(Remedy.REMOVE, [invoice_record()])
    assert sorted(done for done, _ in said.values()) == [False, False, True, True]
    assert said["Invoice R-1042"][1] == "Kept in QuickBooks, because its payments are still there."
    assert len(ledger.payments(simulator, unit)) == 1
    ledger.assert_equal_to_ours(simulator, unit)
    said = ask(Remedy.REMOVE, [invoice_record()])
    assert words_of(said) == {"Removed from QuickBooks."}
    assert ledger.invoices(simulator, unit) == {}


@pytest.mark.parametrize("status", [None, "open", "recorded"])
@pytest.mark.parametrize("remedy", [Remedy.REMOVE, Remedy.UNLINK])
def test_a_refund_to_adjust_keeps_its_payment(exported, bookkeeper, lee, status, remedy):
    refund = RefundFactory(payment=exported.payments.first(), amount=Decimal("20.00"))
    if status:
        RefundReviewFactory(refund=refund, status=status, note="Credit memo 1051")
    before = bookkeeper.books()
    record = SyncRecord.objects.get(payment=refund.payment)
    with pytest.raises(RemedyRefused, match=r"Its refund of \$20\.00"):
        requests.ask(remedy, [record.pk], lee)
    assert not CompanyRequest.objects.exclude(kind="verify").exists()
    assert RefundDiscrepancy.objects.count() == 1
    assert bookkeeper.books() == before


def test_a_refund_entered_while_it_waits_keeps_the_payment_too(exported, bookkeeper, lee):
    [request] = requests.ask(Remedy.REMOVE, [invoice_record().pk], lee)
    RefundFactory(payment=exported.payments.first(), amount=Decimal("20.00"))
    before = bookkeeper.books()
    serve(request)
    assert "Its refund of $20.00" in request.result["outcomes"][0]["words"]
    assert bookkeeper.books() == before
    assert RefundDiscrepancy.objects.count() == 1


def test_a_settled_refund_is_open_again_should_the_payment_go_again(exported, ask, export, lee):
    payment = exported.payments.order_by("pk").first()
    PaymentFactory(invoice=exported, amount=Decimal("20.00"), received_on="2026-05-09")
    export()
    refund = RefundFactory(payment=payment, amount=Decimal("20.00"))
    RefundReviewFactory(refund=refund, status="not_needed", note="Leaves QuickBooks")
    assert words_of(ask(Remedy.REMOVE, [invoice_record()])) == {"Removed from QuickBooks."}
    assert not RefundDiscrepancy.objects.exists()
    decide.allow(exported, lee)
    export()
    assert RefundReview.objects.get().status == "open"
    assert RefundDiscrepancy.objects.get().pk == refund.pk
    assert Event.objects.filter(action="refund_reopened").count() == 1

"""What was confirmed is what goes: whatever changes before it is sent goes back, and says so."""

from decimal import Decimal
from functools import partial

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sync import tasks
from sync.exports.delivery import revalidation
from sync.exports.delivery.relay import relay
from sync.exports.remedies import decide
from sync.exports.runs import runs
from sync.exports.runs.drafts import prepare, prepare_ready
from sync.models import (
    BusinessUnit,
    Customer,
    ExportRun,
    ExportRunItem,
    Invoice,
    Payment,
    SyncRecord,
)
from tests.exports import ledger
from tests.factories import (
    InvoiceFactory,
    PaymentFactory,
    QuickBooksCompanyFactory,
    RefundFactory,
)

pytestmark = pytest.mark.django_db(transaction=True)


def confirmed(paid):
    """Press Export on one payment and confirm, without any worker having run yet."""
    [run] = prepare([paid.payments.first().pk], None, is_single=True)
    return runs.confirm(run, None)


def drain(unit):
    relay(unit.quickbooks_company_id, tasks.HANDLERS)


def skipped(run):
    return set(run.items.filter(choice="skipped").values_list("reason_code", flat=True))


def test_a_preview_moves_nothing(simulator, unit, paid):
    [run] = prepare([paid.payments.first().pk], None)
    drain(unit)
    assert run.state == ExportRun.State.DRAFT
    assert not SyncRecord.objects.exists()
    assert ledger.nothing(simulator, unit)


def test_what_changed_after_the_preview_is_skipped(simulator, unit, paid):
    [run] = prepare([paid.payments.first().pk], None)
    Payment.objects.filter(amount=50).update(reference="changed")
    run = runs.confirm(run, None)
    drain(unit)
    assert skipped(run) == {"CHANGED"}
    assert ledger.nothing(simulator, unit)


def test_a_preview_of_a_company_that_the_unit_has_left_sends_nothing_anywhere(
    simulator, unit, paid
):
    [run] = prepare([paid.payments.first().pk], None)
    other = simulator.create_company(variant="us", name="Another LLC")
    call_command("connect_simulator", unit.code, realm=other, verbosity=0)
    run = runs.confirm(run, None)
    assert run.state == ExportRun.State.FINISHED
    assert skipped(run) == {"CHANGED"}
    assert not SyncRecord.objects.exists()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda paid: RefundFactory(payment=paid.payments.first(), amount=10), "NOT_FULLY_PAID"),
        (lambda paid: Payment.objects.filter(amount=50).update(voided_at=timezone.now()), None),
        (lambda paid: Invoice.objects.update(voided_at=timezone.now()), "VOIDED"),
        (lambda paid: Payment.objects.filter(amount=50).update(method="Cash"), "CHANGED"),
        (lambda paid: paid.lines.update(description="Other work"), "CHANGED"),
    ],
    ids=["refund", "void payment", "void invoice", "edit payment", "edit line"],
)
def test_what_changed_after_confirming_goes_back(simulator, unit, paid, change, reason):
    run = confirmed(paid)
    change(paid)
    drain(unit)
    assert ledger.nothing(simulator, unit)
    assert not SyncRecord.objects.exists()
    assert ExportRunItem.objects.filter(run=run, choice="skipped").count() == 3
    if reason:
        assert skipped(run) == {reason}
    run.refresh_from_db()
    assert run.state == ExportRun.State.FINISHED


def three_of_one_customer(unit, paid):
    """Confirm three invoices of the one customer; give their run and the two beside `paid`."""
    others = [
        InvoiceFactory(business_unit=unit, customer=paid.customer, number=number)
        for number in ("2001", "2002")
    ]
    for invoice in others:
        PaymentFactory(invoice=invoice)
    return runs.confirm(prepare_ready(unit, None), None), others


def test_a_customer_that_changed_takes_back_all_its_invoices(simulator, unit, paid):
    run, _ = three_of_one_customer(unit, paid)
    Customer.objects.update(display_name="Ada Lovelace")
    drain(unit)
    assert ledger.nothing(simulator, unit)
    assert not SyncRecord.objects.exists()
    assert run.items.filter(choice="skipped", reason_code="CHANGED").count() == 5


@pytest.mark.parametrize("changed", [0, 1, 2])
def test_a_customer_goes_for_the_invoices_that_did_not_change(simulator, unit, paid, changed):
    run, others = three_of_one_customer(unit, paid)
    invoices = [paid, *others]
    invoices[changed].lines.update(description="Other work")
    drain(unit)
    gone = [invoice for invoice in invoices if invoice != invoices[changed]]
    assert sorted(ledger.invoices(simulator, unit)) == sorted(i.number for i in gone)
    ledger.assert_equal_to_ours(simulator, unit)
    back = run.items.filter(choice="skipped", reason_code="CHANGED")
    assert back.count() == invoices[changed].payments.count()


def test_for_a_customer_one_invoice_is_read_however_many_it_has(unit, paid):
    three_of_one_customer(unit, paid)
    [customer] = SyncRecord.objects.filter(kind="customer").select_related("company")
    assert len(revalidation._invoices_to_ask(customer.company, [customer])) == 1


def test_a_unit_that_moved_on_sends_nothing_to_its_old_company(simulator, unit, paid):
    old = unit.quickbooks_company
    run = confirmed(paid)
    realm_id = simulator.create_company(variant="us", name="Elsewhere LLC")
    with pytest.raises(CommandError, match="Disconnect it first"):
        call_command("connect_simulator", unit.code, realm=realm_id, verbosity=0)
    BusinessUnit.objects.update(quickbooks_company=QuickBooksCompanyFactory())
    relay(old.pk, tasks.HANDLERS)
    assert ledger.nothing(simulator, unit)
    assert skipped(run) == {"CHANGED"}


def test_confirming_twice_and_a_second_run_export_once(simulator, unit, paid):
    first, second = (prepare([p.pk], None)[0] for p in paid.payments.all()[:2])
    runs.confirm(first, None)
    runs.confirm(first, None)
    runs.confirm(second, None)
    drain(unit)
    drain(unit)
    assert len(ledger.payments(simulator, unit)) == 3
    assert skipped(second) == {"IN_PROGRESS"}
    ledger.assert_equal_to_ours(simulator, unit)


def taken_and_one_left(unit, taken):
    """Draft a run of payments that another run takes before it is confirmed, and of one more."""
    payments = [PaymentFactory(invoice=InvoiceFactory(business_unit=unit)) for _ in range(taken)]
    other = prepare_ready(unit, None)
    payments.append(PaymentFactory(invoice=InvoiceFactory(business_unit=unit)))
    [run] = prepare([payment.pk for payment in payments], None)
    runs.confirm(other, None)
    return run, payments


@pytest.mark.long
def test_what_another_run_took_is_left_out_with_the_reason(unit, monkeypatch):
    monkeypatch.setattr(runs, "chunks", partial(runs.chunks, size=2))
    run, payments = taken_and_one_left(unit, 4)
    records = SyncRecord.objects.filter(payment__isnull=False)
    records.filter(payment=payments[0]).update(state="exported", qbo_id="7")
    records.filter(payment=payments[3]).update(state="failed", error="Its method is not mapped.")
    runs.confirm(run, None)
    items = run.items.order_by("payment_id").values_list("choice", "reason_code", "reason")
    assert list(items) == [
        ("skipped", "ALREADY_EXPORTED", "This payment is already in QuickBooks."),
        ("skipped", "IN_PROGRESS", "This payment is being exported."),
        ("skipped", "IN_PROGRESS", "This payment is being exported."),
        ("skipped", "FAILED", "Its method is not mapped. Retry it once that is put right."),
        ("selected", "", ""),
    ]


def test_leaving_out_what_was_taken_asks_nothing_for_each_payment(unit):
    queries = []
    for taken in (1, 5):
        run, _ = taken_and_one_left(unit, taken)
        with CaptureQueriesContext(connection) as asked:
            runs._skip_taken(run)
        queries.append(len(asked))
        assert run.items.filter(choice="skipped").count() == taken
    assert queries[0] == queries[1]


def test_do_not_export_covers_the_whole_and_can_be_taken_back(simulator, unit, paid, export):
    confirmed(paid)
    decide.hold(paid, None, "Paid in kind")
    assert export()["blocked"] == {"DO_NOT_EXPORT": 3}
    assert ledger.nothing(simulator, unit)
    decide.allow(paid, None)
    assert export()["exported"] == 3


@pytest.mark.long
def test_a_release_sends_what_a_refund_made_due_again(simulator, unit, paid, export):
    RefundFactory(payment=paid.payments.first(), amount=Decimal("20.00"))
    assert export()["blocked"] == {"NOT_FULLY_PAID": 3}
    decide.release(paid, None, "The customer gets a credit instead")
    assert export()["exported"] == 3
    assert sum(total for total, *_ in ledger.payments(simulator, unit)) == Decimal("150.00")


@pytest.mark.long
def test_a_refused_invoice_is_retried_with_what_it_says_now(simulator, unit, paid, export):
    taken = simulator.documents(unit.quickbooks_company.realm_id, "Invoice")[0]["DocNumber"]
    Invoice.objects.update(number=taken)
    report = export(status=1)
    assert (report["failed"], report["exported"]) == (3, 0)
    assert SyncRecord.objects.get(kind="invoice").error_code == "6140"
    Invoice.objects.update(number="R-NEW")
    decide.retry(paid.payments.first(), None)
    drain(unit)
    assert ledger.invoices(simulator, unit).keys() == {"R-NEW"}
    assert len(ledger.payments(simulator, unit)) == 3

"""Law 1, once: what enters the outbox, what leaves it again, and that nothing else moves."""

from decimal import Decimal

import pytest
from django.utils import timezone

from sync.company.lease import LeaseLost
from sync.exports.delivery import planner
from sync.exports.remedies import decide
from sync.exports.remedies.decide import Decision
from sync.exports.runs import outbox, runs
from sync.exports.runs.drafts import prepare
from sync.models import (
    BatchRequest,
    ExportRun,
    ExportRunItem,
    Invoice,
    QuickBooksCompany,
    SyncRecord,
)
from tests.factories import (
    BatchRequestFactory,
    InvoiceFactory,
    PaymentFactory,
    SyncRecordFactory,
)
from tests.laws.holding import session_of, take_over


@pytest.fixture
def second(fully_paid):
    """Another ready invoice of the same unit, with another customer."""
    invoice = InvoiceFactory(business_unit=fully_paid.business_unit, number="SECOND")
    return PaymentFactory(invoice=invoice).invoice


@pytest.fixture
def elsewhere(fully_paid):
    """Records of the same documents in another company, in nobody's way here."""
    other = QuickBooksCompany.objects.get(name="Bystander LLC")
    given = {"company": other, "state": "failed"}
    return [
        SyncRecordFactory(**given, kind="customer", payment=None, customer=fully_paid.customer),
        SyncRecordFactory(**given, kind="invoice", payment=None, invoice=fully_paid),
        SyncRecordFactory(**given, payment=fully_paid.payments.get()),
    ]


def press(*invoices, is_single=False):
    ids = [payment.pk for invoice in invoices for payment in invoice.payments.all()]
    [draft] = prepare(ids, None, is_single=is_single)
    return draft


def items(invoice):
    rows = ExportRunItem.objects.filter(payment__invoice=invoice).order_by("pk")
    return list(rows.values_list("choice", "reason_code"))


def kinds(company):
    rows = SyncRecord.objects.filter(company=company).order_by("kind", "pk")
    return list(rows.values_list("kind", "state"))


def test_what_changed_since_it_was_shown_is_left_out_alone(company, fully_paid, second):
    draft = press(fully_paid, second)
    Invoice.objects.filter(pk=fully_paid.pk).update(issued_on="2026-05-05")
    runs.confirm(draft, None)
    assert items(fully_paid) == [("skipped", "CHANGED")]
    assert items(second) == [("selected", "")]
    assert [kind for kind, _ in kinds(company)] == ["customer", "invoice", "payment"]


def test_what_is_blocked_since_is_left_out_alone(company, fully_paid, second):
    draft = press(fully_paid, second)
    Invoice.objects.filter(pk=fully_paid.pk).update(do_not_export_at=timezone.now())
    runs.confirm(draft, None)
    assert items(fully_paid) == [("skipped", "DO_NOT_EXPORT")]
    assert items(second) == [("selected", "")]


def test_a_unit_that_moved_since_enqueues_nothing(company, fully_paid):
    draft = press(fully_paid)
    other = QuickBooksCompany.objects.get(name="Bystander LLC")
    type(fully_paid.business_unit).objects.update(quickbooks_company=other)
    runs.confirm(draft, None)
    assert items(fully_paid) == [("skipped", "CHANGED")]
    assert not SyncRecord.objects.exists()


def test_what_was_left_out_before_keeps_its_reason(company, fully_paid):
    voided = PaymentFactory(invoice=fully_paid, amount=Decimal("1.00"), voided_at=timezone.now())
    [draft] = prepare([voided.pk, fully_paid.payments.get(voided_at=None).pk], None)
    Invoice.objects.filter(pk=fully_paid.pk).update(do_not_export_at=timezone.now())
    runs.confirm(draft, None)
    assert sorted(items(fully_paid)) == [("skipped", "DO_NOT_EXPORT"), ("skipped", "VOIDED")]


def test_records_in_another_company_are_not_taken_for_ones_here(company, fully_paid, elsewhere):
    runs.confirm(press(fully_paid), None)
    assert [kind for kind, _ in kinds(company)] == ["customer", "invoice", "payment"]
    assert SyncRecord.objects.filter(company=company, run__isnull=False).count() == 3
    assert SyncRecord.objects.filter(run__isnull=False).count() == 3


@pytest.mark.parametrize(("state", "joins"), [("pending", True), ("failed", False)])
def test_a_customer_that_waits_joins_who_waits_for_it(company, fully_paid, second, state, joins):
    runs.confirm(press(fully_paid, second), None)
    third = InvoiceFactory(business_unit=fully_paid.business_unit, customer=fully_paid.customer)
    PaymentFactory(invoice=third)
    mine = SyncRecord.objects.filter(company=company, customer=fully_paid.customer)
    mine.update(state=state)
    draft = press(third, is_single=True)
    ExportRunItem.objects.filter(run=draft).update(choice="selected", reason_code="", reason="")
    runs.confirm(draft, None)
    assert mine.get().is_single is joins
    assert not SyncRecord.objects.get(customer=second.customer).is_single


# Leaving the outbox again ----------------------------------------------------------------------


def test_what_is_taken_back_takes_nothing_else_along(company, fully_paid, second, elsewhere):
    runs.confirm(press(fully_paid, second), None)
    SyncRecord.objects.filter(company=company, customer=fully_paid.customer).update(state="failed")
    outbox.take_back(company.pk, [fully_paid.pk], "CHANGED", "It changed.")
    assert kinds(company) == [
        ("customer", "pending"),
        ("invoice", "pending"),
        ("payment", "pending"),
    ]
    assert SyncRecord.objects.filter(company__name="Bystander LLC").count() == 3
    assert items(fully_paid) == [("skipped", "CHANGED")]
    assert items(second) == [("selected", "")]


def test_a_runs_item_is_left_out_where_its_own_record_is(company, fully_paid):
    first = press(fully_paid)
    later = press(fully_paid)
    runs.confirm(first, None)
    outbox.take_back(company.pk, [fully_paid.pk], "CHANGED", "It changed.")
    assert first.items.get().choice == "skipped"
    assert later.items.get().choice == "selected"


# Planning --------------------------------------------------------------------------------------


def planned(company, plan, **given):
    return [len(one.records) for one in plan(session_of(company), 1, **given)]


def test_a_batch_that_is_not_full_waits_only_where_it_is_asked_to(company, fully_paid):
    runs.confirm(press(fully_paid), None)
    session = session_of(company)
    assert planner.plan_batches(session, 1, only_full=True) == []
    [one] = planner.plan_batches(session, 1)
    assert [record.kind for record in one.records] == ["customer"]
    assert planner.plan_batches(session, 1) == []


def test_a_full_batch_goes_also_where_only_full_ones_may(company, fully_paid, monkeypatch):
    monkeypatch.setattr(planner, "MOST_ITEMS", 2)
    invoices = [PaymentFactory(
        invoice=InvoiceFactory(business_unit=fully_paid.business_unit)).invoice for _ in range(2)
    ]  # fmt: skip
    runs.confirm(press(fully_paid, *invoices), None)
    planned = planner.plan_batches(session_of(company), 5, only_full=True)
    assert [len(one.records) for one in planned] == [2]


@pytest.mark.parametrize("plan", [planner.plan_batches, planner.plan_singles])
def test_who_lost_the_company_plans_nothing(company, fully_paid, plan):
    runs.confirm(press(fully_paid, is_single=True), None)
    session = session_of(company)
    take_over(company)
    with pytest.raises(LeaseLost):
        plan(session, 1)
    assert not BatchRequest.objects.exists()
    assert set(SyncRecord.objects.values_list("state", "tries")) == {("pending", 0)}


def test_what_goes_too_early_waits_and_the_rest_goes(company, fully_paid, second):
    runs.confirm(press(fully_paid, second), None)
    SyncRecord.objects.update(is_sendable=True)
    SyncRecord.objects.filter(customer=second.customer).update(state="exported", qbo_id="5")
    [one] = planner.plan_batches(session_of(company), 1)
    assert [record.customer or record.invoice for record in one.records] == [
        second,
        fully_paid.customer,
    ]
    assert SyncRecord.objects.get(invoice=fully_paid).state == "pending"
    assert not SyncRecord.objects.filter(state="pending", is_sendable=True).exists()
    assert SyncRecord.objects.get(customer=second.customer).is_sendable


def test_a_document_is_planned_once_however_often_the_rows_are_read(company, fully_paid):
    runs.confirm(press(fully_paid), None)
    [one] = planner.plan_batches(session_of(company), 1)
    assert len(one.records) == 1


# Queueing again --------------------------------------------------------------------------------


def again(invoice):
    [step] = decide.decide(Decision.RETRY, [invoice.pk], None)
    return step.refused


def of(invoice, kind):
    return SyncRecord.objects.filter(company__name="Riverside LLC", kind=kind).get(
        **{kind: invoice.payments.get() if kind == "payment" else invoice}
    )


def test_a_retry_queues_what_stopped_with_what_stands_now(company, fully_paid, second, elsewhere):
    run = runs.confirm(press(fully_paid, second), None)
    mine = SyncRecord.objects.filter(company=company)
    mine.filter(invoice=fully_paid).update(state="failed", error="No.", tries=3)
    mine.filter(customer=fully_paid.customer).update(state="exported", qbo_id="c")
    batch = BatchRequestFactory(company=company)
    mine.filter(invoice=second).update(state="in_flight", batch=batch)
    ExportRun.objects.update(state="finished", finished_at=timezone.now())
    other = ExportRun.objects.create(
        business_unit=run.business_unit, state="finished", confirmed_at=timezone.now()
    )
    Invoice.objects.filter(pk=fully_paid.pk).update(issued_on="2026-05-06")
    theirs = {one.pk: one.content for one in elsewhere}
    assert again(fully_paid) == ""
    record = of(fully_paid, "invoice")
    assert (record.state, record.tries, record.error) == ("pending", 0, "")
    assert record.content["issued_on"] == "2026-05-06"
    assert of(second, "invoice").state == "in_flight"
    run.refresh_from_db()
    other.refresh_from_db()
    assert (run.state, other.state) == ("running", "finished")
    assert {one.pk: one.content for one in SyncRecord.objects.filter(pk__in=theirs)} == theirs


def test_a_retry_leaves_a_paused_run_to_a_person(company, fully_paid):
    run = runs.confirm(press(fully_paid), None)
    SyncRecord.objects.filter(invoice=fully_paid).update(state="failed", error="No.")
    ExportRun.objects.update(state="paused")
    assert again(fully_paid) == ""
    run.refresh_from_db()
    assert run.state == "paused"


@pytest.mark.parametrize(("state", "is_renamed"), [("failed", True), ("exported", False)])
def test_only_a_customer_that_stopped_is_given_another_name(company, fully_paid, state, is_renamed):
    runs.confirm(press(fully_paid), None)
    there = "c" if state == "exported" else ""
    customer = SyncRecord.objects.filter(customer=fully_paid.customer)
    customer.update(state=state, qbo_id=there)
    SyncRecord.objects.filter(invoice=fully_paid).update(state="failed", error="No.")
    type(fully_paid.customer).objects.filter(pk=fully_paid.customer_id).update(
        display_name="Renamed"
    )
    assert again(fully_paid) == ""
    assert (customer.get().content["display_name"] == "Renamed") is is_renamed


def test_a_retry_changes_nothing_of_what_is_there_already(company, fully_paid):
    late = PaymentFactory(invoice=fully_paid, amount=Decimal("1.00"))
    runs.confirm(press(fully_paid), None)
    mine = SyncRecord.objects.filter(company=company)
    mine.filter(customer__isnull=False).update(state="exported", qbo_id="c")
    mine.filter(invoice=fully_paid).update(state="exported", qbo_id="i", exported_total="150.00")
    mine.filter(payment=late).update(state="failed", error="No.")
    first = mine.get(payment__amount=Decimal("150.00"))
    mine.filter(pk=first.pk).update(state="exported", qbo_id="p")
    before = mine.get(invoice=fully_paid).content
    Invoice.objects.filter(pk=fully_paid.pk).update(due_on="2026-07-01")
    assert again(fully_paid) == ""
    assert mine.get(payment=late).state == "pending"
    assert mine.get(invoice=fully_paid).content == before
    assert mine.get(pk=first.pk).state == "exported"

"""What was queued is taken back by one function, whoever decides so."""

from decimal import Decimal

import pytest

from sync.exports.runs import runs
from sync.exports.runs.drafts import prepare
from sync.exports.runs.outbox import take_back
from sync.models import ExportRunItem, SyncRecord
from tests.factories import InvoiceFactory, PaymentFactory

pytestmark = pytest.mark.django_db(transaction=True)
State, Choice = SyncRecord.State, ExportRunItem.Choice
WHY = ("CHANGED", "It changed.")


@pytest.fixture
def queued(unit):
    """Two paid invoices of one customer, queued by one run; each with two payments."""
    first = InvoiceFactory(business_unit=unit, number="1")
    second = InvoiceFactory(business_unit=unit, number="2", customer=first.customer)
    ids = []
    for invoice in (first, second):
        half = invoice.total / 2
        amounts = (half, invoice.total - half)
        ids += [PaymentFactory(invoice=invoice, amount=Decimal(each)).pk for each in amounts]
    [run] = prepare(ids, None)
    runs.confirm(run, None)
    return run, first, second


def kinds():
    return sorted(SyncRecord.objects.values_list("kind", flat=True))


def left_out(run):
    items = run.items.filter(choice=Choice.SKIPPED)
    return sorted(items.values_list("payment__invoice__number", "reason_code", "reason"))


def test_an_invoice_goes_with_its_payments_and_its_run_says_why(queued, unit):
    run, first, _ = queued
    take_back(unit.quickbooks_company_id, [first.pk], *WHY)
    assert kinds() == ["customer", "invoice", "payment", "payment"]
    assert left_out(run) == [("1", *WHY), ("1", *WHY)]


def test_a_customer_goes_with_the_last_invoice_that_needs_it(queued, unit):
    run, first, second = queued
    take_back(unit.quickbooks_company_id, [first.pk, second.pk], *WHY)
    assert kinds() == []
    assert len(left_out(run)) == 4


@pytest.mark.parametrize("state", [State.EXPORTED, State.MISMATCH, State.UNCERTAIN])
def test_what_is_there_or_may_be_stays_in_its_run(queued, unit, state):
    run, first, _ = queued
    there = SyncRecord.objects.filter(payment__invoice=first).order_by("pk").first()
    qbo_id = "" if state == State.UNCERTAIN else "77"
    SyncRecord.objects.filter(pk=there.pk).update(state=state, qbo_id=qbo_id)
    take_back(unit.quickbooks_company_id, [first.pk], *WHY)
    assert SyncRecord.objects.filter(pk=there.pk).exists()
    assert left_out(run) == [("1", *WHY)]


def test_another_company_keeps_what_it_has(queued, unit):
    run, first, _ = queued
    before = kinds()
    take_back(unit.quickbooks_company_id + 1, [first.pk], *WHY)
    assert (kinds(), left_out(run)) == (before, [])

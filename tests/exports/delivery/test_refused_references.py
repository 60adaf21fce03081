"""610 and 2500 name no culprit: what the document refers to is read, and named with its remedy."""

import time
from decimal import Decimal
from types import SimpleNamespace

import pytest

from sync.exports.delivery import relay, settling
from sync.exports.delivery.relay import drain
from sync.exports.remedies.decide import retry
from sync.mappings import choices
from sync.models import ItemMapping, MethodMapping, ReferenceEntry, SyncRecord
from sync.tasks import HANDLERS
from tests.exports import ledger
from tests.exports.conftest import bookkeeper, calm
from tests.factories import InvoiceFactory, PaymentFactory

__all__ = ["bookkeeper", "calm"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("calm")]


def bill(unit, number, **more):
    invoice = InvoiceFactory(business_unit=unit, number=number, **more)
    PaymentFactory(invoice=invoice, amount=Decimal("150.00"), received_on="2026-05-09")
    return invoice


def document(bookkeeper, kind, qbo_id):
    return next(d for d in bookkeeper.documents(kind) if d["Id"] == qbo_id)


def other(company, kind, than):
    entries = ReferenceEntry.objects.filter(company=company, kind=kind, active=True)
    return entries.filter(type=than.type).exclude(pk=than.pk).first()


def inactive(bookkeeper, simulator, company, kind, entry):
    bookkeeper.edit(kind, document(bookkeeper, kind, entry.qbo_id), Active=False)


def merged(bookkeeper, simulator, company, kind, entry):
    left = other(company, kind, entry)
    simulator.merge(company.realm_id, kind, entry.qbo_id, left.qbo_id)


@pytest.mark.parametrize("act", [inactive, merged])
def test_an_item_is_named_with_its_mapping_and_goes_once_that_is_changed(
    simulator, unit, bookkeeper, export, lee, act
):
    company = unit.quickbooks_company
    invoice = bill(unit, "I-1")
    item = ItemMapping.objects.get(company=company, service="").item
    act(bookkeeper, simulator, company, "Item", item)
    export(status=1)
    record = SyncRecord.objects.get(kind="invoice")
    assert (record.state, record.error_code) == ("failed", "MAPPING")
    item.refresh_from_db()
    assert record.error == (
        "QuickBooks refused this. Any other service is set to"
        f" {item.name}, which is inactive in QuickBooks: choose another. Change it in the mappings"
        f" of {unit}, or make it active again in QuickBooks and refresh the lists; then retry."
    )
    assert record.error_detail
    assert not item.active
    choices.choose_item(company, "", other(company, "Item", item))
    retry(invoice.payments.get(), lee)
    drain(record.run, HANDLERS)
    assert set(SyncRecord.objects.values_list("state", flat=True)) == {"exported"}
    ledger.assert_equal_to_ours(simulator, unit)


@pytest.mark.parametrize("act", [inactive, merged])
def test_a_deposit_account_is_named_before_the_money_is_sent_elsewhere(
    simulator, unit, bookkeeper, export, lee, act
):
    company = unit.quickbooks_company
    invoice = bill(unit, "I-1")
    account = MethodMapping.objects.get(company=company, method="").deposit_account
    act(bookkeeper, simulator, company, "Account", account)
    export(status=1)
    record = SyncRecord.objects.get(kind="payment")
    assert (record.state, record.error_code) == ("failed", "MAPPING")
    account.refresh_from_db()
    assert (
        f"The deposit account of other payment methods is set to {account.name}, which is inactive"
        in record.error
    )
    left = other(company, "Account", account)
    choices.choose_method(company, "", None, left)
    retry(invoice.payments.get(), lee)
    drain(record.run, HANDLERS)
    assert set(SyncRecord.objects.values_list("state", flat=True)) == {"exported"}
    [payment] = bookkeeper.ours("Payment")
    assert payment["DepositToAccountRef"]["value"] == left.qbo_id


@pytest.mark.long
def test_a_payment_stays_with_the_inactive_customer_of_its_invoice(
    simulator, unit, bookkeeper, export, lee
):
    invoice = bill(unit, "I-1", customer__display_name="Ann Smith")
    export()
    [ann] = bookkeeper.ours("Customer")
    bookkeeper.edit("Customer", ann, Active=False)
    late = PaymentFactory(invoice=invoice, amount=Decimal("5.00"), received_on="2026-05-12")
    export(status=1)
    record = SyncRecord.objects.get(payment=late)
    assert (record.state, record.error_code) == ("failed", "INACTIVE")
    assert record.error == (
        "QuickBooks refused this, because its customer Ann Smith is inactive there, and a payment"
        " goes to none but its invoice's customer. Make that customer active again in QuickBooks,"
        " then retry."
    )
    assert SyncRecord.objects.get(kind="customer").error_code == "INACTIVE"
    bookkeeper.edit("Customer", bookkeeper.ours("Customer")[0], Active=True)
    retry(late, lee)
    drain(record.run, HANDLERS)
    assert set(SyncRecord.objects.values_list("state", flat=True)) == {"exported"}
    ledger.assert_equal_to_ours(simulator, unit)


@pytest.mark.long
def test_it_is_found_out_also_where_the_slice_is_over(
    simulator, unit, bookkeeper, export, monkeypatch
):
    company = unit.quickbooks_company
    bill(unit, "I-1")
    item = ItemMapping.objects.get(company=company, service="").item
    inactive(bookkeeper, simulator, company, "Item", item)
    note, refused = settling.note_refused, []

    def noted(session, records):
        note(session, records)
        refused.extend(session.refused)

    monkeypatch.setattr(settling, "note_refused", noted)
    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + (1e6 if refused else 0))
    monkeypatch.setattr(relay, "time", clock)
    export(status=1)
    assert refused
    assert SyncRecord.objects.get(kind="invoice").error_code == "MAPPING"


def test_many_refused_for_one_thing_are_read_for_once(simulator, unit, bookkeeper, export):
    item = ItemMapping.objects.get(company=unit.quickbooks_company, service="").item
    for number in range(5):
        bill(unit, f"I-{number}")
    inactive(bookkeeper, simulator, unit.quickbooks_company, "Item", item)
    simulator.clear_journal()
    export(status=1)
    refused = SyncRecord.objects.filter(kind="invoice")
    assert set(refused.values_list("error_code", flat=True)) == {"MAPPING"}
    journal = simulator.journal(unit.quickbooks_company.realm_id)
    assert sum("query" in entry["path"] for entry in journal) <= 4


@pytest.mark.long
def test_an_invoice_that_is_gone_is_named_for_its_late_payment(unit, bookkeeper, export):
    invoice = bill(unit, "I-1")
    export()
    [there] = bookkeeper.ours("Invoice")
    for payment in bookkeeper.ours("Payment"):
        bookkeeper.delete("Payment", payment)
    PaymentFactory(invoice=invoice, amount=Decimal("5.00"), received_on="2026-05-12")
    bookkeeper.delete("Invoice", there)
    export(status=1)
    stopped = SyncRecord.objects.exclude(error="").values_list("error", flat=True)
    assert any("no longer there" in words for words in stopped), list(stopped)

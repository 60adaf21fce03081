"""Customers whom QuickBooks charges no sales tax: nothing of theirs goes with a tax of ours."""

from decimal import Decimal

import pytest

from sync.exports.documents.confirmed_content import customer_content
from sync.exports.remedies.requests import Remedy
from sync.exports.rules.eligibility import explain
from sync.exports.runs import verdicts
from sync.models import Invoice, SyncRecord, TaxMode
from tests.exports import ledger
from tests.exports.taxed import taxed, taxing_unit

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("calm")]
WORDS = "The customer is exempt from sales tax in QuickBooks, which would charge none"


@pytest.fixture
def unit(simulator):
    return taxing_unit(simulator)


def link_exempt(unit, bookkeeper, customer):
    """Link a customer of ours to one that was entered there as exempt."""
    there = bookkeeper.send("Customer", {"DisplayName": "Elm School", "Taxable": False})
    record = SyncRecord.objects.create(
        company=unit.quickbooks_company,
        business_unit=unit,
        kind="customer",
        customer=customer,
        state="exported",
        marker=f"linked {customer.pk}",
        content=customer_content(customer, "Elm School", "USD"),
        qbo_id=there["Id"],
    )
    return record, there


def why_not(invoice):
    payment = invoice.payments.get()
    found = explain([payment]).get(payment.pk)
    return found and found.words


def test_a_tax_for_an_exempt_customer_is_stopped_before_anything_goes(
    simulator, unit, bookkeeper, export, ask
):
    invoice = taxed(unit, "T-1", "8.00")
    record, there = link_exempt(unit, bookkeeper, invoice.customer)
    assert why_not(invoice) is None
    assert ask(Remedy.CHECK, [record])[str(invoice.customer)][0]
    record.refresh_from_db()
    assert record.is_exempt
    # What was checked before is not believed any more.
    assert why_not(invoice).startswith(WORDS)
    export(status=None)
    assert ledger.invoices(simulator, unit) == {}
    assert verdicts.wrong() == []
    Invoice.objects.filter(pk=invoice.pk).update(tax_total=0, total=100)
    assert why_not(invoice) is None
    export()
    assert ledger.invoices(simulator, unit)["T-1"][:2] == (Decimal("100.00"), Decimal("0.00"))
    assert ledger.payments(simulator, unit)[0][:2] == (Decimal("108.00"), Decimal("8.00"))
    bookkeeper.edit("Customer", there, Taxable=True)
    later = taxed(unit, "T-2", "8.00")
    Invoice.objects.filter(pk=later.pk).update(customer=invoice.customer)
    later.payments.update(customer=invoice.customer)
    assert why_not(later).startswith(WORDS)
    ask(Remedy.CHECK, [record])
    assert why_not(later) is None or not why_not(later).startswith(WORDS)


def test_one_made_exempt_unseen_tells_nothing_of_the_others(
    simulator, unit, bookkeeper, export, ask
):
    first = taxed(unit, "T-1", "8.00")
    export()
    mode = TaxMode.objects.get()
    assert mode.agreed_at
    bookkeeper.edit("Customer", bookkeeper.ours("Customer")[0], Taxable=False)
    again = taxed(unit, "T-2", "8.00")
    Invoice.objects.filter(pk=again.pk).update(customer=first.customer)
    again.payments.update(customer=first.customer)
    export(status=1)
    record = SyncRecord.objects.get(invoice=again)
    assert record.state == "mismatch"
    assert "the tax is 8.00 here and 0.00 in QuickBooks" in record.error
    assert "The customer is exempt from sales tax there." in record.error
    assert SyncRecord.objects.get(kind="customer").is_exempt
    known = TaxMode.objects.get()
    assert (known.agreed_at, known.keeps, known.probe) == (mode.agreed_at, "", None)
    # Others go on as before, and it is corrected to what is there.
    taxed(unit, "T-3", "8.00")
    export(status=None)
    assert ledger.invoices(simulator, unit)["T-3"][0] == Decimal("108.00")
    Invoice.objects.filter(pk=again.pk).update(tax_total=0, total=100)
    assert ask(Remedy.CORRECT, [record])["Invoice T-2"][0]
    # What went before it was exempt is compared as it went.
    assert ask(Remedy.CHECK, [SyncRecord.objects.get(invoice=first)])["Invoice T-1"][0]


def test_an_invoice_that_was_deleted_there_is_not_asked_for_ever(
    simulator, unit, bookkeeper, export
):
    taxed(unit, "T-1", "8.01")
    export(status=1)
    TaxMode.objects.update(keeps="")
    bookkeeper.delete("Invoice", bookkeeper.ours("Invoice")[0])
    taxed(unit, "T-2", "8.00")
    simulator.clear_journal()
    export(status=None)
    assert SyncRecord.objects.get(invoice__number="T-1").tax_mode is None
    assert len(simulator.journal(unit.quickbooks_company.realm_id)) < 20
    assert ledger.invoices(simulator, unit)["T-2"][0] == Decimal("108.00")

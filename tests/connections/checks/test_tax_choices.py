"""What was proven of taxes is shown, and where nothing is kept a person chooses."""

from decimal import Decimal

import pytest
from django.urls import reverse

from accounts.access import AccessDenied
from accounts.models import Role
from sync.connections.checks import taxes
from sync.connections.checks.company import checks_of
from sync.connections.readiness import missing_in
from sync.exports.runs.tax_preview import tax_preview
from sync.exports.runs.trial import offered
from sync.mappings.mappings import MappedEntries, Mappings
from sync.models import CustomerMatch, Event, Invoice, ReferenceEntry, SyncRecord, TaxMode
from tests.exports import ledger
from tests.exports.taxed import taxing_unit
from tests.factories import (
    InvoiceFactory,
    InvoiceLineFactory,
    MembershipFactory,
    PaymentFactory,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def unit(simulator):
    """A company that works its tax out itself, and keeps only its own figure."""
    return taxing_unit(simulator)


def taxed(unit, number, tax):
    invoice = InvoiceFactory(
        business_unit=unit, number=number, subtotal=Decimal(100), tax_total=Decimal(tax), lines=[]
    )
    line = {"amount": Decimal(100), "unit_price": Decimal(100), "taxable": True}
    InvoiceLineFactory(invoice=invoice, **line)
    PaymentFactory(invoice=invoice, amount=invoice.total)
    return invoice


def looked_ahead(unit, invoice):
    company = unit.quickbooks_company
    return tax_preview(company, Invoice.objects.filter(pk=invoice.pk), Mappings.of(company, unit))


def tax_check(unit):
    company = unit.quickbooks_company
    found = checks_of(unit, company, MappedEntries.of(company, unit), taxes.modes_of(company))
    return next(c for c in found if c.title.startswith("Sales tax: "))


def test_the_way_from_a_first_invoice_to_a_line_of_its_own(simulator, unit, export, client):
    first = taxed(unit, "T-1", "8.01")
    company = unit.quickbooks_company
    assert looked_ahead(unit, first).alone == [
        "Automated sales tax: whose tax counts is not proven yet. The first invoice goes alone, and"
        " is read back; if its tax comes out otherwise, it may be taken out again."
    ]
    export(status=1)
    check = tax_check(unit)
    assert (check.level, check.title) == ("red", "Sales tax: Automated sales tax")
    assert "invoice T-1 had 8.01 here and 8.00 as worked out there" in check.words
    second = taxed(unit, "T-2", "8.02")
    [differing] = looked_ahead(unit, second).differing
    assert (differing.ours, differing.theirs) == (Decimal("8.02"), Decimal("8.00"))
    assert (differing.invoice, differing.words) == (second, "$0.02 more")

    mode = TaxMode.objects.get()
    item = ReferenceEntry.objects.get(company=company, kind="Item", name="Services")
    viewer = MembershipFactory(business_unit=unit, role=Role.EXPORTER).user
    with pytest.raises(AccessDenied):
        taxes.send_as_line(unit, mode.pk, item.pk, viewer)
    accountant = MembershipFactory(business_unit=unit, role=Role.ACCOUNTANT).user
    with pytest.raises(taxes.TaxRefused, match="liability account"):
        taxes.send_as_line(unit, mode.pk, item.pk, accountant)
    assert TaxMode.objects.get().liability_item is None

    payable = ReferenceEntry.objects.get(company=company, kind="Account", name="Sales Tax Payable")
    item.data = item.data | {"IncomeAccountRef": {"value": payable.qbo_id}}
    item.save()
    client.force_login(accountant, backend="django.contrib.auth.backends.ModelBackend")
    page = reverse("admin:sync_businessunit_quickbooks", args=[unit.pk])
    assert "Send it as a line" in client.get(page).content.decode()
    choice = {"tax": mode.pk, "item": item.pk, "choice": "line"}
    client.post(reverse("admin:sync_businessunit_quickbooks_tax", args=[unit.pk]), choice)
    assert TaxMode.objects.get().liability_item == item
    assert Event.objects.get(action="tax_as_line").actor == accountant
    assert "do not see that line" in tax_check(unit).words
    export(status=None)
    assert ledger.invoices(simulator, unit)["T-2"][0] == Decimal("108.02")
    there = {d["DocNumber"]: d for d in simulator.documents(company.realm_id, "Invoice")}
    codes = [
        line["SalesItemLineDetail"]["TaxCodeRef"]["value"]
        for line in there["T-2"]["Line"]
        if line["DetailType"] == "SalesItemLineDetail"
    ]
    assert codes == ["NON", "NON"]
    assert SyncRecord.objects.get(invoice=second).state == "exported"

    taxes.prove_anew(unit, mode.pk, accountant)
    assert tax_check(unit).level == "amber"
    with pytest.raises(taxes.TaxRefused, match="not one of this company's"):
        taxes.prove_anew(unit, 0, accountant)


def test_the_trial_has_tax_and_a_customer_who_is_not_in_doubt(unit):
    plain = InvoiceFactory(business_unit=unit, number="A-1", issued_on="2026-06-01")
    PaymentFactory(invoice=plain)
    with_tax = taxed(unit, "A-2", "8.00")
    doubted = taxed(unit, "A-3", "8.00")
    match = CustomerMatch.objects.create(
        company=unit.quickbooks_company,
        business_unit=unit,
        customer=doubted.customer,
        name="D",
        standing="look",
    )
    assert offered(unit, missing_in([unit])[unit.pk]) == [with_tax, plain]
    match.is_declined = True
    match.save()
    assert offered(unit, missing_in([unit])[unit.pk]) == [doubted, with_tax, plain]

"""What mappings lead to is merged, renamed or made inactive there: named, mapped anew, gone.

An item and a deposit account are in test_refused_references.py.
"""

from decimal import Decimal

import pytest
from django.utils import timezone

from sync.exports.delivery.relay import drain
from sync.exports.remedies.decide import retry
from sync.mappings import choices
from sync.models import MethodMapping, QuickBooksCompany, ReferenceEntry, SyncRecord, TaxMapping
from sync.tasks import HANDLERS
from tests.connected import connected_unit
from tests.exports import ledger
from tests.exports.conftest import bookkeeper, calm
from tests.factories import InvoiceFactory, PaymentFactory

__all__ = ["bookkeeper", "calm"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("calm")]
Kind = ReferenceEntry.Kind


@pytest.fixture(params=["us"])
def unit(simulator, db, request):
    return connected_unit(simulator, request.param)


def bill(unit, number, **more):
    invoice = InvoiceFactory(business_unit=unit, number=number, **more)
    PaymentFactory(invoice=invoice, amount=invoice.total, received_on="2026-05-09")
    return invoice


def entry(company, kind, name):
    return ReferenceEntry.objects.get(company=company, kind=kind, name=name)


def enter(bookkeeper, company, kind, name):
    """Enter something in a list, as it is known here after the lists were refreshed."""
    made = bookkeeper.send(kind, {"Name": name})
    return ReferenceEntry.objects.create(
        company=company, kind=kind, qbo_id=made["Id"], name=name, read_at=timezone.now()
    )


def change(bookkeeper, kind, lost, **changes):
    document = next(d for d in bookkeeper.documents(kind) if d["Id"] == lost.qbo_id)
    bookkeeper.edit(kind, document, **changes)


def refused(kind):
    record = SyncRecord.objects.get(kind=kind)
    assert (record.state, record.error_code) == ("failed", "MAPPING"), record.error
    return record


def goes(record, invoice, lee, simulator, unit):
    retry(invoice.payments.get(), lee)
    drain(record.run, HANDLERS)
    errors = list(SyncRecord.objects.exclude(error="").values_list("kind", "error"))
    assert set(SyncRecord.objects.values_list("state", flat=True)) == {"exported"}, errors
    ledger.assert_equal_to_ours(simulator, unit)


def test_a_payment_method_is_named_and_goes_once_it_is_mapped_anew(
    simulator, unit, bookkeeper, export, lee
):
    company = unit.quickbooks_company
    first, second = (enter(bookkeeper, company, "PaymentMethod", n) for n in ("Purse", "Wallet"))
    account = MethodMapping.objects.get(company=company, method="").deposit_account
    choices.choose_method(company, "Check", first, account)
    invoice = bill(unit, "M-1")
    change(bookkeeper, "PaymentMethod", first, Active=False)
    export(status=1)
    record = refused("payment")
    assert "Payment method Check is set to Purse (deleted), which is inactive" in record.error
    choices.choose_method(company, "Check", second, account)
    goes(record, invoice, lee, simulator, unit)
    [payment] = bookkeeper.ours("Payment")
    assert payment["PaymentMethodRef"]["value"] == second.qbo_id


@pytest.mark.parametrize("act", ["inactive", "merged"])
@pytest.mark.parametrize("kind", ["Class", "Department"])
def test_a_class_or_location_is_named(simulator, unit, bookkeeper, export, lee, kind, act):
    company = unit.quickbooks_company
    first, second = (enter(bookkeeper, company, kind, name) for name in ("East", "West"))

    def choose(chosen):
        given = (chosen, None) if kind == "Class" else (None, chosen)
        choices.choose_unit(company, unit, *given)

    choose(first)
    invoice = bill(unit, "C-1")
    if act == "merged":
        simulator.merge(company.realm_id, kind, first.qbo_id, second.qbo_id)
    else:
        change(bookkeeper, kind, first, Active=False)
    export(status=1)
    record = refused("invoice")
    assert "is set to East" in record.error
    choose(second)
    goes(record, invoice, lee, simulator, unit)
    [there] = bookkeeper.ours("Invoice")
    told = there["ClassRef"] if kind == "Class" else there["DepartmentRef"]
    assert told["value"] == second.qbo_id


@pytest.mark.parametrize("act", ["inactive", "merged"])
def test_a_discount_account_is_named(simulator, unit, bookkeeper, export, lee, act):
    company = unit.quickbooks_company
    account = company.discount_account
    others = ReferenceEntry.objects.filter(company=company, kind="Account", type=account.type)
    left = others.filter(active=True).exclude(pk=account.pk).first()
    invoice = bill(unit, "D-1", discount_total=Decimal("10.00"))
    if act == "merged":
        simulator.merge(company.realm_id, "Account", account.qbo_id, left.qbo_id)
    else:
        change(bookkeeper, "Account", account, Active=False)
    export(status=1)
    record = refused("invoice")
    assert f"The discount account is set to {account.name}" in record.error
    choices.choose_discount_account(QuickBooksCompany.objects.get(), left)
    goes(record, invoice, lee, simulator, unit)


@pytest.mark.parametrize("unit", ["canada"], indirect=True)
def test_a_tax_code_of_a_line_is_named(simulator, unit, bookkeeper, export, lee):
    company = unit.quickbooks_company
    mapping = TaxMapping.objects.get(company=company, tax_code="", taxable=False)
    lost = mapping.quickbooks_tax_code
    invoice = bill(unit, "T-1", currency="CAD")
    simulator.retire(company.realm_id, lost.qbo_id)
    export(status=1)
    record = refused("invoice")
    assert f"Tax code of exempt lines is set to {lost.name}, which is inactive" in record.error
    others = ReferenceEntry.objects.filter(company=company, kind="TaxCode", active=True)
    choices.choose_tax_code(company, "", False, others.get(name="Zero-rated"))
    goes(record, invoice, lee, simulator, unit)


@pytest.mark.parametrize("kind", ["Item", "Account", "PaymentMethod", "Class"])
def test_what_is_only_renamed_goes_on(simulator, unit, bookkeeper, export, kind):
    company = unit.quickbooks_company
    method = MethodMapping.objects.get(company=company, method="")
    chosen = {
        "Item": company.itemmapping_set.get(service="").item if kind == "Item" else None,
        "Account": method.deposit_account,
    }.get(kind) or enter(bookkeeper, company, kind, "Old name")
    if kind == "PaymentMethod":
        choices.choose_method(company, "Check", chosen, method.deposit_account)
    if kind == "Class":
        choices.choose_unit(company, unit, chosen, None)
    bill(unit, "R-1")
    change(bookkeeper, kind, chosen, Name="Another name")
    assert export()["exported"] == 1
    ledger.assert_equal_to_ours(simulator, unit)

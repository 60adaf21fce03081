"""After a mismatch of tax outside the US the same two remedies lead to an end, to the cent."""

from decimal import Decimal

import pytest
from django.core.management import call_command

from sync.exports.remedies.requests import Remedy
from sync.models import Invoice, SyncRecord
from tests.exports import ledger
from tests.factories import (
    BusinessUnitFactory,
    CustomerFactory,
    InvoiceFactory,
    InvoiceLineFactory,
    PaymentFactory,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("calm")]


@pytest.fixture
def unit(simulator):
    """A unit in Canada whose company keeps its own figure of GST."""
    unit = BusinessUnitFactory(code="toronto", name="Toronto", currency="CAD")
    words = InvoiceFactory(business_unit=unit, number="WORDS", currency="CAD", lines=[])
    InvoiceLineFactory(invoice=words, amount=0, unit_price=0, tax_code="GST", taxable=True)
    realm_id = simulator.create_company(variant="canada", name="Maple Cleaning")
    call_command("connect_simulator", unit.code, realm=realm_id, verbosity=0)
    unit.refresh_from_db()
    simulator.switch(tax_override="never")
    yield unit
    simulator.switch(tax_override="documented")


@pytest.mark.parametrize("remedy", [Remedy.ACCEPT, Remedy.CORRECT])
def test_a_cent_of_gst_ends_as_it_is_there_or_as_corrected(simulator, unit, export, ask, remedy):
    customer = CustomerFactory(business_unit=unit)
    invoice = InvoiceFactory(
        business_unit=unit, number="T-1", currency="CAD", customer=customer,
        subtotal=Decimal("100.00"), tax_total=Decimal("5.01"), lines=[],
    )  # fmt: skip
    InvoiceLineFactory(invoice=invoice, amount=100, unit_price=100, taxable=True, tax_code="GST")
    PaymentFactory(invoice=invoice, amount=invoice.total, currency="CAD")
    assert export(status=None)["mismatch"] == 1
    assert ledger.payments(simulator, unit) == []
    if remedy is Remedy.CORRECT:
        Invoice.objects.filter(pk=invoice.pk).update(tax_total="5.00", total="105.00")
    [(is_done, _)] = ask(remedy, [SyncRecord.objects.get(kind="invoice")]).values()
    assert is_done
    assert ledger.invoices(simulator, unit) == {
        "T-1": (Decimal("105.00"), Decimal("0.00"), "2026-05-04")
    }
    assert ledger.payments(simulator, unit) == [
        (Decimal("105.01"), Decimal("0.01"), "2026-05-10", "T-1")
    ]
    assert set(SyncRecord.objects.values_list("state", flat=True)) == {"exported"}

"""The example of the design through the admin and the relay, over real HTTP to the simulator."""

from decimal import Decimal

import pytest

from accounts.models import Role
from sync import tasks
from sync.models import ExportRun, SyncRecord
from sync.quickbooks.links import deep_link
from tests import factories
from tests.exports import ledger

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_example_goes_whole_from_a_payments_page(simulator, unit, sign_in):
    office, books = sign_in(unit, Role.EXPORTER), sign_in(unit, Role.ACCOUNTANT)
    invoice = factories.InvoiceFactory(business_unit=unit, number="R-1042")
    for amount, day in (("70.00", "2026-05-01"), ("30.00", "2026-05-06")):
        factories.PaymentFactory(invoice=invoice, amount=Decimal(amount), received_on=day)
    first = invoice.payments.first()
    page = office.post(f"/admin/sync/payment/{first.pk}/export/", follow=True)
    assert "Invoice R-1042 still has $50.00 due." in page.content.decode()
    tasks.relay(unit.quickbooks_company_id)
    assert ledger.nothing(simulator, unit)

    books.post(
        "/admin/sync/payment/add/",
        {
            "business_unit": unit.pk,
            "customer": invoice.customer_id,
            "invoice": invoice.pk,
            "kind": "final",
            "method": "Check",
            "amount": "50.00",
            "currency": "USD",
            "received_on": "2026-05-09",
        },
    )
    page = office.post(f"/admin/sync/payment/{first.pk}/export/", follow=True)
    assert "3 payments on 1 invoice, $150.00 → Riverside LLC." in page.content.decode()
    [preview] = page.context["previews"]
    office.post("/admin/sync/exportrun/confirm/", {"run": preview.run.pk})
    assert ledger.nothing(simulator, unit)
    tasks.relay(unit.quickbooks_company_id)

    assert ledger.invoices(simulator, unit) == {
        "R-1042": (Decimal("150.00"), Decimal("0.00"), "2026-05-04")
    }
    assert [row[0] for row in ledger.payments(simulator, unit)] == [
        Decimal("30.00"),
        Decimal("50.00"),
        Decimal("70.00"),
    ]
    run = ExportRun.objects.get()
    html = office.get(run.get_absolute_url()).content.decode()
    assert "Finished: 3 of 3 payments exported to Riverside LLC." in html
    realm_id = unit.quickbooks_company.realm_id
    for record in SyncRecord.objects.exclude(kind="customer"):
        assert deep_link(realm_id, record.kind.capitalize(), record.qbo_id) in html
    html = office.get(f"/admin/sync/payment/{first.pk}/change/").content.decode()
    assert f"by {office.user}" in html
    assert "Invoice R-1042 in QuickBooks" in html

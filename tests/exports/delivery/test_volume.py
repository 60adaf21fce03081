"""Many invoices: all of them, to the cent, in as few requests as arithmetic allows."""

import math
import os
from decimal import Decimal

import pytest

from sync.models import Customer, Invoice, InvoiceLine, Payment, SyncRecord
from tests.exports import ledger

pytestmark = pytest.mark.django_db(transaction=True)


INVOICES = int(os.environ.get("VOLUME", "150"))


def make_paid_invoices(unit, count, to_a_customer=2):
    """Make invoices with 1 to 3 payments each, one customer to two invoices or so many."""
    customers = Customer.objects.bulk_create(
        Customer(business_unit=unit, external_id=f"V{n}", display_name=f"Volume customer {n}")
        for n in range(math.ceil(count / to_a_customer))
    )
    invoices = Invoice.objects.bulk_create(
        Invoice(
            currency="USD",
            business_unit=unit,
            customer=customers[n // to_a_customer],
            number=f"V-{n}",
            issued_on="2026-05-04",
            subtotal=Decimal(n + 100) / 100,
            total=Decimal(n + 100) / 100,
        )
        for n in range(count)
    )
    InvoiceLine.objects.bulk_create(
        InvoiceLine(invoice=i, service="Lawn care", unit_price=i.total, amount=i.total)
        for i in invoices
    )
    parts = [
        (invoice, part)
        for n, invoice in enumerate(invoices)
        for part in ([invoice.total] if n % 3 == 0 else _split(invoice.total, n % 3 + 1))
    ]
    Payment.objects.bulk_create(
        Payment(
            currency="USD",
            business_unit=unit,
            customer=invoice.customer,
            invoice=invoice,
            method="Check",
            amount=part,
            received_on="2026-05-10",
        )
        for invoice, part in parts
    )
    return invoices


def _split(total, into):
    part = (total / into).quantize(Decimal("0.01"))
    return [part] * (into - 1) + [total - part * (into - 1)]


def test_many_invoices_go_in_full_batches(simulator, unit, export):
    invoices = make_paid_invoices(unit, INVOICES)
    report = export()
    payments = Payment.objects.count()
    assert (report["ready"], report["exported"]) == (payments, payments)
    assert {k: report[k] for k in ("failed", "uncertain", "mismatch", "queued")} == {
        "failed": 0,
        "uncertain": 0,
        "mismatch": 0,
        "queued": 0,
    }
    documents = SyncRecord.objects.count()
    assert documents == math.ceil(INVOICES / 2) + INVOICES + payments
    calls = len(simulator.journal(unit.quickbooks_company.realm_id))
    print(f"{documents} documents, {calls} requests, {report['seconds']} s")
    assert calls <= 1.25 * math.ceil(documents / 30) + 10
    assert report["api_calls"] == calls
    there = ledger.invoices(simulator, unit)
    assert there == {i.number: (i.total, Decimal("0.00"), "2026-05-04") for i in invoices}
    ledger.assert_equal_to_ours(simulator, unit)

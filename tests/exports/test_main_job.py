"""The rule that everything serves, end to end over real HTTP."""

import json
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command

from sync.models import ExportRun, SyncRecord
from tests.exports import ledger
from tests.factories import InvoiceFactory, PaymentFactory

pytestmark = pytest.mark.django_db(transaction=True)


def export(unit, *arguments, status=0):
    """Run the command as a person would, and return what it printed as JSON."""
    out = StringIO()
    code = 0
    try:
        call_command("export_payments", unit.code, *arguments, "--wait", "--json", stdout=out)
    except SystemExit as stopped:
        code = stopped.code
    assert code == status, list(SyncRecord.objects.values_list("kind", "state", "error_detail"))
    return json.loads(out.getvalue())


@pytest.fixture
def example(unit):
    """The invoice of $150.00 with a $70.00 deposit and a $30.00 part payment."""
    invoice = InvoiceFactory(business_unit=unit, number="R-1042")
    PaymentFactory(
        invoice=invoice, kind="deposit", amount=Decimal("70.00"), received_on="2026-05-01"
    )
    PaymentFactory(
        invoice=invoice, kind="partial", amount=Decimal("30.00"), received_on="2026-05-06"
    )
    return invoice


def test_part_paid_sends_nothing_by_command(simulator, unit, example):
    report = export(unit)
    assert report["ready"] == 0
    assert report["blocked"] == {"NOT_FULLY_PAID": 2}
    first = example.payments.first()
    report = export(unit, "--payment", str(first.pk))
    assert (report["ready"], report["exported"]) == (0, 0)
    assert report["blocked"] == {"NOT_FULLY_PAID": 1}
    assert ledger.nothing(simulator, unit)
    assert not SyncRecord.objects.exists()
    assert not ExportRun.objects.exists()
    assert simulator.journal(unit.quickbooks_company.realm_id) == []


def test_fully_paid_goes_whole_and_once(simulator, unit, example):
    last = PaymentFactory(invoice=example, amount=Decimal("50.00"), received_on="2026-05-09")
    report = export(unit, "--payment", str(last.pk))
    assert (report["ready"], report["exported"], report["blocked"]) == (3, 3, {})
    assert ledger.invoices(simulator, unit) == {
        "R-1042": (Decimal("150.00"), Decimal("0.00"), "2026-05-04")
    }
    assert ledger.payments(simulator, unit) == [
        (Decimal("30.00"), Decimal("0.00"), "2026-05-06", "R-1042"),
        (Decimal("50.00"), Decimal("0.00"), "2026-05-09", "R-1042"),
        (Decimal("70.00"), Decimal("0.00"), "2026-05-01", "R-1042"),
    ]
    ledger.assert_equal_to_ours(simulator, unit)
    assert ExportRun.objects.get().state == ExportRun.State.FINISHED
    again = export(unit)
    assert (again["ready"], again["exported"]) == (0, 0)
    assert again["blocked"] == {"ALREADY_EXPORTED": 3}
    assert len(ledger.payments(simulator, unit)) == 3

"""What tests of exports share."""

import json
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command

from sync.models import SyncRecord
from tests.factories import InvoiceFactory, PaymentFactory


@pytest.fixture
def export(unit):
    """Run the command as a person would; return what it printed as JSON."""

    def run(*arguments, status=0, wait="--wait"):
        out = StringIO()
        code = 0
        try:
            call_command("export_payments", unit.code, *arguments, wait, "--json", stdout=out)
        except SystemExit as stopped:
            code = stopped.code
        errors = list(SyncRecord.objects.exclude(error="").values_list("kind", "state", "error"))
        assert code == status, errors
        return json.loads(out.getvalue())

    return run


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


@pytest.fixture
def paid(example):
    """The example after its last $50.00."""
    PaymentFactory(invoice=example, amount=Decimal("50.00"), received_on="2026-05-09")
    return example

"""A unit with something of each kind that a person has to settle."""

import pytest
from django.utils import timezone

from sync.models import Drift, SyncRecord
from tests import factories
from tests.admin.conftest import settle
from tests.admin.home.test_home import paid

State = SyncRecord.State


@pytest.fixture
def troubles(riverside):
    """Two causes of failures, a refund and a change after export."""
    settle(paid(riverside, "1"), State.FAILED, error_code="6140", error="The number is taken. Do.")
    settle(paid(riverside, "2"), State.FAILED, error_code="6140", error="The number is taken. Do.")
    settle(paid(riverside, "3"), State.MISMATCH, error_code="MISMATCH", error="150.00 here.")
    exported = paid(riverside, "4")
    settle(exported, State.EXPORTED)
    factories.RefundFactory(payment=exported.payments.get(), refunded_on=timezone.localdate())
    Drift.objects.create(
        record=SyncRecord.objects.get(payment=exported.payments.get()),
        business_unit=riverside,
        side="quickbooks",
        changes=[{"field": "total", "was": "150.00", "now": "140.00"}],
        changed_at=timezone.now(),
    )

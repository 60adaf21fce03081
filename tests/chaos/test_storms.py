"""Seeded storms: every fault of the simulator at random, then the ledgers compared to the cent.

`make chaos STORMS=n SEED=s` runs n of them; `make test` runs two.
"""

import os

import pytest

from sync.models import BatchRequest, Payment
from tests.exports import ledger
from tests.exports.test_volume import make_paid_invoices

pytestmark = pytest.mark.django_db(transaction=True)

SEED = int(os.environ.get("SEED", "1"))
STORMS = int(os.environ.get("STORMS", "2"))
INVOICES = int(os.environ.get("INVOICES", "40"))
RATES = {
    "lose": 0.08,
    "cut": 0.05,
    "refuse": 0.08,
    "status": 0.08,
    "throttle": 0.08,
    "expire_token": 0.03,
}


@pytest.mark.parametrize("seed", range(SEED, SEED + STORMS))
def test_a_storm_leaves_one_of_each(simulator, unit, export, seed):
    make_paid_invoices(unit, INVOICES)
    simulator.switch(requestid="ignored" if seed % 2 else "honoured")
    simulator.storm(seed, RATES)
    try:
        report = export()
    finally:
        simulator.clear_faults()
        simulator.switch(requestid="honoured")
    payments = Payment.objects.count()
    assert (report["exported"], report["uncertain"], report["failed"]) == (payments, 0, 0)
    assert len(ledger.payments(simulator, unit)) == payments
    assert len(ledger.invoices(simulator, unit)) == INVOICES
    assert not BatchRequest.objects.filter(settled_at=None).exists()
    ledger.assert_equal_to_ours(simulator, unit)

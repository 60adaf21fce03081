"""A refusal that is not in the table is not believed unseen: it is looked up once."""

import pytest

from sync.exports.delivery.relay import drain
from sync.models import BatchRequest, SyncRecord
from sync.tasks import HANDLERS
from tests.exports import ledger
from tests.exports.delivery.test_throttled import press

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("calm")]

UNHEARD_OF = {
    "status": 400,
    "code": "99999",
    "message": "Never heard of.",
    "detail": "Ask a wizard.",
}


@pytest.mark.parametrize(("lane", "after"), [("batch", 1), ("invoice", 0)])
def test_what_is_absent_failed_with_intuits_words(simulator, unit, paid, lane, after):
    simulator.fault("fault", match={"endpoint": lane}, after=after, **UNHEARD_OF)
    drain(press(unit, paid, lane), HANDLERS)
    record = SyncRecord.objects.get(kind="invoice")
    assert record.error.startswith("QuickBooks refused this for a reason not seen before.")
    assert (record.state, record.error_code) == ("failed", "99999")
    assert record.error_detail == "Never heard of. Ask a wizard."
    assert ledger.invoices(simulator, unit) == {}
    assert ledger.payments(simulator, unit) == []
    assert looks(simulator, unit) == 1
    assert not BatchRequest.objects.filter(settled_at=None).exists()


@pytest.mark.parametrize(("lane", "after"), [("batch", 1), ("invoice", 0)])
def test_what_is_present_is_adopted(simulator, unit, paid, lane, after):
    simulator.switch(requestid="ignored")
    simulator.fault("fault", match={"endpoint": lane}, after=after, when="after", **UNHEARD_OF)
    drain(press(unit, paid, lane), HANDLERS)
    assert ledger.payments(simulator, unit) == ledger.EXAMPLE
    ledger.assert_equal_to_ours(simulator, unit)
    assert set(SyncRecord.objects.values_list("state", "error")) == {("exported", "")}
    assert looks(simulator, unit) == 1


def looks(simulator, unit):
    journal = simulator.journal(unit.quickbooks_company.realm_id)
    return sum(entry["path"].endswith("/cdc") for entry in journal)

"""A 429 in any form pauses the company for the advised minute, and costs no attempt."""

from datetime import timedelta

import pytest
from django.utils import timezone

from sync.exports.delivery.relay import Ended, drain, relay
from sync.exports.runs import runs
from sync.exports.runs.drafts import prepare, prepare_ready
from sync.models import BatchRequest, QuickBooksCompany, SyncRecord
from sync.tasks import HANDLERS
from tests.exports import ledger

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("calm")]

ADVISED = timedelta(seconds=60)


def press(unit, paid, lane):
    if lane == "batch":
        return runs.confirm(prepare_ready(unit, None), None)
    [draft] = prepare([paid.payments.first().pk], None, is_single=True)
    return runs.confirm(draft, None)


def attempts():
    return list(BatchRequest.objects.values_list("attempts", flat=True))


@pytest.mark.parametrize(
    ("form", "lane", "when"),
    [
        ("xml", "batch", "before"),
        ("json_upper", "customer", "after"),
        ("json_lower", "batch", "before"),
        ("empty", "customer", "after"),
        ("empty", "batch", "before"),
    ],
)
def test_each_form(simulator, unit, paid, settings, lane, when, form):
    settings.QUICKBOOKS_THROTTLE_PAUSE = ADVISED.total_seconds()
    simulator.switch(requestid="ignored")
    simulator.fault("throttle", match={"endpoint": lane}, form=form, when=when)
    run = press(unit, paid, lane)
    before = timezone.now()
    assert relay(run.company_id, HANDLERS) is Ended.PAUSED
    company = QuickBooksCompany.objects.get()
    assert before + ADVISED <= company.paused_until <= timezone.now() + ADVISED
    assert company.pause_reason.startswith("QuickBooks asked us to slow down.")
    [record] = SyncRecord.objects.filter(kind="customer")
    assert (record.state, record.tries, attempts()) == ("in_flight", 1, [0])
    assert relay(run.company_id, HANDLERS) is Ended.PAUSED
    assert len(simulator.journal(company.realm_id)) == 2  # its settings, and what met the 429

    QuickBooksCompany.objects.update(paused_until=None)
    drain(run, HANDLERS)
    assert ledger.payments(simulator, unit) == ledger.EXAMPLE
    ledger.assert_equal_to_ours(simulator, unit)
    assert set(SyncRecord.objects.values_list("state", "tries")) == {("exported", 1)}
    assert set(attempts()[1:]) == {1}
    assert attempts()[0] == (1 if when == "before" else 0)

"""A payment that comes after its invoice has left pays the invoice that is in QuickBooks."""

from decimal import Decimal

import pytest
from django.db.models import F

from sync.admin.exports.previews import preview_of_run
from sync.company.requests import ask
from sync.discrepancies.drift import drift
from sync.discrepancies.drift.decide import decide as decide_drift
from sync.exports.delivery.relay import drain
from sync.exports.remedies import decide
from sync.exports.runs import runs
from sync.exports.runs.drafts import prepare_ready
from sync.models import Drift, ExportRun, Invoice, SyncRecord
from sync.tasks import HANDLERS
from tests.exports import ledger
from tests.exports.conftest import serve
from tests.factories import PaymentFactory
from tests.laws import waves

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("calm")]

WHOLE = {"R-1042": (Decimal("150.00"), Decimal("0.00"), "2026-05-04")}


@pytest.fixture
def late(paid):
    """Return a function that takes one more payment of the example's invoice."""

    def pay(amount, received_on="2026-05-14"):
        return PaymentFactory(
            invoice=paid, customer=paid.customer, amount=Decimal(amount), received_on=received_on
        )

    return pay


def edit(more):
    """Have the invoice be so much more here; it is still fully paid once that is paid."""
    invoice = Invoice.objects.get()
    invoice.lines.update(amount=F("amount") + more, unit_price=F("amount") + more)
    Invoice.objects.update(subtotal=F("subtotal") + more, total=F("total") + more)


def prepared(unit):
    return prepare_ready(unit, None)


def test_an_overpayment_arrives_unapplied(simulator, unit, export, late):
    export()
    late("3.00")
    assert export()["exported"] == 1
    there = (Decimal("3.00"), Decimal("3.00"), "2026-05-14")
    assert ledger.payments(simulator, unit) == [there, *ledger.EXAMPLE]
    assert ledger.invoices(simulator, unit) == WHOLE


def test_what_an_edit_here_made_due_arrives_unapplied_and_the_preview_says_so(
    simulator, unit, export, late
):
    export()
    edit(2)
    late("3.00")
    assert preview_of_run(prepared(unit)).notes == [
        "Invoice R-1042 is $152.00 here but $150.00 in QuickBooks: what is paid beyond that arrives"
        " there unapplied. To have it applied, first change the invoice there too and accept the"
        " change here."
    ]
    assert export()["exported"] == 1
    there = (Decimal("3.00"), Decimal("3.00"), "2026-05-14")
    assert ledger.payments(simulator, unit) == [there, *ledger.EXAMPLE]
    assert ledger.invoices(simulator, unit) == WHOLE
    drift.look_here(unit.quickbooks_company)
    [listed] = Drift.objects.all()
    assert (listed.record.kind, listed.side) == ("invoice", "here")
    assert {"field": "total", "was": "150.00", "now": "152.00"} in listed.changes


def test_it_is_applied_once_the_change_there_is_accepted(
    simulator, unit, export, late, bookkeeper, lee
):
    export()
    edit(2)
    [invoice] = bookkeeper.ours("Invoice")
    [line, *_] = invoice["Line"]
    detail = {n: v for n, v in line["SalesItemLineDetail"].items() if n not in {"UnitPrice", "Qty"}}
    bookkeeper.edit(
        "Invoice", invoice, Line=[line | {"Amount": 152, "SalesItemLineDetail": detail}]
    )
    serve(ask(unit.quickbooks_company, drift.KIND, net=True))
    decide_drift([Drift.objects.get(side="quickbooks").pk], lee, Drift.State.ACCEPTED, "")
    late("3.00")
    assert preview_of_run(prepared(unit)).notes == []
    assert export()["exported"] == 1
    there = (Decimal("3.00"), Decimal("1.00"), "2026-05-14", "R-1042")
    assert ledger.payments(simulator, unit) == [there, *ledger.EXAMPLE]
    assert ledger.invoices(simulator, unit) == {"R-1042": (152, 0, "2026-05-04")}


def test_an_invoice_that_became_less_here_takes_no_more(simulator, unit, export, late):
    export()
    edit(-5)
    late("3.00")
    export()
    assert ledger.payments(simulator, unit)[0] == (3, 3, "2026-05-14")
    assert ledger.invoices(simulator, unit) == WHOLE


def test_an_earlier_dated_one_takes_nothing_from_those_that_follow_their_invoice(
    simulator, unit, late
):
    run = runs.confirm(prepared(unit), None)
    waves.send_and_settle(unit, 2)
    late("10.00", "2026-04-30")
    second = runs.confirm(prepared(unit), None)
    drain(run, HANDLERS)
    drain(second, HANDLERS)
    there = (Decimal("10.00"), Decimal("10.00"), "2026-04-30")
    assert ledger.payments(simulator, unit) == [there, *ledger.EXAMPLE]


def test_a_refused_one_takes_what_is_left_when_it_is_retried(simulator, unit, late):
    simulator.fault("item", match={"endpoint": "batch"}, after=2, index=0, code="2500")
    drain(runs.confirm(prepared(unit), None), HANDLERS)
    failed = SyncRecord.objects.get(state="failed").payment
    late("10.00", "2026-04-30")
    drain(runs.confirm(prepared(unit), None), HANDLERS)
    decide.retry(failed, None)
    drain(ExportRun.objects.order_by("pk")[0], HANDLERS)
    assert ledger.invoices(simulator, unit) == WHOLE
    takes = {amount: amount - rest for amount, rest, *_ in ledger.payments(simulator, unit)}
    assert takes == {30: 30, 50: 50, 70: 70, 10: 10} | {failed.amount: failed.amount - 10}

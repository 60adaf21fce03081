"""Law 2: No payment goes before its invoice was fully paid here and is present there."""

import json
from decimal import Decimal

import pytest
from django.utils import timezone

from sync import tasks
from sync.exports.delivery.relay import drain
from sync.exports.runs import runs
from sync.exports.runs.drafts import prepare, prepare_ready
from sync.models import ExportRun, Payment, SyncRecord
from tests.exports import ledger
from tests.factories import PaymentFactory, RefundFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def calm(simulator):
    yield
    simulator.clear_faults()


def written(simulator, unit):
    """Return the entities of every write, batch by batch, as they left."""
    return [
        [entity for item in json.loads(entry["body"])["BatchItemRequest"] for entity in item
         if entity in {"Customer", "Invoice", "Payment"}]
        for entry in simulator.journal(unit.quickbooks_company.realm_id)
        if entry["path"].endswith("/batch")
    ]  # fmt: skip


def by_command(export, invoice):
    export()


def by_command_with_ids(export, invoice):
    ids = invoice.payments.values_list("pk", flat=True)
    export(*[word for pk in ids for word in ("--payment", str(pk))])


def by_hand(export, invoice):
    ids = list(invoice.payments.values_list("pk", flat=True))
    for run in [*prepare(ids, None), *prepare(ids[:1], None, is_single=True)]:
        drain(runs.confirm(run, None), tasks.HANDLERS)


@pytest.mark.parametrize("road", [by_command, by_command_with_ids, by_hand])
@pytest.mark.parametrize("more", [None, "49.99"], ids=["100.00", "149.99"])
def test_nothing_of_a_part_paid_invoice_is_sent(simulator, unit, export, example, road, more):
    if more:
        PaymentFactory(invoice=example, amount=Decimal(more))
    road(export, example)
    tasks.relay(unit.quickbooks_company_id)
    assert simulator.journal(unit.quickbooks_company.realm_id) == []
    assert ledger.nothing(simulator, unit)
    assert not SyncRecord.objects.exists()


def test_the_last_cent_lets_all_of_it_go_invoice_first(simulator, unit, export, example):
    PaymentFactory(invoice=example, amount=Decimal("49.99"))
    PaymentFactory(invoice=example, amount=Decimal("0.01"))
    assert export()["exported"] == 4
    assert written(simulator, unit) == [["Customer"], ["Invoice"], ["Payment"] * 4]
    assert ledger.invoices(simulator, unit) == {
        "R-1042": (Decimal("150.00"), Decimal("0.00"), "2026-05-04")
    }


def void(payment):
    Payment.objects.filter(pk=payment.pk).update(voided_at=timezone.now())


def give_back(payment):
    RefundFactory(payment=payment, amount=Decimal("0.01"))


@pytest.mark.parametrize("change", [void, give_back])
def test_confirmed_but_no_longer_fully_paid(simulator, unit, paid, change):
    run = runs.confirm(prepare_ready(unit, None), None)
    change(paid.payments.get(amount=Decimal("50.00")))
    drain(run, tasks.HANDLERS)
    assert written(simulator, unit) == []
    assert ledger.nothing(simulator, unit)
    assert not SyncRecord.objects.exists()
    run.refresh_from_db()
    assert run.state == ExportRun.State.FINISHED
    assert list(run.items.values_list("choice", flat=True)) == ["skipped"] * 3
    assert "" not in run.items.values_list("reason", flat=True)


def test_payments_of_a_refused_invoice_stay_here(simulator, unit, export, paid):
    simulator.fault(
        "item", match={"entity": "Invoice"}, times=10, index=0, code="6000", message="No."
    )
    report = export(status=1)
    assert (report["exported"], report["failed"]) == (0, 3)
    assert written(simulator, unit) == [["Customer"], ["Invoice"]]
    assert ledger.payments(simulator, unit) == []
    assert ledger.invoices(simulator, unit) == {}

"""Decisions about many invoices: each is done or refused by itself, under lock, and audited."""

from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.access import AccessDenied
from accounts.models import Role
from sync.exports.delivery.relay import drain, relay
from sync.exports.remedies import decide
from sync.exports.remedies.decision_plan import Decision
from sync.exports.runs import runs
from sync.exports.runs.drafts import prepare_ready
from sync.models import BatchRequest, Event, ExportRun, Invoice, SyncRecord
from sync.tasks import HANDLERS
from tests.exports import ledger
from tests.factories import BusinessUnitFactory, InvoiceFactory, MembershipFactory, PaymentFactory

pytestmark = pytest.mark.django_db(transaction=True)

BATCH = {"endpoint": "batch"}
State = SyncRecord.State


@pytest.fixture(autouse=True)
def calm(simulator):
    yield
    simulator.clear_faults()
    simulator.switch(requestid="honoured")


@pytest.fixture
def lee(unit):
    return MembershipFactory(business_unit=unit, role=Role.ACCOUNTANT).user


def paid_invoice(unit, number, **invoice):
    invoice = InvoiceFactory(business_unit=unit, number=number, **invoice)
    PaymentFactory(invoice=invoice)
    return invoice


def outcome(steps):
    return {step.invoice.number: step.refused for step in steps}


def numbers_there(simulator, unit):
    return sorted(ledger.invoices(simulator, unit))


def queued(unit):
    """Confirm everything that is ready; no worker has come yet."""
    return runs.confirm(prepare_ready(unit, None), None)


def test_what_waits_of_held_invoices_is_taken_back_and_nothing_else(simulator, unit, lee):
    first, second = paid_invoice(unit, "A-1"), paid_invoice(unit, "A-2")
    kept = paid_invoice(unit, "A-3", customer=first.customer)
    run = queued(unit)
    steps = decide.decide(Decision.HOLD, [first.pk, second.pk], lee, " Paid in kind ")
    assert outcome(steps) == {"A-1": "", "A-2": ""}
    waiting = SyncRecord.objects.order_by("kind")
    assert [(row.kind, row.document_id) for row in waiting] == [
        ("customer", kept.customer_id),
        ("invoice", kept.pk),
        ("payment", kept.payments.get().pk),
    ]
    drain(run, HANDLERS)
    skipped = run.items.filter(choice="skipped").order_by("payment__invoice__number")
    assert list(skipped.values_list("payment__invoice__number", "reason_code", "reason")) == [
        ("A-1", "DO_NOT_EXPORT", "Marked Do not export: Paid in kind"),
        ("A-2", "DO_NOT_EXPORT", "Marked Do not export: Paid in kind"),
    ]
    assert numbers_there(simulator, unit) == ["A-3"]
    assert set(Event.objects.filter(action="do_not_export").values_list("subject_id", "actor")) == {
        (first.pk, lee.pk),
        (second.pk, lee.pk),
    }
    assert Event.objects.filter(detail={"reason": "Paid in kind"}).count() == 2
    ledger.assert_equal_to_ours(simulator, unit)


def test_each_is_done_or_refused_by_itself(simulator, unit, lee, export):
    there, held, free = (paid_invoice(unit, number) for number in ("A-1", "A-2", "A-3"))
    decide.hold(held, lee, "First said")
    decide.hold(free, lee, "Wait")
    decide.allow(free, lee)
    decide.hold(there, lee, "Wait")
    decide.allow(there, lee)
    decide.hold(free, lee, "Wait")
    export()
    decide.allow(free, lee)
    ids = [there.pk, held.pk, free.pk]
    steps = decide.decide(Decision.HOLD, ids, lee, "Barter")
    assert outcome(steps) == {
        "A-1": "Invoice A-1 is in QuickBooks or on its way there already.",
        "A-2": "Invoice A-2 is marked Do not export already.",
        "A-3": "",
    }
    reasons = Invoice.objects.order_by("number").values_list("do_not_export_reason", flat=True)
    assert list(reasons) == ["", "First said", "Barter"]
    assert numbers_there(simulator, unit) == ["A-1"]
    with pytest.raises(decide.RemedyRefused, match=r"^Invoice A-2 is marked Do not export"):
        decide.hold(held, lee, "Again")


def test_a_reason_is_needed_before_anything_is_done(unit, lee):
    invoice = paid_invoice(unit, "A-1")
    for decision in (Decision.HOLD, Decision.RELEASE):
        with pytest.raises(decide.RemedyRefused, match="Say why"):
            decide.decide(decision, [invoice.pk], lee, " ")
    invoice.refresh_from_db()
    assert (invoice.do_not_export_at, invoice.released_at) == (None, None)
    assert not Event.objects.filter(subject_kind="invoice").exists()


@pytest.mark.parametrize("decision", list(Decision))
def test_one_that_is_not_the_persons_keeps_all_as_they_are(unit, lee, decision):
    ours, theirs = paid_invoice(unit, "A-1"), paid_invoice(BusinessUnitFactory(), "B-1")
    run = queued(unit)
    SyncRecord.objects.filter(kind="invoice").update(state=State.FAILED, error="No such item.")
    before = [list(model.objects.order_by("pk").values()) for model in (Invoice, SyncRecord)]
    events = Event.objects.count()
    exporter = MembershipFactory(business_unit=unit, role=Role.EXPORTER).user
    for actor, ids in ((lee, [ours.pk, theirs.pk]), (exporter, [ours.pk])):
        with pytest.raises(AccessDenied):
            decide.decide(decision, ids, actor, "Because")
    after = [list(model.objects.order_by("pk").values()) for model in (Invoice, SyncRecord)]
    assert after == before
    assert Event.objects.count() == events
    run.refresh_from_db()
    assert run.state == ExportRun.State.RUNNING


def test_what_was_refused_and_what_is_in_doubt_are_retried_together(simulator, unit, lee, export):
    """A doubtful invoice that is there is found and not written again; a refused one is sent."""
    simulator.switch(requestid="ignored")
    first, second = paid_invoice(unit, "A-1"), paid_invoice(unit, "A-2")
    simulator.fault("lose", match=BATCH, after=1)
    run = queued(unit)
    relay(run.company_id, HANDLERS)
    doubtful = SyncRecord.objects.filter(kind="invoice", state=State.IN_FLIGHT)
    doubtful.update(state=State.UNCERTAIN, batch=None, error="It may be there.")
    BatchRequest.objects.update(settled_at=timezone.now(), body="")
    third = paid_invoice(unit, "A-3")
    simulator.clear_faults()
    taken = simulator.documents(unit.quickbooks_company.realm_id, "Invoice")
    number = next(d["DocNumber"] for d in taken if not d["DocNumber"].startswith("A-"))
    Invoice.objects.filter(pk=third.pk).update(number=number)
    export(status=1)
    Invoice.objects.filter(pk=third.pk).update(number="A-3")
    steps = decide.decide(Decision.RETRY, [first.pk, second.pk, third.pk], lee)
    assert outcome(steps) == {"A-1": "", "A-2": "", "A-3": ""}
    states = SyncRecord.objects.filter(kind="invoice").values_list("invoice__number", "state")
    assert dict(states) == {"A-1": "in_flight", "A-2": "in_flight", "A-3": "pending"}
    assert Event.objects.filter(action="retry", actor=lee).count() == 3
    for run in ExportRun.objects.all():
        drain(run, HANDLERS)
    assert numbers_there(simulator, unit) == ["A-1", "A-2", "A-3"]
    assert len(ledger.payments(simulator, unit)) == 3
    ledger.assert_equal_to_ours(simulator, unit)
    steps = decide.decide(Decision.RETRY, [first.pk], lee)
    assert outcome(steps) == {"A-1": "Nothing of invoice A-1 failed in a way that can be retried."}


@pytest.mark.long
def test_two_refused_customers_of_one_name_get_names_of_their_own(simulator, unit, lee, export):
    """Each is named by what the one before it took, though they are retried together."""
    first, second = paid_invoice(unit, "A-1"), paid_invoice(unit, "A-2")
    for invoice in (first, second):
        invoice.customer.quickbooks_name = f"Taken {invoice.number}"
        invoice.customer.save()
    queued(unit)
    SyncRecord.objects.filter(kind="customer").update(state=State.FAILED, error_code="6240")
    for invoice in (first, second):
        invoice.customer.quickbooks_name = "Alvarez"
        invoice.customer.save()
    decide.decide(Decision.RETRY, [first.pk, second.pk], lee)
    names = SyncRecord.objects.filter(kind="customer").values_list(
        "content__display_name", flat=True
    )
    latest = max(first.pk, second.pk)
    other = second if latest == first.pk else first
    assert sorted(names) == ["Alvarez", f"Alvarez ({other.customer.external_id})"]
    drain(ExportRun.objects.get(), HANDLERS)
    assert numbers_there(simulator, unit) == ["A-1", "A-2"]
    assert sum(total for total, *_ in ledger.payments(simulator, unit)) == Decimal("300.00")

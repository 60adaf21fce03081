"""What may happen to sync records, in any order: after every step the laws hold.

The machine is the office, the workers, the network, Intuit and the bookkeeper in one thread, and
time passes when it says so. The rows and the simulator's whole ledger are asked after every step.

STATES=n tries n other courses, anew each time; without it the same few hundred steps are taken.
"""

import os
from contextlib import suppress
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from sync import tasks
from sync.company import tokens
from sync.company.tokens import NotConnected
from sync.exports.delivery.relay import Ended, relay
from sync.exports.remedies import decide
from sync.exports.remedies.decision_plan import records_of
from sync.exports.runs import runs
from sync.exports.runs.drafts import prepare, prepare_ready
from sync.models import (
    BatchRequest,
    BusinessUnit,
    ExportRun,
    Invoice,
    InvoiceLine,
    Payment,
    QuickBooksCompany,
    SyncRecord,
)
from sync.quickbooks.oauth import Tokens
from tests.exports import planning, verdicts
from tests.exports.conftest import Bookkeeper
from tests.exports.workers import WEATHER, WRITES, Held, Wire, Worker, pass_time
from tests.factories import (
    BusinessUnitFactory,
    CustomerFactory,
    InvoiceFactory,
    InvoiceLineFactory,
    PaymentFactory,
    RefundFactory,
)

pytestmark = pytest.mark.django_db

COURSES = int(os.environ.get("STATES", "0"))
NUMBERS = st.integers(0, 11)
LONG_ENOUGH = 600  # seconds after which nothing has to be waited for any more
ROUNDS = 30


class States(RuleBasedStateMachine):
    """One business unit, three invoices, one company; everything is undone at the end."""

    def __init__(self, simulator, unit):
        super().__init__()
        self._undo = transaction.atomic()
        self._undo.__enter__()
        self._watch = planning.watched(verdicts.assert_may_leave)
        self._watch.__enter__()
        self.simulator = simulator
        self.realm_id = simulator.create_company(variant="empty", name="Riverside LLC")
        self.company_id = unit.quickbooks_company_id
        QuickBooksCompany.objects.update(realm_id=self.realm_id)
        self._connect()
        self.unit = BusinessUnit.objects.get(pk=unit.pk)
        self.wire = Wire(self.realm_id, simulator)
        self.bookkeeper = Bookkeeper(simulator, self.realm_id)
        self.worker, self.stopped, self.drafts = None, [], []
        self.meddling, self.exempt = verdicts.Meddling(), set()
        self.troubles = 0
        self._make_invoices()

    def _make_invoices(self):
        """Equal siblings and customers of one name; the last invoice is not fully paid."""
        smiths = [
            CustomerFactory(business_unit=self.unit, external_id=f"S{n}", display_name="Smith")
            for n in range(2)
        ]
        for number, customer, amounts in (
            ("R-1", smiths[0], ["50.00", "50.00"]),
            ("R-2", smiths[0], ["70.00", "30.00", "60.00"]),
            ("R-3", smiths[1], ["100.00"]),
            ("R-4", smiths[1], ["40.00"]),
        ):
            total = Decimal("150.00") if number == "R-2" else Decimal("100.00")
            invoice = InvoiceFactory(
                business_unit=self.unit, customer=customer, number=number, subtotal=total
            )
            for amount in amounts:
                PaymentFactory(invoice=invoice, amount=Decimal(amount), method="Cash")

    def _connect(self):
        given = self.simulator.grant(self.realm_id)
        company = QuickBooksCompany.objects.get(pk=self.company_id)
        tokens.store(company, Tokens(given["access_token"], given["refresh_token"], 3600, 1, None))

    @initialize(
        requestid=st.sampled_from(["ignored", "honoured"]),
        pressed=st.sampled_from(["all", "one", "none"]),
        act=st.sampled_from(["refund", "void_payment", "edit_invoice", "show"]),
    )
    def begin(self, requestid, pressed, act):
        """Press, and let something change before a worker comes."""
        self.simulator.switch(requestid=requestid)
        if pressed == "one":
            self.press(0, is_single=True)
        elif pressed == "all":
            self._press(prepare_ready(self.unit, None))
        self.office(act, 0, "1.00")

    # The office

    def _press(self, draft):
        for _ in range(2):
            runs.confirm(draft, None)

    def _payment(self, number):
        payments = list(Payment.objects.order_by("pk"))
        return payments[number % len(payments)]

    def _invoice(self, number):
        return Invoice.objects.order_by("pk")[number % 4]

    def _edited(self, invoice):
        """Remember what changes here though it has left already: it stays as it was there."""
        records = records_of([invoice.pk])
        if records.exclude(state="pending", qbo_id="").exists():
            self.exempt.add(invoice.pk)

    @rule(number=NUMBERS, is_single=st.booleans())
    def press(self, number, is_single):
        for draft in prepare([self._payment(number).pk], None, is_single=is_single):
            self._press(draft)

    @rule()
    def press_all(self):
        self._press(prepare_ready(self.unit, None))
        self.drafts, shown = [], self.drafts
        for draft in shown:
            self._press(draft)

    @rule(
        act=st.sampled_from(
            [
                "show", "receive", "receive", "refund", "refund", "edit_payment", "edit_invoice",
                "void_payment", "void_invoice", "hold", "allow", "release", "retry", "retry",
                "lose_connection", "reconnect", "reconnect",
            ]
        ),
        number=NUMBERS,
        more=st.sampled_from(["60.00", "1.00", "0.01", "-0.01"]),
    )  # fmt: skip
    def office(self, act, number, more):
        """Somebody does something on our side, or Intuit ends the connection."""
        with suppress(decide.RemedyRefused):
            getattr(self, f"_{act}")(number, Decimal(more))

    def _show(self, _number, _more):
        self.drafts.append(prepare_ready(self.unit, None))

    def _receive(self, number, more):
        PaymentFactory(invoice=self._invoice(number), amount=abs(more), method="Cash")

    def _refund(self, number, more):
        payment = self._payment(number)
        amount = min(payment.amount - payment.refunded_total, abs(more))
        if amount > 0:
            RefundFactory(payment=payment, amount=amount)

    def _edit_payment(self, number, more):
        payment = self._payment(number)
        wanted = payment.amount + more
        if wanted >= max(payment.refunded_total, Decimal("0.01")):
            self._edited(payment.invoice)
            Payment.objects.filter(pk=payment.pk).update(amount=wanted)

    def _edit_invoice(self, number, more):
        invoice = self._invoice(number)
        self._edited(invoice)
        if more < 0:
            InvoiceLine.objects.filter(invoice=invoice).update(description="Other work")
            return
        InvoiceLineFactory(invoice=invoice, amount=more, unit_price=more)
        Invoice.objects.filter(pk=invoice.pk).update(
            subtotal=invoice.subtotal + more, total=invoice.total + more
        )

    def _void_payment(self, number, _more):
        payment = self._payment(number)
        self._edited(payment.invoice)
        Payment.objects.filter(pk=payment.pk).update(voided_at=timezone.now())

    def _void_invoice(self, number, _more):
        invoice = self._invoice(number)
        self._edited(invoice)
        Invoice.objects.filter(pk=invoice.pk).update(voided_at=timezone.now())

    def _hold(self, number, _more):
        decide.hold(self._invoice(number), None, "Paid in kind.")

    def _allow(self, number, _more):
        decide.allow(self._invoice(number), None)

    def _release(self, number, _more):
        decide.release(self._invoice(number), None, "So it was agreed.")

    def _retry(self, number, _more):
        decide.retry(self._payment(number), None)

    def _lose_connection(self, _number, _more):
        self.simulator.expire_tokens(self.realm_id, "access")
        self.simulator.expire_tokens(self.realm_id, "refresh")

    def _reconnect(self, _number, _more):
        self._connect()

    # The bookkeeper

    @rule(
        number=NUMBERS,
        act=st.sampled_from(["delete Invoice", "delete Payment", "raise", "lower", "memo"]),
    )
    def meddle(self, act, number):
        entity = "Invoice" if act in {"delete Invoice", "memo"} else "Payment"
        document = self._ours_there(entity, number)
        if document is None:
            return
        if act.startswith("delete"):
            self.meddling.deleted.add(verdicts.marker_in(document))
            self.meddling.deleted_kinds.add(entity.lower())
            self.bookkeeper.delete(entity, document)
        elif act == "memo":
            self.bookkeeper.edit(entity, document, CustomerMemo={"value": "Thank you"})
        else:
            more = Decimal("1.00") if act == "raise" else Decimal("-0.01")
            changes = {"TotalAmt": document["TotalAmt"] + more}
            # What is less than its parts is taken off the invoice first.
            changes |= {"Line": []} if more < 0 else {}
            self.bookkeeper.edit(entity, document, **changes)

    def _ours_there(self, entity, number):
        """Return one of our documents there; whatever becomes of it, she has touched it."""
        ours = verdicts.books(self.simulator, self.realm_id)[entity]
        if not ours:
            return None
        document = ours[number % len(ours)]
        record = SyncRecord.objects.get(marker=verdicts.marker_in(document))
        invoice = record.invoice or record.payment.invoice
        self.exempt.add(invoice.pk)
        # Her hand on an invoice shows in what is applied to it, and the other way round.
        self.meddling.touched |= set(records_of([invoice.pk]).values_list("marker", flat=True))
        return document

    # The workers

    def _works(self, act, *arguments):
        """Do one step of the worker's; a dead connection ends it."""
        try:
            act(*arguments)
        except NotConnected:
            self._leave()

    def _leave(self):
        self.worker.leave()
        self.worker = None

    @rule()
    def take_over(self):
        self._hire()

    def _hire(self):
        try:
            worker = Worker(self.company_id, self.simulator, self.wire)
        except (Held, NotConnected):
            return
        self._stop()
        self.worker = worker

    def _stop(self):
        if self.worker is not None:
            self.stopped.append(self.worker)
            self.worker = None

    @precondition(lambda self: self.worker and not self.worker.is_resting)
    @rule(how=st.sampled_from(["batch", "batch", "singles", "bulk singles"]))
    def plan(self, how):
        self._works(self.worker.plan, how)

    @precondition(lambda self: self.worker and self.worker.planned)
    @rule(number=NUMBERS, weather=st.sampled_from(["late", *WEATHER, "not sent"]))
    def send(self, number, weather):
        self.troubles += weather != "fair"
        self._works(self.worker.send, number, weather)

    @precondition(lambda self: self.worker and self.worker.answers)
    @rule(number=NUMBERS)
    def settle(self, number):
        self._works(self.worker.settle, number)

    @rule(
        weather=st.sampled_from(["late", "lost", *WEATHER]),
        end=st.sampled_from(["settle", "crash", "later"]),
    )
    def write(self, weather, end):
        """Plan one more write, send it, and settle it or stop."""
        if self._has_worker() and not self.worker.planned:
            self._works(self.worker.plan, "batch")
        if self.worker and self.worker.planned:
            self.send(0, weather)
        if self.worker and end == "crash":
            self.crash()
        if self.worker and self.worker.answers and end == "settle":
            self.settle(0)

    @rule()
    def a_good_write(self):
        """Its name makes it the first rule, and so the one that is tried most."""
        self.write("fair", "settle")

    @rule(seconds=st.sampled_from([121, 11]))
    def wait_and_look(self, seconds):
        """Wait until looking is conclusive or only a pause is over, and look."""
        if self.worker is None:
            pass_time(self.wire, LONG_ENOUGH)
        else:
            pass_time(self.wire, seconds)
        if self._has_worker():
            self._works(self.worker.look)
        while self.worker and self.worker.planned:
            self.send(0, "fair")

    def _has_worker(self):
        """Say whether there is one who may go on now; where there is none, one comes."""
        if self.worker is None:
            self._hire()
        return self.worker is not None and not self.worker.is_resting

    @precondition(lambda self: self.worker and not self.worker.is_resting)
    @rule()
    def look(self):
        self._works(self.worker.look)

    @precondition(lambda self: self.worker and self.worker.is_idle)
    @rule()
    def leave(self):
        self._leave()

    @precondition(lambda self: self.worker)
    @rule()
    def crash(self):
        self.troubles += 1
        self._stop()

    @precondition(lambda self: self.stopped)
    @rule()
    def wake_up(self):
        """It was only asleep, and goes on if nobody has taken its company."""
        worker = self.stopped[-1]
        if not worker.has_company:
            worker.wake_up_too_late()
        elif self.worker is None:
            self.worker = self.stopped.pop()

    @rule(weather=st.sampled_from([*WEATHER, "reads"]), after=st.integers(0, 4))
    def relay(self, weather, after):
        """The product's own loop, until it has nothing to do."""
        self.troubles += weather != "fair"
        if weather == "reads":
            self.simulator.fault("lose", match={"endpoint": "query"}, after=after)
        elif fault := WEATHER[weather]:
            self.simulator.fault(fault[0], match=WRITES, after=after, **fault[1])
        self._relay()
        self.simulator.clear_faults()

    def _relay(self):
        ended = relay(self.company_id, tasks.HANDLERS)
        if self.worker and not self.worker.has_company:
            self._stop()
        assert ended is not Ended.HELD or self.worker or self.stopped
        return ended

    # Time and the network

    @rule(seconds=st.sampled_from([11, 61, 121, 231, LONG_ENOUGH]))
    def time_passes(self, seconds):
        pass_time(self.wire, seconds)

    @precondition(lambda self: self.wire.waiting)
    @rule()
    def late_writes_arrive(self):
        self.wire.arrive()

    # The laws

    @invariant()
    def laws(self):
        verdicts.assert_laws(verdicts.books(self.simulator, self.realm_id), self.meddling)

    def teardown(self):
        try:
            self._come_to_rest()
            self.laws()
            verdicts.assert_at_rest(self.meddling, self.troubles)
            self._let_people_finish()
            self.laws()
            verdicts.assert_at_rest(self.meddling, 0)
            assert verdicts.unsent(self.exempt) == []
        finally:
            self._watch.__exit__(None, None, None)
            self._stop()
            for worker in self.stopped:
                worker.leave()
            transaction.set_rollback(True)
            self._undo.__exit__(None, None, None)

    def _come_to_rest(self):
        self.simulator.clear_faults()
        self._stop()
        self._connect()
        for _ in range(ROUNDS):
            pass_time(self.wire, LONG_ENOUGH)
            ExportRun.objects.filter(state="paused").update(state="running")
            if self._relay() is Ended.DONE and not BatchRequest.objects.filter(settled_at=None):
                return
        raise AssertionError("it does not come to rest")

    def _let_people_finish(self):
        """What stopped is tried again, and what is ready is pressed, until nothing is left."""
        for _ in range(3):
            stopped = SyncRecord.objects.filter(state__in=["failed", "uncertain"])
            if not (stopped.exists() or verdicts.unsent(self.exempt)):
                return
            for payment in Payment.objects.all():
                with suppress(decide.RemedyRefused):
                    decide.retry(payment, None)
            self._press(prepare_ready(self.unit, None))
            self._come_to_rest()


@pytest.fixture
def shop(simulator, settings, monkeypatch):
    """A unit connected to an empty company; every wait is as long as in life."""
    for name, seconds in (("SERVER_LIMIT", 120), ("SEND_DEADLINE", 90), ("LEASE", 110)):
        setattr(settings, f"QUICKBOOKS_{name}", seconds)
    settings.QUICKBOOKS_THROTTLE_PAUSE, settings.QUICKBOOKS_RETRY_PAUSE = 60, 10
    # One write at a time, so that the same steps always end alike; the hand-driven workers have
    # several under way.
    settings.QUICKBOOKS_REQUESTS_AT_ONCE = 2
    unit = BusinessUnitFactory(code="riverside", name="Riverside")
    seeded = InvoiceFactory(business_unit=unit, number="WORDS")
    words = PaymentFactory(invoice=seeded, method="Cash", amount=1)
    call_command(
        "connect_simulator",
        unit.code,
        realm=simulator.create_company(variant="empty", name="Riverside LLC"),
        verbosity=0,
    )
    words.delete()
    seeded.lines.all().delete()
    seeded.delete()
    unit.refresh_from_db()
    yield unit
    simulator.clear_faults()
    simulator.switch(requestid="honoured")


def test_the_laws_hold_whatever_happens_in_whatever_order(simulator, shop):
    run_state_machine_as_test(
        lambda: States(simulator, shop),
        settings=settings(
            max_examples=COURSES or 6,
            stateful_step_count=40 if COURSES else 30,
            derandomize=not COURSES,
            database=None,
            deadline=None,
            print_blob=False,
            suppress_health_check=list(HealthCheck),
        ),
    )

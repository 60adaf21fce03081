"""Law 9.

No row, run, unit or company can stop another one: an error that nobody expected is raised in every
function of the export road. Where it takes one row, it raises for one invoice's, and only that is
out. Everywhere else it raises once, and everything goes; then always, and that company says so
while the others go. Once it raises no more, what is offered for it brings all of it in, once.

A seeded handful runs with the other tests, the whole of it by `make sweep`.
"""

import os
import random
import time
from contextlib import contextmanager
from decimal import Decimal

import pytest
from django.core.management import call_command

from sync import tasks
from sync.company.sessions import epoch
from sync.exports.delivery.due_work import has_work
from sync.exports.remedies import decide, requests
from sync.exports.remedies.decision_plan import Decision
from sync.exports.remedies.requests import Remedy
from sync.exports.runs import runs
from sync.exports.runs.drafts import prepare
from sync.models import ExportRun, ExportRunItem, Payment, QuickBooksCompany, SyncRecord
from tests.exports import ledger
from tests.factories import (
    BusinessUnitFactory,
    CustomerFactory,
    InvoiceFactory,
    InvoiceLineFactory,
    PaymentFactory,
    UserFactory,
)
from tests.laws.raising import Raiser, UnforeseenError, Victim, raising, road

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("calm")]

SEED, HANDFUL = int(os.environ.get("SEED", "1")), int(os.environ.get("HANDFUL", "3"))
MOST_ROUNDS, MOST_STUCK = 150, 3
# Nothing can be isolated from what isolates, or where no company is meant.
LEFT_OUT = {
    "delivery.relay.relay": "it is where the road says that it cannot go on",
    "delivery.relay.drain": "it waits for relays",
    "delivery.due_work.waiting_companies": "it asks each company by itself",
    "delivery.marker_search._may_be": "it leaves out what cannot be told",
}
FUNCTIONS = {f.name: f for f in road() if f.name not in LEFT_OUT}


def chosen():
    """Return what is swept: a seeded handful, or all of it."""
    names = sorted(FUNCTIONS)
    if os.environ.get("SWEEP") == "all":
        return names
    if wanted := os.environ.get("SWEEP"):
        return [name for name in names if wanted in name]
    return sorted(random.Random(SEED).sample(names, HANDFUL))


class World:
    """Two companies with work: ours, in which something raises, and another one."""

    def __init__(self, simulator, unit):
        self.simulator, self.unit = simulator, unit
        self.harbor = BusinessUnitFactory(code="harbor", name="Harbor")
        call_command(
            "connect_simulator", "harbor", verbosity=0,
            realm=simulator.create_company(variant="us", name="Harbor LLC"),
        )  # fmt: skip
        QuickBooksCompany.objects.update(known_epochs=[epoch()])
        self.harbor.refresh_from_db()
        self.company, self.other = unit.quickbooks_company, self.harbor.quickbooks_company
        self.owner = UserFactory(is_superuser=True)
        self.raiser = None
        self._fill()

    def _fill(self):
        earlier = self._paid(self.unit, "E-1", "Early Bird")
        self.press()
        self.work()
        PaymentFactory(invoice=earlier, amount=Decimal("5.00"))  # needs the balance there
        self.victim = self._paid(self.unit, "V-1", "Vic Tim", lines=[])
        InvoiceLineFactory(invoice=self.victim, description="V-1")
        PaymentFactory(invoice=self.victim, amount=Decimal("1.00"))
        shared = CustomerFactory(business_unit=self.unit, display_name="Shared")
        for number in ("A-1", "A-2"):
            PaymentFactory(
                invoice=InvoiceFactory(business_unit=self.unit, customer=shared, number=number)
            )
        self._paid(self.unit, "B-1", "shared")  # of an equal name
        self._paid(self.unit, "C-1", "Carol")
        self._paid(self.unit, "D-1", "Dan")
        self._paid(self.harbor, "H-1", "Harbor Hal")
        # The victim's invoice is refused once, and the answer after that is lost.
        batch = {"endpoint": "batch"}
        self.simulator.fault("item", match=batch, entity="Invoice", index=0, code="5010")
        self.simulator.fault("lose", match=batch, after=2, times=1)

    def _paid(self, unit, number, name, **more):
        customer = CustomerFactory(business_unit=unit, display_name=name)
        invoice = InvoiceFactory(business_unit=unit, customer=customer, number=number, **more)
        PaymentFactory(invoice=invoice)
        return invoice

    @contextmanager
    def _in(self, company):
        """Let it raise only in what is done for our company."""
        if self.raiser is not None:
            self.raiser.is_on = company == self.company
        yield
        if self.raiser is not None:
            self.raiser.is_on = False

    def press(self):
        """Export all that has no record, in both units; return what a page would have died of."""
        for unit, company in ((self.unit, self.company), (self.harbor, self.other)):
            ids = Payment.objects.filter(business_unit=unit, sync_records=None)
            with self._in(company):
                try:
                    for draft in prepare(list(ids.values_list("pk", flat=True)), None):
                        runs.confirm(draft, None)
                except UnforeseenError as died:
                    return died
        return None

    def work(self):
        """Let the sweep wake relays until there is nothing to wait for, or the waits are over."""
        stuck_rounds = 0
        for _ in range(MOST_ROUNDS):
            tasks.sweep()
            for company in (self.company, self.other):
                with self._in(company):
                    tasks.relay(company.pk)
                QuickBooksCompany.objects.update(paused_until=None)
            left = SyncRecord.objects.filter(state__in=["pending", "in_flight"])
            stuck = QuickBooksCompany.objects.filter(stuck_since__isnull=False)
            if not left.exists() and not stuck.exists() and not self._has_work():
                return
            stuck_rounds = stuck_rounds + 1 if stuck.exists() else 0
            if stuck_rounds == MOST_STUCK and not left.filter(state="in_flight").exists():
                return
            time.sleep(0.05)

    def _has_work(self):
        if self.raiser is not None:
            self.raiser.is_on = False
        return any(has_work(c.pk, tasks.HANDLERS) for c in (self.company, self.other))

    def heal(self):
        """Do what is offered for what is not in, until all of it is."""
        self.raiser = None
        for _ in range(3):
            self.press()
            stopped = SyncRecord.objects.filter(state__in=["failed", "uncertain"], qbo_id="")
            checked = SyncRecord.objects.filter(state__in=["uncertain", "mismatch"])
            if checked.exists():
                requests.ask(Remedy.CHECK, [r.pk for r in checked], self.owner)
                self.work()
            invoices = {r.invoice_id or (r.payment and r.payment.invoice_id) for r in stopped}
            customers = [r.customer_id for r in stopped if r.customer_id]
            invoices |= set(
                self.victim.__class__.objects.filter(customer__in=customers).values_list(
                    "pk", flat=True
                )
            )
            if ids := invoices - {None}:
                decide.decide(Decision.RETRY, ids, self.owner)
            self.work()

    # What it looks like ------------------------------------------------------------------------

    def is_in(self, payments):
        """Say whether all these payments are exported, equal to the cent."""
        ids = list(payments.values_list("pk", flat=True))
        records = SyncRecord.objects.filter(payment__in=ids)
        return sorted(records.values_list("payment", "state")) == [
            (pk, "exported") for pk in sorted(ids)
        ]

    def others(self):
        """Return the payments that are not the victim's."""
        return Payment.objects.exclude(invoice=self.victim)

    def unsaid(self):
        """Return the payments of our company that are not in, and of which nothing is said."""
        said = []
        for payment in Payment.objects.filter(business_unit=self.unit):
            about = SyncRecord.objects.filter(payment=payment) | SyncRecord.objects.filter(
                invoice=payment.invoice
            )
            about |= SyncRecord.objects.filter(customer=payment.customer)
            is_skipped = ExportRunItem.objects.filter(payment=payment, choice="skipped").exists()
            is_in = about.filter(payment=payment, state="exported").exists()
            has_words = about.exclude(state__in=["pending", "in_flight"]).exclude(error="")
            if not (is_in or is_skipped or has_words.exists()):
                said.append(payment)
        return said

    def assert_nothing_doubled(self):
        """Compare both ledgers whole: what our records hold is there once, equal to the cent."""
        for unit in (self.unit, self.harbor):
            ledger.assert_equal_to_ours(self.simulator, unit)
            numbers = [
                d["DocNumber"]
                for d in ledger.ours_only(
                    self.simulator.documents(unit.quickbooks_company.realm_id, "Invoice")
                )
            ]
            assert len(numbers) == len(set(numbers))

    def assert_all_is_in(self):
        assert self.is_in(Payment.objects.all()), list(
            SyncRecord.objects.exclude(state="exported").values_list("kind", "state", "error")
        )
        assert not QuickBooksCompany.objects.filter(stuck_since__isnull=False).exists()
        assert not ExportRun.objects.filter(state="running").exists()
        self.assert_nothing_doubled()
        for unit in (self.unit, self.harbor):
            found = ledger.invoices(self.simulator, unit)
            assert {balance for _, balance, _ in found.values()} == {Decimal("0.00")}


@pytest.fixture
def world(simulator, unit, settings):
    settings.QUICKBOOKS_SEND_DEADLINE, settings.QUICKBOOKS_SERVER_LIMIT = 1.5, 0.1
    made = World(simulator, unit)
    yield made
    simulator.clear_faults()


def sweep(world, function, **how):
    """Press and work while it raises; return what a page died of."""
    world.raiser = Raiser(FUNCTIONS[function], **how)
    with raising(world.raiser):
        died = world.press()
        if died is not None and how.get("times") == 1:
            died = world.press()  # the person presses again
        world.work()
        world.raiser.is_on = False
        raised = world.raiser.raised
    if not raised:
        pytest.skip("not on the road of this export")
    return died


TAKING_ROWS = [name for name in chosen() if FUNCTIONS[name].row_places]
TAKING_OTHERS = [name for name in chosen() if not FUNCTIONS[name].row_places]


def assert_no_details(capsys, caplog):
    told = capsys.readouterr()
    assert "Secret Smith" not in told.out + told.err + caplog.text


@pytest.mark.parametrize("function", TAKING_ROWS)
def test_only_the_row_that_it_is_about_is_out(world, function, capsys, caplog):
    died = sweep(world, function, victim=Victim(world.victim))
    assert died is None
    assert world.is_in(world.others()), list(
        SyncRecord.objects.exclude(state="exported").values_list("kind", "state", "error")
    )
    assert world.unsaid() == []
    assert not QuickBooksCompany.objects.filter(stuck_since__isnull=False).exists()
    assert not ExportRun.objects.filter(state="running").exists()
    world.heal()
    world.assert_all_is_in()
    assert_no_details(capsys, caplog)


@pytest.mark.parametrize("function", TAKING_OTHERS)
def test_raised_once_everything_goes(world, function, capsys, caplog):
    assert sweep(world, function, times=1) is None
    world.assert_all_is_in()
    assert_no_details(capsys, caplog)


@pytest.mark.parametrize("function", TAKING_OTHERS)
def test_raised_always_the_company_says_so_and_others_go(world, function, capsys, caplog):
    died = sweep(world, function)
    assert world.is_in(Payment.objects.filter(business_unit=world.harbor)) or died
    is_stuck = QuickBooksCompany.objects.filter(stuck_since__isnull=False)
    assert list(is_stuck) in ([], [world.company])
    assert died or is_stuck.exists() or world.unsaid() == []
    world.heal()
    world.assert_all_is_in()
    assert_no_details(capsys, caplog)

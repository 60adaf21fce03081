"""The office: the people on our side, who press, refund, void and edit while the export runs."""

import math
import random
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from sync import tasks
from sync.exports.remedies import decide
from sync.exports.runs import runs
from sync.models import (
    BusinessUnit,
    Customer,
    ExportRun,
    Invoice,
    InvoiceLine,
    Payment,
    QuickBooksCompany,
    Refund,
    SyncRecord,
)
from tests.chaos.bookkeeper import Known

CODE = "riverside"
# The product leaves a company that is barred alone for five minutes; here for five seconds.
LONGEST_PAUSE = timedelta(seconds=5)


def open_unit() -> BusinessUnit:
    """Make the business unit."""
    return BusinessUnit.objects.create(code=CODE, name="Riverside", export_start_date="2026-01-01")


def connect(realm: str) -> bool:
    """Connect the unit, or connect it anew, as a person does; say whether it succeeded."""
    try:
        call_command("connect_simulator", CODE, realm=realm, verbosity=0)
    except CommandError:
        return False
    return True


def make_invoices(unit: BusinessUnit, count: int, dice: random.Random) -> None:
    """Make paid invoices with one to three payments, and what is hard to tell apart.

    Every fourth has two payments of $50 in cash on one day; of every ten customers two are called
    the same; some are overpaid, and some of those have their excess refunded.
    """
    customers = Customer.objects.bulk_create(
        Customer(
            business_unit=unit, external_id=f"C{n}", display_name=f"Customer {n - n % 10 // 9}"
        )
        for n in range(math.ceil(count / 2))
    )
    for n in range(count):
        amounts = _amounts(n, dice)
        over = Decimal("5.00") if n % 17 == 3 else Decimal(0)
        total = sum(amounts) - over
        invoice = Invoice.objects.create(
            business_unit=unit,
            customer=customers[n // 2],
            number=f"N-{n}",
            currency="USD",
            issued_on="2026-05-04",
            subtotal=total,
            total=total,
        )
        InvoiceLine.objects.create(
            invoice=invoice, service="Lawn care", unit_price=total, amount=total
        )
        payments = Payment.objects.bulk_create(
            Payment(
                currency="USD",
                business_unit=unit,
                customer=invoice.customer,
                invoice=invoice,
                method="Cash" if n % 4 == 0 else "Check",
                amount=amount,
                received_on="2026-05-10",
            )
            for amount in amounts
        )
        if over and n % 2:
            Refund.objects.create(payment=payments[0], amount=over, refunded_on="2026-05-12")


def _amounts(n: int, dice: random.Random) -> list[Decimal]:
    if n % 4 == 0:
        return [Decimal("50.00"), Decimal("50.00")]
    return [Decimal(dice.randint(600, 20000)) / 100 for _ in range(n % 3 + 1)]


def documents(unit: BusinessUnit) -> int:
    """Return how many documents there are to export."""
    return unit.customer_set.count() + unit.invoice_set.count() + unit.payment_set.count()


def known_invoices(unit: BusinessUnit) -> list[Known]:
    """Return what stands on our invoices."""
    invoices = Invoice.objects.filter(business_unit=unit).order_by("pk")
    return [
        Known(
            invoice.number,
            invoice.customer.display_name,
            str(invoice.total),
            tuple((str(p.amount), p.received_on.isoformat()) for p in invoice.payments.all()),
        )
        for invoice in invoices.select_related("customer").prefetch_related("payments")
    ]


def press(unit: BusinessUnit, *, twice: bool = False) -> None:
    """Press Export Payments and confirm; twice means that another person does so too."""
    drafts = [runs.prepare_ready(unit, None) for _ in range(2 if twice else 1)]
    for draft in drafts:
        runs.confirm(draft, None)
        runs.confirm(draft, None)


def sweep() -> None:
    """Do what the schedule does once a minute, and let no pause outlast the scale."""
    QuickBooksCompany.objects.filter(paused_until__gt=Now() + LONGEST_PAUSE).update(
        paused_until=Now() + LONGEST_PAUSE
    )
    tasks.sweep()


def resume_paused() -> int:
    """Let paused runs go on, as a person does who has looked at the differences."""
    paused = ExportRun.objects.filter(state=ExportRun.State.PAUSED)
    for run in paused:
        decide.go_on(run, None)
    return len(paused)


def retry(records: list[SyncRecord]) -> int:
    """Take the remedy that the page offers for these; return how many were taken."""
    taken = 0
    for record in records:
        payment = _payment_behind(record)
        if payment is None:
            continue
        try:
            decide.retry(payment, None)
            taken += 1
        except decide.RemedyRefused:
            pass
    return taken


def _payment_behind(record: SyncRecord) -> Payment | None:
    queued = Payment.objects.filter(sync_records__company=record.company)
    match record.kind:
        case SyncRecord.Kind.CUSTOMER:
            return queued.filter(invoice__customer=record.customer).first()
        case SyncRecord.Kind.INVOICE:
            return queued.filter(invoice=record.invoice).first()
    return record.payment


def _has_left(invoice: Invoice) -> bool:
    """Say whether the invoice is, or may be, in QuickBooks: then what was confirmed follows it."""
    waiting = Q(state=SyncRecord.State.PENDING, tries=0)
    return invoice.sync_records.exclude(waiting).exists()


class Edits:
    """What the office does to its own invoices and payments during the run."""

    def __init__(self, unit: BusinessUnit, dice: random.Random) -> None:
        self.did: Counter[str] = Counter()
        self.touched: dict[int, bool] = {}  # by invoice: whether it had not left yet
        self._unit = unit
        self._dice = dice
        self._invoices = list(unit.invoice_set.order_by("pk").values_list("pk", flat=True))

    def one(self) -> None:
        """Do one thing to one invoice or payment; what the database refuses is not done."""
        act: Any = self._dice.choice(
            (self.refund, self.void_payment, self.void_invoice, self.correct, self.redate,
             self.late_payment, self.enlarge)
        )  # fmt: skip
        pk = self._dice.choice(self._invoices)
        try:
            with transaction.atomic():
                invoice = Invoice.objects.select_for_update().get(pk=pk)
                act(invoice, self._dice.choice(list(invoice.payments.order_by("pk"))))
                self.touched[pk] = not _has_left(invoice)
            self.did[act.__name__] += 1
        except IntegrityError:
            self.did["refused"] += 1

    def refund(self, _invoice: Invoice, payment: Payment) -> None:
        amount = self._dice.choice((Decimal("1.00"), payment.amount))
        Refund.objects.create(payment=payment, amount=amount, refunded_on="2026-05-20")

    def void_payment(self, _invoice: Invoice, payment: Payment) -> None:
        Payment.objects.filter(pk=payment.pk).update(voided_at=timezone.now())

    def void_invoice(self, invoice: Invoice, _payment: Payment) -> None:
        Invoice.objects.filter(pk=invoice.pk).update(voided_at=timezone.now())

    def correct(self, invoice: Invoice, payment: Payment) -> None:
        """A line and a payment become two dollars more, so it is fully paid as before."""
        self._bill_more(invoice)
        Payment.objects.filter(pk=payment.pk).update(amount=F("amount") + 2)

    def _bill_more(self, invoice: Invoice) -> None:
        more = F("amount") + 2
        invoice.lines.filter(pk=invoice.lines.first().pk).update(amount=more, unit_price=more)
        Invoice.objects.filter(pk=invoice.pk).update(
            subtotal=F("subtotal") + 2, total=F("total") + 2
        )

    def redate(self, invoice: Invoice, payment: Payment) -> None:
        Payment.objects.filter(pk=payment.pk).update(received_on="2026-05-13")

    def late_payment(self, invoice: Invoice, payment: Payment) -> None:
        """One more payment comes in, of which nothing is due any more."""
        Payment.objects.create(
            currency=payment.currency,
            business_unit=self._unit,
            customer=payment.customer,
            invoice=invoice,
            method="Check",
            amount=Decimal("3.00"),
            received_on="2026-05-14",
        )

    def enlarge(self, invoice: Invoice, payment: Payment) -> None:
        """Two dollars more are billed and three more are paid."""
        self._bill_more(invoice)
        self.late_payment(invoice, payment)

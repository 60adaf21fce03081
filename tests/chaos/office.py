"""The office: the people on our side, who press, refund, void and edit while the export runs."""

import random
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import Any

import structlog
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from sync import tasks
from sync.exports.remedies import decide
from sync.exports.runs import runs
from sync.exports.runs.drafts import prepare_ready
from sync.models import (
    BusinessUnit,
    Customer,
    ExportRun,
    Invoice,
    Payment,
    QuickBooksCompany,
    Refund,
    SyncRecord,
)
from tests.chaos.bookkeeper import Known

log = structlog.get_logger(__name__)
# The product leaves a company that is barred alone for five minutes; here for five seconds.
LONGEST_PAUSE = timedelta(seconds=5)


def connect(realm: str) -> bool:
    """Connect the units, or connect them anew, as a person does; say whether it succeeded."""
    codes = BusinessUnit.objects.order_by("pk").values_list("code", flat=True)
    return all(_connect(code, realm) or _connect(code, realm) for code in codes)


def _connect(code: str, realm: str) -> bool:
    try:
        call_command("connect_simulator", code, realm=realm, verbosity=0)
    except CommandError as error:
        log.warning("storm.not_connected", unit=code, why=str(error))
        return False
    return True


def documents() -> int:
    """Return how many documents there are to export."""
    return Customer.objects.count() + Invoice.objects.count() + Payment.objects.count()


def known_invoices() -> list[Known]:
    """Return what stands on our invoices."""
    invoices = Invoice.objects.order_by("pk").select_related("customer")
    return [
        Known(
            invoice.number,
            invoice.customer.display_name,
            str(invoice.total),
            tuple((str(p.amount), p.received_on.isoformat()) for p in invoice.payments.all()),
        )
        for invoice in invoices.prefetch_related("payments")
    ]


def press(*, twice: bool = False) -> None:
    """Press Export Payments of each unit and confirm; twice means another person does so too."""
    for unit in BusinessUnit.objects.order_by("pk"):
        drafts = [prepare_ready(unit, None) for _ in range(2 if twice else 1)]
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


def _has_left(invoice: Invoice) -> bool:
    """Say whether the invoice is, or may be, in QuickBooks: then what was confirmed follows it."""
    waiting = Q(state=SyncRecord.State.PENDING, tries=0)
    return invoice.sync_records.exclude(waiting).exists()


class Edits:
    """What the office does to its own invoices and payments during the run."""

    def __init__(self, dice: random.Random) -> None:
        self.did: Counter[str] = Counter()
        self.touched: dict[int, bool] = {}  # by invoice: whether it had not left yet
        self._dice = dice
        self._invoices = list(Invoice.objects.order_by("pk").values_list("pk", flat=True))

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
            business_unit=invoice.business_unit,
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

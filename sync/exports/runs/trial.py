"""The trial: one real invoice, exported and compared before a unit's set-up is finished."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Case, Count, Exists, OuterRef, Q, Subquery, When

from accounts.models import User
from sync.connections import setup
from sync.connections.readiness import Lacking
from sync.connections.setup import SetupRefused
from sync.exports.rules.eligibility import with_reasons
from sync.exports.runs import drafts, verdicts
from sync.exports.runs.runs import progress
from sync.mappings import booked, parties
from sync.models import (
    BusinessUnit,
    CompanyRequest,
    CustomerMatch,
    ExportRun,
    ExportRunItem,
    Invoice,
    Payment,
    SyncRecord,
)
from sync.words import stored

MOST_OFFERED = 8
IN_DOUBT = [CustomerMatch.Standing.CERTAIN, CustomerMatch.Standing.LOOK]


@dataclass(frozen=True, slots=True)
class Compared:
    """One document of the trial: what it is here and what QuickBooks says it is."""

    record: SyncRecord
    name: str
    ours: Decimal
    theirs: Decimal | None

    @property
    def entity(self) -> str:
        """Return what QuickBooks calls it."""
        return "Payment" if self.record.payment_id else "Invoice"

    @property
    def is_equal(self) -> bool:
        return self.ours == self.theirs


@dataclass(frozen=True, slots=True)
class Trial:
    """The latest trial of a unit, and what came of it."""

    run: ExportRun
    invoice: Invoice
    is_moving: bool
    is_verified: bool
    compared: list[Compared]
    problems: list[str]


def offered(unit: BusinessUnit, lacking: Lacking, number: str = "") -> list[Invoice]:
    """Return invoices that a trial could export, each with its payments' count.

    Those with tax come first, as a wrong set-up shows by them, and then the latest. None is of a
    customer about whom a person has still to decide. `number` narrows them to invoice numbers that
    contain it.
    """
    payments = Payment.objects.filter(
        business_unit=unit, voided_at=None, invoice__balance_due__lte=0
    )
    if number:
        payments = payments.filter(invoice__number__icontains=number)
    if unit.quickbooks_company_id is not None:
        verdicts.renew_all(unit.quickbooks_company_id, verdicts.AT_ONCE)
    ready = with_reasons(payments, [unit.pk] if lacking.for_trial else []).filter(reason="")
    invoices = Invoice.objects.filter(pk__in=ready.values("invoice")).select_related("customer")
    counted = invoices.annotate(
        payment_count=Count("payments", filter=Q(payments__voided_at=None)),
    )
    doubted = CustomerMatch.objects.filter(
        company=unit.quickbooks_company, customer=OuterRef("customer"), is_declined=False
    ).filter(standing__in=IN_DOUBT, chosen=None)
    clear = counted.filter(~Exists(doubted))
    has_tax = Case(When(tax_total__gt=0, then=0), default=1)
    return list(clear.order_by(has_tax, "-issued_on", "-pk")[:MOST_OFFERED])


def prepare(unit: BusinessUnit, invoice_id: int, actor: User | None) -> ExportRun:
    """Store the picked invoice as a draft to be shown and confirmed; SetupRefused says why not."""
    latest = latest_trial(unit)
    if latest is not None and latest.is_moving:
        raise SetupRefused(stored("A trial is under way already. Wait for it."))
    if is_reading_customers(unit):
        raise SetupRefused(stored("The books in QuickBooks are being read. Wait for that first."))
    invoice = unit.invoice_set.filter(pk=invoice_id).first()
    if invoice is None:
        raise SetupRefused(stored("That invoice is not one of this unit."))
    return drafts.prepare_trial(invoice, actor)


def is_reading_customers(unit: BusinessUnit) -> bool:
    """Say whether it is being read who is in QuickBooks: the trial must not double one of them."""
    kinds = (parties.READ, booked.READ)
    reading = CompanyRequest.objects.filter(company=unit.quickbooks_company, kind__in=kinds)
    open_states = [CompanyRequest.State.WAITING, CompanyRequest.State.RUNNING]
    return reading.filter(state__in=open_states).exists()


def latest_trial(unit: BusinessUnit) -> Trial | None:
    """Return the trial that was confirmed last in the company the unit posts to now."""
    tried = ExportRun.objects.filter(
        business_unit=unit, company=unit.quickbooks_company, is_trial=True
    )
    last = (
        tried.exclude(state=ExportRun.State.DRAFT).order_by("-confirmed_at", "-pk").values("pk")[:1]
    )
    items = list(
        ExportRunItem.objects.filter(run=Subquery(last))
        .select_related("run__company", "payment__invoice")
        .order_by("pk")
    )
    if not items or items[0].payment.invoice is None:
        return None
    run, invoice = items[0].run, items[0].payment.invoice
    about = Q(invoice=invoice) | Q(payment__invoice=invoice) | Q(customer=invoice.customer_id)
    records = SyncRecord.objects.filter(about, company=run.company).order_by("kind", "pk")
    known = list(records.select_related("payment", "company"))
    skipped = ExportRunItem.Choice.SKIPPED
    chosen = {item.payment_id for item in items if item.choice != skipped}
    arrived = {each.payment_id for each in known if each.state == SyncRecord.State.EXPORTED}
    compared = _compared(known, invoice, chosen)
    return Trial(
        run=run,
        invoice=invoice,
        is_moving=run.state == ExportRun.State.RUNNING and progress(run).waiting > 0,
        is_verified=bool(chosen) and chosen <= arrived and all(c.is_equal for c in compared),
        compared=compared,
        problems=[
            *dict.fromkeys(item.reason for item in items if item.reason),
            *dict.fromkeys(record.error for record in known if record.error_code),
        ],
    )


def finish(unit: BusinessUnit, actor: User | None) -> None:
    """Finish the set-up after a verified trial; SetupRefused says why not."""
    trial = latest_trial(unit)
    if trial is None or not trial.is_verified:
        raise SetupRefused(stored("The trial has not arrived in QuickBooks as it is here."))
    setup.finish(unit, trial.run, actor)


def _compared(
    records: Iterable[SyncRecord], invoice: Invoice, chosen: Collection[int]
) -> list[Compared]:
    """Return the trial's documents among records: its invoice and the payments it chose."""
    found = []
    for record in records:
        if record.payment is not None and record.payment_id in chosen:
            name, ours = (
                stored("Payment by %(method)s", method=record.payment.method or stored("other")),
                record.payment.amount,
            )
            found.append(Compared(record, name, ours, record.exported_total))
        elif record.kind == SyncRecord.Kind.INVOICE:
            name, ours = invoice.said(), invoice.total
            found.append(Compared(record, name, ours, record.exported_total))
    return found

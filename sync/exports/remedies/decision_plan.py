"""Which invoices a person's decision fits, and why not the others: read here, done in remedies."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from django.db.models import Q, QuerySet

from sync.exports.remedies.removal_guards import BEING_REMOVED, being_removed
from sync.models import Event, Invoice, Payment, SyncRecord
from sync.words import stored

State = SyncRecord.State
MOST_AT_ONCE = 1_000


class Decision(StrEnum):
    """What a person decides about an invoice and all its payments; audited under its value."""

    HOLD = Event.Action.DO_NOT_EXPORT.value
    ALLOW = Event.Action.ALLOW_EXPORT.value
    RELEASE = Event.Action.RELEASE.value
    RETRY = Event.Action.RETRY.value


NEEDS_REASON = {Decision.HOLD, Decision.RELEASE}


@dataclass(frozen=True, slots=True)
class InvoiceStep:
    """One invoice that a decision would be about; `refused` says why it is left as it is."""

    invoice: Invoice
    records: list[SyncRecord]  # of the invoice and its payments, in any company
    customer: SyncRecord | None  # where its unit posts to now
    stopped: list[SyncRecord]  # what failed there or is in doubt: customer, invoice, payments
    decision: Decision
    refused: str = ""

    @property
    def subjects(self) -> list[tuple[str, int]]:
        """Return what the decision is written down about."""
        if self.decision == Decision.RETRY:
            return [("syncrecord", record.pk) for record in self.stopped]
        return [("invoice", self.invoice.pk)]


def records_of(invoice_ids: Collection[int]) -> QuerySet[SyncRecord]:
    """Return the records of invoices and their payments, in any company."""
    # By lists of ids: through a join, SQLite would read every record.
    payments = Payment.objects.filter(invoice__in=invoice_ids).values_list("pk", flat=True)
    return SyncRecord.objects.filter(Q(invoice__in=invoice_ids) | Q(payment__in=list(payments)))


def plan(decision: Decision, invoice_ids: Collection[int]) -> list[InvoiceStep]:
    """Say of each invoice whether the decision fits it; a fixed number of queries."""
    invoices = list(
        Invoice.objects.filter(pk__in=invoice_ids)
        .select_related("customer", "business_unit", "do_not_export_by")
        .order_by("-issued_on", "-pk")
    )
    records: dict[int | None, list[SyncRecord]] = defaultdict(list)
    for record in records_of(invoice_ids).select_related("payment").order_by("kind", "pk"):
        payment = record.payment
        records[payment.invoice_id if payment else record.invoice_id].append(record)
    customers = _customers(invoices)
    leaving = _leaving(records.values()) if decision == Decision.ALLOW else set()
    steps = []
    for invoice in invoices:
        company_id = invoice.business_unit.quickbooks_company_id
        customer = customers.get((company_id, invoice.customer_id))
        stopped = _stopped(company_id, [customer, *records[invoice.pk]])
        step = InvoiceStep(invoice, records[invoice.pk], customer, stopped, decision)
        steps.append(replace(step, refused=_refusal(step, leaving)))
    return steps


def _stopped(company_id: int | None, records: Iterable[SyncRecord | None]) -> list[SyncRecord]:
    return [
        record
        for record in records
        if record is not None
        and record.company_id == company_id
        and not record.qbo_id
        and record.state in {State.FAILED, State.UNCERTAIN}
    ]


def _customers(invoices: Iterable[Invoice]) -> dict[tuple[int | None, int | None], SyncRecord]:
    rows = SyncRecord.objects.filter(customer__in={invoice.customer_id for invoice in invoices})
    return {(row.company_id, row.customer_id): row for row in rows}


def _leaving(records: Iterable[list[SyncRecord]]) -> set[int]:
    return being_removed({record.company_id for group in records for record in group})


def _refusal(step: InvoiceStep, leaving: Collection[int]) -> str:
    match step.decision:
        case Decision.HOLD:
            return _not_held(step)
        case Decision.ALLOW:
            return _not_allowed(step, leaving)
        case Decision.RELEASE:
            return _not_released(step.invoice)
        case Decision.RETRY:
            return _not_retried(step)


def _not_held(step: InvoiceStep) -> str:
    if any(row.qbo_id or row.state in {State.IN_FLIGHT, State.UNCERTAIN} for row in step.records):
        return stored(
            "%(invoice)s is in QuickBooks or on its way there already.", invoice=step.invoice
        )
    if step.invoice.do_not_export_at is not None:
        return stored("%(invoice)s is marked Do not export already.", invoice=step.invoice)
    return ""


def _not_allowed(step: InvoiceStep, leaving: Collection[int]) -> str:
    if step.invoice.do_not_export_at is None:
        return stored("%(invoice)s is not marked Do not export.", invoice=step.invoice)
    if any(record.pk in leaving for record in step.records):
        return stored("%(name)s: %(words)s", name=step.invoice, words=BEING_REMOVED)
    return ""


def _not_released(invoice: Invoice) -> str:
    if invoice.paid_total < invoice.total or invoice.balance_due <= 0:
        return stored(
            "Only an invoice that a refund made due again can be released; invoice %(number)s is "
            "not one.",
            number=invoice.number,
        )
    if invoice.released_at is not None:
        return stored("%(invoice)s is released already.", invoice=invoice)
    return ""


def _not_retried(step: InvoiceStep) -> str:
    """What failed was refused for certain, so nothing of it is there; a doubt is looked for."""
    if step.stopped:
        return ""
    if any(record.state == State.MISMATCH for record in step.records):
        return stored(
            "%(invoice)s is in QuickBooks, but differs: check it again instead.",
            invoice=step.invoice,
        )
    return stored(
        "Nothing of invoice %(number)s failed in a way that can be retried.",
        number=step.invoice.number,
    )

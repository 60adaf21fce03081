"""Queueing again what stopped, with the content of its unit of work as it stands now."""

from collections.abc import Iterable, Sequence

from sync.exports.delivery.recovery import look_first
from sync.exports.documents import units_of_work
from sync.exports.documents.customer_names import CustomerNames
from sync.exports.documents.units_of_work import UnitOfWork
from sync.exports.remedies.decision_plan import InvoiceStep
from sync.exports.runs import balances
from sync.models import ExportRun, QuickBooksCompany, SyncRecord
from sync.models.sql import update_each
from sync.quickbooks.documents import name_key

State, Kind, Problem = SyncRecord.State, SyncRecord.Kind, SyncRecord.Problem
_FIELDS = [
    *("content", "state", "is_sendable", "batch", "tries", "error", "error_code", "error_detail")
]


def queue_again(company: QuickBooksCompany, steps: Sequence[InvoiceStep]) -> None:
    """Queue again what stopped these invoices; the caller holds the company's row.

    What failed was refused for certain, so nothing of it is in QuickBooks. A doubtful one may be
    there, whatever a person says: it is looked for before anything is sent.
    """
    work = units_of_work.load(company, [step.invoice.pk for step in steps])
    stopped = {record.pk: record for step in steps for record in step.stopped}
    _rename(company, [step for step in steps if step.customer in step.stopped], work)
    _try_lost_customers(steps)
    waiting = {record.pk: record for step in steps for record in _refreshed(company, step, work)}
    for record in stopped.values():
        if record.state == State.UNCERTAIN:
            record.company = company
            look_first(record)
        else:
            record.state = State.PENDING
        record.is_sendable = True  # the planner has it wait where its turn is not yet
        record.tries = 0
        record.error = record.error_code = record.error_detail = ""
    update_each(list(stopped.values()), _FIELDS)
    # Whether the others may go is the planner's alone.
    update_each([record for pk, record in waiting.items() if pk not in stopped], ["content"])
    # Much may have been applied to its invoice by hand since the refusal.
    invoices = [step.invoice.pk for step in steps]
    balances.expire(SyncRecord.objects.filter(company=company, invoice__in=invoices))
    # A paused run stays so until a person sends it on.
    ExportRun.objects.filter(records__in=stopped, state=ExportRun.State.FINISHED).update(
        state=ExportRun.State.RUNNING, finished_at=None
    )


def _try_lost_customers(steps: Iterable[InvoiceStep]) -> None:
    """Let go what waits for customers that were lost: QuickBooks says whether they are back."""
    lost = {step.customer.pk for step in steps if step.customer and step.customer.qbo_id}
    SyncRecord.objects.filter(
        pk__in=lost, state=State.MISMATCH, error_code__in=[Problem.GONE, Problem.INACTIVE]
    ).update(state=State.EXPORTED, error="", error_code="")


def _rename(
    company: QuickBooksCompany, steps: Iterable[InvoiceStep], work: dict[int, UnitOfWork]
) -> None:
    """Give customers the name they would get now, one by one: what one takes the next may not."""
    names = CustomerNames(company)
    for step in steps:
        if step.customer is None:
            continue
        customer = work[step.invoice.pk].customer
        name = names.anew(step.invoice.customer)
        step.customer.content = customer | {"display_name": name}
        step.customer.name_key = name_key(name)
        step.customer.save(update_fields=["content", "name_key"])


def _refreshed(
    company: QuickBooksCompany, step: InvoiceStep, work: dict[int, UnitOfWork]
) -> list[SyncRecord]:
    """Confirm what was never sent of a unit of work as it stands now."""
    unit = work[step.invoice.pk]
    ours = [record for record in step.records if record.company_id == company.pk]
    waiting = [record for record in ours if not record.qbo_id and record.state != State.IN_FLIGHT]
    for record in waiting:
        if record.kind == Kind.INVOICE:
            record.content = unit.content | {"digest": unit.digest}
        elif record.payment_id in unit.payment_contents:
            record.content = unit.payment_contents[record.payment_id]
    return waiting

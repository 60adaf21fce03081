"""Remedies: what a person decides about invoices, one or many, allowed, checked and audited."""

from collections import defaultdict
from collections.abc import Collection, Sequence

from django.db import transaction
from django.utils import timezone

from accounts import access
from accounts.access import Capability
from accounts.models import User
from sync.company.isolation import together_or_apart
from sync.company.wake import wake
from sync.exports.remedies.decision_plan import (
    NEEDS_REASON,
    Decision,
    InvoiceStep,
    plan,
    records_of,
)
from sync.exports.remedies.retry import queue_again
from sync.exports.runs import balances
from sync.exports.runs.outbox import take_back
from sync.models import (
    Event,
    ExportRun,
    Invoice,
    Payment,
    QuickBooksCompany,
    Reason,
    Subject,
    SyncRecord,
)
from sync.words import in_english, stored

NOTHING_DONE = stored("Nothing was done about it: try it again.")


class RemedyRefused(Exception):
    """It would break a rule; the text says which, for a page."""


def hold(invoice: Invoice, actor: User | None, reason: str) -> None:
    """Mark an invoice with all its payments Do not export; refused once any of it has left."""
    _decide_one(Decision.HOLD, invoice.pk, actor, reason)


def allow(invoice: Invoice, actor: User | None) -> None:
    """Take Do not export back."""
    _decide_one(Decision.ALLOW, invoice.pk, actor)


def release(invoice: Invoice, actor: User | None, reason: str) -> None:
    """Let an invoice go that was fully paid before a refund took some of it back."""
    _decide_one(Decision.RELEASE, invoice.pk, actor, reason)


def retry(payment: Payment, actor: User | None) -> None:
    """Queue again what stopped the payment's invoice or any payment of it."""
    if payment.invoice_id is None:
        raise RemedyRefused(stored("This payment has no invoice."))
    _decide_one(Decision.RETRY, payment.invoice_id, actor)


@in_english
def _decide_one(decision: Decision, invoice_id: int, actor: User | None, reason: str = "") -> None:
    [step] = decide(decision, [invoice_id], actor, reason)
    if step.refused:
        raise RemedyRefused(step.refused)


@in_english
def decide(
    decision: Decision, invoice_ids: Collection[int], actor: User | None, reason: str = ""
) -> list[InvoiceStep]:
    """Do it to each invoice that it fits, and leave the others; the steps say which, and why.

    Raises AccessDenied, and then nothing is done, where any is of a unit that is not the person's.
    """
    chosen = Invoice.objects.filter(pk__in=invoice_ids).order_by()
    for unit_id in chosen.values_list("business_unit", flat=True).distinct():
        access.require(actor, Capability.RESOLVE, unit_id)
    words = _needed(reason) if decision in NEEDS_REASON else ""

    def act(ids: Sequence[int]) -> list[InvoiceStep]:
        steps = plan(decision, ids)
        going = [step for step in steps if not step.refused]
        _do(decision, going, actor, words)
        _audit(decision, going, actor, words)
        return steps

    with transaction.atomic():
        _lock(invoice_ids)
        tried = together_or_apart(list(invoice_ids), act)
    left_out = {pk: trouble.words(NOTHING_DONE) for pk, trouble in tried.out}
    return [
        *(step for steps in tried.done for step in steps),
        *(
            InvoiceStep(invoice, [], None, [], decision, refused=left_out[invoice.pk])
            for invoice in Invoice.objects.filter(pk__in=left_out)
        ),
    ]


def _lock(invoice_ids: Collection[int]) -> None:
    """Lock the companies that may be about to send them: always before the invoices themselves."""
    chosen = Invoice.objects.filter(pk__in=invoice_ids)
    ids = set(records_of(invoice_ids).values_list("company", flat=True))
    ids |= set(chosen.values_list("business_unit__quickbooks_company", flat=True)) - {None}
    companies = QuickBooksCompany.objects.filter(pk__in=ids).order_by("pk")
    list(companies.select_for_update(no_key=True).values_list("pk"))
    list(chosen.select_for_update(of=["self"], no_key=True).order_by("pk").values_list("pk"))


def _do(decision: Decision, steps: Sequence[InvoiceStep], actor: User | None, words: str) -> None:
    invoices = Invoice.objects.filter(pk__in=[step.invoice.pk for step in steps])
    now = timezone.now()
    if decision == Decision.RETRY:
        _retry(steps)
    elif decision == Decision.RELEASE:
        invoices.update(released_at=now, released_by=actor, release_reason=words)
    elif decision == Decision.ALLOW:
        invoices.update(do_not_export_at=None, do_not_export_by=None, do_not_export_reason="")
    else:
        _take_out(steps, words)
        invoices.update(do_not_export_at=now, do_not_export_by=actor, do_not_export_reason=words)


def _take_out(steps: Sequence[InvoiceStep], words: str) -> None:
    """Take back what waited of the invoices; the runs that were to send it come to rest."""
    ids = [step.invoice.pk for step in steps]
    for company_id in {record.company_id for step in steps for record in step.records}:
        take_back(
            company_id,
            ids,
            Reason.DO_NOT_EXPORT,
            stored("Marked Do not export: %(words)s", words=words),
        )
        wake(company_id)


def _retry(steps: Sequence[InvoiceStep]) -> None:
    by_company: dict[int, list[InvoiceStep]] = defaultdict(list)
    for step in steps:
        by_company[step.stopped[0].company_id].append(step)
    for company_id, group in by_company.items():
        queue_again(QuickBooksCompany.objects.get(pk=company_id), group)
        wake(company_id)


@in_english
def go_on(run: ExportRun, actor: User | None) -> None:
    """Let a paused run go on: a person has seen the differences that paused it."""
    access.require(actor, Capability.RESOLVE, run.business_unit_id)
    with transaction.atomic():
        locked = ExportRun.objects.select_for_update(of=["self"]).get(pk=run.pk)
        if locked.state != ExportRun.State.PAUSED or locked.company_id is None:
            raise RemedyRefused(stored("This export is not paused."))
        locked.state, locked.state_detail = ExportRun.State.RUNNING, ""
        locked.went_on_at = timezone.now()
        locked.save(update_fields=["state", "state_detail", "went_on_at"])
        # Much may have been paid by hand while it rested.
        resting = SyncRecord.objects.filter(run=locked, kind="payment", state="pending")
        balances.expire(
            SyncRecord.objects.filter(
                company=locked.company_id, invoice__in=resting.values("payment__invoice")
            )
        )
        about = Subject(locked.business_unit_id, "exportrun", locked.pk)
        Event.objects.record(Event.Action.GO_ON, actor, [about])
        wake(locked.company_id)


def _needed(reason: str) -> str:
    words = reason.strip()
    if not words:
        raise RemedyRefused(stored("Say why, for whoever looks at this later."))
    return words


def _audit(
    decision: Decision, steps: Sequence[InvoiceStep], actor: User | None, words: str
) -> None:
    """Keep one entry an invoice; of a retry one a document, as it is these that are sent again."""
    subjects = {
        subject: step.invoice.business_unit_id for step in steps for subject in step.subjects
    }
    detail = {"reason": words} if words else {}
    Event.objects.record(
        Event.Action(decision.value),
        actor,
        [Subject(unit_id, kind, pk, detail) for (kind, pk), unit_id in subjects.items()],
    )

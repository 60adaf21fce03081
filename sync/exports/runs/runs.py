"""Export runs: a draft is confirmed, put into the outbox, and finished once it is at rest."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.utils import timezone

from accounts import access
from accounts.access import Capability
from accounts.models import User
from sync.company.isolation import attempt
from sync.company.wake import wake
from sync.exports.rules.eligibility import blocked_among, incomplete_units, with_standing
from sync.exports.runs.outbox import add_to_outbox
from sync.models import (
    Event,
    ExportRun,
    ExportRunItem,
    Invoice,
    Payment,
    Subject,
    SyncRecord,
)
from sync.models.runs import ExportRunItems
from sync.models.sql import update_each
from sync.words import in_english, stored

if TYPE_CHECKING:
    from sync.exports.rules.eligibility import StandingPayment

State, Choice = SyncRecord.State, ExportRunItem.Choice
_MOVING = (State.PENDING, State.IN_FLIGHT, "")
CHUNK = 200
TAX_HELD_WORDS = stored(
    "It was left out of this export, as QuickBooks would work its tax out "
    "otherwise. Correct it and export it anew, or mark it Do not export."
)


def chunks(ids: Iterable[int], size: int = CHUNK) -> Iterator[list[int]]:
    """Yield lists of at most `size`."""
    source = iter(ids)
    while chunk := list(islice(source, size)):
        yield chunk


@in_english
def confirm(
    run: ExportRun,
    actor: User | None,
    *,
    held: Collection[int] = (),
    as_ours: Collection[int] = (),
) -> ExportRun:
    """Put a draft into the outbox as it was shown; confirming twice changes nothing.

    Of invoices whose tax QuickBooks would work out otherwise, the person leaves out those in
    `held`, and lets those in `as_ours` go with ours.
    """
    access.require(actor, Capability.EXPORT, run.business_unit_id)
    with transaction.atomic():
        locked = ExportRun.objects.select_for_update(of=["self"]).get(pk=run.pk)
        if locked.state != ExportRun.State.DRAFT:
            return locked
        locked.state = ExportRun.State.RUNNING
        locked.confirmed_at = timezone.now()
        locked.requested_by = actor
        locked.save()
        theirs = locked.items.exclude(choice=Choice.SKIPPED)
        theirs.filter(payment__invoice__in=held).skip(ExportRunItem.Cause.TAX_HELD, TAX_HELD_WORDS)
        _audit(locked, actor, as_ours)
        # Where these cannot be done at all, the relay tries again, and says so where it cannot.
        attempt(lambda: _skip_taken(locked), run=locked.pk)
        attempt(lambda: enqueue(locked), run=locked.pk)
        if locked.company is not None:
            wake(locked.company.pk)
    return locked


def _audit(run: ExportRun, actor: User | None, as_ours: Collection[int]) -> None:
    counts = {str(choice): run.items.filter(choice=choice).count() for choice in Choice}
    about = Subject(run.business_unit_id, "exportrun", run.pk, counts)
    Event.objects.record(Event.Action.EXPORT_CONFIRMED, actor, [about])
    going = run.items.exclude(choice=Choice.SKIPPED).filter(payment__invoice__in=as_ours)
    consented = Invoice.objects.filter(pk__in=going.values("payment__invoice")).order_by("pk")
    Event.objects.record(
        Event.Action.TAX_AS_OURS,
        actor,
        [
            Subject(run.business_unit_id, "invoice", pk, {"export": run.pk, "tax": str(tax)})
            for pk, tax in consented.values_list("pk", "tax_total")
        ],
    )


def _skip_taken(run: ExportRun) -> None:
    """Leave out what another run took between this one's preview and its confirmation."""
    record = SyncRecord.objects.filter(company=run.company, payment=OuterRef("payment"))
    taken = run.items.exclude(choice=Choice.SKIPPED).filter(Exists(record)).order_by("pk")
    incomplete = incomplete_units(run.business_unit, for_trial=run.is_trial)
    for chunk in chunks(list(taken.values_list("pk", flat=True))):
        items = {item.payment_id: item for item in run.items.filter(pk__in=chunk)}
        blocked = blocked_among(items.keys(), incomplete)
        for payment_id, why in blocked.items():
            items[payment_id].skip(why.code, why.words)
        update_each([items[pk] for pk in blocked], ["choice", "reason_code", "reason"])


def enqueue(run: ExportRun) -> None:
    """Give one chunk of the run's payments their sync records; the relay goes on with the rest."""
    waiting = list(not_enqueued(run)[: 2 * CHUNK])
    with transaction.atomic():
        if waiting and run.company is not None:
            add_to_outbox(run, run.company, waiting)
            run.enqueued_to = waiting[-1].pk
        if not not_enqueued(run).exists():
            run.enqueued_at = timezone.now()
        run.save(update_fields=["enqueued_to", "enqueued_at"])
        finish(run)


def not_enqueued(run: ExportRun) -> ExportRunItems:
    """Return what a confirmed run has yet to put into the outbox."""
    record = SyncRecord.objects.filter(company=run.company, payment=OuterRef("payment"))
    return (
        ExportRunItem.objects.filter(~Exists(record), run=run, pk__gt=run.enqueued_to)
        .exclude(choice=Choice.SKIPPED)
        .select_related("payment")
        .order_by("pk")
    )


def finish(run: ExportRun) -> None:
    """Call the run finished when nothing of it can go on by itself."""
    if run.state == ExportRun.State.RUNNING and run.enqueued_at and is_at_rest(run):
        run.state, run.finished_at = ExportRun.State.FINISHED, timezone.now()
        # Only if it is running still: a retry may have come in between.
        ExportRun.objects.filter(pk=run.pk, state=ExportRun.State.RUNNING).update(
            state=run.state, finished_at=run.finished_at
        )


def end(run: ExportRun, code: str, words: str) -> None:
    """Have nothing more of a confirmed run go: what it has yet to queue is left out, and says why.

    What is in the outbox is the caller's to take back.
    """
    not_enqueued(run).skip(code, words)
    run.enqueued_at = run.enqueued_at or timezone.now()
    run.state, run.finished_at = ExportRun.State.FINISHED, timezone.now()
    run.save(update_fields=["enqueued_at", "state", "finished_at"])


def running(company_id: int) -> QuerySet[ExportRun]:
    """Return the confirmed runs of a company that are not at rest."""
    return ExportRun.objects.filter(company=company_id, state=ExportRun.State.RUNNING).order_by(
        "-is_single", "pk"
    )


@dataclass(frozen=True, slots=True)
class Progress:
    """Counts of a run's payments by what became of them."""

    waiting: int
    exported: int
    failed: int
    uncertain: int
    mismatch: int
    skipped: int

    @property
    def total(self) -> int:
        """Return how many payments the run set out to export."""
        return self.waiting + self.settled

    @property
    def settled(self) -> int:
        """Return how many of them have an outcome."""
        return self.exported + self.failed + self.uncertain + self.mismatch

    @property
    def percent(self) -> int:
        """Return the share that has an outcome, 100 for a run with nothing to do."""
        return 100 * self.settled // self.total if self.total else 100


def chosen_payments(run: ExportRun) -> QuerySet[StandingPayment]:
    """Return the payments the run set out to export, with their standing in its company."""
    chosen = run.items.exclude(choice=ExportRunItem.Choice.SKIPPED).values("payment")
    return with_standing(Payment.objects.filter(pk__in=chosen), company=run.company_id or 0)


def progress(run: ExportRun) -> Progress:
    """Count a run's payments by outcome."""
    counted = chosen_payments(run).order_by().values_list("standing").annotate(Count("pk"))
    by_state: dict[str, int] = dict(counted)
    return Progress(
        waiting=sum(by_state.get(state, 0) for state in _MOVING),
        exported=by_state.get(State.EXPORTED, 0),
        failed=by_state.get(State.FAILED, 0),
        uncertain=by_state.get(State.UNCERTAIN, 0),
        mismatch=by_state.get(State.MISMATCH, 0),
        skipped=run.items.filter(choice=ExportRunItem.Choice.SKIPPED).count(),
    )


def is_at_rest(run: ExportRun) -> bool:
    """Say whether nothing of the run can go on by itself."""
    return not chosen_payments(run).filter(standing__in=_MOVING).exists()

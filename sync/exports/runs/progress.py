"""How far a run is: what became of each of its payments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, QuerySet

from sync.exports.rules.eligibility import with_standing
from sync.models import ExportRun, ExportRunItem, Payment, SyncRecord

if TYPE_CHECKING:
    from sync.exports.rules.eligibility import StandingPayment

State = SyncRecord.State
_MOVING = (State.PENDING, State.IN_FLIGHT, "")


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

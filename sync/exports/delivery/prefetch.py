"""What is planned and committed ahead of its turn, and given back where it never leaves.

Before anything is planned, the settings of a new run's company and stale balances are read anew.
"""

from collections import deque
from typing import Self

from django.utils import timezone

from sync.company.sessions import CompanySession, give_back
from sync.connections import verification
from sync.exports.delivery.planner import Planned, is_urgent, plan_batches, plan_singles
from sync.exports.runs import balances, runs

# At Intuit's pace, nine seconds of batches and sixteen of single writes.
BATCHES, BATCH_SECONDS, SINGLES = 6, 9.0, 128


class Ahead:
    """The bulk writes of one session that wait for their turn; the end of the block gives back."""

    def __init__(self, session: CompanySession) -> None:
        self._session = session
        self._batches: deque[Planned] = deque()
        self._singles: deque[Planned] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.clear()

    def __bool__(self) -> bool:
        return bool(self._batches or self._singles)

    def clear(self) -> None:
        """Give everything back."""
        self._batches.clear()
        self._singles.clear()
        give_back(self._session.lease)

    def urgent(self, most: int) -> list[Planned]:
        """Return up to so many documents that people wait for; they are never kept."""
        if not is_urgent(self._session.company.pk):
            return []
        self._read_anew()
        return plan_singles(self._session, most)

    def batch(self, *, only_full: bool) -> list[Planned]:
        """Return the next batch, if there is one."""
        if not self._batches:
            self._read_anew()
            most = min(BATCHES, self._session.pacer.batches(BATCH_SECONDS))
            self._batches += plan_batches(self._session, most, only_full=only_full)
        return [self._batches.popleft()] if self._batches else []

    def singles(self, most: int) -> list[Planned]:
        """Return up to so many documents of bulk runs, to go one by one."""
        if not self._singles:
            self._read_anew()
            self._singles += plan_singles(self._session, SINGLES, bulk=True)
        return [self._singles.popleft() for _ in range(min(most, len(self._singles)))]

    def _read_anew(self) -> None:
        company_id = self._session.company.pk
        new = runs.running(company_id).filter(preferences_read_at=None)
        if new.exists():
            verification.read_preferences(self._session)
            new.update(preferences_read_at=timezone.now())
        while balances.has_stale(company_id):
            balances.read_stale(self._session)

"""Pacing: staying just under Intuit's published limits, however the minutes are counted.

A window that slides is at least as strict as any fixed one, so the times of the last minute's
requests are all there is to know; a session hands them to the next one (QuickBooksCompany).
Limits: 500 requests and 40 batches a minute, 10 requests a second, for each company
(https://developer.intuit.com/app/developer/qbo/docs/learn/limits-and-throttles). Within a second
requests keep apart evenly, because requests that leave together arrive as the network pleases.
Writes keep apart also where they leave: a stalled machine would send all that it held up at once.

Who is throttled all the same shares the company's limits with others, or QuickBooks counts
otherwise than it publishes: then `pace`, a share of the limits, is learned from what did pass.

What was read is metered besides, a month: reads, queries, changes and reports that were answered
(CorePlus calls). Writes are free, and so are errors, the sign-in and sandboxes. Source: Intuit's
text on API limits of the Builder tier, 8 January 2026.
"""

import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from math import floor
from threading import Lock

from django.conf import settings
from django.db.models import F, Q, Sum

from sync.models import MeteredReads, QuickBooksCompany

# What bulk work leaves free of each limit, so that people and reads never wait for it.
RESERVE = 0.05
# What goes together spreads over no more than this.
SPREAD_SECONDS = 0.7
# How much closer than planned requests may follow each other after a stall, to catch up.
CLOSER = 0.95
SLOWEST = 0.05
LEARNED_SHARE = 0.9
MOST_LOSS = 0.5
MANY = 1000
# Of what Intuit includes a month: where people are warned, and where only exports read on.
WARNED_SHARE, KEPT_SHARE = 0.8, 0.9


@dataclass(slots=True)
class Window:
    """At most `limit` requests in any `seconds`; no limit where it is 0."""

    limit: int
    seconds: float
    times: deque[float] = field(default_factory=deque)

    def wait_for_room(self, now: float, reserve: int = 0) -> float:
        """Return the seconds until another request fits and leaves `reserve` free."""
        self.forget(now)
        most = max(1, self.limit - reserve)
        if not self.limit or len(self.times) < most:
            return 0.0
        return self.times[-most] + self.seconds - now

    def room_until(self, at: float) -> int:
        """Return how many requests fit from now until then."""
        if not self.limit:
            return MANY
        return max(0, self.limit - sum(one > at - self.seconds for one in self.times))

    def forget(self, now: float) -> None:
        """Drop what has left the window."""
        while self.times and self.times[0] <= now - self.seconds:
            self.times.popleft()

    def used(self, now: float) -> float:
        """Return the share of the limit that is used up, 0 where there is none."""
        self.forget(now)
        return len(self.times) / self.limit if self.limit else 0.0


class Pacer:
    """The requests that one session has made, and when the next may go."""

    def __init__(self, recent: Iterable[tuple[float, bool]] = (), pace: float = 1.0) -> None:
        self.pace = pace
        second = settings.QUICKBOOKS_REQUESTS_PER_SECOND
        self._apart = 1.0 / second if second else 0.0
        minute = float(settings.QUICKBOOKS_MINUTE)
        self._minute = Window(_paced(settings.QUICKBOOKS_REQUESTS_PER_MINUTE, pace), minute)
        self._batches = Window(_paced(settings.QUICKBOOKS_BATCHES_PER_MINUTE, pace), minute)
        now = time.time()  # the clock of another machine may be ahead of this one's
        for at, is_batch in recent:
            (self._batches if is_batch else self._minute).times.append(min(at, now))
        self._last = max(self._minute.times, default=0.0)
        self._door = Lock()
        self._left = 0.0

    def leave(self) -> None:
        """Sleep until a request that was counted may leave: not too close after the last one."""
        with self._door:
            time.sleep(max(0.0, self._left + self._apart * CLOSER - time.monotonic()))
            self._left = time.monotonic()

    def before_request(self) -> None:
        """Sleep until one more request fits every window, and count it."""
        self.sleep()
        self.count()

    def sleep(self, *, is_batch: bool = False) -> None:
        """Sleep until one more request fits every window."""
        while (wait := self.wait(is_batch=is_batch)) > 0:
            time.sleep(wait)

    def wait(self, *, is_batch: bool = False, is_bulk: bool = False) -> float:
        """Return the seconds until a request may go; bulk leaves some room for others."""
        now, minute = time.time(), self._minute
        waits = [
            self._last + self._apart * (1 + RESERVE * is_bulk) - now,
            minute.wait_for_room(now, reserve=floor(minute.limit * RESERVE) * is_bulk),
            self._batches.wait_for_room(now) if is_batch else 0.0,
        ]
        return max(0.0, *waits)

    def room(self, *, is_bulk: bool = False) -> int:
        """Return how many requests fit into this minute and may go together."""
        minute = self._minute
        minute.forget(time.time())
        most = minute.limit - floor(minute.limit * RESERVE) * is_bulk
        together = 1 + int(SPREAD_SECONDS / self._apart) if self._apart else MANY
        return min(together, max(0, most - len(minute.times))) if minute.limit else together

    def batches(self, seconds: float) -> int:
        """Return how many batches the pace lets go within so many seconds, at least one."""
        return max(1, self._batches.room_until(time.time() + seconds))

    def reserve(self, *, is_batch: bool = False) -> float:
        """Count the next request already, and return the seconds after which it may go."""
        wait = self.wait(is_batch=is_batch)
        self.count(is_batch=is_batch, after=wait)
        return wait

    def count(self, *, is_batch: bool = False, after: float = 0.0) -> None:
        """Count a request that goes now, or after so many seconds."""
        self._last = time.time() + after
        for window in [self._minute, *([self._batches] if is_batch else [])]:
            window.times.append(self._last)

    def learned_pace(self) -> float:
        """Return the share of the limits to keep to from now on: a 429 came at the present one.

        What passed in the last minute says how much; one throttle takes no more than half.
        """
        now = time.time()
        used = max(self._minute.used(now), self._batches.used(now))
        return max(SLOWEST, self.pace * max(MOST_LOSS, min(used, 1.0) * LEARNED_SHARE))

    def recent(self) -> list[tuple[float, bool]]:
        """Return the last minute's requests, as the next session's Pacer takes them."""
        now = time.time()
        self._minute.forget(now)
        self._batches.forget(now)
        batches = [(at, True) for at in self._batches.times]
        return batches + [(at, False) for at in self._minute.times]


def _paced(limit: float, pace: float) -> int:
    return max(1, floor(limit * pace)) if limit else 0


# What is metered a month ---------------------------------------------------------------------


def count_reads(company_id: int, reads: int) -> None:
    """Add the reads of a session, for the holder of the lease."""
    if not reads:
        return
    row = MeteredReads.objects.filter(company=company_id, month=_this_month())
    if not row.update(reads=F("reads") + reads):
        MeteredReads.objects.create(company_id=company_id, month=_this_month(), reads=reads)


@dataclass(frozen=True, slots=True)
class Reads:
    """The reads of one month: of one company, and of every company of this installation."""

    company: int
    all: int


def reads_of(company: QuickBooksCompany) -> Reads:
    """Return a company's reads of this month beside those of all."""
    rows = MeteredReads.objects.filter(month=_this_month())
    return Reads(
        **rows.aggregate(
            company=Sum("reads", filter=Q(company=company), default=0), all=Sum("reads", default=0)
        )
    )


def reads_of_all() -> int:
    """Return the reads of this month of every company of this installation."""
    rows = MeteredReads.objects.filter(month=_this_month())
    return int(rows.aggregate(all=Sum("reads"))["all"] or 0)


def reads_included() -> int:
    """Return what Intuit includes a month for all companies of the app; then it blocks the app."""
    return int(settings.QUICKBOOKS_READS_PER_MONTH)


def is_much(reads: int) -> bool:
    """Say whether so many reads until today come near what is included by the end of the month."""
    return at_this_pace(reads) > reads_included() * WARNED_SHARE


def is_kept_for_exports() -> bool:
    """Say whether what is left of this month's reads is kept for exports and what people ask.

    Then nothing is read on a schedule or on a notice: Intuit would block exports with it.
    """
    return reads_of_all() >= reads_included() * KEPT_SHARE


def at_this_pace(reads: int) -> int:
    """Return what so many reads until today come to by the end of the month."""
    today = datetime.now(UTC).date()
    following = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    return reads * (following - timedelta(days=1)).day // today.day


def _this_month() -> date:
    return datetime.now(UTC).date().replace(day=1)

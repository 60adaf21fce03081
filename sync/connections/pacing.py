"""Pacing: staying just under Intuit's published limits, however the minutes are counted.

A window that slides is at least as strict as any fixed one, so the times of the last minute's
requests are all there is to know; a session hands them to the next one (QuickBooksCompany).
Limits: 500 requests and 40 batches a minute, 10 requests a second, for each company.
"""

import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.conf import settings

MINUTE = 60.0


@dataclass(slots=True)
class Window:
    """At most `limit` requests in any `seconds`; no limit where it is 0."""

    limit: int
    seconds: float
    times: deque[float] = field(default_factory=deque)

    def wait_for_room(self, now: float) -> float:
        """Return the seconds until another request fits."""
        while self.times and self.times[0] <= now - self.seconds:
            self.times.popleft()
        if not self.limit or len(self.times) < self.limit:
            return 0.0
        return self.times[-self.limit] + self.seconds - now


class Pacer:
    """The requests that one session has made, and when the next may go."""

    def __init__(self, recent: Iterable[tuple[float, bool]] = ()) -> None:
        self._second = Window(int(settings.QUICKBOOKS_REQUESTS_PER_SECOND), 1.0)
        self._minute = Window(int(settings.QUICKBOOKS_REQUESTS_PER_MINUTE), MINUTE)
        self._batches = Window(int(settings.QUICKBOOKS_BATCHES_PER_MINUTE), MINUTE)
        for at, is_batch in recent:
            self._count(at, is_batch=is_batch)

    def before_request(self) -> None:
        """Sleep until one more request fits every window, and count it."""
        self._sleep(self._second, self._minute)
        self._count(time.time(), is_batch=False)

    def before_batch(self) -> None:
        """Sleep until one more batch fits; the request itself is counted by before_request."""
        self._sleep(self._batches)
        self._batches.times.append(time.time())

    def recent(self) -> list[tuple[float, bool]]:
        """Return the last minute's requests, as the next session's Pacer takes them."""
        now = time.time()
        self._minute.wait_for_room(now)
        self._batches.wait_for_room(now)
        batches = [(at, True) for at in self._batches.times]
        return batches + [(at, False) for at in self._minute.times]

    def _count(self, at: float, *, is_batch: bool) -> None:
        for window in (self._batches,) if is_batch else (self._second, self._minute):
            window.times.append(at)

    @staticmethod
    def _sleep(*windows: Window) -> None:
        while (wait := max(window.wait_for_room(time.time()) for window in windows)) > 0:
            time.sleep(wait)

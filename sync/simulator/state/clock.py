"""The simulator's own time, which a test may move forward, speed up or stop."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

LONGEST = 100 * 366 * 86400.0
LATEST = datetime(9000, 1, 1, tzinfo=UTC).timestamp()
FASTEST = 1_000_000


@dataclass(frozen=True, slots=True)
class ClockState:
    """From which moments the clock counts (seconds since 1970), and how fast."""

    real: float
    simulated: float
    rate: float


class Clock:
    """Simulated time: real time unless it is advanced or given another rate (0 stops it)."""

    def __init__(
        self, state: ClockState | None = None, real_time: Callable[[], float] = time.time
    ) -> None:
        """Start at `state` as an earlier clock left it, or at the real time."""
        self._real_time = real_time
        began = real_time()
        self._state = state or ClockState(real=began, simulated=began, rate=1.0)

    @property
    def rate(self) -> float:
        """Simulated seconds per real second."""
        return self._state.rate

    def timestamp(self) -> float:
        """Say the simulated time in seconds since 1970."""
        elapsed = self._real_time() - self._state.real
        return self._state.simulated + elapsed * self._state.rate

    def now(self) -> datetime:
        """Say the simulated time, aware, in UTC."""
        return datetime.fromtimestamp(self.timestamp(), UTC)

    def advance(self, seconds: float) -> None:
        """Move the clock forward; ValueError for a step back, which no client could expect."""
        if not 0 <= seconds <= LONGEST:
            raise ValueError("the simulated clock only moves forward, a century at most")
        if self.timestamp() + seconds > LATEST:
            raise ValueError("the simulated clock ends with the year 9000")
        self._anchor(self.timestamp() + seconds, self.rate)

    def run_at(self, rate: float) -> None:
        """Let simulated time pass `rate` times as fast as real time from now on."""
        if not 0 <= rate <= FASTEST:
            raise ValueError(f"the simulated clock only moves forward, {FASTEST} times at most")
        self._anchor(self.timestamp(), rate)

    def state(self) -> ClockState:
        """Give what a later clock needs to carry on from here."""
        return self._state

    def as_dict(self) -> dict[str, float]:
        """Give the same as a plain dict, to be stored."""
        return asdict(self._state)

    def _anchor(self, simulated: float, rate: float) -> None:
        self._state = ClockState(real=self._real_time(), simulated=simulated, rate=rate)

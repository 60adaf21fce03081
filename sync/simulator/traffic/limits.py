"""Throttling: sliding windows over the simulated clock, with the figures that Intuit publishes.

Source: developer.intuit.com, "Limits and throttles"; blogs.intuit.com of 8 Aug 2016 (concurrency)
and 13 Aug 2025 (batches).
"""

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields, replace

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """The limits in force; 0 switches one off. "App" is realm and client together."""

    per_minute: int = 500
    per_second_app: int = 10
    concurrent_app: int = 10
    batches_per_minute_app: int = 40
    batches_per_minute: int = 120


OFF = Figures(0, 0, 0, 0, 0)


@dataclass(slots=True)
class Window:
    """The moments of the last requests, no more of them than the limit."""

    moments: deque[float] = field(default_factory=deque)

    def room(self, limit: int, weight: int, since: float) -> bool:
        """Forget what is older than `since` and say whether `weight` more may come."""
        while self.moments and self.moments[0] <= since:
            self.moments.popleft()
        return len(self.moments) + weight <= limit


class Limits:
    """Lets requests in, or names the limit that is reached; refused requests do not count."""

    def __init__(self, time: Callable[[], float], figures: Figures) -> None:
        self._time = time
        self.figures = figures
        self._windows: dict[Key, Window] = {}
        self._running: Counter[Key] = Counter()

    def set(self, **values: int) -> None:
        """Change single figures; ValueError names an unknown one, and none is changed."""
        known = {item.name for item in fields(Figures)}
        for name, value in values.items():
            if name not in known:
                raise ValueError(f"no limit is called {name}")
            if isinstance(value, bool) or not isinstance(value, int) or value < 0:
                raise ValueError(f"{name} is a whole number, 0 for no limit")
        self.figures = replace(self.figures, **values)

    def as_dict(self) -> dict[str, int]:
        """Every limit and its figure."""
        return asdict(self.figures)

    def enter(self, realm_id: str, client_id: str, *, is_batch: bool, weight: int) -> str | None:
        """Count one request in, or give the name of the limit that keeps it out.

        Whoever entered must `leave`. `weight` is what the request counts against the minute.
        """
        now = self._time()
        windows = self._windows_for(realm_id, client_id, weight if weight else 1, is_batch=is_batch)
        for name, key, limit, seconds, count in windows:
            window = self._windows.setdefault((name, *key), Window())
            if not window.room(limit, count, now - seconds):
                return name
        running = self.figures.concurrent_app
        if running and self._running[realm_id, client_id] >= running:
            return "concurrent_app"
        for name, key, _limit, _seconds, count in windows:
            self._windows[name, *key].moments.extend([now] * count)
        self._running[realm_id, client_id] += 1
        return None

    def leave(self, realm_id: str, client_id: str) -> None:
        """Count one request out again."""
        self._running[realm_id, client_id] -= 1
        if not self._running[realm_id, client_id]:
            del self._running[realm_id, client_id]

    def _windows_for(
        self, realm_id: str, client_id: str, weight: int, *, is_batch: bool
    ) -> list[tuple[str, Key, int, float, int]]:
        figures = self.figures
        app = (realm_id, client_id)
        windows: list[tuple[str, Key, int, float, int]] = [
            ("per_minute", (realm_id,), figures.per_minute, 60.0, weight),
            ("per_second_app", app, figures.per_second_app, 1.0, 1),
        ]
        if is_batch:
            windows += [
                ("batches_per_minute_app", app, figures.batches_per_minute_app, 60.0, 1),
                ("batches_per_minute", (realm_id,), figures.batches_per_minute, 60.0, 1),
            ]
        return [window for window in windows if window[2]]

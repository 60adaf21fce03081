"""The simulator's ledger at every moment: what stands there after each write, answered or not."""

from collections import Counter
from functools import wraps

from sync.quickbooks.client import Client
from tests.exports import ledger


class Moments:
    """Looks at a unit's invoices in the simulator after every write of the product."""

    def __init__(self, simulator, unit, monkeypatch):
        self._simulator, self._unit = simulator, unit
        self.seen = []
        for name in ("send", "send_batch"):
            monkeypatch.setattr(Client, name, self._watched(getattr(Client, name)))

    def _watched(self, write):
        @wraps(write)
        def watched(*arguments, **more):
            try:
                return write(*arguments, **more)
            finally:
                there = ledger.invoices(self._simulator, self._unit)
                self.seen.append({number: total for number, (total, *_) in there.items()})

        return watched

    def most_wrong(self, totals, keys):
        """Return by key how many stood there at once with another total than ours, at most."""
        most = Counter()
        for there in self.seen:
            wrong = [number for number, total in there.items() if totals[number] != total]
            most |= Counter(keys[number] for number in wrong)
        return most

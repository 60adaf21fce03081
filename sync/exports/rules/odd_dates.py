"""Dates that are hardly meant: asked about before they are stored, and named in every preview."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q

YEAR = timedelta(days=366)
LONG_AGO = 10 * YEAR


@dataclass(frozen=True, slots=True)
class Usual:
    """How far from today a date usually is at most."""

    ahead: timedelta

    def is_odd(self, day: date, today: date) -> bool:
        """Say whether the date is hardly meant."""
        return not today - LONG_AGO <= day <= today + self.ahead

    def q(self, name: str, today: date) -> Q:
        """Return the same as a condition on a column."""
        return Q(**{f"{name}__lt": today - LONG_AGO}) | Q(**{f"{name}__gt": today + self.ahead})


# Money is not received tomorrow; a day more, as units have clocks of their own.
RECEIVED = REFUNDED = Usual(timedelta(days=1))
ISSUED = Usual(YEAR)
DUE = Usual(5 * YEAR)
USUAL = {"issued_on": ISSUED, "due_on": DUE, "received_on": RECEIVED, "refunded_on": REFUNDED}


def odd_dates(dates: dict[str, date | None], today: date) -> Iterator[tuple[str, date]]:
    """Yield each field whose date is hardly meant, with the date."""
    for name, day in dates.items():
        if day is not None and USUAL[name].is_odd(day, today):
            yield name, day

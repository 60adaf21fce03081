"""The report at a glance: what is open by unit and age, summed in one reading of the rows."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, F, Max, Min, QuerySet, Sum, Value, When
from django.db.models.expressions import Combinable
from django.utils import timezone

from sync.discrepancies.refunds import Listing
from sync.discrepancies.rows import CENT, Status
from sync.models import STANDS, RefundDiscrepancy


@dataclass(frozen=True, slots=True)
class Age:
    """An age group of refunds: from so many days to so many, both included."""

    key: str
    first: int
    last: int | None

    @property
    def title(self) -> str:
        return f"{self.first} to {self.last} days" if self.last else f"over {self.first - 1} days"

    def dates(self, today: date) -> tuple[date | None, date]:
        """Return the refund dates of the group: after the one, up to the other."""
        after = today - timedelta(days=self.last + 1) if self.last else None
        # What is dated ahead is new.
        return after, today - timedelta(days=self.first) if self.first else date.max


AGES = (
    Age("week", 0, 7),
    Age("month", 8, 30),
    Age("two-months", 31, 60),
    Age("quarter", 61, 90),
    Age("older", 91, None),
)


@dataclass(frozen=True, slots=True)
class Slice:
    """Refunds of one unit, currency, status and age."""

    unit_id: int
    currency: str
    status: Status
    age: str
    number: int
    total: Decimal


STATUSES: dict[Listing, Collection[Status]] = {
    Listing.LISTED: (Status.OPEN, Status.RECORDED),
    Listing.OPEN: (Status.OPEN,),
    Listing.RECORDED: (Status.RECORDED,),
    Listing.VERIFIED: (Status.VERIFIED,),
    Listing.NOT_NEEDED: (Status.NOT_NEEDED,),
    Listing.ALL: tuple(Status),
}


def of_age(rows: QuerySet[RefundDiscrepancy], age: Age) -> QuerySet[RefundDiscrepancy]:
    """Narrow rows to an age group."""
    after, until = age.dates(timezone.localdate())
    if after is not None:
        rows = rows.filter(refunded_on__gt=after)
    return rows if until == date.max else rows.filter(refunded_on__lte=until)


def slices(rows: QuerySet[RefundDiscrepancy]) -> list[Slice]:
    """Return the rows summed by unit, currency, status and age.

    They are grouped by one number: at 50,000 rows four keys take a database twice as long.
    """
    summed = rows.order_by().annotate(key=_key())
    found: list[Any] = list(
        summed.values("key").annotate(
            number=Count("pk"),
            total=Sum("amount"),
            first=Min("currency"),
            last=Max("currency"),
        )
    )
    if any(each["first"] != each["last"] for each in found):  # a unit with several
        by_currency = summed.values("key", first=F("currency"))
        found = list(by_currency.annotate(number=Count("pk"), total=Sum("amount")))
    return [_slice(each) for each in found]


_STATUSES = list(Status)
_OPEN = _STATUSES.index(Status.OPEN) * 10


def _key() -> Combinable:
    """Return the number that stands for a row's unit, status and age."""
    today = timezone.localdate()
    bounds = [age.dates(today)[0] for age in AGES]
    age = Case(
        *(When(refunded_on__gt=after, then=Value(n)) for n, after in enumerate(bounds) if after),
        default=Value(len(AGES) - 1),
    )
    said = Case(
        *(When(review__status=status, then=Value(n * 10)) for n, status in enumerate(_STATUSES)),
        default=Value(_OPEN),
    )
    return F("business_unit") * 100 + Case(When(STANDS, then=said), default=Value(_OPEN)) + age


def _slice(found: dict[str, Any]) -> Slice:
    unit_id, rest = divmod(found["key"], 100)
    return Slice(
        unit_id,
        found["first"],
        _STATUSES[rest // 10],
        AGES[rest % 10].key,
        found["number"],
        found["total"].quantize(CENT),
    )


def number_in(found: Iterable[Slice], listing: Listing) -> int:
    """Return how many refunds a listing has."""
    return sum(each.number for each in found if each.status in STATUSES[listing])


def open_by(found: Sequence[Slice], *names: str) -> dict[tuple[Any, ...], tuple[int, Decimal]]:
    """Return number and amount of what is open by currency and attributes of the slices."""
    sums: dict[tuple[Any, ...], tuple[int, Decimal]] = {}
    for each in found:
        if each.status == Status.OPEN:
            key = each.currency, *(getattr(each, name) for name in names)
            number, total = sums.get(key, (0, Decimal(0)))
            sums[key] = number + each.number, total + each.total
    return sums

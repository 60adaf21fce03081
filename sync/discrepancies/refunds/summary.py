"""The report at a glance: what is open by unit and age, summed in one reading of the rows."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, F, QuerySet, Sum, Value, When
from django.db.models.expressions import Combinable
from django.utils import timezone
from django.utils.translation import gettext as _

from sync.discrepancies.refunds.refunds import Listing
from sync.discrepancies.refunds.rows import CENT, Status
from sync.models import STANDS, RefundDiscrepancy


@dataclass(frozen=True, slots=True)
class Age:
    """An age group of refunds: from so many days to so many, both included."""

    key: str
    first: int
    last: int | None

    @property
    def title(self) -> str:
        if self.last:
            return _("%(first)s to %(last)s days") % {"first": self.first, "last": self.last}
        return _("over %(count)s days") % {"count": self.first - 1}

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
    Listing.ADJUSTED_OTHERWISE: (Status.ADJUSTED_OTHERWISE,),
    Listing.NOT_NEEDED: (Status.NOT_NEEDED,),
    Listing.ALL: tuple(Status),
}


def of_age(rows: QuerySet[RefundDiscrepancy], age: Age) -> QuerySet[RefundDiscrepancy]:
    """Narrow rows to an age group."""
    after, until = age.dates(timezone.localdate())
    if after is not None:
        rows = rows.filter(refunded_on__gt=after)
    return rows if until == date.max else rows.filter(refunded_on__lte=until)


def slices(rows: QuerySet[RefundDiscrepancy], expected: Collection[str] = ()) -> list[Slice]:
    """Return the rows summed by unit, currency, status and age.

    They are grouped by one number: at 50,000 rows several keys take a database twice as long. So
    it holds the currency too, one of those expected; any other costs a second reading.
    """
    currencies = sorted(set(expected))
    keyed = rows.order_by().annotate(key=_key(currencies))
    sums = {"number": Count("*"), "total": Sum("amount")}
    found: list[Any] = list(keyed.values("key").annotate(**sums))
    if not all(_parts(each["key"], currencies)[1] for each in found):
        found = list(keyed.values("key", "currency").annotate(**sums))
    return [_slice(each, currencies) for each in found]


_STATUSES = list(Status)
_OPEN = _STATUSES.index(Status.OPEN) * 10


def _key(currencies: Sequence[str]) -> Combinable:
    """Return the number that stands for a row's unit, currency, status and age."""
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
    currency = Case(
        *(When(currency=code, then=Value(n * 100)) for n, code in enumerate(currencies)),
        default=Value(len(currencies) * 100),
    )
    unit = F("business_unit") * Value((len(currencies) + 1) * 100)
    return unit + currency + Case(When(STANDS, then=said), default=Value(_OPEN)) + age


def _parts(key: int, currencies: Sequence[str]) -> tuple[int, str, Status, str]:
    """Return the unit, currency (empty: not an expected one), status and age of a key."""
    rest, age = divmod(key, 10)
    rest, status = divmod(rest, 10)
    unit_id, currency = divmod(rest, len(currencies) + 1)
    return unit_id, [*currencies, ""][currency], _STATUSES[status], AGES[age].key


def _slice(found: dict[str, Any], currencies: Sequence[str]) -> Slice:
    unit_id, currency, status, age = _parts(found["key"], currencies)
    currency = found.get("currency", currency)
    return Slice(unit_id, currency, status, age, found["number"], found["total"].quantize(CENT))


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

"""How many payments of each unit are ready and not: by what is summed with verdicts, and by stage.

The definition is eligibility's, and by_stage finds the payments themselves. Payments are asked only
where their invoice is odd, or where more than the unit itself decides.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum

from sync.exports.rules.by_stage import not_ready_parts, ready_among, sent_among
from sync.exports.rules.eligibility import COMPANY, Units, goes_plainly
from sync.models import Payment, Verdict
from sync.models.payments import WAITING
from sync.models.sql import within_units

CENT = Decimal("0.01")
Stage = Payment.Stage
_Row = tuple[int, str, int, Decimal]


@dataclass
class Ready:
    """What of a unit may go: how many payments, and their amount by currency."""

    payments: int = 0
    amounts: dict[str, Decimal] = field(default_factory=dict)


def ready_by_unit(units: Units, among: Collection[int] | None) -> dict[int, Ready]:
    """Return what may go now of the units of those ids (None: of every one), by unit."""
    found: dict[int, Ready] = defaultdict(Ready)
    for unit_id, currency, payments, amount in _ready_rows(units, among):
        ready = found[unit_id]
        ready.payments += payments
        known = ready.amounts.get(currency, Decimal(0))
        ready.amounts[currency] = known + amount.quantize(CENT)
    return found


@dataclass
class Unsettled:
    """What of a unit is not in QuickBooks and may not go, by whom it waits for."""

    not_ready: int = 0
    problems: int = 0


def unsettled_by_unit(
    units: Units, among: Collection[int] | None, ready: dict[int, Ready]
) -> dict[int, Unsettled]:
    """Return how many were never sent and may not go, and how many stand before a person, by unit.

    It is given what is ready. What a person marked Do not export is none of it.
    """
    payments = within_units(among, Payment.objects.order_by())
    counted = payments.filter(stage__one_of=WAITING).exclude(business_unit__in=units.moved)
    found: dict[int, Unsettled] = defaultdict(Unsettled)
    for pk, each in ready.items():
        if pk not in units.moved:
            found[pk].not_ready = -each.payments
    # By stage first: grouped by unit alone, SQLite would read every payment in the order of units.
    for stage, pk, count in counted.values_list("stage", "business_unit").annotate(Count("pk")):
        if stage == Stage.STUCK:
            found[pk].problems = count
        else:
            found[pk].not_ready += count
    if not units.moved:
        return found
    theirs = payments.filter(business_unit__in=units.moved)
    for part in not_ready_parts(theirs, units):
        for pk, count in _by_unit(part):
            found[pk].not_ready += count
    for pk, count in _by_unit(sent_among(theirs, Stage.STUCK, units)):
        found[pk].problems = count
    return found


def _by_unit(payments: QuerySet[Payment]) -> Iterator[tuple[int, int]]:
    yield from payments.values_list("business_unit").annotate(Count("pk"))


def ready_up_to(units: Units, among: Collection[int] | None, most: int) -> int:
    """Count the payments that may go now in those units, but not far above `most`."""
    few: Any = _summed(units, among).values("open_payments")[: most + 1]
    count: int = few.aggregate(count=Sum("open_payments"))["count"] or 0
    asked = None if count > most else _asked(units, among)
    return count if asked is None else count + asked.values("pk")[: most + 1].count()


def _ready_rows(units: Units, among: Collection[int] | None) -> Iterator[_Row]:
    summed = _summed(units, among).values_list("business_unit", "currency")
    yield from summed.annotate(payments=Sum("open_payments"), amount=Sum("open_amount"))
    asked = _asked(units, among)
    if asked is not None:
        rows = asked.values_list("business_unit", "currency")
        yield from rows.annotate(payments=Count("pk"), amount=Sum("amount"))


def _current(among: Collection[int] | None) -> QuerySet[Verdict]:
    version = F(f"{COMPANY}__rules__version")
    return within_units(among, Verdict.objects.order_by()).filter(version=version, code="")


def _summed(units: Units, among: Collection[int] | None) -> QuerySet[Verdict]:
    """Return the verdicts whose sums may go."""
    return _current(among).filter(goes_plainly(units), open_payments__gt=0)


def _asked(units: Units, among: Collection[int] | None) -> QuerySet[Payment] | None:
    """Return what may go of all else; None where there is nothing else to be asked."""
    # SQLite looks up no index by a boolean alone.
    odd = _current(among).filter(is_odd__in=[True])
    if not units.asked and not odd.exists():
        return None
    asked = Q(invoice__in=odd.values("pk")) | Q(business_unit__among=units.asked)
    return ready_among(within_units(among, Payment.objects.all()).filter(asked), units).order_by()

"""Which payments are ready, not ready or held, found by their stage: few are asked for reasons.

The definition is eligibility's; here stands only of which payments it need not be asked.
"""

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from django.db.models import Case, F, Q, QuerySet, When

from accounts.access import Capability
from accounts.models import User
from sync.exports.rules.eligibility import (
    COMPANY,
    Units,
    goes_plainly,
    incomplete_units,
    open_with_reasons,
    visible_payments,
    with_reasons,
    with_standing,
)
from sync.models import BusinessUnit, Payment, Reason, SyncRecord

Stage = Payment.Stage
State = SyncRecord.State
# The stages of what has a record in some company, and how its payment stands by `with_standing`.
STATES = {
    Stage.SENT: [State.EXPORTED],
    Stage.QUEUED: [State.PENDING, State.IN_FLIGHT],
    Stage.STUCK: [State.FAILED, State.UNCERTAIN, State.MISMATCH],
}
SEVERAL = "quickbooks_company__preferences__CurrencyPrefs__MultiCurrencyEnabled"


def units_now(*only: BusinessUnit, among: Collection[int] | None = None) -> Units:
    """Read what of units decides, in two queries; for the units named, or those `among`.

    A unit has a set-up in every company that it ever posted to.
    """
    columns = ("pk", "quickbooks_company", SEVERAL, "setups__company")
    now = list(BusinessUnit.objects.order_by().values_list(*columns))
    here = {unit_id: company_id for unit_id, company_id, _, _ in now}
    companies: dict[int, set[int]] = defaultdict(set)
    for unit_id, company_id, _, earlier_id in now:
        companies[unit_id] |= {pk for pk in (company_id, earlier_id) if pk is not None}
    posting: dict[int | None, set[int]] = defaultdict(set)
    for unit_id, ids in companies.items():
        for company_id in ids:
            posting[company_id].add(unit_id)
    seen = {unit.pk for unit in only} if only else among
    return Units(
        incomplete=list(incomplete_units(among=seen)),
        moved=[
            unit_id
            for unit_id, ids in companies.items()
            if ids - {here.get(unit_id)} and (seen is None or unit_id in seen)
        ],
        sharing=[unit_id for unit_id, company_id in here.items() if len(posting[company_id]) > 1],
        several=list(dict.fromkeys(unit_id for unit_id, _, several, _ in now if several is True)),
    )


def ready_among(payments: QuerySet[Payment], units: Units) -> QuerySet[Payment]:
    """Keep the payments that may go; those whose documents keep them here are not even read."""
    # Said again as a join, which is read for all of them at once.
    found = open_with_reasons(payments.filter(_CHECKED), units).filter(_goes_if_checked(units))
    if not units.moved:
        return found
    sent = with_reasons(payments.filter(_sent_by_moved(units)), units.incomplete)
    return payments.filter(_in(found) | _in(sent.filter(reason="")))


_CHECKED = Q(invoice__verdict__version=F(f"{COMPANY}__rules__version"), invoice__verdict__code="")


def _goes_if_checked(units: Units) -> Q:
    # Most need not be asked for a reason. The rest by what it is not: PostgreSQL takes few to have
    # one value, and would sort them all for a page.
    return goes_plainly(units, "invoice__verdict__") | ~Q(reason__in=Reason.values)


def open_and_going(payments: QuerySet[Payment], units: Units) -> QuerySet[Any]:
    """Keep what its documents let go, and annotate whether it `goes`; it is about units unmoved."""
    goes = Case(When(_CHECKED & _goes_if_checked(units), then=True), default=False)
    return open_with_reasons(payments, units).annotate(goes=goes)


def sent_among(payments: QuerySet[Payment], stage: Stage, units: Units) -> QuerySet[Payment]:
    """Keep what was sent and stands there: in QuickBooks, on its way or before a person."""
    if not units.moved:
        return payments.filter(stage=stage)
    # Where a unit has records in several companies, only the definition tells them apart.
    moved = with_standing(payments.filter(_sent_by_moved(units)))
    asked = _in(moved.filter(standing__in=STATES[stage]))
    return payments.filter(asked | Q(stage=stage) & ~Q(business_unit__in=units.moved))


def not_ready_parts(payments: QuerySet[Payment], units: Units) -> list[QuerySet[Payment]]:
    """Return what was never sent and may not go in parts that share no row, cheapest first.

    What a person marked Do not export is none of it.
    """
    parts: list[QuerySet[Payment]] = [payments.filter(stage=Stage.STOPPED)]
    parts.append(open_with_reasons(payments, units).exclude(reason=""))
    return [*parts, _sent_and_not_ready(payments, units)] if units.moved else parts


def _sent_and_not_ready(payments: QuerySet[Payment], units: Units) -> QuerySet[Payment]:
    rows = with_reasons(payments.filter(_sent_by_moved(units)), units.incomplete)
    return rows.filter(standing="").exclude(reason__in=["", Reason.DO_NOT_EXPORT])


def not_ready_among(payments: QuerySet[Payment], units: Units) -> QuerySet[Payment]:
    """Keep what was never sent and may not go, but for what a person marked Do not export."""
    stages = [Stage.STOPPED, Stage.OPEN]
    rows = open_with_reasons(payments, units, stages=stages)
    found = rows.filter(Q(stage=Stage.STOPPED) | ~Q(reason=""))
    if not units.moved:
        return found
    return payments.filter(_in(found) | _in(_sent_and_not_ready(payments, units)))


def _in(rows: QuerySet[Any]) -> Q:
    return Q(pk__in=rows.order_by().values("pk"))


def held_among(payments: QuerySet[Payment], units: Units) -> QuerySet[Payment]:
    """Keep what a person marked Do not export and was never sent."""
    if units.moved:
        rows = payments.filter(Q(stage=Stage.HELD) | _sent_by_moved(units))
        return with_reasons(rows, units.incomplete).filter(reason=Reason.DO_NOT_EXPORT)
    return payments.filter(stage=Stage.HELD)


def kept_by(payments: QuerySet[Payment], reason: Reason, units: Units) -> QuerySet[Payment]:
    """Keep what was never sent to the unit's company and stays here for the reason."""
    here = ~Q(stage__in=STATES)
    rows = payments.filter(here | _sent_by_moved(units) if units.moved else here)
    return with_reasons(rows, units.incomplete).filter(reason=reason)


def _sent_by_moved(units: Units) -> Q:
    return Q(stage__in=STATES, business_unit__in=units.moved)


def ready_payments(actor: User | None, unit: BusinessUnit | None = None) -> QuerySet[Payment]:
    """Return the payments that the person may read and that may be exported now."""
    payments = visible_payments(actor, Capability.VIEW)
    if unit is not None:
        payments = payments.filter(business_unit=unit)
    return ready_among(payments, units_now(*([unit] if unit else [])))

"""Which payments are ready, not ready or held, found by their stage: few are asked for reasons.

The definition is eligibility's; here stands only of which payments it need not be asked.
"""

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from django.db.models import F, Q, QuerySet

from accounts.access import Capability
from accounts.models import User
from sync.exports.rules.eligibility import (
    COMPANY,
    Reason,
    Units,
    incomplete_units,
    open_with_reasons,
    visible_payments,
    with_reasons,
)
from sync.models import BusinessUnit, Payment, UnitSetup

Stage = Payment.Stage
SEVERAL = "quickbooks_company__preferences__CurrencyPrefs__MultiCurrencyEnabled"


def units_now(*only: BusinessUnit, among: Collection[int] | None = None) -> Units:
    """Read what of units decides, in three queries; for the units named, or those `among`.

    A unit has a set-up in every company that it ever posted to.
    """
    now = BusinessUnit.objects.order_by().values_list("pk", "quickbooks_company", SEVERAL)
    here = {unit_id: company_id for unit_id, company_id, _ in now}
    companies = {unit_id: {company_id} - {None} for unit_id, company_id in here.items()}
    for unit_id, company_id in UnitSetup.objects.values_list("business_unit", "company"):
        companies.setdefault(unit_id, set()).add(company_id)
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
        several=[unit_id for unit_id, _, several in now if several is True],
    )


def ready_among(payments: QuerySet[Payment], units: Units) -> QuerySet[Payment]:
    """Keep the payments that may go; those whose documents keep them here are not even read."""
    # Said again as a join, which is read for all of them at once.
    checked = payments.filter(
        invoice__verdict__version=F(f"{COMPANY}__rules__version"), invoice__verdict__code=""
    )
    # By what it is not: PostgreSQL takes few to have one value, and would sort them all for a page.
    found = open_with_reasons(checked, units).exclude(reason__in=Reason.values)
    if not units.moved:
        return found
    sent = with_reasons(payments.filter(_sent_by_moved(units)), units.incomplete)
    return payments.filter(_in(found) | _in(sent.filter(reason="")))


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


def _sent_by_moved(units: Units) -> Q:
    return Q(stage=Stage.SENT, business_unit__in=units.moved)


def ready_payments(actor: User | None, unit: BusinessUnit | None = None) -> QuerySet[Payment]:
    """Return the payments that the person may read and that may be exported now."""
    payments = visible_payments(actor, Capability.VIEW)
    if unit is not None:
        payments = payments.filter(business_unit=unit)
    return ready_among(payments, units_now(*([unit] if unit else [])))

"""How many payments are under each tab of their list: few queries, none of which counts for long.

Beyond MOST_COUNTED, which reads "10,000+", nothing is counted. Where filters are set, each payment
has to be read for it, and a tab that is not open reads "1,000+".
"""

from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Count, Q, QuerySet

from sync.admin.common.standing import STAGE_OF_TAB, in_tab
from sync.admin.lists.list_admin import MOST_COUNTED, count_parts_up_to, count_up_to
from sync.exports.rules.by_stage import not_ready_parts, open_and_going
from sync.exports.rules.eligibility import Units
from sync.exports.rules.ready_sums import ready_by_unit, ready_up_to
from sync.models import Payment

Stage = Payment.Stage
Counts = dict[str, int]
MOST_FILTERED = 1_000


def counts_in_units(
    payments: QuerySet[Payment], units: Units, seen: Collection[int] | None
) -> Counts:
    """Count what is ready and not of all payments of those units, by what is summed of them."""
    stopped = count_up_to(payments.filter(stage=Stage.STOPPED))
    if stopped > MOST_COUNTED:
        return {"ready": ready_up_to(units, seen, MOST_COUNTED), "not-ready": stopped}
    ready = sum(each.payments for each in ready_by_unit(units, seen).values())
    let_go = count_up_to(payments.filter(stage=Stage.OPEN), MOST_COUNTED + ready)
    return {"ready": ready, "not-ready": stopped + let_go - ready}


def counts_of_filtered(payments: QuerySet[Payment], units: Units) -> Counts:
    """Count what is ready and not of payments that something else was asked about."""
    stopped = count_up_to(payments.filter(stage=Stage.STOPPED), MOST_FILTERED)
    if stopped > MOST_FILTERED:
        return {"not-ready": stopped}
    let_go, goes = _open(payments, units, MOST_FILTERED)
    return {} if let_go > MOST_FILTERED else {"ready": goes, "not-ready": stopped + let_go - goes}


def counts_of_search(found: QuerySet[Payment], units: Units) -> Counts:
    """Count what a search found under every tab; nothing where it found too many for that."""
    stages = _by_stage(found)
    if sum(stages.values()) > MOST_COUNTED:
        return {}
    goes = _open(found, units, MOST_COUNTED)[1] if stages[Stage.OPEN] else 0
    return {
        "ready": goes,
        "not-ready": stages[Stage.STOPPED] + stages[Stage.OPEN] - goes,
        "held": stages[Stage.HELD],
        "all": sum(stages.values()),
        **{tab: stages[stage] for tab, stage in STAGE_OF_TAB.items()},
    }


def counts_by_tab(
    payments: QuerySet[Payment],
    units: Units,
    tabs: Iterable[str],
    known: Counts,
    most: int = MOST_COUNTED,
) -> Counts:
    """Return how many payments are under these tabs, counting up to `most` what is not known."""
    return {tab: known[tab] if tab in known else _count(payments, tab, units, most) for tab in tabs}


def _count(payments: QuerySet[Payment], tab: str, units: Units, most: int) -> int:
    if tab == "not-ready":
        return count_parts_up_to(not_ready_parts(payments, units), most)
    return count_up_to(in_tab(payments, tab, units), most)


def _open(payments: QuerySet[Payment], units: Units, most: int) -> tuple[int, int]:
    """Count what its documents let go, and what of it goes."""
    rows: Any = open_and_going(payments, units).order_by().values("pk", "goes")
    counted = rows[: most + 1].aggregate(let_go=Count("pk"), going=Count("pk", filter=Q(goes=True)))
    return counted["let_go"], counted["going"]


def _by_stage(found: QuerySet[Payment]) -> dict[str, int]:
    few: Any = found.order_by().values("pk", "stage")[: MOST_COUNTED + 1]
    counts: dict[str, int] = few.aggregate(
        **{stage: Count("pk", filter=Q(stage=stage)) for stage in Stage.values}
    )
    return counts

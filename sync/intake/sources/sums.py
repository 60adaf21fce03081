"""Money is never invented: what a source lists, a day and kind at a time, beside what we hold.

Ours are the documents of the unit that bear the source's name; theirs is what it last listed.
"""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db.models import F, Sum

from sync.models import Delivery, Feed, Invoice, Listed, Payment, Refund
from sync.words import stored, together

Kind = Delivery.Kind
Key = tuple[str, str, str]  # kind, day, currency
Sums = dict[Key, Decimal]
MOST_ROWS, MOST_NAMED = 200, 10
_OURS: dict[Kind, tuple[Any, str, str, str]] = {
    Kind.INVOICE: (Invoice, "issued_on", "total", "external_id"),
    Kind.PAYMENT: (Payment, "received_on", "amount", "receipt"),
    Kind.REFUND: (Refund, "refunded_on", "amount", "external_id"),
}
NOTHING = Decimal("0.00")


def ours(feed: Feed) -> Sums:
    """Return what we hold of the source, without what is void."""
    found: Sums = {}
    for kind, (model, day, amount, _) in _OURS.items():
        rows = model.objects.filter(
            business_unit=feed.business_unit_id, source=feed.source, voided_at=None
        )
        sums = rows.order_by().values_list(day, "currency").annotate(Sum(amount))
        found |= {(kind.value, f"{of}", money): total for of, money, total in sums}
    return found


def theirs(feed: Feed) -> Sums:
    """Return what the source last listed, without what is void or gone there."""
    rows = Listed.objects.filter(feed=feed, is_gone=False, day__isnull=False)
    sums = rows.order_by().values_list("kind", "day", "currency").annotate(Sum("amount"))
    return {(kind, f"{day}", money): total for kind, day, money, total in sums if total}


def differences(feed: Feed) -> list[tuple[Key, Decimal, Decimal]]:
    """Return each day and kind that differs: what the source lists, and what we hold."""
    listed, held = theirs(feed), ours(feed)
    return [
        (key, listed.get(key, NOTHING), held.get(key, NOTHING))
        for key in sorted(listed.keys() | held.keys())
        if listed.get(key, NOTHING) != held.get(key, NOTHING)
    ]


def as_json(sums: Sums) -> dict[str, str]:
    """Return sums as a JSON object."""
    return {" ".join(key): f"{total:.2f}" for key, total in sums.items()}


def beside(feed: Feed, before: dict[str, str]) -> list[dict[str, Any]]:
    """Return the days that changed or differ: before, listed, now, and what makes a difference.

    Days that differ come first, then the newest; of more than MOST_ROWS the first are kept.
    """
    listed, held = as_json(theirs(feed)), as_json(ours(feed))
    rows = []
    for key in sorted(before.keys() | listed.keys() | held.keys(), key=_newest_first):
        was, there, here = (sums.get(key, "0.00") for sums in (before, listed, held))
        is_same = Decimal(there) == Decimal(here)
        if is_same and Decimal(was) == Decimal(here):
            continue
        kind, day, currency = key.split(" ")
        row = {"kind": kind, "day": day, "currency": currency}
        row |= {"before": was, "listed": there, "here": here}
        rows.append(row | {"named": [], "differs": not is_same})
    rows.sort(key=lambda row: not row["differs"])
    return _named(feed, rows[:MOST_ROWS])


def _named(feed: Feed, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for kind in _OURS:
        differing = [row for row in rows if row["kind"] == kind and row["differs"]]
        names = named_differences(feed, kind, [row["day"] for row in differing])
        for row in differing:
            row["named"] = names[row["day"]]
    return rows


def named_differences(feed: Feed, kind: str, days: Iterable[str]) -> dict[str, list[list[str]]]:
    """Return what makes each of some days differ: id, listed amount, our amount and reason."""
    days = sorted(set(days))
    if not days:
        return {}
    there: dict[str, dict[str, Listed]] = defaultdict(dict)
    for row in Listed.objects.filter(feed=feed, kind=kind, day__in=days).iterator():
        there[f"{row.day}"][row.external_id] = row
    here = _held_by_id(feed, Kind(kind), days)
    ids = {
        day: [
            name
            for name in sorted(there[day].keys() | here[day].keys())
            if _amount(there[day].get(name)) != here[day].get(name, NOTHING)
        ][:MOST_NAMED]
        for day in days
    }
    states = dict(_states(feed, kind, [name for names in ids.values() for name in names]))
    return {
        day: [
            [name, f"{_amount(there[day].get(name))}", f"{here[day].get(name, NOTHING)}",
             _why(there[day].get(name), states.get(name, ""))]
            for name in names
        ]
        for day, names in ids.items()
    }  # fmt: skip


def _newest_first(key: str) -> tuple[int, str]:
    kind, day, _ = key.split(" ")
    return -int(day.replace("-", "")), kind


def _held_by_id(feed: Feed, kind: Kind, days: list[str]) -> dict[str, dict[str, Decimal]]:
    model, of, amount, name = _OURS[kind]
    rows = model.objects.filter(
        business_unit=feed.business_unit_id,
        source=feed.source,
        voided_at=None,
        **{f"{of}__in": days},
    )
    held: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for day, external_id, money in rows.values_list(of, name, F(amount)).iterator():
        held[f"{day}"][external_id] += money
    return held


def _states(feed: Feed, kind: str, ids: Iterable[str]) -> Iterable[tuple[str, str]]:
    rows = Delivery.objects.filter(
        business_unit=feed.business_unit_id, source=feed.source, kind=kind, external_id__in=ids
    )
    for row in rows:
        if row.state != Delivery.State.APPLIED:
            yield row.external_id, together(*(words for _, _, words in row.problems))


def _amount(row: Listed | None) -> Decimal:
    return NOTHING if row is None or row.is_gone else row.amount or NOTHING


def _why(row: Listed | None, waiting: str) -> str:
    if row is None:
        return stored("The source does not list it on this day.")
    if row.is_gone:
        return stored("The source lists it no more.")
    return row.words or waiting or stored("It was changed here.")

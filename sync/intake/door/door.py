"""The door: everything that comes in comes through here, whatever brought it.

The same delivery twice changes nothing, and a late one never undoes a newer one. What arrives
before what it belongs to waits in sight and attaches by itself, so that any order and repetition of
the same deliveries ends in the same state.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import asdict

import structlog
from django.db import DataError, IntegrityError, transaction

from sync.intake.door import checking, customers, invoices, receipts, refunds
from sync.intake.door.bodies import from_json
from sync.intake.door.chunk import Chunk, Fresh, Key, Promised, Taken
from sync.intake.door.incoming import (
    Code,
    Incoming,
    Kind,
    Problem,
    RefundBody,
    Result,
    Status,
    as_json,
)
from sync.intake.door.remembered import known, order, seen_again
from sync.models import BusinessUnit, Delivery
from sync.models.sql import insert_each, update_each
from sync.words import stored

log = structlog.get_logger(__name__)

CHUNK = 2000
MOST_ROUNDS = 10
_APPLY = {
    Kind.CUSTOMER: customers.apply,
    Kind.INVOICE: invoices.apply,
    Kind.PAYMENT: receipts.apply,
    Kind.REFUND: refunds.apply,
}
_SAVED = [
    "version", "observed_at", "digest", "state", "document_id", "waits_for", "problems", "body",
    "received_at",
]  # fmt: skip
_INSERTED = ["business_unit", "kind", "source", "external_id", "brought_by", *_SAVED]


def deliver(
    unit: BusinessUnit,
    incoming: Sequence[Incoming],
    *,
    promised: Promised | None = None,
    brought_by: int | None = None,
) -> list[Result]:
    """Take deliveries of a unit in, and return what became of each, in their order.

    With `promised` it is a dry run: nothing is stored, and what would be there is remembered in it
    for the next call. `brought_by` is the import that brings them.
    """
    results: list[Result] = []
    for at in range(0, len(incoming), CHUNK):
        chunk = Chunk(unit, promised, brought_by)
        results += _together_or_apart(chunk, incoming[at : at + CHUNK])
    return results


def link(unit: BusinessUnit, same: Sequence[tuple[Incoming, int]], brought_by: int | None) -> None:
    """Note that deliveries are about rows of ours that came in otherwise; nothing is changed."""
    rows = []
    for one, document_id in same:
        row = _fresh(Chunk(unit, None, brought_by), one, one.digest())
        row.state, row.document_id = Delivery.State.APPLIED, document_id
        rows.append(Delivery(**asdict(row)))
    Delivery.objects.bulk_create(rows, ignore_conflicts=True)


def _together_or_apart(chunk: Chunk, incoming: Sequence[Incoming]) -> list[Result]:
    """Take some in together; where the database refuses, one by one, so that only one is out."""
    try:
        return _take(chunk, incoming)
    except (IntegrityError, DataError) as error:
        if len(incoming) > 1:
            return [result for one in incoming for result in _together_or_apart(chunk, [one])]
        # What the database says names values, and no log does.
        kind = incoming[0].kind.value
        log.warning("intake.refused_by_the_database", kind=kind, error=type(error).__name__)
        words = stored("The database refuses it (%(error)s).", error=type(error).__name__)
        return [Result(Status.REFUSED, (Problem(Code.NOT_STORED, "", words),))]


def _take(chunk: Chunk, incoming: Sequence[Incoming]) -> list[Result]:
    with transaction.atomic():
        if not chunk.is_dry:  # two deliveries at once would both create the same customer
            lock(chunk.unit.pk)
        winners = _winners(incoming)
        newest = [incoming[at] for at in winners.values()]
        results, seen = seen_again(chunk, newest)
        taken = _taken(chunk, [one for one in newest if one.key not in results], seen)
        beside = _apply(chunk, [one for one in taken.values() if one.result is None])
        if not chunk.is_dry:
            _save({id(one): one for one in [*taken.values(), *beside]}.values())
            attach_waiting(chunk)
    results |= {key: _became(one) for key, one in taken.items()}
    return [
        results[one.key] if winners[one.key] == at else _beside(one, incoming, winners, results)
        for at, one in enumerate(incoming)
    ]


def _became(taken: Taken) -> Result:
    if taken.result is None:
        raise RuntimeError(f"nothing became of a delivered {taken.incoming.kind.value}")
    return taken.result


def _beside(
    one: Incoming,
    incoming: Sequence[Incoming],
    winners: Mapping[Key, int],
    results: Mapping[Key, Result],
) -> Result:
    """Return what became of a delivery that came with a newer one about the same thing."""
    is_same = one.digest() == incoming[winners[one.key]].digest()
    status = Status.UNCHANGED if is_same else Status.STALE
    return Result(status, document_id=results[one.key].document_id)


def _winners(incoming: Sequence[Incoming]) -> dict[Key, int]:
    """Return which of several deliveries about one thing counts, by place."""
    winners: dict[Key, int] = {}
    for at, one in enumerate(incoming):
        before = winners.get(one.key)
        if before is None or _is_newer(one, incoming[before]):
            winners[one.key] = at
    return winners


def _is_newer(one: Incoming, other: Incoming) -> bool:
    return order(one.version, one.observed_at, one.digest()) > order(
        other.version, other.observed_at, other.digest()
    )


def _taken(chunk: Chunk, incoming: Sequence[Incoming], seen: Container[Key]) -> dict[Key, Taken]:
    """Return each thing beside what is stored of it; what need not be applied has its result."""
    stored = known(chunk.unit, [one for one in incoming if one.key in seen])
    taken: dict[Key, Taken] = {}
    for one in incoming:
        row = stored.get(one.key)
        digest = one.digest() if row is not None or not chunk.is_dry else ""
        taken[one.key] = this = Taken(one, row or _fresh(chunk, one, digest), digest)
        if row is not None and _is_late(this):
            is_same = digest == row.digest
            status = Status.UNCHANGED if is_same else Status.STALE
            this.result = Result(status, document_id=row.document_id)
        elif problems := checking.problems(one):
            _refuse(this, problems)
        elif row is not None:
            _stamp(this)
    return taken


def _is_late(taken: Taken) -> bool:
    one, row = taken.incoming, taken.row
    stored = order(row.version, row.observed_at, row.digest)
    return order(one.version, one.observed_at, taken.digest) < stored


def _fresh(chunk: Chunk, one: Incoming, digest: str) -> Fresh:
    return Fresh(
        chunk.unit.pk, chunk.brought_by, *one.key, one.version, one.observed_at, digest, chunk.now
    )


def _refuse(taken: Taken, problems: Sequence[Problem]) -> None:
    """Refuse what is wrong by itself; what was taken in before stays as it was."""
    if any(problem.code == Code.BAD_TEXT for problem in problems):
        taken.digest = ""  # no database holds it: it is told, and not kept
    if taken.is_known or not taken.digest:
        taken.result = Result(Status.REFUSED, tuple(problems), document_id=taken.row.document_id)
        return
    _stamp(taken)
    taken.refused(problems)


def _stamp(taken: Taken) -> None:
    one, row = taken.incoming, taken.row
    row.version, row.observed_at, row.digest = one.version, one.observed_at, taken.digest


def _apply(chunk: Chunk, taken: Sequence[Taken]) -> list[Taken]:
    """Apply each kind after what it refers to; return also the refunds that are placed anew."""
    done = list(taken)
    of_kind: dict[Kind, list[Taken]] = {kind: [] for kind in _APPLY}
    for one in taken:
        of_kind[one.incoming.kind].append(one)
    for kind, apply in _APPLY.items():
        some = of_kind[kind]
        if kind == Kind.REFUND:
            beside = _sharing(chunk, some)
            some, done = [*some, *beside], [*done, *beside]
        if some:
            apply(chunk, some)
    return done


def _sharing(chunk: Chunk, taken: Sequence[Taken]) -> list[Taken]:
    """Return the refunds that may give back the same payments as these."""
    bodies = [one.incoming.body for one in taken]
    keys = {refunds.key(body) for body in bodies if isinstance(body, RefundBody)} - {""}
    have = {one.row.pk for one in taken}
    rows = Delivery.objects.filter(
        business_unit=chunk.unit, kind=Kind.REFUND, waits_for__in=keys, body__isnull=False
    ).exclude(waits_for="")
    return (
        [Taken(_as_delivered(row), row, row.digest) for row in rows if row.pk not in have]
        if keys
        else []
    )


def _save(taken: Iterable[Taken]) -> None:
    # A row says what it last took: neither what came late, nor what was refused after it.
    rows = [one for one in taken if one.result is not None and one.row.digest == one.digest]
    new: list[Fresh] = []
    stored: list[Delivery] = []
    for one in rows:
        row = one.row
        is_done = row.state == Delivery.State.APPLIED and not row.waits_for
        row.body = None if is_done else as_json(one.incoming.body)
        if isinstance(row, Fresh):
            new.append(row)
        else:
            stored.append(row)
    insert_each(Delivery, new, _INSERTED)
    update_each(stored, _SAVED)


def lock(unit_id: int) -> None:
    """Let nothing else come into a unit until the transaction ends."""
    BusinessUnit.objects.select_for_update(no_key=True).get(pk=unit_id)


def attach_waiting(chunk: Chunk) -> list[Result]:
    """Apply what waited for what has arrived, and what waited for that; return what became of it.

    A refund whose payment had to be found keeps waiting for others that may be it.
    """
    became: list[Result] = []
    for _ in range(MOST_ROUNDS):
        if not chunk.arrived:
            break
        rows = Delivery.objects.filter(
            business_unit=chunk.unit, waits_for__in=chunk.arrived, body__isnull=False
        ).exclude(waits_for="")
        chunk.arrived = set()
        done = _apply(chunk, [Taken(_as_delivered(row), row, row.digest) for row in rows])
        _save(done)
        became += [_became(one) for one in done]
    return became


def _as_delivered(row: Delivery) -> Incoming:
    return Incoming(
        source=row.source,
        external_id=row.external_id,
        observed_at=row.observed_at,
        version=row.version,
        body=from_json(row.kind, row.body or {}),
    )

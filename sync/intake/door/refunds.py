"""Refunds through the door: each finds the payment that it gives back, or waits for it.

Where several payments may be it, the earliest that has room is, the refunds taken by their days.
All that name the same receipt or invoice are placed anew when one of them, or a payment, comes in:
so where each ends does not depend on what came first.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sync.intake.door.chunk import Chunk, Taken, waiting_key
from sync.intake.door.incoming import Code, Kind, Problem, RefundBody, Status
from sync.intake.door.refundable import Refundable
from sync.intake.door.rows import changed_fields, set_fields
from sync.models import Payment, Refund
from sync.models.sql import update_each
from sync.words import stored

_COLUMNS = ["payment", "kind", "amount", "refunded_on", "reason"]
_CENT = Decimal("0.01")
Placed = dict[int, Payment | Problem]  # by place in the sequence


def apply(chunk: Chunk, taken: Sequence[Taken]) -> None:
    """Create, change or move refunds."""
    _void(chunk, [one for one in taken if not isinstance(one.incoming.body, RefundBody)])
    open_ones = [one for one in taken if one.result is None and not _is_promised(chunk, one)]
    taken = sorted(open_ones, key=_order)
    pks = [one.row.document_id for one in taken if one.row.document_id is not None]
    known = Refund.objects.in_bulk(pks)
    rows = [known.get(one.row.document_id or 0) for one in taken]
    placed = _place(chunk, taken, rows)
    new: list[tuple[Taken, Refund]] = []
    changed: list[tuple[Refund, dict[str, tuple[str, str]]]] = []
    for at, (one, row) in enumerate(zip(taken, rows, strict=True)):
        found, body = placed[at], one.incoming.body
        if isinstance(found, Problem):
            _stopped(one, found)
        elif isinstance(body, RefundBody):
            values = _values(body, found, row)
            if row is None:
                source, external_id = one.incoming.source, one.incoming.external_id
                new.append((one, Refund(source=source, external_id=external_id, **values)))
                continue
            changes = changed_fields(row, values)
            set_fields(row, values)
            changed += [(row, changes)] if changes else []
            _applied(one, Status.CHANGED if changes else Status.UNCHANGED, row, changes=changes)
    if not chunk.is_dry:
        _move(changed)
        Refund.objects.bulk_create([row for _, row in new])
    for one, row in new:
        _applied(one, Status.CREATED, row)


def key(body: RefundBody) -> str:
    """Return what a refund waits under, and what others that share its payments wait under."""
    if body.payment:
        return waiting_key(Kind.PAYMENT, body.payment)
    return waiting_key("paid", body.invoice) if body.invoice else ""


def _order(one: Taken) -> tuple[str, str]:
    body = one.incoming.body
    day = body.refunded_on.isoformat() if isinstance(body, RefundBody) else ""
    return day, one.incoming.external_id


def _void(chunk: Chunk, taken: Sequence[Taken]) -> None:
    """Void what its source deleted: its amount is the payment's again."""
    known = Refund.objects.in_bulk([one.row.document_id or 0 for one in taken])
    for one in taken:
        row = known.get(one.row.document_id or 0)
        if row is None or row.voided_at is not None:
            one.applied(Status.UNCHANGED, row.pk if row else None)
            continue
        changes = {"voided_at": ("", str(chunk.now))}
        row.voided_at, row.void_reason = chunk.now, stored("Its source deleted it.")
        one.applied(Status.CHANGED, row.pk, changes=changes)
        if not chunk.is_dry:
            row.save(update_fields=["voided_at", "void_reason"])


def _is_promised(chunk: Chunk, one: Taken) -> bool:
    """Say whether a dry run would have the payment by now."""
    source, body = one.incoming.source, one.incoming.body
    if not chunk.is_dry or one.row.document_id is not None or not isinstance(body, RefundBody):
        return False
    kind, name = ("paid", body.invoice) if not body.payment else ("payment", body.payment)
    if not name or (kind, source, name) not in chunk.promised:
        return False
    one.applied(Status.CREATED, None)
    return True


def _place(chunk: Chunk, taken: Sequence[Taken], rows: Sequence[Refund | None]) -> Placed:
    """Return which payment each gives back, or why none; what is stored never loses its place."""
    refundable = Refundable(chunk, taken, [row for row in rows if row is not None])
    placed = _placed_in(range(len(taken)), refundable, taken, rows)
    if any(isinstance(placed[at], Problem) for at, row in enumerate(rows) if row is not None):
        refundable.reset()
        stored_first = sorted(range(len(taken)), key=lambda at: rows[at] is None)
        placed = _placed_in(stored_first, refundable, taken, rows)
    return placed


def _placed_in(
    order: Sequence[int],
    refundable: Refundable,
    taken: Sequence[Taken],
    rows: Sequence[Refund | None],
) -> Placed:
    placed: Placed = {}
    for at in order:
        incoming, row = taken[at].incoming, rows[at]
        if row is not None and row.voided_at is not None:
            placed[at] = row.payment  # it takes nothing of any
        elif isinstance(incoming.body, RefundBody):
            placed[at] = refundable.take(incoming.source, incoming.body, row)
    return placed


def _values(body: RefundBody, payment: Payment, row: Refund | None) -> dict[str, Any]:
    kind = Refund.Kind(body.kind or (row.kind if row else Refund.Kind.SALE))
    return {
        "kind": kind.value,
        "payment_id": payment.pk,
        "amount": body.amount,
        "refunded_on": body.refunded_on,
        "reason": body.reason,
    }


def _applied(one: Taken, status: Status, row: Refund, **more: Any) -> None:
    one.applied(status, row.pk, **more)
    if isinstance(one.incoming.body, RefundBody):
        one.row.waits_for = key(one.incoming.body)  # placed anew when more comes in


def _stopped(one: Taken, problem: Problem) -> None:
    body = one.incoming.body
    waits_for = key(body) if isinstance(body, RefundBody) else ""
    if problem.code == Code.OVER_REFUNDED:
        one.refused([problem])
        one.row.waits_for = waits_for
    else:
        one.waits(waits_for, problem)


def _move(changed: Sequence[tuple[Refund, dict[str, tuple[str, str]]]]) -> None:
    moved = [row.pk for row, changes in changed if "payment_id" in changes]
    # Two that change places must not both weigh on one payment on the way.
    Refund.objects.filter(pk__in=moved).update(amount=_CENT)
    update_each([row for row, _ in changed], _COLUMNS)

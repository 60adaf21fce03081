"""What is kept of each row of a file: how it ended and why, in words; and sums by currency."""

import gc
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import transaction
from django.db.models import Sum

from sync.intake.door.incoming import (
    Incoming,
    InvoiceBody,
    PaymentBody,
    RefundBody,
    Result,
    Status,
)
from sync.intake.files.outcomes import Code, Outcome, Reason, Staged
from sync.intake.files.words import shown
from sync.intake.imports.saying import reason_words
from sync.models import Delivery, Import, ImportRow
from sync.models.sql import insert_each

AROUND = frozenset({
    Code.BLANK, Code.PREAMBLE, Code.HEADER, Code.HEADING, Code.TOTAL, Code.FOOTER,
})  # fmt: skip
MOST_EXAMPLES = 5
# Of several things in one row, the one that most needs a look says how the row ended.
_WORST = ("refused", "waiting", "created", "changed", "stale", "unchanged")
_ENDS = {
    Outcome.NOT_OURS: ImportRow.Outcome.NOT_OURS,
    Outcome.REFUSED: ImportRow.Outcome.REFUSED,
    Outcome.ASKED: ImportRow.Outcome.ASKED,
    Outcome.TAKEN: ImportRow.Outcome.UNCHANGED,
}
OUTCOMES = tuple(ImportRow.Outcome.values)


_COLUMNS = [
    "of", "place", "first_row", "row_count", "outcome", "things", "reasons", "changes",
]  # fmt: skip
SELDOM = 100_000


@contextmanager
def garbage_looked_for_seldom() -> Iterator[None]:
    """Have Python look for cycles of garbage seldom, as rows make none.

    Every look costs as much as rows are many: at the usual threshold a fifth of an import's time.
    """
    often, *rest = gc.get_threshold()
    gc.set_threshold(max(often, SELDOM), *rest)
    try:
        yield
    finally:
        gc.set_threshold(often, *rest)


@dataclass(slots=True)
class Row:
    """An ImportRow before it is stored; a model of each would cost more than all else."""

    of_id: int
    place: int
    first_row: int
    row_count: int
    outcome: str
    reasons: list[list[str]]
    things: list[list[str]] = field(default_factory=list)
    changes: dict[str, list[str]] = field(default_factory=dict)


def keep(made: Sequence[Row]) -> None:
    """Store rows, in one transaction."""
    with transaction.atomic():
        insert_each(ImportRow, made, _COLUMNS)


def mend(row: Row | ImportRow) -> None:
    """Store how a row that was kept ended after all."""
    ended = {"outcome": row.outcome, "reasons": row.reasons, "changes": row.changes}
    ImportRow.objects.filter(of=row.of_id, place=row.place).update(**ended)


def start(entry: Import, place: int, staged: Staged) -> Row | None:
    """Return the row to keep, with what the file says of it; None for what is around the data."""
    if staged.outcome == Outcome.NOT_OURS and staged.reasons[0].code in AROUND:
        return None
    reasons = [reason(one) for one in staged.reasons]
    outcome = _ENDS[staged.outcome].value
    return Row(entry.pk, place, staged.rows[0], len(staged.rows), outcome, reasons)


def end(row: Row | ImportRow, results: Sequence[Result]) -> None:
    """Say how a row ended by what became of all that it says."""
    if len(results) == 1 and not (row.reasons or results[0].problems or results[0].changes):
        row.outcome, row.changes = results[0].status.value, {}
        return
    statuses = {result.status.value for result in results}
    row.outcome = next((one for one in _WORST if one in statuses), row.outcome)
    told = [[p.code.value, p.field, p.words] for result in results for p in result.problems]
    row.reasons = [*(one for one in row.reasons if one not in told), *told]
    changes = {name: pair for result in results for name, pair in (result.changes or {}).items()}
    row.changes = {name: list(pair) for name, pair in changes.items()}
    if row.outcome not in {"refused", "waiting"}:
        row.reasons = [one for one in row.reasons if one[0] not in _PASSING]


_PASSING = {"NO_CUSTOMER", "NO_INVOICE", "NO_PAYMENT"}  # reasons that an arrival takes away


def reason(one: Reason) -> list[str]:
    """Return a reason of the file as it is kept: code, column, words."""
    return [one.code.value, shown(one.column), reason_words(one)]


def attached(entry: Import) -> list[ImportRow]:
    """Return the rows that waited for later rows of the same file and are in by now."""
    changed = []
    waiting = entry.rows.filter(outcome=ImportRow.Outcome.WAITING)
    for row in waiting.iterator(chunk_size=500):
        keys = [(kind, external_id) for kind, external_id, *_ in row.things]
        stands = Delivery.objects.filter(
            business_unit=entry.business_unit_id,
            source=entry.source,
            state=Delivery.State.APPLIED,
            kind__in=[kind for kind, _ in keys],
            external_id__in=[external_id for _, external_id in keys],
        )
        if stands.count() == len(keys):
            end(row, [Result(Status.CREATED)])
            changed.append(row)
    return changed


def count(entry: Import) -> dict[str, int]:
    """Return the rows of data by what became of them; together they are all of them."""
    found = entry.rows.order_by().values_list("outcome").annotate(Sum("row_count"))
    return dict.fromkeys(OUTCOMES, 0) | dict(found)


class Sums:
    """Amounts that came in or would, by currency and kind."""

    def __init__(self, stored: Mapping[str, Mapping[str, str]] | None = None) -> None:
        self._sums: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        for currency, kinds in (stored or {}).items():
            for kind, amount in kinds.items():
                self._sums[currency][kind] = Decimal(amount)

    def add(self, row: Row, incoming: Iterable[Incoming], currency: str) -> None:
        """Name what a row says, and count its amounts unless it stays out."""
        for one in incoming:
            kind, label, amount, own = _said(one)
            row.things.append([kind, one.external_id, label, str(amount), own or currency])
            if row.outcome not in {"refused", "asked"}:
                self._sums[own or currency][f"{kind}s"] += amount

    def stored(self) -> dict[str, dict[str, str]]:
        """Return them as they are kept."""
        return {
            currency: {kind: f"{amount:.2f}" for kind, amount in kinds.items()}
            for currency, kinds in self._sums.items()
        }


def words_of(one: Incoming) -> str:
    """Return a payment or refund in a few words, as an example of a question."""
    _, label, amount, _ = _said(one)
    day = getattr(one.body, "received_on", None) or getattr(one.body, "refunded_on", "")
    return f"{day}, {amount}, {label}"


def _said(one: Incoming) -> tuple[str, str, Decimal, str]:
    body = one.body
    if isinstance(body, InvoiceBody):
        return "invoice", body.number, body.total, body.currency
    if isinstance(body, PaymentBody):
        label = ", ".join(part.invoice for part in body.allocations or ())
        return "payment", label or body.reference, body.amount, body.currency
    if isinstance(body, RefundBody):
        return "refund", body.invoice or body.payment, body.amount, ""
    raise TypeError(one.kind)

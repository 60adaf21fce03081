"""Receipts through the door: money received, each split over its invoices as payments of ours.

A receipt over several invoices is one payment for each, and a deposit for what is left. A payment
keeps its row while its invoice does; what is applied otherwise later moves, and is never doubled.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sync.exports.customers.twins import Owners
from sync.intake.door.chunk import Chunk, Taken, waiting_key
from sync.intake.door.incoming import Code, Kind, PaymentBody, Problem, Status
from sync.intake.door.rows import changed_fields, set_fields
from sync.models import Invoice, Payment
from sync.models.sql import update_each
from sync.words import stored

# What people map where a source does not tell how money was received.
NOT_STATED = "Not stated"
_FIELDS = [
    "customer_id", "invoice_id", "kind", "method", "amount", "currency", "received_on",
    "reference", "voided_at",
]  # fmt: skip
_COLUMNS = [name.removesuffix("_id") for name in _FIELDS]


@dataclass(frozen=True, slots=True)
class _Part:
    """What of a receipt goes to one invoice, or to none yet."""

    invoice: Invoice | None
    amount: Decimal


def apply(chunk: Chunk, taken: Sequence[Taken]) -> None:
    """Create, change, move or void payments; a receipt for an unknown invoice waits."""
    plan = _Plan(chunk, taken)
    for one in taken:
        if not isinstance(one.incoming.body, PaymentBody):
            plan.void(one)
        elif plan.is_linked(one):
            one.applied(Status.UNCHANGED, one.row.document_id)
        elif (missing := plan.missing(one, one.incoming.body)) is not None:
            one.waits(*missing)
        else:
            plan.put(one, one.incoming.body)
    plan.store()


class _Plan:
    """What is to be stored of a chunk's receipts."""

    def __init__(self, chunk: Chunk, taken: Sequence[Taken]) -> None:
        self.chunk = chunk
        self.rows = _rows(chunk, taken)
        self.customers: dict[tuple[str, str], int] = {}
        self.invoices: dict[tuple[str, str], Invoice] = {}
        for source in {one.incoming.source for one in taken}:
            bodies = [
                one.incoming.body
                for one in taken
                if one.incoming.source == source and isinstance(one.incoming.body, PaymentBody)
            ]
            names = {body.customer for body in bodies}
            parts = {part.invoice for body in bodies for part in body.allocations or ()}
            found = chunk.customers(source, names)
            self.customers |= {(source, name): pk for name, pk in found.items()}
            invoices = chunk.invoices(source, parts)
            self.invoices |= {(source, name): row for name, row in invoices.items()}
        stored = [row.customer_id for rows in self.rows.values() for row in rows]
        billed = [invoice.customer_id for invoice in self.invoices.values()]
        self.owners = Owners({*self.customers.values(), *stored, *billed})
        self.new: list[Payment] = []
        self.changed: list[Payment] = []
        self.stored: list[tuple[Taken, list[Payment], list[_Part]]] = []

    def is_linked(self, one: Taken) -> bool:
        """Say whether a person said that the money came in otherwise: what stands then counts."""
        key = (one.incoming.source, one.incoming.external_id)
        return one.is_known and one.row.document_id is not None and key not in self.rows

    def missing(self, one: Taken, body: PaymentBody) -> tuple[str, Problem] | None:
        """Return what a receipt waits for, and why; None where everything is here."""
        source = one.incoming.source
        if body.customer and not self._is_here(
            Kind.CUSTOMER, self.customers, source, body.customer
        ):
            words = stored("Its customer has not come in yet.")
            problem = Problem(Code.NO_CUSTOMER, "customer", words)
            return waiting_key(Kind.CUSTOMER, body.customer), problem
        for part in body.allocations or ():
            if not self._is_here(Kind.INVOICE, self.invoices, source, part.invoice):
                words = stored("Invoice %(number)s has not come in yet.", number=part.invoice)
                problem = Problem(Code.NO_INVOICE, "allocations", words)
                return waiting_key(Kind.INVOICE, part.invoice), problem
        is_of_nobody = not body.customer and not body.allocations
        if is_of_nobody and (source, one.incoming.external_id) not in self.rows:
            words = stored("It names neither a customer nor an invoice.")
            return "", Problem(Code.NO_CUSTOMER, "customer", words)
        return None

    def _is_here(self, kind: Kind, found: dict[Any, Any], source: str, name: str) -> bool:
        is_promised = self.chunk.is_dry and self.chunk.is_promised(kind, source, name)
        return (source, name) in found or is_promised

    def put(self, one: Taken, body: PaymentBody) -> None:
        """Lay a receipt's parts over the payments that it is already."""
        rows = self.rows.get((one.incoming.source, one.incoming.external_id), [])
        parts = self._parts(one, body, rows)
        if self.chunk.is_dry and not rows:
            self.stored.append((one, [], parts))
            return
        pairs, left, new = _paired(rows, parts)
        planned = [(row, self._values(one, body, part, row)) for row, part in pairs]
        gone = [(row, {"voided_at": self.chunk.now}) for row in left if row.voided_at is None]
        if problem := _over_refunded(planned, gone):
            one.refused([problem])
            return
        changes: dict[str, tuple[str, str]] = {}
        for row, values in [*planned, *gone]:
            if found := changed_fields(row, values):
                set_fields(row, values)
                self.changed.append(row)
                changes |= found
        made = self._made(one, body, new, places=len(rows))
        if made and rows:
            changes["allocations"] = (str(len(rows)), str(len(rows) + len(made)))
        self.stored.append((one, [*(row for row, _ in pairs), *made], parts))
        if rows:
            status = Status.CHANGED if changes else Status.UNCHANGED
            pk = pairs[0][0].pk if len(pairs) == 1 and not made else None
            one.applied(status, pk, changes=changes)

    def _parts(self, one: Taken, body: PaymentBody, rows: Sequence[Payment]) -> list[_Part]:
        """Return what goes where: as said, else as it is, and a deposit of the rest."""
        standing = [row for row in rows if row.voided_at is None]
        is_same = sum((row.amount for row in standing), Decimal(0)) == body.amount
        if body.allocations is None and is_same:
            return [_Part(row.invoice, row.amount) for row in standing]
        parts = [
            _Part(self.invoices.get((one.incoming.source, part.invoice)), part.amount)
            for part in body.allocations or ()
        ]
        rest = body.amount - sum((part.amount for part in parts), Decimal(0))
        return [*parts, _Part(None, rest)] if rest else parts

    def _made(
        self, one: Taken, body: PaymentBody, parts: Sequence[_Part], places: int
    ) -> list[Payment]:
        """Return new payments; the first of a receipt has its id, the next ones a number after."""
        receipt = one.incoming.external_id
        made = [
            Payment(
                business_unit=self.chunk.unit,
                source=one.incoming.source,
                external_id=receipt if place == 0 else f"{receipt[:190]}#{place + 1}",
                receipt=receipt,
                **self._values(one, body, part),
            )
            for place, part in enumerate(parts, places)
        ]
        self.new += made
        return made

    def _values(
        self, one: Taken, body: PaymentBody, part: _Part, row: Payment | None = None
    ) -> dict[str, Any]:
        """Return what a payment is to say; of what is not said, what it says already."""
        invoice = part.invoice
        known = invoice or row
        currency = body.currency or (known.currency if known else self.chunk.unit.currency)
        kind = Payment.Kind.DEPOSIT
        if invoice is not None:
            is_whole = part.amount >= invoice.total
            kind = Payment.Kind.FINAL if is_whole else Payment.Kind.PARTIAL
        return {
            "customer_id": self.owners.of(self._customer(one, body, known), currency, known),
            "invoice_id": invoice.pk if invoice else None,
            "kind": kind.value,
            "method": body.method or (row.method if row else NOT_STATED),
            "amount": part.amount,
            "currency": currency,
            "received_on": body.received_on,
            "reference": body.reference or (row.reference if row else ""),
            "voided_at": self.chunk.now if body.voided else None,
        }

    def _customer(
        self, one: Taken, body: PaymentBody, known: Invoice | Payment | None
    ) -> int | None:
        """Return who paid; where the source names nobody, whose the invoice is."""
        if body.customer:
            return self.customers.get((one.incoming.source, body.customer))
        first = next(iter(body.allocations or ()), None)
        invoice = self.invoices.get((one.incoming.source, first.invoice)) if first else None
        owner = invoice or known
        return owner.customer_id if owner else None

    def void(self, one: Taken) -> None:
        """Void every payment of a receipt that its source deleted."""
        rows = self.rows.get((one.incoming.source, one.incoming.external_id), [])
        standing = [row for row in rows if row.voided_at is None]
        for row in standing:
            row.voided_at = self.chunk.now
            self.changed.append(row)
        status = Status.CHANGED if standing else Status.UNCHANGED
        one.applied(status, one.row.document_id)

    def store(self) -> None:
        """Write all of it in a fixed number of statements."""
        if not self.chunk.is_dry:
            Payment.objects.bulk_create(self.new)
            update_each(self.changed, _COLUMNS)
        for one, rows, parts in self.stored:
            if one.result is None:
                one.applied(Status.CREATED, rows[0].pk if len(rows) == 1 else None)
            self.chunk.came(one, *_waited_for(one, parts))
            if self.chunk.is_dry and isinstance(one.incoming.body, PaymentBody):
                for part in one.incoming.body.allocations or ():
                    self.chunk.promised["paid", one.incoming.source, part.invoice] = None


def _waited_for(one: Taken, parts: Sequence[_Part]) -> set[str]:
    """Return what refunds may wait under for this receipt."""
    invoices = [part.invoice for part in parts if part.invoice is not None]
    names = {name for invoice in invoices for name in (invoice.number, invoice.external_id)}
    paid = {waiting_key("paid", name) for name in names if name}
    return paid | {waiting_key(Kind.PAYMENT, one.incoming.external_id)}


def _rows(chunk: Chunk, taken: Sequence[Taken]) -> dict[tuple[str, str], list[Payment]]:
    """Return the payments that receipts are already, in the order in which they were made."""
    rows = Payment.objects.filter(
        business_unit=chunk.unit,
        source__in={one.incoming.source for one in taken},
        receipt__in={one.incoming.external_id for one in taken},
    ).exclude(receipt="")  # as the index says
    found: dict[tuple[str, str], list[Payment]] = {}
    for row in rows.select_related("invoice").order_by("pk"):
        found.setdefault((row.source, row.receipt), []).append(row)
    return found


def _paired(
    rows: Sequence[Payment], parts: Sequence[_Part]
) -> tuple[list[tuple[Payment, _Part]], list[Payment], list[_Part]]:
    """Return which payment each part is, the payments that none is, and the parts without one.

    A part stays the payment of its invoice; what was applied elsewhere is moved, standing ones
    first.
    """
    left = sorted(rows, key=lambda row: (row.voided_at is not None, row.pk))
    pairs: list[tuple[Payment, _Part]] = []
    unmatched: list[_Part] = []
    for part in parts:
        pk = part.invoice.pk if part.invoice else None
        same = next((row for row in left if row.invoice_id == pk), None)
        if same is None:
            unmatched.append(part)
        else:
            left.remove(same)
            pairs.append((same, part))
    moved = min(len(left), len(unmatched))
    pairs += zip(left[:moved], unmatched[:moved], strict=True)
    return pairs, left[moved:], unmatched[moved:]


def _over_refunded(
    planned: Sequence[tuple[Payment, dict[str, Any]]],
    gone: Sequence[tuple[Payment, dict[str, Any]]],
) -> Problem | None:
    for row, values in [*planned, *gone]:
        amount = values.get("amount", Decimal(0))
        if row.refunded_total > amount:
            words = stored(
                "%(refunded)s of it was refunded, and %(left)s would be left.",
                refunded=(row.refunded_total, row.currency),
                left=(amount, row.currency),
            )
            return Problem(Code.OVER_REFUNDED, "amount", words)
    return None

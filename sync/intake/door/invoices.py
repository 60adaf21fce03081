"""Invoices through the door, with their lines."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sync.exports.customers.twins import Owners
from sync.intake.door.chunk import Chunk, Taken, waiting_key
from sync.intake.door.incoming import Code, InvoiceBody, Kind, LineBody, Problem, Status
from sync.intake.door.rows import changed_fields, set_fields
from sync.models import Invoice, InvoiceLine
from sync.models.sql import insert_each, update_each
from sync.words import stored

# What people map where a source does not tell what was done.
SERVICES = "Services"
_FIELDS = [
    "number", "customer_id", "issued_on", "due_on", "currency", "subtotal", "discount_total",
    "tax_total", "prices_include_tax", "total", "voided_at",
]  # fmt: skip
_COLUMNS = [name.removesuffix("_id") for name in _FIELDS]
_LINE = [
    "service", "description", "quantity", "unit_price", "amount", "taxable", "tax_code",
    "tax_amount",
]  # fmt: skip


def apply(chunk: Chunk, taken: Sequence[Taken]) -> None:
    """Create, change or void invoices; one whose customer is not here yet waits."""
    known = _stored(chunk, taken)
    customers = _customers(chunk, taken)
    used = _numbers(chunk, taken)
    plan = _Plan(chunk, Owners({*customers.values(), *(r.customer_id for r in known.values())}))
    for one in taken:
        row, body = known.get(one.row.document_id or 0), one.incoming.body
        source = one.incoming.source
        if not isinstance(body, InvoiceBody):
            _void(plan, one, row)
        elif (customer := customers.get((source, body.customer))) is None and not (
            chunk.is_dry and chunk.is_promised(Kind.CUSTOMER, source, body.customer)
        ):
            words = stored("Its customer has not come in yet.")
            problem = Problem(Code.NO_CUSTOMER, "customer", words)
            one.waits(waiting_key(Kind.CUSTOMER, body.customer), problem)
        elif _is_used(chunk, used, one, body, row):
            words = stored(
                "Another invoice of %(source)s has the number %(number)s.",
                source=source,
                number=body.number,
            )
            one.refused([Problem(Code.NUMBER_USED, "number", words)])
        else:
            used[source, body.number] = row.pk if row else 0
            plan.put(one, row, body, customer)
    plan.store()


def _stored(chunk: Chunk, taken: Sequence[Taken]) -> dict[int, Invoice]:
    ids = [one.row.document_id for one in taken if one.row.document_id]
    rows = Invoice.objects.filter(pk__in=ids).prefetch_related("lines").order_by("pk")
    if not chunk.is_dry:  # the planner asks under the same lock whether it is as it was confirmed
        rows = rows.select_for_update(no_key=True, of=("self",))
    return {row.pk: row for row in rows}


def _customers(chunk: Chunk, taken: Sequence[Taken]) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for source in {one.incoming.source for one in taken}:
        ids = {
            one.incoming.body.customer
            for one in taken
            if one.incoming.source == source and isinstance(one.incoming.body, InvoiceBody)
        }
        found |= {(source, name): pk for name, pk in chunk.customers(source, ids).items()}
    return found


def _numbers(chunk: Chunk, taken: Sequence[Taken]) -> dict[tuple[str, str], int | None]:
    """Return whose the numbers are that these deliveries bring."""
    numbers = {
        (one.incoming.source, one.incoming.body.number)
        for one in taken
        if isinstance(one.incoming.body, InvoiceBody)
    }
    rows = Invoice.objects.filter(
        business_unit=chunk.unit,
        source__in={source for source, _ in numbers},
        number__in={number for _, number in numbers},
    )
    return {
        (source, number): pk for source, number, pk in rows.values_list("source", "number", "pk")
    }


def _is_used(
    chunk: Chunk,
    used: dict[tuple[str, str], int | None],
    one: Taken,
    body: InvoiceBody,
    row: Invoice | None,
) -> bool:
    """Say whether another invoice of the source has the number."""
    source, pk = one.incoming.source, row and row.pk
    if used.get((source, body.number), pk) != pk:
        return True
    is_promised = chunk.is_dry and chunk.is_promised(Kind.INVOICE, source, body.number)
    return is_promised and row is None and one.incoming.key not in chunk.promised


def _void(plan: "_Plan", one: Taken, row: Invoice | None) -> None:
    if row is None or row.voided_at is not None:
        one.applied(Status.UNCHANGED, row.pk if row else None)
        return
    row.voided_at = plan.chunk.now
    plan.changed.append(row)
    one.applied(Status.CHANGED, row.pk, changes={"voided_at": ("", str(row.voided_at))})


class _Plan:
    """What is to be stored of a chunk's invoices."""

    def __init__(self, chunk: Chunk, owners: Owners) -> None:
        self.chunk = chunk
        self.owners = owners
        self.new: list[tuple[Taken, Invoice]] = []
        self.changed: list[Invoice] = []
        self.lines: list[tuple[Invoice, tuple[LineBody, ...]]] = []
        self.renewed: list[int] = []  # invoices whose lines are replaced

    def put(self, one: Taken, row: Invoice | None, body: InvoiceBody, customer: int | None) -> None:
        """Create or change one."""
        if row is None and self.chunk.is_dry:
            self.promise(one, body.number)
            return
        lines = body.lines if body.lines or _is_kept(row, body) else (_whole(body),)
        values = self._values(row, body, customer) | (_sums(body, lines) if lines else {})
        if row is None:
            invoice = Invoice(
                business_unit=self.chunk.unit,
                source=one.incoming.source,
                external_id=one.incoming.external_id,
                **values,
            )
            self.new.append((one, invoice))
            self.lines.append((invoice, lines))
            return
        changes = changed_fields(row, values)
        if lines and _lines_of(row) != [_line_values(line) for line in lines]:
            changes["lines"] = (str(len(row.lines.all())), str(len(lines)))
            self.renewed.append(row.pk)
            self.lines.append((row, lines))
        if changes:
            set_fields(row, values)
            self.changed.append(row)
        one.applied(Status.CHANGED if changes else Status.UNCHANGED, row.pk, changes=changes)

    def _values(
        self, row: Invoice | None, body: InvoiceBody, customer: int | None
    ) -> dict[str, Any]:
        voided_at = (row.voided_at if row else None) or self.chunk.now if body.voided else None
        currency = body.currency or (row.currency if row else self.chunk.unit.currency)
        return {
            "number": body.number,
            "customer_id": self.owners.of(customer, currency, row),
            "issued_on": body.issued_on,
            "due_on": body.due_on or (row.due_on if row else None),
            "currency": currency,
            "voided_at": voided_at,
        }

    def store(self) -> None:
        """Write all of it in a fixed number of statements."""
        if not self.chunk.is_dry:
            Invoice.objects.bulk_create([row for _, row in self.new])
            update_each(self.changed, _COLUMNS)
            InvoiceLine.objects.filter(invoice__in=self.renewed).delete()
            lines = [
                InvoiceLine(invoice_id=row.pk, position=place, **_line_values(line))
                for row, lines in self.lines
                for place, line in enumerate(lines, 1)
            ]
            insert_each(InvoiceLine, lines, ["invoice", "position", *_LINE])
        for one, row in self.new:
            one.applied(Status.CREATED, row.pk)
            by_number = waiting_key(Kind.INVOICE, row.number)
            self.chunk.came(one, waiting_key(Kind.INVOICE, one.incoming.external_id), by_number)

    def promise(self, one: Taken, number: str) -> None:
        """Note in a dry run that a new one would be here."""
        one.applied(Status.CREATED, None)
        self.chunk.came(one)
        self.chunk.promised[Kind.INVOICE.value, one.incoming.source, number] = None


def _is_kept(row: Invoice | None, body: InvoiceBody) -> bool:
    """Say whether what is stored stands beside a delivery that says only the total."""
    if row is None:
        return False
    tax, discount = body.tax_total, body.discount_total
    return (
        row.total == body.total
        and tax in {None, row.tax_total}
        and discount in {None, row.discount_total}
    )


def _whole(body: InvoiceBody) -> LineBody:
    """Return the one line of an invoice of which only the total is known."""
    tax, discount = body.tax_total or Decimal(0), body.discount_total or Decimal(0)
    return LineBody(body.total - tax + discount, service=SERVICES, taxable=bool(tax))


def _sums(body: InvoiceBody, lines: Sequence[LineBody]) -> dict[str, Any]:
    return {
        "subtotal": sum((line.amount for line in lines), Decimal(0)),
        "discount_total": body.discount_total or Decimal(0),
        "tax_total": body.tax_total or Decimal(0),
        "prices_include_tax": body.prices_include_tax,
        "total": body.total,
    }


def _line_values(line: LineBody) -> dict[str, Any]:
    values = {name: getattr(line, name) for name in _LINE}
    price = line.amount if line.unit_price is None else line.unit_price
    # Of a line that only states its amount, one is sold at that price.
    return values | {
        "service": line.service or SERVICES,
        "unit_price": price,
        "quantity": Decimal(1) if line.unit_price is None else line.quantity,
    }


def _lines_of(row: Invoice) -> list[dict[str, Any]]:
    lines = sorted(row.lines.all(), key=lambda line: (line.position, line.pk))
    return [{name: getattr(line, name) for name in _LINE} for line in lines]

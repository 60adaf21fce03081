"""Customers through the door."""

from collections.abc import Mapping, Sequence

from sync.exports.customers import twins
from sync.intake.door.chunk import Chunk, Taken, waiting_key
from sync.intake.door.incoming import CustomerBody, Kind, Status
from sync.intake.door.rows import changed_fields, set_fields
from sync.models import Customer
from sync.models.sql import update_each

_FIELDS = [
    "display_name", "given_name", "family_name", "company_name", "email", "phone", "address",
    "city", "region", "postal_code", "country",
]  # fmt: skip


def apply(chunk: Chunk, taken: Sequence[Taken]) -> None:
    """Create or change customers; one that its source deleted stays, as its documents need it."""
    stored = _stored(chunk, taken)
    new: list[tuple[Taken, Customer]] = []
    changed: list[Customer] = []
    for one in taken:
        row = stored.get((one.incoming.source, one.incoming.external_id))
        body = one.incoming.body
        if not isinstance(body, CustomerBody):
            one.applied(Status.UNCHANGED, row.pk if row else None)
            continue
        values = _said(body)
        if row is None:
            new.append((one, _customer(chunk, one, values)))
        elif changes := changed_fields(row, _to_change(row, one, values)):
            set_fields(row, {name: values[name] for name in changes})
            changed.append(row)
            one.applied(Status.CHANGED, row.pk, changes=changes)
        else:
            one.applied(Status.UNCHANGED, row.pk)
    _store(chunk, taken, new, changed)


def _stored(chunk: Chunk, taken: Sequence[Taken]) -> dict[tuple[str, str], Customer]:
    """Return the customers that are here already: delivered, or said to be one of ours."""
    pks: dict[tuple[str, str], int] = {}
    for one in taken:
        body = one.incoming.body
        if isinstance(body, CustomerBody) and body.same_as is not None:
            pks[one.incoming.source, one.incoming.external_id] = body.same_as
    for source in {one.incoming.source for one in taken}:
        ids = [one.incoming.external_id for one in taken if one.incoming.source == source]
        pks |= {(source, name): pk for name, pk in chunk.customers(source, ids).items()}
    ours = Customer.objects.filter(business_unit=chunk.unit)
    rows = {row.pk: row for row in ours.filter(pk__in=set(pks.values()))}
    return {key: rows[pk] for key, pk in pks.items() if pk in rows}


def _said(body: CustomerBody) -> dict[str, str]:
    values = {name: getattr(body, name) for name in _FIELDS if name != "display_name"}
    return {name: text for name, text in values.items() if text} | {
        "display_name": body.name.strip()
    }


def _to_change(row: Customer, one: Taken, said: Mapping[str, str]) -> Mapping[str, str]:
    """Of a customer that another source or a person made, fill only what is empty."""
    if row.source == one.incoming.source:
        return said
    return {name: text for name, text in said.items() if not getattr(row, name)}


def _customer(chunk: Chunk, one: Taken, values: Mapping[str, str]) -> Customer:
    return Customer(
        business_unit=chunk.unit,
        source=one.incoming.source,
        external_id=one.incoming.external_id,
        **values,
    )


def _store(
    chunk: Chunk,
    taken: Sequence[Taken],
    new: Sequence[tuple[Taken, Customer]],
    changed: Sequence[Customer],
) -> None:
    if not chunk.is_dry:
        Customer.objects.bulk_create([row for _, row in new])
        update_each(changed, _FIELDS)
        twins.follow(changed)
    for one, row in new:
        one.applied(Status.CREATED, row.pk)
    for one in taken:
        chunk.came(one, waiting_key(Kind.CUSTOMER, one.incoming.external_id))

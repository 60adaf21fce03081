"""What the door knows while it takes a few hundred deliveries of one unit in."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone

from sync.intake.door.incoming import Incoming, Kind, Problem, Result, Status
from sync.models import BusinessUnit, Customer, Delivery, Invoice

Key = tuple[str, str, str]  # kind, source, external id
Promised = dict[Key, int | None]  # with our row, where there is one already


@dataclass(slots=True)
class Fresh:
    """A Delivery before it is stored; a model of each would cost more than all else."""

    business_unit_id: int
    brought_by_id: int | None
    kind: str
    source: str
    external_id: str
    version: int | None
    observed_at: datetime
    digest: str
    received_at: datetime
    state: str = ""
    document_id: int | None = None
    waits_for: str = ""
    problems: list[list[str]] = field(default_factory=list)
    body: dict[str, Any] | None = None

    @property
    def pk(self) -> None:
        """Return the key that it does not have yet."""


@dataclass(slots=True)
class Taken:
    """One delivery on its way through the door."""

    incoming: Incoming
    row: Delivery | Fresh
    digest: str  # of what came
    result: Result | None = None

    @property
    def is_known(self) -> bool:
        """Say whether it was taken in before."""
        return self.row.pk is not None and self.row.state == Delivery.State.APPLIED

    def applied(self, status: Status, document_id: int | None, **more: object) -> None:
        """Note that it is in."""
        self.row.state, self.row.document_id = Delivery.State.APPLIED, document_id
        self.row.waits_for, self.row.problems = "", []
        self.result = Result(status, document_id=document_id, **more)  # type: ignore[arg-type]

    def waits(self, waits_for: str, problem: Problem) -> None:
        """Note that it waits in sight for something that is not here yet."""
        self.row.state, self.row.waits_for = Delivery.State.WAITING, waits_for
        self._stopped(Status.WAITING, [problem])

    def refused(self, problems: Iterable[Problem]) -> None:
        """Note why it cannot be taken in."""
        self.row.state, self.row.waits_for = Delivery.State.REFUSED, ""
        self._stopped(Status.REFUSED, list(problems))

    def _stopped(self, status: Status, problems: list[Problem]) -> None:
        self.row.problems = [[p.code.value, p.field, p.words] for p in problems]
        self.result = Result(status, tuple(problems), document_id=self.row.document_id)


@dataclass(slots=True)
class Chunk:
    """A few hundred deliveries of one unit, and what they refer to."""

    unit: BusinessUnit
    promises: Promised | None  # in a dry run: what would be there by now
    brought_by: int | None = None
    now: datetime = field(default_factory=timezone.now)
    found_here: Promised = field(default_factory=dict)
    arrived: set[str] = field(default_factory=set)  # what something may have waited for

    @property
    def is_dry(self) -> bool:
        """Say whether nothing is to be stored."""
        return self.promises is not None

    @property
    def promised(self) -> Promised:
        """Return what a dry run would have taken in; empty in any other."""
        return {} if self.promises is None else self.promises

    @property
    def linked(self) -> Promised:
        """Return the customers found here before their deliveries are stored."""
        return self.found_here if self.promises is None else self.promises

    def documents(self, kind: Kind, source: str, ids: Collection[str]) -> dict[str, int]:
        """Return our rows of a source's things, by its ids."""
        rows = Delivery.objects.filter(
            business_unit=self.unit,
            kind=kind,
            source=source,
            external_id__in=ids,
            state=Delivery.State.APPLIED,
            document_id__isnull=False,
        )
        return dict(rows.values_list("external_id", "document_id"))  # type: ignore[arg-type]

    def customers(self, source: str, ids: Collection[str]) -> dict[str, int]:
        """Return our customers by the source's ids, those it did not deliver here too."""
        rows = Customer.objects.filter(business_unit=self.unit, source=source, external_id__in=ids)
        known = dict(rows.values_list("external_id", "pk"))
        keys = ((name, (Kind.CUSTOMER.value, source, name)) for name in ids)
        linked = {name: pk for name, key in keys if (pk := self.linked.get(key)) is not None}
        return linked | known | self.documents(Kind.CUSTOMER, source, ids)

    def invoices(self, source: str, names: Collection[str]) -> dict[str, Invoice]:
        """Return our invoices by the source's ids, or by the numbers it gave them."""
        pks = self.documents(Kind.INVOICE, source, names)
        by_pk = Invoice.objects.in_bulk(list(pks.values()))
        found = {name: by_pk[pk] for name, pk in pks.items() if pk in by_pk}
        rest = set(names) - found.keys()
        if not rest:
            return found
        rows = Invoice.objects.filter(business_unit=self.unit, number__in=rest)
        # The source's own first; a number that two other sources gave says nothing.
        others: dict[str, list[Invoice]] = {}
        for row in rows:
            others.setdefault(row.number, []).append(row)
        for number, same in others.items():
            own = [row for row in same if row.source == source]
            if len(own or same) == 1:
                found[number] = (own or same)[0]
        return found

    def came(self, one: Taken, *keys: str) -> None:
        """Note that a thing is here, for those that waited for it under these keys."""
        self.linked[one.incoming.key] = one.row.document_id
        if one.result is not None and one.result.status == Status.UNCHANGED:
            return
        self.arrived.update(keys)

    def is_promised(self, kind: Kind, source: str, name: str) -> bool:
        """Say whether a dry run would have taken that in by now."""
        return (kind.value, source, name) in self.promised


def waiting_key(kind: Kind | str, name: str) -> str:
    """Return what a delivery waits under, and what an arrival tells of."""
    return f"{kind}:{name}"

"""Vonigo as `interface.Source`: franchises feed units; clients, invoices, payments are read."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from sync.intake.door.incoming import Kind
from sync.intake.sources.interface import (
    Account,
    Ask,
    Capabilities,
    Cursor,
    Entry,
    Look,
    Place,
    Pulled,
    Unreadable,
    read_each,
)
from sync.intake.sources.vonigo import clocks, passes, schema
from sync.intake.sources.vonigo.client import TENANT, Client, sealed
from sync.intake.sources.vonigo.looking import franchises, look_into
from sync.intake.sources.vonigo.mapping import NAME, Reading
from sync.intake.sources.vonigo.records import Record
from sync.intake.sources.vonigo.values import id_of, is_true, text_of
from sync.words import stored

EDITED = "2"  # dateMode
_PAGE = {"clients": 200, "invoices": 50, "payments": 200}
_TYPES = {
    "clients": (schema.CLIENT, Kind.CUSTOMER),
    "invoices": (schema.INVOICE, Kind.INVOICE),
    "payments": (schema.PAYMENT, Kind.PAYMENT),
}
_HALF_A_DAY = timedelta(hours=14)


class Vonigo:
    """The source itself; it keeps nothing."""

    name = NAME
    label = "Vonigo"
    capabilities = Capabilities(edited_times=True, deletions=False, refunds=True)
    streams: Mapping[str, Sequence[Kind]] = {
        "clients": (Kind.CUSTOMER,),
        "invoices": (Kind.INVOICE,),
        "payments": (Kind.PAYMENT, Kind.REFUND),
    }
    entries = (
        Entry(
            "tenant",
            stored("Tenant"),
            stored("the first part of your Vonigo address, as in acme.vonigo.com"),
            pattern=TENANT.pattern,
        ),
        Entry("company", stored("Company"), stored("as you sign in to Vonigo")),
        Entry(
            "user",
            stored("User name"),
            stored("a user of Vonigo that may read invoices and payments"),
        ),
        Entry(
            "password",
            stored("Password"),
            stored("kept encrypted, and only in the form that Vonigo takes"),
            is_secret=True,
            sealed=sealed,
        ),
    )

    def places(self, account: Account) -> list[Place]:
        """Return the tenant's franchises."""
        with _signed_in(account) as client:
            rows = franchises(client)
        places = [
            Place(id_of(row.get("franchiseID")), text_of(row.get("franchiseName")),
                  is_true(row.get("isActive", True)))
            for row in rows
        ]  # fmt: skip
        return [place for place in places if place.id]

    def look(self, account: Account) -> Look:
        """Find the fields, their clocks and what the statuses mean."""
        with _signed_in(account) as client:
            client.choose(account.place)
            return look_into(client, account, timezone.now())

    @contextmanager
    def open(self, account: Account) -> Iterator["VonigoReader"]:
        """Sign in for one franchise."""
        with _signed_in(account) as client:
            client.choose(account.place)
            yield VonigoReader(client, account)


@contextmanager
def _signed_in(account: Account) -> Iterator[Client]:
    client = Client(account.options, account.secrets, account.beat)
    try:
        client.sign_in()
        yield client
    finally:
        client.close()


class VonigoReader:
    """Reads the lists of one franchise."""

    def __init__(self, client: Client, account: Account) -> None:
        self._client, self._account = client, account
        self._options = self._read_options()
        self._of_clients: dict[tuple[int, str], list[Record]] = {}

    @property
    def calls(self) -> int:
        """Return how many requests were made."""
        return self._client.calls

    def pull(self, stream: str, cursor: Cursor | None, ask: Ask) -> Pulled:
        """Read one page, and check then that the fields are still what was confirmed."""
        now = timezone.now()
        this = passes.begin(cursor, ask, self._account.zone, now)
        object_type, kind = _TYPES[stream]
        listed = self._list(stream, this)
        records = [Record(object_type, said, self._account.answers) for said in listed]
        ids = [record.id for record in records]
        if this.is_over(ids):
            return _over(this)
        inside = [record for record in records if self._is_inside(record, this)]
        self._of_clients = {}
        reading = Reading(
            self._account.answers, self._account.zone, self._options, self._charges,
            self._of_client, now,
        )  # fmt: skip
        read = {"clients": reading.client, "invoices": reading.invoice}.get(stream, reading.payment)
        deliveries, refused = read_each(inside, read, lambda record: (kind, record.id))
        self._require_unmoved(object_type)
        this.see(ids)
        return Pulled(
            deliveries, asdict(this), done=False, refused=refused,
            outside=len(records) - len(inside),
        )  # fmt: skip

    def _list(self, stream: str, this: passes.Pass) -> list[Mapping[str, Any]]:
        asked = {"pageNo": str(this.page), "pageSize": str(_PAGE[stream])}
        if (start := this.start_moment()) is not None:
            seconds = clocks.as_local_seconds(start, self._account.zone)
            if isinstance(offset := self._account.known.get("offset"), int):
                # Whichever of the two clocks is behind: nothing is left out where they differ.
                seconds = min(seconds, int(start.timestamp()) + offset * 3600)
            far = clocks.as_local_seconds(timezone.now() + timedelta(days=366), self._account.zone)
            asked |= {"dateMode": EDITED, "dateStart": str(seconds), "dateEnd": str(far)}
        name = stream.capitalize()
        said = self._client.call(f"data/{name}/", method="0", isCompleteObject="true", **asked)
        return [row for row in said.get(name) or () if isinstance(row, dict)]

    def _charges(self, work_order: str) -> list[Record]:
        rows = self._client.whole_list("charges", workOrderID=work_order)
        records = [Record(schema.CHARGE, row, self._account.answers) for row in rows]
        # The filter may be ignored: only what names the order is of it.
        return [each for each in records if work_order in each.related(schema.WORK_ORDER)]

    def _of_client(self, object_type: int, client: str) -> list[Record]:
        """Return a client's invoices or payments, read once a page."""
        if (object_type, client) not in self._of_clients:
            name = "invoices" if object_type == schema.INVOICE else "payments"
            rows = self._client.whole_list(name, clientID=client)
            records = [Record(object_type, row, self._account.answers) for row in rows]
            self._of_clients[object_type, client] = [
                each for each in records if client in each.related(schema.CLIENT)
            ]
        return self._of_clients[object_type, client]

    def _is_inside(self, record: Record, this: passes.Pass) -> bool:
        """Say whether an object is the unit's, and of the time that was asked for."""
        franchises = record.related(schema.FRANCHISE)
        by_session = self._account.answers.get("franchise") == "session"
        if self._account.place not in franchises and (franchises or not by_session):
            return False
        start, edited = this.start_moment(), _edited(record)
        # By whichever clock it was edited, it lies before: it is not of this pass.
        return start is None or edited is None or edited > start - _HALF_A_DAY

    def _require_unmoved(self, object_type: int) -> None:
        types = {object_type}
        if object_type == schema.INVOICE:
            types.add(schema.CHARGE)
        if self._of_clients:
            types |= {schema.INVOICE, schema.PAYMENT}
        for each in sorted(types):
            fields = schema.read_fields(self._client, each)
            schema.require_unmoved(each, fields, self._account.answers, self._account.known)

    def _read_options(self) -> dict[str, str]:
        field_id = self._account.answers.get("payment.method", "")
        return schema.read_options(self._client, field_id) if field_id else {}


def _edited(record: Record) -> datetime | None:
    try:
        return clocks.written(record.edited)
    except Unreadable:
        return None


def _over(this: passes.Pass) -> Pulled:
    if this.is_steady or this.tries >= passes.MOST_TRIES:
        return Pulled([], passes.ended(this), done=True, is_whole=this.is_steady)
    return Pulled([], this.again(), done=False)

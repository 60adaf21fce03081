"""JSON lines as `interface.Source`: one object a line, with its version; deletions are told.

GET ADDRESS/STREAM?franchise=ID&after=CURSOR&limit=N with a bearer key answers lines in the order in
which they were edited: `id`, `version`, and the rest as `_BODIES` reads it, money as text. It calls
when something changed, with the hex HMAC-SHA256 of the call's body by the key in a header.
"""

import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings
from django.utils import timezone

from sync.intake.door.incoming import (
    Allocation,
    CustomerBody,
    Incoming,
    InvoiceBody,
    Kind,
    LineBody,
    PaymentBody,
    RefundBody,
    Tombstone,
)
from sync.intake.sources.interface import (
    Account,
    Ask,
    Capabilities,
    Cursor,
    Entry,
    Look,
    Place,
    Pulled,
    SignInRefused,
    SourceAway,
    Unreadable,
    read_each,
)
from sync.quickbooks.transport import BROKEN, DeadlineSession
from sync.words import stored

_PAGE = 500
SIGNATURE = "X-Lines-Signature"
_KINDS = {"customers": Kind.CUSTOMER, "invoices": Kind.INVOICE, "payments": Kind.PAYMENT}
Line = Mapping[str, Any]


class Lines:
    """The source itself; it keeps nothing."""

    name = "lines"
    label = stored("JSON lines")
    capabilities = Capabilities(edited_times=True, deletions=True, refunds=True, calls=True)
    streams: Mapping[str, Sequence[Kind]] = {
        "customers": (Kind.CUSTOMER,),
        "invoices": (Kind.INVOICE,),
        "payments": (Kind.PAYMENT, Kind.REFUND),
    }
    entries = (
        Entry(
            "part",
            stored("Part"),
            stored("the number of the part that is read"),
            pattern=r"\d{1,9}",
        ),
        Entry("key", stored("Key"), stored("kept encrypted"), is_secret=True),
    )

    def places(self, account: Account) -> list[Place]:
        """Return the one part that was named."""
        with self.open(account) as reader:
            reader.ask("customers", "0:0", 1)
        part = account.options["part"]
        return [Place(part, stored("Part %(part)s", part=part))]

    def look(self, account: Account) -> Look:
        """Nothing is left open: what a line means is fixed."""
        return Look(known={"lines": 1})

    def is_its_own(self, account: Account, headers: Mapping[str, str], body: bytes) -> bool:
        """Say whether a call is signed with the key."""
        key = account.secrets.get("key", "")
        expected = hmac.new(key.encode(), body, "sha256").hexdigest()
        given = headers.get(SIGNATURE, "").encode("utf-8", "replace")
        return bool(key) and hmac.compare_digest(expected.encode(), given)

    @contextmanager
    def open(self, account: Account) -> Iterator["LinesReader"]:
        """Sign in: each request bears the key."""
        session = DeadlineSession()
        try:
            yield LinesReader(session, account)
        finally:
            session.close()


class LinesReader:
    """Reads the lines of one part."""

    def __init__(self, session: DeadlineSession, account: Account) -> None:
        self._session, self._account = session, account
        self.calls = 0

    def pull(self, stream: str, cursor: Cursor | None, ask: Ask) -> Pulled:
        """Read a page; the cursor is the last line's version and id."""
        after = cursor["after"] if cursor else "0:0"
        if cursor is None and ask.since is not None:
            moment = datetime.combine(ask.since, time(), self._account.zone)
            after = f"{int(moment.timestamp() * 1_000_000)}:0"
        lines = self.ask(stream, after, _PAGE)
        kind = _KINDS[stream]
        deliveries, refused = read_each(lines, _reader(kind), lambda line: (kind, line["id"]))
        if lines:
            after = f"{lines[-1]['version']}:{lines[-1]['id']}"
        return Pulled(deliveries, {"after": after}, len(lines) < _PAGE, refused)

    def ask(self, stream: str, after: str, limit: int) -> list[Line]:
        """Return lines that follow. Raises SignInRefused or SourceAway."""
        self._account.beat()
        self.calls += 1
        asked = {"franchise": self._account.options["part"], "after": after, "limit": str(limit)}
        headers = {"Authorization": f"Bearer {self._account.secrets['key']}"}
        address = f"{settings.LINES_URL}/{stream}"
        try:
            answer = self._session.get(address, params=asked, headers=headers)
        except BROKEN as broken:
            raise SourceAway(
                stored("It does not answer (%(error)s).", error=type(broken).__name__)
            ) from None
        if answer.status_code == 401:
            raise SignInRefused(stored("It refuses the key."))
        if answer.status_code != 200:
            raise SourceAway(stored("It answers %(status)s.", status=answer.status_code))
        lines = [json.loads(line, parse_float=Decimal) for line in answer.text.splitlines()]
        if not all(isinstance(line.get("version"), int) and line.get("id") for line in lines):
            raise SourceAway(stored("It answers lines without id or version."))
        return lines


def _reader(kind: Kind) -> Any:
    def read(line: Line) -> list[Incoming]:
        if line.get("deleted"):
            return _says(line, *_TOMBSTONES[kind])
        try:
            return _says(line, *_BODIES[kind](line))
        except (KeyError, ValueError, InvalidOperation) as error:
            words = stored("The line is not whole (%(error)s).", error=type(error).__name__)
            raise Unreadable("NOT_WHOLE", words) from None

    return read


def _says(line: Line, *bodies: Any) -> list[Incoming]:
    """Return what a line says; what it says of a refund has an id of its own."""
    return [
        Incoming(
            source=Lines.name,
            external_id=f"{line['id']}-refund" if _is_refund(body) else line["id"],
            observed_at=timezone.now(),
            version=line["version"],
            body=body,
        )
        for body in bodies
    ]


def _is_refund(body: Any) -> bool:
    return isinstance(body, RefundBody) or body == Tombstone(Kind.REFUND)


def _customer(line: Line) -> list[Any]:
    return [CustomerBody(line["name"], email=line["email"], phone=line["phone"])]


def _invoice(line: Line) -> list[Any]:
    lines = tuple(
        LineBody(
            Decimal(each["quantity"]) * Decimal(each["unit_price"]),
            service=each["service"],
            quantity=Decimal(each["quantity"]),
            unit_price=Decimal(each["unit_price"]),
        )
        for each in line["lines"]
    )
    body = InvoiceBody(
        number=line["number"],
        customer=line["customer"],
        issued_on=date.fromisoformat(line["issued_on"]),
        due_on=date.fromisoformat(line["due_on"]) if line["due_on"] else None,
        lines=lines,
        discount_total=Decimal(line["discount"]),
        tax_total=Decimal(line["tax"]),
        total=Decimal(line["total"]),
        voided=line["void"],
    )
    return [body]


def _payment(line: Line) -> list[Any]:
    amount = Decimal(line["amount"])
    body = PaymentBody(
        amount=amount,
        received_on=date.fromisoformat(line["received_on"]),
        customer=line["customer"],
        method=line["method"],
        reference=line["reference"],
        allocations=(Allocation(line["invoice"], amount),) if line["invoice"] else (),
        voided=line["void"],
    )
    if not line["refunded"]:
        return [body, Tombstone(Kind.REFUND)]
    day = date.fromisoformat(line["refunded_on"])
    refund = RefundBody(amount=Decimal(line["refunded"]), refunded_on=day, payment=line["id"])
    return [body, refund]


_BODIES = {Kind.CUSTOMER: _customer, Kind.INVOICE: _invoice, Kind.PAYMENT: _payment}
_TOMBSTONES = {
    Kind.CUSTOMER: [Tombstone(Kind.CUSTOMER)],
    Kind.INVOICE: [Tombstone(Kind.INVOICE)],
    Kind.PAYMENT: [Tombstone(Kind.REFUND), Tombstone(Kind.PAYMENT)],
}

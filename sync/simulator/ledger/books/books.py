"""One company's books as one request sees them: documents, numbers, names, preferences."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from sync.simulator.ledger.books.types import Company
from sync.simulator.state.switches import Switches
from sync.simulator.wire import PACIFIC, Json, parse_json, short_time, to_json

NAMES = ("Customer", "Vendor", "Employee")
NAME_PROPERTY = {
    **dict.fromkeys((*NAMES, "TaxAgency"), "DisplayName"),
    **dict.fromkeys(("Item", "Account", "Class", "Department"), "FullyQualifiedName"),
    **dict.fromkeys(("PaymentMethod", "Term", "TaxCode", "TaxRate"), "Name"),
    "CompanyCurrency": "Code",
}
TRANSACTIONS = (
    "Invoice",
    "Payment",
    "SalesReceipt",
    "CreditMemo",
    "RefundReceipt",
    "Deposit",
    "Purchase",
    "JournalEntry",
)
COLUMNS = "id, state, body, hidden"


@dataclass(frozen=True, slots=True)
class Document:
    """One entity as stored: what clients see (`body`) and what they do not (`hidden`).

    Bodies are shared between requests' steps: never change one in place, make another.
    """

    kind: str
    id: str
    body: Json
    state: str = "active"
    hidden: Json = field(default_factory=dict)

    @property
    def name(self) -> str | None:
        """The name that must be unique, folded for comparison."""
        prop = NAME_PROPERTY.get(self.kind)
        value = self.body.get(prop) if prop else None
        return None if value is None else str(value).casefold()

    @property
    def number(self) -> str | None:
        """The document number, where there is one, folded for comparison."""
        value: str | None = self.body.get("DocNumber")
        return None if value is None else value.casefold()

    @property
    def customer(self) -> str | None:
        """The customer a transaction is with."""
        return ref_value(self.body, "CustomerRef")


def ref_value(body: Json, name: str) -> str | None:
    """The id a reference property holds, if any."""
    reference = body.get(name)
    return None if reference is None else str(reference["value"])


class Books:
    """What one request reads and changes; nothing reaches the file before `flush`.

    A batch stages each item: `keep` makes its changes visible to later items' checks (not to
    their references: `fresh`), `drop` forgets them.
    """

    def __init__(
        self, connection: sqlite3.Connection, company: Company, switches: Switches, now: datetime
    ) -> None:
        """Open the books of a company at a moment."""
        self.connection = connection
        self.company = company
        self.realm_id = company.realm_id
        self.switches = switches
        self.now = now
        self.stamp = short_time(now)
        self.is_plain = False  # whether all that the request says is ASCII
        self.fresh: set[tuple[str, str]] = set()
        self.events: list[tuple[str, str, str]] = []
        self._read: dict[tuple[str, str], Document | None] = {}
        self._changed: dict[tuple[str, str], Document] = {}
        self._staged: dict[tuple[str, str], Document] = {}
        self._staged_events: list[tuple[str, str, str]] = []
        self._texts: dict[tuple[str, str], tuple[Document, str]] = {}
        self._sequences: dict[str, str] = {}
        self._staged_sequences: dict[str, str] = {}

    @property
    def today(self) -> date:
        """The server's date, which transactions without one get."""
        return self.now.astimezone(PACIFIC).date()

    @property
    def is_us(self) -> bool:
        """Whether the company is in the United States, whose sales tax differs."""
        return self.company.country == "US"

    @cached_property
    def preferences(self) -> Json:
        """The company's preferences as they were when the request began."""
        document = self.get("Preferences", "1")
        return document.body if document else {}

    def preference(self, section: str, name: str) -> Any:
        """One preference, None where unset."""
        return self.preferences.get(section, {}).get(name)

    @property
    def home_currency(self) -> str:
        """The currency the books are kept in."""
        return self.company.currency

    @property
    def multicurrency(self) -> bool:
        """Whether documents may be in other currencies."""
        return bool(self.preference("CurrencyPrefs", "MultiCurrencyEnabled"))

    def get(self, kind: str, id_: str) -> Document | None:
        """A document in any state, as this request has left it."""
        key = (kind, id_)
        if key in self._staged:
            return self._staged[key]
        if key in self._changed:
            return self._changed[key]
        if key not in self._read:
            self._read[key] = self._load(kind, id_)
        return self._read[key]

    def live(self, kind: str, id_: str) -> Document | None:
        """A document that was not deleted."""
        document = self.get(kind, id_)
        return None if document is None or document.state == "deleted" else document

    def put(self, document: Document) -> None:
        """Stage a document, new or changed."""
        self._staged[document.kind, document.id] = document

    def amend(self, document: Document, **properties: Any) -> Document:
        """Stage a document with some properties replaced; None removes one."""
        body = document.body | properties
        if None in properties.values():
            body = {name: value for name, value in body.items() if value is not None}
        amended = Document(document.kind, document.id, body, document.state, document.hidden)
        self.put(amended)
        return amended

    def tell(self, kind: str, id_: str, operation: str) -> None:
        """Stage an event for whoever listens to changes."""
        self._staged_events.append((kind, id_, operation))

    def keep(self) -> None:
        """Accept what was staged."""
        self._changed.update(self._staged)
        self.events += self._staged_events
        self.fresh |= {(kind, id_) for kind, id_, what in self._staged_events if what == "Create"}
        self._sequences.update(self._staged_sequences)
        self.drop()

    def drop(self) -> None:
        """Forget what was staged."""
        self._staged, self._staged_events, self._staged_sequences = {}, [], {}

    def text(self, document: Document) -> str:
        """The body as JSON text, written once for the answer and the file."""
        key = (document.kind, document.id)
        known = self._texts.get(key)
        if known is None or known[0] is not document:
            known = self._texts[key] = (document, to_json(document.body))
        return known[1]

    def flush(self) -> None:
        """Write all kept changes to the file, inside the caller's transaction."""
        micros = int(self.now.timestamp() * 1_000_000)
        self.connection.executemany(
            "INSERT OR REPLACE INTO ledger_document VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
            [self._row(document, micros) for document in self._changed.values()],
        )
        self.connection.executemany(
            "INSERT OR REPLACE INTO ledger_sequence VALUES (?,?,?)",
            [(self.realm_id, name, value) for name, value in self._sequences.items()],
        )

    def _row(self, document: Document, micros: int) -> tuple[Any, ...]:
        unchanged = document.body.get("MetaData", {}).get("LastUpdatedTime") != self.stamp
        updated = _micros(document.body) if unchanged else micros
        return (
            self.realm_id,
            document.kind,
            document.id,
            int(document.id) if document.id.isdigit() else 0,
            document.state,
            document.name,
            document.number,
            document.customer,
            document.body.get("TxnDate"),
            updated,
            self.text(document),
            to_json(document.hidden),
        )

    def sequence(self, name: str) -> str | None:
        """The last value of a named sequence."""
        if name in self._staged_sequences:
            return self._staged_sequences[name]
        if name not in self._sequences:
            row = self.connection.execute(
                "SELECT value FROM ledger_sequence WHERE realm_id = ? AND name = ?",
                (self.realm_id, name),
            ).fetchone()
            if row is None:
                return None
            self._sequences[name] = row[0]
        return self._sequences[name]

    def set_sequence(self, name: str, value: str) -> None:
        """Remember the last value of a sequence."""
        self._staged_sequences[name] = value

    def next_id(self, kind: str) -> str:
        """A new id; names share one series and transactions another, as in QuickBooks."""
        value = int(self.sequence(_series(kind)) or 0) + 1
        self.set_last_id(kind, value)
        return str(value)

    def set_last_id(self, kind: str, value: int) -> None:
        """Let new ids of a kind begin after this one."""
        self.set_sequence(_series(kind), str(value))

    def raise_last_id(self, kind: str, value: int) -> None:
        """Let new ids of a kind begin after this one, unless they are further already."""
        self.set_last_id(kind, max(value, int(self.sequence(_series(kind)) or 0)))

    def named(self, kind: str, name: str) -> Document | None:
        """The document, not deleted, that holds a unique name."""
        return self._holder(kind, "name", name.casefold())

    def numbered(self, kind: str, number: str) -> Document | None:
        """A document, not deleted, with this number."""
        return self._holder(kind, "number", number.casefold())

    def of_customer(self, kind: str, customer: str) -> Iterator[Document]:
        """A customer's documents of a kind that were not deleted, oldest first."""
        yield from sorted(self._matching(kind, "customer", customer), key=lambda d: int(d.id))

    def every(self, kind: str) -> Iterator[Document]:
        """All documents of a kind that were not deleted, as this request has left them."""
        rows = self.connection.execute(
            "SELECT id FROM ledger_document WHERE realm_id = ? AND kind = ?"
            " AND state <> 'deleted' ORDER BY seq",
            (self.realm_id, kind),
        ).fetchall()
        ids = dict.fromkeys(row[0] for row in rows)
        ids |= dict.fromkeys(each.id for each in self._unwritten() if each.kind == kind)
        for id_ in ids:
            document = self.live(kind, id_)
            if document is not None:
                yield document

    def holding(self, needle: str) -> Iterator[Document]:
        """Documents, not deleted, whose JSON text holds a piece of text."""
        rows = self.connection.execute(
            "SELECT kind, id FROM ledger_document WHERE realm_id = ? AND instr(body, ?)",
            (self.realm_id, needle),
        ).fetchall()
        keys = dict.fromkeys((kind, id_) for kind, id_ in rows)
        keys |= dict.fromkeys((each.kind, each.id) for each in self._unwritten())
        for kind, id_ in keys:
            document = self.live(kind, id_)
            if document is not None and needle in self.text(document):
                yield document

    def _holder(self, kind: str, column: str, value: str) -> Document | None:
        return next(iter(self._matching(kind, column, value)), None)

    def _matching(self, kind: str, column: str, value: str) -> Iterator[Document]:
        found = [d for d in self._unwritten() if d.kind == kind and getattr(d, column) == value]
        seen = {document.id for document in found}
        rows = self.connection.execute(
            f"SELECT id FROM ledger_document WHERE realm_id = ? AND kind = ? AND {column} = ?",  # noqa: S608
            (self.realm_id, kind, value),
        ).fetchall()
        found += [d for (id_,) in rows if id_ not in seen and (d := self.get(kind, id_))]
        for document in found:
            if document.state != "deleted" and getattr(document, column) == value:
                yield document

    def _unwritten(self) -> list[Document]:
        return list((self._changed | self._staged).values())

    def unwritten(self, kind: str) -> list[Document]:
        """Documents of a kind that this request made or changed."""
        return [each for each in self._unwritten() if each.kind == kind]

    def _load(self, kind: str, id_: str) -> Document | None:
        row = self.connection.execute(
            f"SELECT {COLUMNS} FROM ledger_document WHERE realm_id = ? AND kind = ? AND id = ?",  # noqa: S608
            (self.realm_id, kind, id_),
        ).fetchone()
        return None if row is None else document_of(kind, row)


def document_of(kind: str, row: tuple[str, str, str, str]) -> Document:
    """Build a document from its row's id, state, body and hidden columns."""
    return Document(kind, row[0], parse_json(row[2]), row[1], parse_json(row[3]))


def _series(kind: str) -> str:
    return f"id:{'name' if kind in NAMES else 'txn' if kind in TRANSACTIONS else kind}"


def _micros(body: Json) -> int:
    moment = datetime.fromisoformat(body["MetaData"]["LastUpdatedTime"])
    return int(moment.timestamp() * 1_000_000)

"""The ledger's front door: one API request in, one answer out, one transaction."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from sqlite3 import Connection
from typing import Protocol, TypeVar

from sync.simulator.ledger.books import faults
from sync.simulator.ledger.books.books import COLUMNS, Books, Document, document_of
from sync.simulator.ledger.books.faults import RequestFault
from sync.simulator.ledger.books.types import ApiRequest, ApiResponse, ChangeHook, Company
from sync.simulator.ledger.lists.merging import merge, retire
from sync.simulator.ledger.routes import route
from sync.simulator.ledger.seed.as_read import VARIANT, place_rows, place_taxes
from sync.simulator.ledger.seed.company import NAMES, seed_company, variant_of
from sync.simulator.ledger.writing.replay import Answers, request_id_of
from sync.simulator.state.store import Store
from sync.simulator.state.switches import Switchboard
from sync.simulator.wire import Json, business_fault

FIRST_REALM = 9341450000000001
FIRST_COMPANIES = ("us", "us_ast", "us_manual", "class_lines", "canada")
CONDITIONS = ("ok", "lapsed", "no_access")
Placed = TypeVar("Placed")


class Clock(Protocol):
    """What the ledger needs of the simulator's clock."""

    def now(self) -> datetime:
        """The simulated time, aware."""
        ...


class Ledger:
    """All companies' books. Synchronous: called from one thread, or one event loop, at a time."""

    def __init__(self, store: Store, clock: Clock, switches: Switchboard) -> None:
        """Keep books in a store, by a clock, reading the undocumented as the switches say."""
        self.store = store
        self.clock = clock
        self.switches = switches
        self.on_change: ChangeHook | None = None

    def handle(self, request: ApiRequest) -> ApiResponse:
        """Validate, do and answer; everything or nothing reaches the file."""
        now = self.clock.now()
        company = self.company(request.realm_id)
        if company is None:
            return _refusal(faults.no_access(), now)
        try:
            request_id = None if request.ignore_requestid else request_id_of(request)
            with self.store.transaction() as connection:
                books = Books(connection, company, self.switches.of(company.realm_id), now)
                books.is_plain = request.body.isascii() and b"\\u" not in request.body
                response = self._replayed_or_run(books, request, request_id)
        except RequestFault as fault:
            return _refusal(fault, now)
        self._tell(books)
        return response

    def _replayed_or_run(
        self, books: Books, request: ApiRequest, request_id: str | None
    ) -> ApiResponse:
        if request_id is None or books.switches.requestid == "ignored":
            return self._run(books, request)
        answers = Answers(books.connection, books.switches, books.realm_id, books.now.timestamp())
        known = answers.find(request, request_id)
        if known is None:
            known = self._run(books, request)
            answers.remember(request, request_id, known)
        return known

    def _run(self, books: Books, request: ApiRequest) -> ApiResponse:
        """Do the request; a fault keeps nothing of it but is an answer like others."""
        try:
            self._check_condition(books, request)
            response = route(books, request)
        except RequestFault as fault:
            books.drop()
            return _refusal(fault, books.now)
        books.keep()
        books.flush()
        return response

    def _check_condition(self, books: Books, request: ApiRequest) -> None:
        condition = self.condition(books.realm_id)
        if condition == "no_access":
            raise faults.no_access()
        reads = request.method == "GET" or request.path[:1] == ("query",)
        if condition == "lapsed" and not reads:
            raise faults.lapsed()

    def _tell(self, books: Books) -> None:
        if self.on_change is not None:
            for kind, id_, operation in books.events:
                self.on_change(books.realm_id, kind, id_, operation, books.now)

    def companies(self) -> list[Company]:
        """All companies, in the order they were made."""
        rows = self.store.connection.execute(
            "SELECT realm_id, name, country, currency, variant FROM ledger_company ORDER BY rowid"
        )
        return [Company(*row) for row in rows]

    def company(self, realm_id: str) -> Company | None:
        """One company, None where there is none of this realm."""
        row = self.store.connection.execute(
            "SELECT realm_id, name, country, currency, variant FROM ledger_company"
            " WHERE realm_id = ?",
            (realm_id,),
        ).fetchone()
        return None if row is None else Company(*row)

    def create_company(
        self,
        realm_id: str | None = None,
        name: str | None = None,
        variant: str = "us",
        seed: int = 0,
    ) -> Company:
        """Make a company with its sample books; ValueError where the realm or variant is wrong."""
        shape = variant_of(variant)
        realm_id = str(realm_id or self.free_realm())
        if not realm_id.isdigit() or self.company(realm_id) is not None:
            raise ValueError(f"realm {realm_id} is taken, or not a number")
        name = name or NAMES[variant]
        company = Company(realm_id, name, shape.country, shape.currency, variant)
        with self.store.transaction() as connection:
            _insert(connection, company)
            own = self.switches.of(realm_id)
            seed_company(Books(connection, company, own, self.clock.now()), shape, seed)
        return company

    def create_bare(self, realm_id: str, name: str, country: str, currency: str) -> Company:
        """Make a company with nothing in it, whose lists and settings are placed as read."""
        company = Company(realm_id, name, country, currency, VARIANT)
        with self.store.transaction() as connection:
            _insert(connection, company)
        return company

    def place(self, realm_id: str, entity: str, rows: Iterable[Json]) -> int:
        """Place entries of a list of such a company; return how many. ValueError if it cannot."""
        return self._as_read(realm_id, lambda books: place_rows(books, entity, rows))

    def place_taxes(self, realm_id: str, codes: Mapping[str, str]) -> None:
        """Have tax codes of such a company charged in these states."""
        self._as_read(realm_id, lambda books: place_taxes(books, codes))

    def _as_read(self, realm_id: str, act: Callable[[Books], Placed]) -> Placed:
        """Change what was read of a company; nobody is told, and no other company can be."""
        company = self.company(realm_id)
        if company is None or company.variant != VARIANT:
            raise ValueError(f"{realm_id} is no company that was made bare")
        with self.store.transaction() as connection:
            books = Books(connection, company, self.switches.of(realm_id), self.clock.now())
            done = act(books)
            books.keep()
            books.flush()
        return done

    def free_realm(self) -> str:
        """The realm that the next company gets."""
        taken = [int(company.realm_id) for company in self.companies()]
        return str(max([FIRST_REALM - 1, *taken]) + 1)

    def first_start(self, seed: int | None = None) -> None:
        """Make the companies of a new state file; one that has companies is left as it is."""
        if self.companies():
            return
        for position, variant in enumerate(FIRST_COMPANIES):
            self.create_company(variant=variant, seed=0 if seed is None else seed + position)

    def condition(self, realm_id: str) -> str:
        """ok, lapsed (subscription ended) or no_access (the user is no administrator now)."""
        row = self.store.connection.execute(
            "SELECT condition FROM ledger_company WHERE realm_id = ?", (realm_id,)
        ).fetchone()
        return "ok" if row is None else str(row[0])

    def set_condition(self, realm_id: str, condition: str) -> None:
        """Let a subscription lapse, or the connected user lose access; ValueError otherwise."""
        if condition not in CONDITIONS:
            raise ValueError(f"a company's condition is one of {', '.join(CONDITIONS)}")
        self.store.connection.execute(
            "UPDATE ledger_company SET condition = ? WHERE realm_id = ?", (condition, realm_id)
        )

    def merge(self, realm_id: str, kind: str, merged: str, survivor: str) -> str:
        """Merge an entry of a list into another and give the survivor's id; ValueError if not."""
        return self._by_hand(realm_id, lambda books: merge(books, kind, merged, survivor)).id

    def retire(self, realm_id: str, code: str) -> None:
        """Make a tax code inactive, which only a person can; ValueError if not."""
        self._by_hand(realm_id, lambda books: retire(books, code))

    def _by_hand(self, realm_id: str, act: Callable[[Books], Document]) -> Document:
        company = self.company(realm_id)
        if company is None:
            raise ValueError(f"there is no company {realm_id}")
        try:
            with self.store.transaction() as connection:
                own = self.switches.of(realm_id)
                books = Books(connection, company, own, self.clock.now())
                left = act(books)
                books.keep()
                books.flush()
        except RequestFault as fault:
            raise ValueError(fault.error.detail) from None
        self._tell(books)
        return left

    def documents(self, realm_id: str, entity: str) -> list[Json]:
        """Every entity of a kind that was not deleted, inactive ones too, by id; whole bodies."""
        rows = self.store.connection.execute(
            f"SELECT {COLUMNS} FROM ledger_document WHERE realm_id = ? AND kind = ?"  # noqa: S608
            " AND state <> 'deleted' ORDER BY seq, id",
            (realm_id, entity),
        )
        return [document_of(entity, row).body for row in rows]


def _insert(connection: Connection, company: Company) -> None:
    connection.execute(
        "INSERT INTO ledger_company (realm_id, name, country, currency, variant)"
        " VALUES (?, ?, ?, ?, ?)",
        (company.realm_id, company.name, company.country, company.currency, company.variant),
    )


def _refusal(fault: RequestFault, now: datetime) -> ApiResponse:
    return ApiResponse(fault.status, business_fault([fault.error], now, fault.kind))

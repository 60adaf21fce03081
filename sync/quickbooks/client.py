"""One company's ledger in QuickBooks, by its REST interface, version 3.

python-quickbooks has the URL scheme; everything below its `make_request` is ours, because it
loses the status, the body and the `intuit_tid` of an answer and has no timeouts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date, datetime
from typing import Any
from urllib.parse import quote as quote_path

from sync.quickbooks import library
from sync.quickbooks.answers import Answer, answer_of
from sync.quickbooks.documents.rates import rate_of
from sync.quickbooks.faults import QuickBooksFault, fault_of, fault_of_item, unreadable
from sync.quickbooks.lists import PAGE, Row, read_whole
from sync.quickbooks.queries import quote, where_in
from sync.quickbooks.transport import (
    BROKEN,
    Config,
    DeadlineSession,
    NotSent,
    OutcomeUnknown,
    TransportError,
    from_settings,
)

__all__ = [
    "Answer",
    "ChangesTruncated",
    "Client",
    "NotSent",
    "OutcomeUnknown",
    "QuickBooksFault",
    "TransportError",
    "quote",
    "where_in",
]

MINOR_VERSION = 75
MOST_CHANGES = 1000

Gate = Callable[[], None]


class ChangesTruncated(Exception):
    """As many changes as one answer can hold: there may be more, so read the entities instead."""


class Client(library.QuickBooks):  # type: ignore[misc]
    """One company, one access token, one kept connection; not for several threads at once.

    Reads raise QuickBooksFault or TransportError. Writes return whatever was answered and raise
    only TransportError. `gate` is called just before each request; the deadline runs from its
    return, so that a lease checked there covers the whole request. What it raises goes through,
    and nothing is sent.
    """

    def __new__(cls, *_args: Any, **_kwargs: Any) -> Client:
        """The library's constructor takes its own keywords, and warns without a version."""
        client: Client = super().__new__(cls, minorversion=MINOR_VERSION)
        return client

    def __init__(
        self,
        realm_id: str,
        access_token: str,
        *,
        config: Config | None = None,
        gate: Gate | None = None,
    ) -> None:
        config = config or from_settings()
        self.company_id = quote_path(realm_id, safe="")
        self.api_url_v3 = config.api_url
        self.calls = 0
        self.reads = 0  # those that Intuit meters
        self._gate = gate
        self._answered = answer_of(0, b"", "")
        self.session: DeadlineSession = DeadlineSession()
        self.session.send_deadline = config.send_deadline
        self.session.connect_timeout = config.connect_timeout
        self.use_token(access_token)
        self.session.headers["Accept"] = "application/json"
        self.session.headers["User-Agent"] = "Paidup"

    def use_token(self, access_token: str) -> None:
        """Signs what follows with another access token."""
        self.session.headers["Authorization"] = f"Bearer {access_token}"

    def close(self) -> None:
        """Closes the kept connection."""
        self.session.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    # Reads, by the library's helpers

    def read(self, entity: str, qbo_id: str) -> dict[str, Any]:
        """One entity by its Id."""
        return self._part(self.get_single_object(entity, quote_path(qbo_id, safe="")), entity)

    def company_info(self) -> dict[str, Any]:
        """What the company says of itself."""
        return self._part(self.get_single_object("CompanyInfo", self.company_id), "CompanyInfo")

    def preferences(self) -> dict[str, Any]:
        """The company's settings."""
        return self._part(self.get(self._url("preferences")), "Preferences")

    def exchange_rate(self, currency: str, day: date) -> str | None:
        """What a currency is worth on a day in the company's own, with the digits that are told.

        None where QuickBooks has no rate for it.
        https://developer.intuit.com/app/developer/qbo/docs/api/accounting/all-entities/exchangerate
        """
        asked = {"sourcecurrencycode": currency, "asofdate": day.isoformat()}
        try:
            told = self._part(self.get(self._url("exchangerate"), params=asked), "ExchangeRate")
        except QuickBooksFault as refusal:
            if not refusal.fault.is_about_the_question:
                raise
            return None
        return rate_of(told.get("Rate")) or None

    def query(self, statement: str) -> dict[str, Any]:
        """The QueryResponse; sent as a body, because a statement may name customers."""
        return self._part(super().query(statement), "QueryResponse")

    def select(
        self,
        entity: str,
        where: str = "",
        since: datetime | None = None,
        wanted: Callable[[Row], bool] = lambda _row: True,
    ) -> Iterator[Row]:
        """Every wanted row, changed since then where a time is given; or raise ListIncomplete."""
        yield from read_whole(self, entity, where, since, wanted)

    def select_each(
        self, entity: str, name: str, values: Collection[str], where: str = ""
    ) -> tuple[list[Row], set[str]]:
        """The rows that have one of the values, and the values that no query can carry.

        Asked jointly; what QuickBooks refuses to be asked so is halved until it is known which.
        """
        some = sorted(values)
        if not some:
            return [], set()
        asked = where_in(name, some)
        try:
            return list(self.select(entity, f"{asked} AND {where}" if where else asked)), set()
        except QuickBooksFault as refusal:
            if not refusal.fault.is_about_the_question:
                raise
        if len(some) == 1:
            return [], set(some)
        half = len(some) // 2
        rows, unaskable = self.select_each(entity, name, some[:half], where)
        more, more_unaskable = self.select_each(entity, name, some[half:], where)
        return rows + more, unaskable | more_unaskable

    def page(
        self, entity: str, start: int, where: str = "", order_by: str = "", size: int = PAGE
    ) -> list[Row]:
        """The rows of one page, from the one at that position on, which counts from 1."""
        statement = _statement("*", entity, where, order_by)
        told = self.query(f"{statement} STARTPOSITION {start} MAXRESULTS {size}")
        rows: list[Row] = told.get(entity, [])
        return rows

    def count(self, entity: str, where: str = "") -> int:
        """How many rows there are."""
        total = self.query(_statement("count(*)", entity, where)).get("totalCount")
        if not isinstance(total, int):
            raise QuickBooksFault(unreadable(self._answered))
        return total

    def changes(self, entities: Sequence[str], since: datetime) -> dict[str, list[dict[str, Any]]]:
        """What changed or was deleted since then, by entity; Intuit looks back 30 days.

        https://developer.intuit.com/app/developer/qbo/docs/learn/explore-the-quickbooks-online-api/change-data-capture
        """
        if since.tzinfo is None:
            raise ValueError("changes are asked for since an aware time")
        self.change_data_capture(",".join(entities), since.isoformat(timespec="seconds"))
        changed = _changed(self._answered, entities)
        if sum(map(len, changed.values())) >= MOST_CHANGES:
            raise ChangesTruncated(f"{MOST_CHANGES} changes or more since {since.isoformat()}")
        return changed

    def report(self, name: str, asked: dict[str, str]) -> dict[str, Any]:
        """A report as QuickBooks tells it; rows in any order, and nothing is an empty text."""
        told: dict[str, Any] = self.get(self._url(f"reports/{name}"), params=asked)
        return told

    @property
    def answered_at(self) -> datetime | None:
        """When QuickBooks gave the last answer, by its own clock; None where it did not say."""
        try:
            moment = datetime.fromisoformat(str((self._answered.data or {}).get("time")))
        except ValueError:
            return None
        return moment if moment.tzinfo else None

    # Writes

    def send_batch(self, body: bytes, request_id: str) -> Answer:
        """Many writes at once, exactly these bytes."""
        return self._request("POST", self._url("batch"), {"requestid": request_id}, body)

    def send(self, entity: str, body: bytes, request_id: str, operation: str = "") -> Answer:
        """One write, exactly these bytes: create or update, "delete" or "void"."""
        params = {"requestid": request_id, **_operation(entity, operation)}
        return self._request("POST", self._url(entity.lower()), params, body)

    # Below

    def make_request(
        self,
        request_type: str,
        url: str,
        request_body: str | dict[str, Any] | None = None,
        content_type: str = "application/json",
        params: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        """The road of the library's reading helpers, here with deadline, gate and real faults.

        Its helpers for writing pass more arguments and end in a TypeError: they send Decimals as
        strings and lose the answer, so writes go by `send` and `send_batch`.
        """
        body = request_body.encode() if isinstance(request_body, str) else None
        self._answered = self._request(request_type, url, params, body, content_type)
        fault = fault_of(self._answered)
        if fault is not None:
            raise QuickBooksFault(fault)
        return self._answered.data or {}

    def _part(self, data: dict[str, Any], name: str) -> dict[str, Any]:
        """The named part; a success without it must never be taken for "nothing there"."""
        found = data.get(name)
        if not isinstance(found, dict):
            raise QuickBooksFault(unreadable(self._answered))
        return found

    def _url(self, path: str) -> str:
        return f"{self.api_url}/company/{self.company_id}/{path}"

    def _request(
        self,
        method: str,
        url: str,
        params: dict[str, str] | None = None,
        body: bytes | None = None,
        content_type: str = "application/json",
    ) -> Answer:
        if self._gate is not None:
            self._gate()
        try:
            response = self.session.request(
                method,
                url,
                params={"minorversion": str(self.minorversion), **(params or {})},
                data=body,
                headers={"Content-Type": content_type},
            )
        except BROKEN as error:
            reason = type(error).__name__
        else:
            self.calls += 1
            self.reads += _is_metered(method, url, response.status_code)
            tid = response.headers.get("intuit_tid", "")
            return answer_of(response.status_code, response.content, tid)
        # Raised here and not above: the error carries the request, and that the access token.
        if not self.session.attempt.has_written:
            raise NotSent(reason)
        self.calls += 1
        raise OutcomeUnknown(reason)


def _is_metered(method: str, url: str, status: int) -> bool:
    """Whether it counts as a read: one that was answered; queries go by POST."""
    return 200 <= status < 300 and (method == "GET" or url.endswith("/query"))


def _changed(answer: Answer, entities: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    changed: dict[str, list[dict[str, Any]]] = {entity: [] for entity in entities}
    for part in _change_parts(answer):
        for entity in changed.keys() & part.keys():
            changed[entity].extend(part[entity])
    return changed


def _change_parts(answer: Answer) -> list[dict[str, Any]]:
    match answer.data:
        case {"CDCResponse": [{"QueryResponse": [*parts]}]}:
            return [part for part in parts if isinstance(part, dict)]
        case {"CDCResponse": [dict() as response]}:
            raise QuickBooksFault(fault_of_item(response, answer) or unreadable(answer))
    raise QuickBooksFault(unreadable(answer))


def _operation(entity: str, operation: str) -> dict[str, str]:
    if operation == "void":
        return library.void_parameters(entity)
    return {"operation": operation} if operation else {}


def _statement(what: str, entity: str, where: str, order_by: str = "") -> str:
    words = ["SELECT", what, "FROM", entity]
    words += ["WHERE", where] if where else []
    words += ["ORDERBY", order_by] if order_by else []
    return " ".join(words)

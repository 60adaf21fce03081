"""ExchangeRate: the rate of a day by GET, by query, and set by POST."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sync.simulator.ledger.books import faults
from sync.simulator.ledger.books.books import Books
from sync.simulator.ledger.books.currencies import currency, rate_body, rate_on, set_rate
from sync.simulator.ledger.books.schema import read_date, read_entity
from sync.simulator.ledger.reading.query import Query
from sync.simulator.wire import Json, to_json

ASKED_BY = {"SourceCurrencyCode", "AsOfDate"}


def read_rate(books: Books, params: Mapping[str, str]) -> Json:
    """The rate of a currency on a day, today where none is named."""
    code = params.get("sourcecurrencycode", "").upper()
    if not code:
        raise faults.required("sourcecurrencycode")
    day = params.get("asofdate")
    body = _rate(books, code, read_date(day, "asofdate") if day else books.today.isoformat())
    if body is None:
        raise faults.not_found()
    return body


def write_rate(books: Books, raw: Any) -> Json:
    """Set the rate of a currency on a day."""
    given = read_entity("ExchangeRate", raw)
    for name in ("SourceCurrencyCode", "Rate"):
        if given.get(name) is None:
            raise faults.required(name)
    if given["Rate"] <= 0:
        raise faults.out_of_range("Rate")
    _check_multicurrency(books)
    code = currency(books, given["SourceCurrencyCode"], "SourceCurrencyCode").body["Code"]
    day = date.fromisoformat(given.get("AsOfDate") or books.today.isoformat())
    return set_rate(books, code, day, given["Rate"]).body


def query_rates(books: Books, query: Query) -> str:
    """The QueryResponse for rates, asked for by currency and day with = or IN."""
    if any(c.name not in ASKED_BY or c.operator not in {"=", "IN"} for c in query.conditions):
        raise faults.query_invalid("ExchangeRate is queried by SourceCurrencyCode and AsOfDate")
    asked = {condition.name: condition.values for condition in query.conditions}
    codes = asked.get("SourceCurrencyCode") or [
        c.body["Code"] for c in books.every("CompanyCurrency")
    ]
    days = asked.get("AsOfDate") or [books.today.isoformat()]
    every = (_rate(books, code, read_date(day, "AsOfDate")) for code in codes for day in days)
    found = [body for body in every if body is not None]
    if query.columns is None:
        return f'{{"totalCount":{len(found)}}}'
    page = found[query.start - 1 : query.start - 1 + query.most]
    if not page:
        return "{}"
    rows = ",".join(map(to_json, page))
    return f'{{"ExchangeRate":[{rows}],"startPosition":{query.start},"maxResults":{len(page)}}}'


def _rate(books: Books, code: str, day: str) -> Json | None:
    _check_multicurrency(books)
    if code == books.home_currency:
        return rate_body(books, code, day, Decimal(1))
    currency(books, code, "SourceCurrencyCode")
    found = rate_on(books, code, day)
    return None if found is None else found.body | {"AsOfDate": day}


def _check_multicurrency(books: Books) -> None:
    if not books.multicurrency:
        raise faults.business("Multicurrency must be turned on to use exchange rates.")

"""Answers parsed queries: what SQLite can filter it does, the rest is compared here."""

import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

from sync.simulator.ledger.books import faults
from sync.simulator.ledger.books.books import NAME_PROPERTY, TRANSACTIONS, Books, Document
from sync.simulator.ledger.books.schema import KINDS, OBJECTS, Property
from sync.simulator.ledger.reading.matching import matches, read_moment, sort_value
from sync.simulator.ledger.reading.pseudo_codes import KIND as KIND_OF_CODES
from sync.simulator.ledger.reading.pseudo_codes import are_hidden, pseudo_rows, shown
from sync.simulator.ledger.reading.query import Condition, Query, parse
from sync.simulator.ledger.reading.rates import query_rates
from sync.simulator.wire import Json, parse_json, to_json

ELSEWHERE = frozenset(
    [
        "Attachable",
        "Bill",
        "BillPayment",
        "Budget",
        "CreditCardPayment",
        "CustomerType",
        "Estimate",
        "InventoryAdjustment",
        "PurchaseOrder",
        "RecurringTransaction",
        "ReimburseCharge",
        "TimeActivity",
        "Transfer",
        "VendorCredit",
    ]
)  # entities that QuickBooks has and this simulator keeps empty
REFERENCES = frozenset(
    [
        "CustomerRef",
        "ParentRef",
        "CurrencyRef",
        "SalesTermRef",
        "DepartmentRef",
        "ClassRef",
        "PaymentMethodRef",
        "DepositToAccountRef",
        "AccountRef",
        "EntityRef",
    ]
)
NOT_QUERYABLE = {
    "": frozenset(
        {"PrivateNote", "Notes", "sparse", "domain", "status", "SyncToken", "ExchangeRate"}
    ),
    "Payment": frozenset(["DocNumber"]),
    "Deposit": frozenset(["DocNumber"]),
}
RATES = "ExchangeRate"
NAMES = {name.lower(): name for name in (*KINDS, *ELSEWHERE)}
UPDATED = "MetaData.LastUpdatedTime"
BOUNDS = {"<": "<", ">": ">=", "<=": "<", ">=": ">="}  # of whole seconds
LAST_LATIN_1 = 255
SCALARS = "sdibt("
KEYS = {"id", "name", "number", "customer"}
COMPARE = {
    "=": "= ?",
    "<": "< ?",
    ">": "> ?",
    "<=": "<= ?",
    ">=": ">= ?",
    "!=": "<> ?",
}
Rows = Iterator[tuple[str, Json | None]]


def run_query(books: Books, text: str) -> str:
    """The QueryResponse of a query, as JSON text."""
    _check_characters(books, text)
    query = _named_exactly(parse(text))
    if query.entity in ELSEWHERE and query.entity not in KINDS:
        return "{}" if query.columns is not None else '{"totalCount":0}'
    if query.entity == RATES:
        return query_rates(books, query)
    _check(books, query)
    if query.columns is None:
        return f'{{"totalCount":{_count(books, query)}}}'
    rows = _page(books, query)
    if query.entity == KIND_OF_CODES:
        rows = [shown(books, Document(query.entity, b["Id"], b)) for b in map(parse_json, rows)]
    if query.columns:
        rows = [_project(query.columns, text) for text in rows]
    if not rows:
        return "{}"
    total = ""
    if books.switches.shapes == "recorded" and query.entity in TRANSACTIONS:
        total = f',"totalCount":{len(rows)}'  # as recorded, it counts the page
    return (
        f'{{"{query.entity}":[{",".join(rows)}],'
        f'"startPosition":{query.start},"maxResults":{len(rows)}{total}}}'
    )


def _check_characters(books: Books, text: str) -> None:
    """A US company's query knows ISO-8859-1 only."""
    if not books.is_us or books.switches.query_characters == "accept":
        return
    for column, letter in enumerate(text, 1):
        if ord(letter) > LAST_LATIN_1:
            raise faults.query_lexical(letter, column, text[: column - 1])


def _named_exactly(query: Query) -> Query:
    """Entity names and MetaData are known in any case."""
    query.entity = NAMES.get(query.entity.lower(), query.entity)
    query.columns = [_exact(name) for name in query.columns] if query.columns else query.columns
    query.conditions = [replace(each, name=_exact(each.name)) for each in query.conditions]
    query.order = [(_exact(name), descending) for name, descending in query.order]
    return query


def _exact(name: str) -> str:
    head, dot, tail = name.partition(".")
    return f"MetaData{dot}{tail}" if head.lower() == "metadata" else name


def _project(columns: list[str], text: str) -> str:
    body = parse_json(text)
    kept = {name: body[name] for name in ("Id", *columns) if name in body}
    return to_json(kept | {"domain": "QBO", "sparse": True})


def _check(books: Books, query: Query) -> None:
    if query.entity not in KINDS:
        raise faults.query_invalid(f"invalid context declaration: {query.entity}")
    for name in query.columns or []:
        _property(query.entity, name)
    for name in [c.name for c in query.conditions] + [name for name, _ in query.order]:
        prop = _property(query.entity, name)
        reserved = NOT_QUERYABLE[""] | NOT_QUERYABLE.get(query.entity, frozenset())
        if name in reserved or not (prop.code in SCALARS or name in REFERENCES or "." in name):
            raise faults.query_invalid(f"property '{name}' is not queryable")
    _check_id(books, query)


def _check_id(books: Books, query: Query) -> None:
    """Since 2025 an Id is neither sorted by nor compared but for equality."""
    if books.switches.order_by_id == "refuse" and any(name == "Id" for name, _ in query.order):
        raise faults.query_invalid("property 'Id' is not sortable")
    ranged = (c for c in query.conditions if c.name == "Id" and c.operator not in {"=", "IN"})
    if books.switches.id_ranges == "refuse" and (found := next(ranged, None)):
        raise faults.query_invalid(f"operator '{found.operator}' is not supported for property Id")


def _property(entity: str, name: str) -> Property:
    head, _, tail = name.partition(".")
    prop = KINDS[entity].get(head)
    if prop is not None and tail:
        prop = OBJECTS.get(prop.of, {}).get(tail) if head == "MetaData" else None
    if prop is None:
        raise faults.query_invalid(f"Property {name} not found for Entity {entity}")
    return prop


class _Plan:
    """The SQL for a query, and the conditions that must still be compared row by row."""

    def __init__(self, books: Books, query: Query) -> None:
        self.where = "realm_id = ? AND kind = ? AND state <> 'deleted'"
        self.values: list[Any] = [books.realm_id, query.entity]
        self.rest: list[Condition] = []
        self.by_key = False
        self.order = _usual_order(query.entity)
        conditions = list(query.conditions)
        if "Active" in KINDS[query.entity] and not any(c.name == "Active" for c in conditions):
            conditions.append(Condition("Active", "=", ("true",)))
        for condition in conditions:
            self._add(query.entity, condition)
        if are_hidden(books, query):
            self.where += " AND id NOT IN ('TAX', 'NON')"
        if self.by_key:  # the plus keeps SQLite from walking all rows in order
            self.order = ", ".join(f"+{part}" for part in self.order.split(", "))

    def _add(self, entity: str, condition: Condition) -> None:
        if condition.name == UPDATED and condition.operator in BOUNDS:
            self._add_updated(condition)
            return
        column = _column(entity, condition.name)
        values = [_column_value(column, value) for value in condition.values]
        if column is None or condition.operator == "LIKE":
            self.rest.append(condition)
        elif condition.operator == "IN":
            self.by_key |= column in KEYS
            self.where += f" AND {column} IN ({','.join('?' * len(values))})"
            self.values += values
        elif column == "txn_date" or condition.operator in {"=", "!="}:
            self.by_key |= column in KEYS and condition.operator == "="
            self.where += f" AND {column} {COMPARE[condition.operator]}"
            self.values += values
        else:
            self.rest.append(condition)

    def _add_updated(self, condition: Condition) -> None:
        """Compare the time of the last update, which clients see in whole seconds."""
        moment = read_moment(condition.values[0])
        seconds = int(moment.timestamp()) + (1 if condition.operator in {">", "<="} else 0)
        if moment.microsecond and condition.operator in {">=", "<"}:
            seconds += 1
        self.where += f" AND updated {BOUNDS[condition.operator]} ?"
        self.values.append(seconds * 1_000_000)


def _usual_order(entity: str) -> str:
    """Lists by name, tax codes with the pseudo-codes first, transactions newest first."""
    if entity.startswith("Tax"):
        return "seq, id DESC"
    return "name, seq" if entity in NAME_PROPERTY else "seq DESC"


def _column(entity: str, name: str) -> str | None:
    if name == NAME_PROPERTY.get(entity):
        return "name"
    columns = {
        "Id": "id",
        "DocNumber": "number",
        "CustomerRef": "customer",
        "TxnDate": "txn_date",
        "Active": "state",
    }
    return columns.get(name)


def _column_value(column: str | None, value: str) -> str:
    if column == "state":
        return "active" if value.lower() == "true" else "inactive"
    return value.casefold() if column in {"name", "number"} else value


def _count(books: Books, query: Query) -> int:
    plan = _Plan(books, query)
    if plan.rest:
        return sum(1 for _ in _rows(books, query, plan))
    sql = f"SELECT COUNT(*) FROM ledger_document WHERE {plan.where}"  # noqa: S608
    return int(books.connection.execute(sql, plan.values).fetchone()[0])


def _page(books: Books, query: Query) -> list[str]:
    """The JSON texts of the rows on the page that was asked for."""
    plan = _Plan(books, query)
    order = [name for name, _ in query.order]
    if order == ["Id"] and query.entity != KIND_OF_CODES and not plan.rest:
        return _page_by_id(books, query, plan)
    if order == [UPDATED] and not plan.rest:
        return _page_by_time(books, query, plan)
    if query.order:
        found = list(_rows(books, query, plan, parsed=True))
        if books.switches.equal_stamps == "shuffled":
            random.shuffle(found)
        for name, descending in reversed(query.order):
            prop = _property(query.entity, name)
            found.sort(key=lambda row: sort_value(prop, name, row[1] or {}), reverse=descending)
        return [text for text, _ in found[query.start - 1 : query.start - 1 + query.most]]
    pseudo, rows = pseudo_rows(books, query), _rows(books, query, plan)
    first = query.start - 1 + len(pseudo)
    return [*pseudo, *(text for text, _ in islice(rows, first, first + query.most))]


def _page_by_id(books: Books, query: Query, plan: _Plan) -> list[str]:
    """A page in the order of ids, sorted by SQLite: how a long list is read whole."""
    direction = "DESC" if query.order[0][1] else "ASC"
    sql = (
        f"SELECT body FROM ledger_document WHERE {plan.where}"  # noqa: S608
        f" ORDER BY CAST(id AS INTEGER) {direction} LIMIT ? OFFSET ?"
    )
    rows = books.connection.execute(sql, [*plan.values, query.most, query.start - 1])
    return [text for (text,) in rows]


def _page_by_time(books: Books, query: Query, plan: _Plan) -> list[str]:
    """A page in the order of updates, to the second: how a long list is read whole.

    Ids are sorted alone, so that SQLite need not carry the bodies along.
    """
    direction = "DESC" if query.order[0][1] else "ASC"
    equal = "random()" if books.switches.equal_stamps == "shuffled" else "seq, id"
    rows = books.connection.execute(
        f"SELECT id FROM ledger_document WHERE {plan.where}"  # noqa: S608
        f" ORDER BY updated / 1000000 {direction}, {equal} LIMIT ? OFFSET ?",
        [*plan.values, query.most, query.start - 1],
    )
    ids = [id_ for (id_,) in rows]
    found = books.connection.execute(
        f"SELECT id, body FROM ledger_document WHERE {plan.where}"  # noqa: S608
        f" AND id IN ({','.join('?' * len(ids))})",
        [*plan.values, *ids],
    )
    texts = dict(found.fetchall())
    return [texts[id_] for id_ in ids]


def _rows(books: Books, query: Query, plan: _Plan, *, parsed: bool = False) -> Rows:
    sql = f"SELECT body FROM ledger_document WHERE {plan.where} ORDER BY {plan.order}"  # noqa: S608
    tests = [(each, _property(query.entity, each.name)) for each in plan.rest]
    cursor = books.connection.execute(sql, plan.values)
    for (text,) in cursor:
        body = parse_json(text) if tests or parsed else None
        if body is None or all(matches(prop, condition, body) for condition, prop in tests):
            yield text, body

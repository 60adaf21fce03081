"""Answers parsed queries: what SQLite can filter it does, the rest is compared here."""

import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Any

from sync.simulator.ledger.books import faults
from sync.simulator.ledger.books.books import NAME_PROPERTY, Books
from sync.simulator.ledger.books.schema import KINDS, OBJECTS, Property
from sync.simulator.ledger.reading.query import Condition, Query, parse
from sync.simulator.wire import PACIFIC, Json, parse_json, to_json

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
PSEUDO = "TaxCode"  # some of them have words for ids
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
    query = parse(text)
    if query.entity in ELSEWHERE and query.entity not in KINDS:
        return "{}" if query.columns is not None else '{"totalCount":0}'
    _check(query)
    if query.columns is None:
        return f'{{"totalCount":{_count(books, query)}}}'
    rows = [
        text if not query.columns else _project(query.columns, text) for text in _page(books, query)
    ]
    if not rows:
        return "{}"
    return (
        f'{{"{query.entity}":[{",".join(rows)}],'
        f'"startPosition":{query.start},"maxResults":{len(rows)}}}'
    )


def _project(columns: list[str], text: str) -> str:
    body = parse_json(text)
    kept = {name: body[name] for name in ("Id", *columns) if name in body}
    return to_json(kept | {"domain": "QBO", "sparse": True})


def _check(query: Query) -> None:
    if query.entity not in KINDS:
        raise faults.query_invalid(f"invalid context declaration: {query.entity}")
    for name in query.columns or []:
        _property(query.entity, name)
    for name in [c.name for c in query.conditions] + [name for name, _ in query.order]:
        prop = _property(query.entity, name)
        reserved = NOT_QUERYABLE[""] | NOT_QUERYABLE.get(query.entity, frozenset())
        if name in reserved or not (prop.code in SCALARS or name in REFERENCES or "." in name):
            raise faults.query_invalid(f"property '{name}' is not queryable")


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
        if self.by_key:  # the plus keeps SQLite from walking all rows in order
            self.order = ", ".join(f"+{part}" for part in self.order.split(", "))

    def _add(self, entity: str, condition: Condition) -> None:
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
    if [name for name, _ in query.order] == ["Id"] and query.entity != PSEUDO and not plan.rest:
        return _page_by_id(books, query, plan)
    if query.order:
        found = list(_rows(books, query, plan, parsed=True))
        for name, descending in reversed(query.order):
            prop = _property(query.entity, name)
            found.sort(key=lambda row: _sort_value(prop, name, row[1] or {}), reverse=descending)
        return [text for text, _ in found[query.start - 1 : query.start - 1 + query.most]]
    pseudo, rows = _pseudo_rows(books, query), _rows(books, query, plan)
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


def _pseudo_rows(books: Books, query: Query) -> list[str]:
    """The pseudo-codes, which QuickBooks gives in addition to the page that was asked for."""
    if query.entity != "TaxCode" or not books.is_us or query.conditions or query.start > 1:
        return []
    found = (books.live("TaxCode", code) for code in ("TAX", "NON", "CustomSalesTax"))
    return [books.text(each) for each in found if each is not None]


def _rows(books: Books, query: Query, plan: _Plan, *, parsed: bool = False) -> Rows:
    sql = f"SELECT body FROM ledger_document WHERE {plan.where} ORDER BY {plan.order}"  # noqa: S608
    tests = [(each, _property(query.entity, each.name)) for each in plan.rest]
    cursor = books.connection.execute(sql, plan.values)
    for (text,) in cursor:
        body = parse_json(text) if tests or parsed else None
        if body is None or all(_matches(prop, condition, body) for condition, prop in tests):
            yield text, body


def _value(name: str, body: Json) -> Any:
    head, _, tail = name.partition(".")
    value = body.get(head)
    if tail:
        return (value or {}).get(tail)
    return value.get("value") if isinstance(value, dict) else value


def _matches(prop: Property, condition: Condition, body: Json) -> bool:
    value = _value(condition.name, body)
    if prop.code == "b" and value is None:
        value = False
    if value is None:
        return condition.operator == "!="
    if condition.operator == "LIKE":
        return _like(condition.values[0]).match(str(value)) is not None
    wanted = [_comparable(prop, text) for text in condition.values]
    mine = _comparable(prop, value)
    if condition.operator == "IN":
        return mine in wanted
    return bool(_compare(mine, condition.operator, wanted[0]))


def _compare(mine: Any, operator: str, other: Any) -> bool:
    if operator in {"=", "!="}:
        return bool((mine == other) == (operator == "="))
    if operator.startswith("<"):
        return bool(mine < other or (operator == "<=" and mine == other))
    return bool(mine > other or (operator == ">=" and mine == other))


def _like(pattern: str) -> re.Pattern[str]:
    parts = [re.escape(part) for part in pattern.split("%")]
    return re.compile(".*".join(parts) + r"\Z", re.IGNORECASE | re.DOTALL)


def _comparable(prop: Property, value: Any) -> Any:
    """A stored or written value in a form that compares as QuickBooks compares it."""
    text = str(value)
    if prop.code == "T":
        return _moment(text)
    if prop.code in "di" or prop.name == "Id":
        try:
            return Decimal(text)
        except InvalidOperation:
            if prop.name == "Id":  # the pseudo tax codes are words
                return Decimal(-1)
            raise faults.query_invalid(
                f"Invalid number '{text}' for property {prop.name}"
            ) from None
    if prop.code == "b":
        return text.lower() == "true"
    return text[:10] if prop.code == "t" else text.casefold()


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise faults.query_invalid(f"Invalid date '{text}'") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=PACIFIC)


def _sort_value(prop: Property, name: str, body: Json) -> tuple[bool, Any]:
    value = _value(name, body)
    return (False, "") if value is None else (True, _comparable(prop, value))

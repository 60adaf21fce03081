"""Saving many rows, each with values of its own."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models, router
from django.db.backends.base.base import BaseDatabaseWrapper

Stored = TypeVar("Stored", bound=models.Model)
# Both databases take a text or a whole number as it is; asking Django costs more than the insert.
# Not fields made of these: one cuts what it stores, another encrypts it.
_AS_THEY_ARE = {models.CharField, models.TextField, models.IntegerField}
_EMPTY: tuple[Any, ...] = ([], {})


def insert_each(model: type[models.Model], rows: Sequence[Any], names: Sequence[str]) -> None:
    """Insert rows by one prepared INSERT; their keys are not brought back, nor defaults filled in.

    Rows are anything with the columns' names: to make a model of each costs more than the insert.
    """
    if not rows:
        return
    connection = connections[router.db_for_write(model)]
    fields = _fields(model, names)
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    # Names of our own tables and columns only; every value is a parameter.
    statement = f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({places})"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.executemany(statement, _values(_columns(fields, rows, connection)))


def update_each(rows: Sequence[Stored], names: Sequence[str]) -> int:
    """Save these fields of the rows by one prepared UPDATE; return how many rows there were.

    Django's bulk_update builds a CASE for every row and field, which costs more than ten times the
    statement itself; an upsert would bring back a row that was deleted meanwhile.
    """
    if not rows:
        return 0
    meta = rows[0]._meta
    connection = connections[router.db_for_write(type(rows[0]))]
    fields = _fields(type(rows[0]), names)
    quote = connection.ops.quote_name
    sets = ", ".join(f"{quote(str(field.column))} = %s" for field in fields)
    key = quote(str(meta.pk.column))
    # Names of our own tables and columns only; every value is a parameter.
    statement = f"UPDATE {quote(meta.db_table)} SET {sets} WHERE {key} = %s"  # noqa: S608
    with connection.cursor() as cursor:
        keys = [row.pk for row in rows]
        cursor.executemany(statement, _values([*_columns(fields, rows, connection), keys]))
        return int(cursor.rowcount)


def _fields(model: type[models.Model], names: Sequence[str]) -> list["models.Field[Any, Any]"]:
    by_name = {field.name: field for field in model._meta.concrete_fields}
    return [by_name[name] for name in names]


def _columns(
    fields: Sequence["models.Field[Any, Any]"],
    rows: Sequence[Any],
    connection: BaseDatabaseWrapper,
) -> list[list[Any]]:
    """Return the values of each column as its database takes them."""
    columns = []
    for field in fields:
        values = list(map(attrgetter(str(field.attname)), rows))
        columns.append(_prepared(field, values, connection))
    return columns


def _prepared(
    field: "models.Field[Any, Any]", values: list[Any], connection: BaseDatabaseWrapper
) -> list[Any]:
    if type(field) in _AS_THEY_ARE:
        return values
    if not isinstance(field, models.JSONField):
        return [field.get_db_prep_save(value, connection) for value in values]
    empty: dict[type, Any] = {}  # most are, and each is as costly as a full one
    for kind in {type(value) for value in values if value in _EMPTY}:
        empty[kind] = field.get_db_prep_save(kind(), connection)
    return [
        empty[type(value)] if value in _EMPTY else field.get_db_prep_save(value, connection)
        for value in values
    ]


def _values(columns: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
    return list(zip(*columns, strict=True))


def renew_statistics() -> None:
    """Have the database look at its tables anew, after many rows came at once.

    It plans by how many it saw last: with tables that it takes for empty, a press over a few
    thousand payments took minutes. SQLite looks at some rows of each index only.
    https://www.sqlite.org/pragma.html#pragma_analysis_limit
    """
    connection = connections[DEFAULT_DB_ALIAS]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA analysis_limit = 1000")
        cursor.execute("ANALYZE")

"""SQL of our own, where Django's takes longer to write than to run: lookups, a CASE, many rows."""

import json
from collections.abc import Collection, Hashable, Sequence
from operator import attrgetter
from typing import Any, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections, models, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Case, CharField, Field, ForeignObject, Lookup, QuerySet, When
from django.db.models.expressions import Combinable
from django.db.models.sql.compiler import SQLCompiler
from django.db.models.sql.query import Query
from django.utils.functional import cached_property

Stored = TypeVar("Stored", bound=models.Model)
FEW = 10
MOST_KEPT = 256
_kept: dict[Hashable, tuple[str, tuple[Any, ...]]] = {}
# Both databases take a text or a whole number as it is; asking Django costs more than the insert.
# Not fields made of these: one cuts what it stores, another encrypts it.
_AS_THEY_ARE = {models.CharField, models.TextField, models.IntegerField}
_EMPTY: tuple[Any, ...] = ([], {})


# Keys of other tables know only lookups of their own.
@ForeignObject.register_lookup
@Field.register_lookup
class Among(Lookup):
    """Like `in` for a set of ids: of 500 units, Django takes longer to write them than to ask.

    A few are written out, so that SQLite finds their rows by an index; of many it would expect few.
    """

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        """Return the condition in the words of either database."""
        ids = sorted(self.rhs)
        if not ids:
            raise EmptyResultSet
        column, params = self.process_lhs(compiler, connection)
        if connection.vendor == "postgresql":
            return f"{column} = ANY(%s::bigint[])", (*params, ids)
        if len(ids) <= FEW:
            return f"{column} IN ({', '.join(['%s'] * len(ids))})", (*params, *ids)
        many = "(SELECT value FROM json_each(%s))"
        return f"+{column} IN {many}", (*params, json.dumps(ids))


def within_units(
    unit_ids: Collection[int] | None, rows: QuerySet[Any], path: str = "business_unit"
) -> QuerySet[Any]:
    """Limit rows to those of the units of these ids; None leaves all."""
    return rows if unit_ids is None else rows.filter(**{f"{path}__among": unit_ids})


@CharField.register_lookup
class OneOf(Lookup):
    """Like `in` for words of our own, written out: an index of only those is found by them."""

    lookup_name = "one_of"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        """Return the condition; whatever is more than a plain word is refused."""
        words = [str(word) for word in self.rhs]
        if not all(word.replace("_", "").isalpha() for word in words):
            raise ValueError("Only plain words are written out.")
        column, params = self.process_lhs(compiler, connection)
        listed = ", ".join(f"'{word}'" for word in words)
        return f"{column} IN ({listed})", tuple(params)


class KeptCase(Case):
    """A `Case` whose SQL is kept by `about`, which tells all that its conditions are made from.

    To put a long one together takes ten times as long as to run it. Beside `about`, its SQL depends
    on nothing but the names that the query gives its tables.
    """

    def __init__(self, *cases: When, default: Combinable, about: Hashable) -> None:
        super().__init__(*cases, default=default)
        self.about = about

    @cached_property
    def identity(self) -> tuple[Any, ...]:
        """Return what it is compared by: `about` stands for all that it is made from."""
        return type(self), self.about

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, *given: Any, **named: Any
    ) -> tuple[str, tuple[Any, ...]]:
        """Return SQL and parameters, as an earlier query of the same tables had them."""
        if given or named:
            return _as_made(super().as_sql(compiler, connection, *given, **named))
        key = (connection.vendor, self.about, _names_of(compiler.query))
        if key not in _kept:
            made = _as_made(super().as_sql(compiler, connection))
            if len(_kept) >= MOST_KEPT:
                _kept.clear()
            _kept[key] = made
        return _kept[key]


def _as_made(sql_and_params: Any) -> tuple[str, tuple[Any, ...]]:
    sql, params = sql_and_params
    return sql, tuple(params)


def _names_of(query: Query) -> Hashable:
    """Return what decides by which names a query calls its tables, those of others included."""
    joins = tuple((alias, table.identity) for alias, table in query.alias_map.items())
    outer = tuple(sorted(query.external_aliases.items()))
    return joins, outer, query.alias_prefix, tuple(sorted(query.subq_aliases))


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


def _fields(model: type[models.Model], names: Sequence[str]) -> "list[Field[Any, Any]]":
    by_name = {field.name: field for field in model._meta.concrete_fields}
    return [by_name[name] for name in names]


def _columns(
    fields: Sequence["Field[Any, Any]"],
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
    field: "Field[Any, Any]", values: list[Any], connection: BaseDatabaseWrapper
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

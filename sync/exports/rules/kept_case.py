"""A CASE whose SQL is put together once: that takes ten times as long as to run it."""

from collections.abc import Hashable
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Case, When
from django.db.models.expressions import Combinable
from django.db.models.sql.compiler import SQLCompiler
from django.db.models.sql.query import Query
from django.utils.functional import cached_property

MOST_KEPT = 256
_kept: dict[Hashable, tuple[str, tuple[Any, ...]]] = {}


class KeptCase(Case):
    """A `Case` whose SQL is kept by `about`, which tells all that its conditions are made from.

    Beside that SQL depends on nothing but the names that the query gives its tables.
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

"""Lookups of our own: one of many ids, as a single parameter; one of a few words, as they are."""

import json
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import CharField, Field, ForeignObject, Lookup

FEW = 10


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

"""Whether the database has the schema of this code: by the migrations of both, and table by table.

While the two differ nothing may work on the database: pages say that Paidup is being upgraded, and
workers wait.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from django.apps import apps
from django.db import DatabaseError, connection, connections
from django.db.backends.utils import CursorWrapper
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import GeneratedField, Model

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """How many migrations of the code the database lacks, and how many it has beyond the code's."""

    missing: int
    beyond: int

    def __bool__(self) -> bool:
        return bool(self.missing or self.beyond)

    @property
    def words(self) -> str:
        """Say it to whoever runs the site."""
        if self.missing:
            return f"{self.missing} migrations are missing: run manage.py migrate."
        return f"The database is {self.beyond} migrations newer than this code: start its release."


@cache
def _of_code() -> tuple[frozenset[Key], frozenset[Key]]:
    """Return the migrations that must be there, and all that the code knows of."""
    loader = MigrationLoader(None)
    replaced = {key for each in loader.disk_migrations.values() for key in each.replaces}
    return frozenset(loader.graph.nodes), frozenset({*loader.disk_migrations, *replaced})


def difference() -> Difference:
    """Compare the code's migrations with those applied. Raises DatabaseError."""
    needed, known = _of_code()
    labels = {label for label, _ in known}
    applied = set(MigrationRecorder(connection).applied_migrations())
    beyond = {key for key in applied - known if key[0] in labels}
    return Difference(missing=len(needed - applied), beyond=len(beyond))


def differs() -> bool:
    """Say whether code and database differ; not where the database does not tell."""
    try:
        return bool(difference())
    except DatabaseError:
        return False


def unlike_models(alias: str) -> list[str]:
    """Name what the tables have otherwise than the models say: columns, NULLs, constraints."""
    tables = set(connections[alias].introspection.table_names())
    models = apps.get_models(include_auto_created=True)
    ours = [each for each in models if each._meta.managed and not each._meta.proxy]
    with connections[alias].cursor() as cursor:
        return [words for model in ours for words in _unlike(model, tables, alias, cursor)]


def _unlike(
    model: type[Model], tables: set[str], alias: str, cursor: CursorWrapper
) -> Iterator[str]:
    table = model._meta.db_table
    if table not in tables:
        yield f"table {table} is missing"
        return
    introspection = connections[alias].introspection
    there = {row.name: row for row in introspection.get_table_description(cursor, table)}
    meant = {str(field.column): field for field in model._meta.local_concrete_fields}
    yield from (f"{table}.{column} is missing" for column in sorted(meant.keys() - there.keys()))
    for column in sorted(there.keys() - meant.keys()):
        # What an older release yet reads is left, with a default, until the release after.
        if not there[column].null_ok and there[column].default is None:
            yield f"{table}.{column} is left over and wants a value"
    for column in sorted(meant.keys() & there.keys()):
        is_stored = not isinstance(meant[column], GeneratedField)
        if is_stored and there[column].null_ok != meant[column].null:
            yield f"{table}.{column} takes NULL otherwise than meant"
    named = {each.name for each in (*model._meta.constraints, *model._meta.indexes)}
    lacking = named - introspection.get_constraints(cursor, table).keys()
    yield from (f"{name} of {table} is missing" for name in sorted(lacking))

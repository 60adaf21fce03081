"""Migration operations: how a table changes whose stored sums are kept by triggers.

SQLite loses a table's triggers when a migration rebuilds it, and refuses to rename a table that the
triggers of others name; PostgreSQL refuses to change a column that a trigger watches.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import Migration
from django.db.migrations import operations as django
from django.db.migrations.operations.base import Operation

from sync.models import triggers

SUMMED = frozenset(
    {
        "sync_invoice",
        "sync_invoiceline",
        "sync_payment",
        "sync_refund",
        # Triggers of other tables write these.
        "sync_companyrules",
        "sync_unitreadiness",
        "sync_verdict",
    }
)
# These leave a table and its triggers as they are; data that they change keeps its sums by those.
_HARMLESS = (
    django.AddIndex,
    django.AlterModelManagers,
    django.AlterModelOptions,
    django.CreateModel,
    django.RemoveIndex,
    django.RenameIndex,
    django.RunPython,
)
_CHANGES = re.compile(r"\b(ALTER|DROP|RENAME)\b", re.IGNORECASE)


class TouchesSums(django.SeparateDatabaseAndState):
    """Do operations on summed tables with their triggers lifted, and put those back.

    It is for operations that change a table, not its rows. All of it is in the migration's own
    transaction, so nobody else ever writes without the triggers:

        operations = [TouchesSums(migrations.AddField("invoice", "terms", models.CharField(...)))]

    What is put back is what was there. Triggers that the code changed meanwhile are replaced, and
    new ones made, at the end of `migrate`; a stored sum that is new is filled by its migration.
    """

    def __init__(self, *operations: Operation) -> None:
        super().__init__(database_operations=operations, state_operations=operations)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """Return what a squashed migration writes down."""
        return type(self).__qualname__, list(self.database_operations), {}

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, *states: Any
    ) -> None:
        with _lifted(schema_editor):
            super().database_forwards(app_label, schema_editor, *states)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, *states: Any
    ) -> None:
        with _lifted(schema_editor):
            super().database_backwards(app_label, schema_editor, *states)

    def describe(self) -> str:
        """Return what it does, for `migrate --plan`."""
        return "; ".join(each.describe() for each in self.database_operations)


class AddIndexOnline(django.AddIndex):
    """Add an index while others write: PostgreSQL makes it concurrently, which takes no lock.

    Its migration has `atomic = False`, else PostgreSQL refuses. One that was interrupted leaves an
    index that nobody uses: it is dropped when the migration comes again.
    """

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, *states: Any
    ) -> None:
        if schema_editor.connection.vendor != "postgresql":
            return super().database_forwards(app_label, schema_editor, *states)
        model = states[-1].apps.get_model(app_label, self.model_name)
        name = schema_editor.quote_name(self.index.name)
        schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        schema_editor.add_index(model, self.index, concurrently=True)  # type: ignore[call-arg]
        return None


def locking(migration: Migration) -> list[str]:
    """Return the operations of a migration that make an index while nobody may write."""
    operations = migration.operations
    made = {each.name_lower for each in operations if isinstance(each, django.CreateModel)}
    return [
        each.describe()
        for each in operations
        if isinstance(each, django.AddIndex)
        and not isinstance(each, AddIndexOnline)
        and each.model_name_lower not in made
    ]


@contextmanager
def _lifted(schema_editor: BaseDatabaseSchemaEditor) -> Iterator[None]:
    using = schema_editor.connection.alias
    ours = [each for each in triggers.present(using).values() if _rests_on_summed(each)]
    triggers.drop(ours, using)
    yield
    triggers.create(ours, using)


def _rests_on_summed(trigger: triggers.Trigger) -> bool:
    """Say whether it is on such a table, or names one: that cannot be renamed meanwhile."""
    said = f"{trigger.create} {trigger.function}"
    return trigger.table in SUMMED or any(re.search(rf"\b{name}\b", said) for name in SUMMED)


def untended(operations: Iterable[Operation]) -> list[str]:
    """Return the operations of a migration that change a summed table without TouchesSums."""
    found = []
    for each in operations:
        if isinstance(each, (TouchesSums, *_HARMLESS)):
            continue
        if isinstance(each, django.SeparateDatabaseAndState):
            found += untended(each.database_operations)
        elif SUMMED & _tables(each):
            found.append(each.describe())
    return found


def _tables(operation: Operation) -> set[str]:
    if isinstance(operation, django.RunSQL):
        sql = str(operation.sql)
        return {table for table in SUMMED if _CHANGES.search(sql) and table in sql}
    if hasattr(operation, "model_name"):
        return {f"sync_{operation.model_name.lower()}"}
    names = (getattr(operation, name, "") for name in ("name", "old_name", "new_name"))
    return {f"sync_{name.lower()}" for name in names}

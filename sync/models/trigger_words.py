"""How a trigger that tells others of a change is worded, for both databases."""

from collections.abc import Sequence
from typing import NamedTuple


class Definition(NamedTuple):
    """A trigger's name, table and SQL, and on PostgreSQL the body of its function."""

    name: str
    table: str
    create: str
    function: str = ""


# Names of our own tables and columns only, in everything below; no value is put into it.
def when(family: str, table: str, event: str, condition: str, do: str) -> Definition:
    """Return a trigger of SQLite that does something after an event where a condition holds."""
    name = f"{table}_{family}_{event.split(maxsplit=1)[0].lower()}"
    only = f" WHEN {condition}" if condition else ""
    return Definition(
        name, table, f"CREATE TRIGGER {name} AFTER {event} ON {table}{only} BEGIN {do} END"
    )


def changing(family: str, table: str, columns: Sequence[str], do: str) -> Definition:
    """Return a trigger of SQLite that does something where one of the columns changed."""
    changed = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in columns)
    return when(family, table, f"UPDATE OF {', '.join(columns)}", changed, do)


def calling(family: str, table: str, events: str, body: str) -> Definition:
    """Return a trigger of PostgreSQL and its function."""
    name = f"{table}_{family}"
    create = (
        f"CREATE TRIGGER {name} AFTER {events} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
    )
    return Definition(name, table, create, f" BEGIN {body} RETURN NULL; END ")


def differs(columns: Sequence[str]) -> str:
    """Return the condition, in a function of PostgreSQL, that one of the columns changed."""
    return " OR ".join(f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in columns)

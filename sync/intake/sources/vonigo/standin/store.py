"""The one SQLite file that holds what the stand-in holds."""

import json
import sqlite3
from pathlib import Path
from typing import Any

from sync.intake.sources.vonigo.standin.schema import CLIENT

_TABLES = """
CREATE TABLE IF NOT EXISTS thing (
    type INTEGER NOT NULL, id INTEGER NOT NULL, franchise INTEGER NOT NULL, place INTEGER NOT NULL,
    created INTEGER NOT NULL, edited INTEGER NOT NULL, work_order INTEGER, client INTEGER,
    body TEXT NOT NULL,
    PRIMARY KEY (type, id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS thing_listed ON thing (type, franchise, id);
CREATE INDEX IF NOT EXISTS thing_edited ON thing (type, franchise, edited);
CREATE INDEX IF NOT EXISTS thing_order ON thing (work_order) WHERE work_order IS NOT NULL;
CREATE INDEX IF NOT EXISTS thing_client ON thing (client, type);
CREATE TABLE IF NOT EXISTS memory (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
Thing = dict[str, Any]


class Store:
    """What is held, by type and id; what was committed survives a kill."""

    def __init__(self, path: str | Path | None = None) -> None:
        self.connection = sqlite3.connect(
            ":memory:" if path is None else str(path), check_same_thread=False, isolation_level=None
        )
        if path is not None:
            self.connection.execute("PRAGMA journal_mode=WAL")
        self.connection.execute("PRAGMA synchronous=NORMAL")
        self.connection.executescript(_TABLES)

    def next_id(self) -> int:
        """Return an id that no object has had."""
        number = int(self.recall("last_id") or 1000) + 1
        self.keep("last_id", number)
        return number

    def put(self, thing: Thing) -> None:
        """Keep an object, in place of what it was."""
        row = (
            thing["type"], thing["id"], thing["franchise"], thing.get("place", thing["id"]),
            thing["created"], thing["edited"], thing.get("work_order"),
            next((number for kind, number in thing["related"] if kind == CLIENT), None),
            json.dumps(thing),
        )  # fmt: skip
        self.connection.execute(
            "INSERT OR REPLACE INTO thing VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row
        )

    def get(self, kind: int, number: int) -> Thing:
        """Return an object; KeyError where there is none."""
        found = self._things("type = ? AND id = ?", [kind, number])
        if not found:
            raise KeyError(number)
        return found[0]

    def all(self, kind: int, franchise: int | None = None) -> list[Thing]:
        """Return all objects of a type, of one franchise or of all."""
        if franchise is None:
            return self._things("type = ? AND franchise > 0 ORDER BY id", [kind])
        return self._things("type = ? AND franchise = ? ORDER BY id", [kind, franchise])

    def page(self, where: str, values: list[Any], order: str, size: int, at: int) -> list[Thing]:
        """Return a page of what fits."""
        return self._things(f"{where} ORDER BY {order} LIMIT ? OFFSET ?", [*values, size, at])

    def keep(self, name: str, value: Any) -> None:
        """Store a small value under a name."""
        row = (name, json.dumps(value))
        self.connection.execute("INSERT OR REPLACE INTO memory VALUES (?, ?)", row)

    def recall(self, name: str) -> Any:
        """Return what was kept under a name, or None."""
        row = self.connection.execute("SELECT value FROM memory WHERE name = ?", (name,)).fetchone()
        return None if row is None else json.loads(row[0])

    def _things(self, where: str, values: list[Any]) -> list[Thing]:
        # The conditions are our own; every value is a parameter.
        rows = self.connection.execute(f"SELECT body FROM thing WHERE {where}", values)  # noqa: S608
        return [json.loads(row[0]) for row in rows]

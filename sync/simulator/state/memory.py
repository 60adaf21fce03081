"""Small settings that must outlive a restart: the clock, switches, OAuth lifetimes, webhooks."""

import json
import sqlite3
from typing import Any


class Memory:
    """Named JSON values in the state file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.execute(
            "CREATE TABLE IF NOT EXISTS memory (name TEXT PRIMARY KEY, value TEXT NOT NULL)"
        )

    def keep(self, name: str, value: Any) -> None:
        """Store a value under a name, in place of an earlier one."""
        self._connection.execute(
            "INSERT OR REPLACE INTO memory (name, value) VALUES (?, ?)", (name, json.dumps(value))
        )

    def recall(self, name: str) -> Any:
        """Give back what was kept under a name, or None."""
        row = self._connection.execute(
            "SELECT value FROM memory WHERE name = ?", (name,)
        ).fetchone()
        return None if row is None else json.loads(row[0])

"""The one SQLite file that holds a simulator's state, and the ledger's tables in it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LEDGER_TABLES = """
CREATE TABLE IF NOT EXISTS ledger_company (
    realm_id TEXT PRIMARY KEY, name TEXT NOT NULL, country TEXT NOT NULL,
    currency TEXT NOT NULL, variant TEXT NOT NULL, condition TEXT NOT NULL DEFAULT 'ok'
);
CREATE TABLE IF NOT EXISTS ledger_document (
    realm_id TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, seq INTEGER NOT NULL,
    state TEXT NOT NULL,              -- active, inactive or deleted
    name TEXT, number TEXT, customer TEXT, txn_date TEXT,
    updated INTEGER NOT NULL,         -- microseconds since 1970
    body TEXT NOT NULL, hidden TEXT NOT NULL,
    PRIMARY KEY (realm_id, kind, id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS ledger_by_seq ON ledger_document (realm_id, kind, seq);
CREATE INDEX IF NOT EXISTS ledger_by_name ON ledger_document (realm_id, kind, name)
    WHERE name IS NOT NULL;
CREATE INDEX IF NOT EXISTS ledger_by_number ON ledger_document (realm_id, kind, number)
    WHERE number IS NOT NULL;
CREATE INDEX IF NOT EXISTS ledger_by_customer ON ledger_document (realm_id, kind, customer)
    WHERE customer IS NOT NULL;
CREATE INDEX IF NOT EXISTS ledger_by_update ON ledger_document (realm_id, kind, updated);
CREATE TABLE IF NOT EXISTS ledger_sequence (
    realm_id TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (realm_id, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS ledger_answer (
    realm_id TEXT NOT NULL, request_id TEXT NOT NULL, fingerprint TEXT NOT NULL,
    at INTEGER NOT NULL, status INTEGER NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (realm_id, request_id)
) WITHOUT ROWID;
"""


class Store:
    """A connection to the simulator's SQLite file; `None` keeps everything in memory.

    What was committed survives a kill -9 (WAL); a power cut may lose the last moments.
    """

    def __init__(self, path: str | Path | None = None) -> None:
        """Open or create the file and its ledger tables."""
        self.connection = sqlite3.connect(
            ":memory:" if path is None else str(path),
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
        )
        self.connection.execute("PRAGMA journal_mode=WAL")
        self.connection.execute("PRAGMA synchronous=NORMAL")
        self.connection.executescript(LEDGER_TABLES)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Commit what the block does as one, or nothing of it; blocks do not nest."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield self.connection
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        self.connection.close()

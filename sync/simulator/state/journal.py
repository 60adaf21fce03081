"""The journal: every request that came in, in the state file, so that memory stays flat."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS journal (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, kind TEXT NOT NULL, method TEXT NOT NULL,
    path TEXT NOT NULL, realm_id TEXT, params TEXT NOT NULL, status INTEGER, intuit_tid TEXT,
    counts TEXT NOT NULL, body TEXT, fault TEXT, carried_out INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS journal_realm ON journal (realm_id, id);
"""
COLUMNS = (
    "id, at, kind, method, path, realm_id, params, status, intuit_tid, counts, body, fault, "
    "carried_out"
)
SECRET_PARAMS = frozenset(
    {"access_token", "client_secret", "code", "id_token", "refresh_token", "state", "token"}
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One request and what became of it.

    `status` is None where no answer left the simulator; `fault` names what was injected;
    `carried_out` says whether the request got as far as the ledger, whatever was answered.
    """

    at: str
    kind: str
    method: str
    path: str
    realm_id: str | None
    params: Mapping[str, str]
    status: int | None
    intuit_tid: str
    counts: Mapping[str, Mapping[str, int]]
    body: str | None
    fault: str | None
    carried_out: bool


class Journal:
    """Append-only list of entries, oldest first."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.executescript(SCHEMA)

    def record(self, entry: Entry) -> None:
        """Append one entry; parameters that carry a secret are left out."""
        self._connection.execute(
            "INSERT INTO journal (at, kind, method, path, realm_id, params, status, intuit_tid,"
            " counts, body, fault, carried_out) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
            (
                entry.at,
                entry.kind,
                entry.method,
                entry.path,
                entry.realm_id,
                json.dumps({k: v for k, v in entry.params.items() if k not in SECRET_PARAMS}),
                entry.status,
                entry.intuit_tid,
                json.dumps(entry.counts),
                entry.body,
                entry.fault,
                entry.carried_out,
            ),
        )

    def entries(
        self, *, realm_id: str | None = None, kind: str | None = None, limit: int | None = None
    ) -> Iterator[dict[str, Any]]:
        """Read entries, oldest first; with `limit`, only the newest so many of them."""
        wanted = {"realm_id": realm_id, "kind": kind}
        given = {name: value for name, value in wanted.items() if value is not None}
        where = " AND ".join(f"{name} = :{name}" for name in given) or "1"
        # Only the two fixed column names above reach the text of the query.
        newest = f"SELECT {COLUMNS} FROM journal WHERE {where} ORDER BY id DESC LIMIT :limit"  # noqa: S608
        rows = self._connection.execute(
            f"SELECT * FROM ({newest}) ORDER BY id",  # noqa: S608
            {**given, "limit": -1 if limit is None else limit},
        )
        return (_as_dict(row) for row in rows)

    def clear(self) -> None:
        """Forget every entry."""
        self._connection.execute("DELETE FROM journal")


def _as_dict(row: tuple[Any, ...]) -> dict[str, Any]:
    entry = dict(zip(COLUMNS.split(", "), row, strict=True))
    entry["params"] = json.loads(entry["params"])
    entry["counts"] = json.loads(entry["counts"])
    entry["carried_out"] = bool(entry["carried_out"])
    return entry

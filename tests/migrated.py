"""The test database as migrations leave it, kept in a file: to migrate takes longer than a test.

Processes that begin together wait for the first one; a later run finds the file, unless a
migration, a model or a library has changed since.
"""

import fcntl
import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.commands import migrate
from django.db import connection

ROOT = Path(__file__).parent.parent
KEPT_IN = ROOT / "var" / "tests"
_migrate = migrate.Command.handle


def migrate_once(command: migrate.Command, *given: Any, **options: Any) -> None:
    """Migrate SQLite by copying what an earlier run left; the first one leaves it."""
    if connection.vendor != "sqlite":
        _migrate(command, *given, **options)
        return
    kept = KEPT_IN / f"migrated-{_version()}.sqlite3"
    connection.ensure_connection()
    with _alone():
        if kept.exists():
            with sqlite3.connect(kept) as source:
                source.backup(connection.connection)
            return
        for outdated in KEPT_IN.glob("migrated-*"):
            outdated.unlink()
        _migrate(command, *given, **options)
        unfinished = kept.with_suffix(".unfinished")
        with sqlite3.connect(unfinished) as target:
            connection.connection.backup(target)
        unfinished.rename(kept)


def _version() -> str:
    """Return a digest of what decides how the database comes out."""
    files = [ROOT / "requirements-dev.txt"]
    for pattern in ("*/migrations/*.py", "sync/models/*.py", "accounts/*.py", "sync/apps.py"):
        files += sorted(ROOT.glob(pattern))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


@contextmanager
def _alone() -> Iterator[None]:
    KEPT_IN.mkdir(parents=True, exist_ok=True)
    with (KEPT_IN / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield

"""The test database as migrations leave it, kept: to migrate takes longer than many tests.

SQLite's is a file, PostgreSQL's a database of its own, from which each process has its copy made.

Processes that begin together wait for the first one; a later run finds the file, unless a
migration, a model or a library has changed since.
"""

import fcntl
import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.commands import migrate
from django.db import connection

ROOT = Path(__file__).parent.parent
KEPT_IN = ROOT / "var" / "tests"
# Other checkouts have their own on the same server.
KEPT_DATABASE = f"test_migrated_{hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]}_"
_migrate = migrate.Command.handle


def migrate_once(command: migrate.Command, *given: Any, **options: Any) -> None:
    """Migrate by copying what an earlier run left; the first one leaves it."""
    if connection.vendor == "postgresql":
        with _alone():
            _copy_in_postgresql(lambda: _migrate(command, *given, **options))
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


def _copy_in_postgresql(do_migrate: Callable[[], None]) -> None:
    """Make this process' database anew from the one that is kept, or keep it as it comes out."""
    own, kept = connection.settings_dict["NAME"], f"{KEPT_DATABASE}{_version()}"
    with connection._nodb_cursor() as cursor:
        cursor.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [KEPT_DATABASE]
        )
        there = {name for (name,) in cursor.fetchall()}
        for outdated in there - {kept}:
            cursor.execute(f'DROP DATABASE IF EXISTS "{outdated}"')
    if kept not in there:
        do_migrate()
    connection.close()
    with connection._nodb_cursor() as cursor:
        if kept in there:
            cursor.execute(f'DROP DATABASE "{own}"')
            cursor.execute(f'CREATE DATABASE "{own}" TEMPLATE "{kept}"')
        else:
            cursor.execute(f'CREATE DATABASE "{kept}" TEMPLATE "{own}"')


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

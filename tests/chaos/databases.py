"""A fresh, migrated database for each storm: migrated once, then copied."""

import getpass
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.chaos.plan import ROOT, VAR

_USER = os.environ.get("PGUSER") or getpass.getuser()
PG_URL = os.environ.get("PG_URL") or f"postgres://{_USER}@127.0.0.1:5432/postgres"


def has_postgres() -> bool:
    """Say whether there is a PostgreSQL to make databases on."""
    try:
        psycopg.connect(PG_URL, connect_timeout=3).close()
    except psycopg.OperationalError:
        return False
    return True


def fingerprint(*patterns: str) -> str:
    """Return what changes when any of the files does."""
    digest = hashlib.sha256()
    for path in sorted({path for pattern in patterns for path in ROOT.glob(pattern)}):
        digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()[:10]


def code() -> str:
    """Return what tells whether a storm was run with the code as it is now."""
    return fingerprint("sync/**/*.py", "config/*.py", "accounts/**/*.py", "tests/chaos/*.py")


@contextmanager
def fresh(kind: str, name: str, folder: Path) -> Iterator[str]:
    """Yield the DATABASE_URL of a new, migrated database; a PostgreSQL one is dropped again."""
    if kind == "sqlite":
        path = folder / "paidup.sqlite3"
        shutil.copy(_sqlite_template(), path)
        yield f"sqlite:///{path}"
        return
    template, database = _postgres_template(), f"chaos_{os.getpid()}_{name}"
    _command(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')
    # Processes die here, the server does not: its disk need not be waited for.
    _command(f'ALTER DATABASE "{database}" SET synchronous_commit = off')
    try:
        yield _url(database)
    finally:
        _command(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')


def keep(url: str, file: Path) -> None:
    """Back up a PostgreSQL database, as docs/operating.md says."""
    subprocess.run(["pg_dump", "-Fc", "-f", str(file), url], check=True, capture_output=True)


def put_back(url: str, file: Path) -> None:
    """Restore a PostgreSQL database from a backup, as docs/operating.md says."""
    database = url.rsplit("/", 1)[1]
    _command(f'DROP DATABASE "{database}" WITH (FORCE)')
    _command(f'CREATE DATABASE "{database}"')
    _command(f'ALTER DATABASE "{database}" SET synchronous_commit = off')
    subprocess.run(["pg_restore", "-d", url, str(file)], check=True, capture_output=True)


def drop_templates() -> None:
    """Take the PostgreSQL template of this code away again."""
    if has_postgres():
        _command(f'DROP DATABASE IF EXISTS "{_template_name()}" WITH (FORCE)')


def _template_name() -> str:
    of = fingerprint("tests/chaos/databases.py", "sync/models/*.py", "*/migrations/*.py")
    return f"chaos_template_{of}"


def _sqlite_template() -> Path:
    path = VAR / f"{_template_name()}.sqlite3"
    if not path.exists():
        for stale in VAR.glob("chaos_template_*.sqlite3*"):
            stale.unlink(missing_ok=True)
        VAR.mkdir(parents=True, exist_ok=True)
        making = path.with_suffix(f".{os.getpid()}")
        _migrate(f"sqlite:///{making}")
        making.rename(path)
    return path


def _postgres_template() -> str:
    name = _template_name()
    with psycopg.connect(PG_URL, autocommit=True) as connection:
        known = "SELECT 1 FROM pg_database WHERE datname = %s"
        # One maker at a time, whichever process needs it first.
        connection.execute("SELECT pg_advisory_lock(20260523)")
        if not connection.execute(known, [name]).fetchone():
            making = f"chaos_making_{os.getpid()}"
            connection.execute(f'DROP DATABASE IF EXISTS "{making}"')
            connection.execute(f'CREATE DATABASE "{making}"')
            _migrate(_url(making))
            connection.execute(f'ALTER DATABASE "{making}" RENAME TO "{name}"')
    return name


def _migrate(url: str) -> None:
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "config.settings"},
        check=True,
    )


def _url(database: str) -> str:
    return f"{PG_URL.rsplit('/', 1)[0]}/{database}"


def _command(statement: str) -> None:
    with psycopg.connect(PG_URL, autocommit=True) as connection:
        connection.execute(statement)

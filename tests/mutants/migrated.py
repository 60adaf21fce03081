"""A plugin of pytest's: the database as migrations leave it is kept, as each mutant would migrate.

Not for what migrations themselves run (the triggers).
"""

import os
import sqlite3
from pathlib import Path
from typing import Any

from django.core.management.commands.migrate import Command
from django.db import connection

KEPT = Path(os.environ["MUTANTS_DATABASE"])
_migrate = Command.handle


def _handle(command: Command, *given: Any, **options: Any) -> None:
    connection.ensure_connection()
    if KEPT.exists():
        with sqlite3.connect(KEPT) as kept:
            kept.backup(connection.connection)
        return
    _migrate(command, *given, **options)
    unfinished = KEPT.with_suffix(f".{os.getpid()}")
    with sqlite3.connect(unfinished) as kept:
        connection.connection.backup(kept)
    unfinished.rename(KEPT)


Command.handle = _handle  # type: ignore[method-assign]

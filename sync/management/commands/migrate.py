"""Migrates while pages are read: on PostgreSQL it gives way instead of holding everybody up."""

import time
from typing import Any

from django.core.management import call_command
from django.core.management.commands.migrate import Command as Migrate
from django.db import OperationalError, connections

# Below the second after which PostgreSQL looks for deadlocks, so that no reader is its victim.
LOCK_TIMEOUT = "500ms"
# A lock not had in time, and a deadlock: what was begun is taken back whole, and can begin anew.
# https://www.postgresql.org/docs/current/errcodes-appendix.html
GIVE_WAY = {"55P03", "40P01"}
MOST_TRIES = 60
PAUSE_SECONDS = 1.0


class Command(Migrate):
    """Django's own, that tries again where a table is in use; each migration goes whole or not.

    The table of the cache has no migration, and is made beside them.
    """

    def handle(self, *args: Any, **options: Any) -> None:
        self._migrate(*args, **options)
        if not (options["plan"] or options["check_unapplied"]):
            call_command("createcachetable", database=options["database"], verbosity=0)

    def _migrate(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        if connection.vendor != "postgresql":
            super().handle(*args, **options)
            return
        for tries_left in reversed(range(MOST_TRIES)):
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('lock_timeout', %s, false)", [LOCK_TIMEOUT])
            try:
                super().handle(*args, **options)
            except OperationalError as error:
                if not tries_left or getattr(error.__cause__, "sqlstate", "") not in GIVE_WAY:
                    raise
                self.stderr.write("A table is in use: trying again.")
                time.sleep(PAUSE_SECONDS)
            else:
                return
            finally:
                with connection.cursor() as cursor:
                    cursor.execute("RESET lock_timeout")

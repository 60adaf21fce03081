"""What befalls the site itself: connections cut, the queue away, a restored backup, an upgrade."""

import random
import shutil
import socket
import sqlite3
import subprocess
import time
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path

from tests.chaos import databases
from tests.chaos.plan import SCALED

# A migration of the next release, as the workers of this one see it while it is put in.
LATER = ("sync", "9999_of_the_next_release")
# Restoring takes longer than QuickBooks works on what was sent before.
RESTORING_SECONDS = SCALED["QUICKBOOKS_SERVER_LIMIT"] + SCALED["QUICKBOOKS_SEND_DEADLINE"] + 0.5


class Queue:
    """A Redis of the storm's own that is killed and started again; it keeps nothing."""

    def __init__(self, folder: Path) -> None:
        with closing(socket.create_server(("127.0.0.1", 0))) as free:
            self._port = free.getsockname()[1]
        self._folder = folder
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self._server = self._start()

    @staticmethod
    def is_installed() -> bool:
        """Say whether there is a Redis to start."""
        return shutil.which("redis-server") is not None

    def be_away(self, seconds: float) -> None:
        """Lose all that is queued, and answer nobody for so long."""
        self.end()
        time.sleep(seconds)
        self._server = self._start()

    def end(self) -> None:
        """Kill it."""
        self._server.kill()
        self._server.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        server = subprocess.Popen(
            ["redis-server", "--port", str(self._port), "--save", "", "--appendonly", "no"],
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
        )
        for _ in range(100):
            with suppress(OSError), socket.create_connection(("127.0.0.1", self._port), 1):
                return server
            time.sleep(0.05)
        raise RuntimeError("Redis does not start")


class Site:
    """The site's database and queue, and what happens to them."""

    def __init__(self, url: str, queue: Queue | None, folder: Path, dice: random.Random) -> None:
        self.befell: Counter[str] = Counter()
        self._url, self._queue, self._dice = url, queue, dice
        self._backup = folder / "backup"
        self._file = Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite") else None

    def cut_connections(self) -> None:
        """Cut every connection to PostgreSQL but this process's own."""
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        self.befell["connections cut"] += 1

    def lose_queue(self) -> None:
        """Have the queue away for a moment."""
        if self._queue is not None:
            self._queue.be_away(self._dice.uniform(0.5, 2))
            self.befell["queue away"] += 1

    def be_upgraded(self) -> None:
        """Have the schema be a later release's for a while: workers end what they do, and wait."""
        from django.db import connection
        from django.db.migrations.recorder import MigrationRecorder

        MigrationRecorder(connection).record_applied(*LATER)
        time.sleep(self._dice.uniform(3, 5))
        MigrationRecorder(connection).record_unapplied(*LATER)
        self.befell["upgrade"] += 1

    def back_up(self) -> None:
        """Keep the database as it is now, while everything goes on."""
        if self._file is None:
            databases.keep(self._url, self._backup)
            return
        with closing(sqlite3.connect(self._file)) as now, closing(_opened(self._backup)) as kept:
            now.backup(kept)

    def restore(self) -> None:
        """Put the database back as it was kept, by the runbook; nothing may be running."""
        from django.core.management import call_command
        from django.db import connections

        from sync.models import Heartbeat

        connections.close_all()
        if self._file is None:
            databases.put_back(self._url, self._backup)
        else:
            for part in ("-wal", "-shm"):
                self._file.with_name(self._file.name + part).unlink(missing_ok=True)
            shutil.copy(self._backup, self._file)
        time.sleep(RESTORING_SECONDS)
        Heartbeat.objects.all().delete()  # a minute later nobody would count as alive
        with suppress(SystemExit):  # it names what needs a person, which storms have plenty of
            call_command("after_restore", verbosity=0)
        self.befell["restore"] += 1


def _opened(path: Path) -> sqlite3.Connection:
    path.unlink(missing_ok=True)
    return sqlite3.connect(path)

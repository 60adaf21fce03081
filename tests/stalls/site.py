"""A whole site as one runs it: web, two worker commands, Redis, PostgreSQL, the simulator.

What ends is started again after two seconds, as systemd does it.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg
import requests

from sync.simulator.server import Simulator
from tests.chaos.plan import ROOT
from tests.stalls.disk import Disk

RESTART_SECONDS = 2.0
# A minute, of each company: slow enough that there is something to export until the end.
BATCHES = 20
PASSWORD = "seven-brown-horses-by-the-lake"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Part:
    """One process of the site that is kept running."""

    def __init__(self, name: str, command: list[str], folder: Path) -> None:
        self.name, self._command, self._folder = name, command, folder
        self.held_down = False
        self._back_at = 0.0
        self.start()

    def start(self) -> None:
        with (self._folder / f"{self.name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                self._command, cwd=ROOT, stdout=log, stderr=log, start_new_session=True
            )

    def keep_up(self) -> None:
        if self.held_down or self.process.poll() is None:
            self._back_at = 0.0
        elif not self._back_at:
            self._back_at = time.monotonic() + RESTART_SECONDS
        elif time.monotonic() >= self._back_at:
            self.start()

    def kill_all(self) -> None:
        """Kill it and everything below it, as a power cut would."""
        below = []
        with suppress(psutil.NoSuchProcess):
            below = psutil.Process(self.process.pid).children(recursive=True)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        for each in below:
            with suppress(psutil.NoSuchProcess):
                each.kill()
        self.process.wait()


class Site:
    """The running site, with handles for what breaks it."""

    def __init__(self, url: str, simulator: Simulator, disk: Disk | None, folder: Path) -> None:
        self.database_url, self.simulator, self.disk, self._folder = url, simulator, disk, folder
        self.name = url.rsplit("/", 1)[1]
        self._is_over = threading.Event()
        self.web_url = f"http://127.0.0.1:{free_port()}"
        self._session = requests.Session()

    def start(self, redis_port: int) -> None:
        redis = ["redis-server", "--port", str(redis_port), "--bind", "127.0.0.1", "--save", ""]
        self.redis = Part("redis", redis, self._folder)
        paidup = [sys.executable, "manage.py"]
        bind = self.web_url.removeprefix("http://")
        self.web = Part("web", [*paidup, "serve", "--bind", bind, "--threads", "4"], self._folder)
        self.workers = [Part(f"worker-{n}", [*paidup, "worker"], self._folder) for n in (1, 2)]
        self._parts = [self.redis, self.web, *self.workers]
        threading.Thread(target=self._keep_up, daemon=True).start()

    def _keep_up(self) -> None:
        while not self._is_over.wait(0.2):
            for part in self._parts:
                part.keep_up()

    def stop(self) -> None:
        self._is_over.set()
        for part in self._parts:
            part.held_down = True
        for part in self._parts:
            part.kill_all()

    def worker_of(self, realm: str) -> psutil.Process | None:
        """Return the process that holds a company."""
        with psycopg.connect(self.database_url) as database:
            found = database.execute(
                "SELECT lease_pid FROM sync_quickbookscompany WHERE realm_id = %s"
                " AND lease_token IS NOT NULL", [realm],
            ).fetchone()  # fmt: skip
        return psutil.Process(found[0]) if found and psutil.pid_exists(found[0]) else None

    def waits_for_pace(self, realm: str) -> bool:
        """Say whether a process has a company in hand, and only Intuit's limit keeps it waiting."""
        with psycopg.connect(self.database_url) as database:
            [calls] = database.execute(
                "SELECT recent_calls FROM sync_quickbookscompany WHERE realm_id = %s", [realm]
            ).fetchone()
        batches = [at for at, is_batch in calls if is_batch and at > time.time() - 60]
        return len(batches) >= BATCHES * 0.9 and self.worker_of(realm) is not None

    def command_of(self, process: psutil.Process) -> Part:
        """Return the worker command below which a process runs."""
        above = {each.pid for each in process.parents()}
        return next(part for part in self.workers if part.process.pid in above)

    def sql(self, *statements: str) -> None:
        """Do it beside the site's own connections."""
        server = self.database_url.rsplit("/", 1)[0]
        with psycopg.connect(f"{server}/postgres", autocommit=True) as database:
            for statement in statements:
                database.execute(statement)

    def cut_connections(self) -> None:
        self.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            f" WHERE datname = '{self.name}' AND pid <> pg_backend_pid()"
        )

    def arrived(self) -> dict[str, int]:
        """Return how many documents are known to be in QuickBooks, by realm."""
        with psycopg.connect(self.database_url) as database:
            return dict(
                database.execute(
                    "SELECT c.realm_id, count(r.id) FILTER (WHERE r.qbo_id <> '')"
                    " FROM sync_quickbookscompany c JOIN sync_syncrecord r ON r.company_id = c.id"
                    " GROUP BY 1"
                ).fetchall()
            )

    def sign_in(self, username: str) -> None:
        page = self._session.get(f"{self.web_url}/admin/login/", timeout=20)
        [token] = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)[:1]
        fields = {"username": username, "password": PASSWORD, "csrfmiddlewaretoken": token}
        self._session.post(page.url, fields, headers={"Referer": page.url}, timeout=20)

    def ask(self, address: str) -> tuple[int, str]:
        """Return the status and text of a page, 0 where nobody answers."""
        try:
            answer = self._session.get(f"{self.web_url}{address}", timeout=15)
        except requests.RequestException as error:
            return 0, type(error).__name__
        return answer.status_code, answer.text

    def is_ready(self) -> bool:
        return self.ask("/readyz")[0] == 200


class Watch:
    """What pages and probes say, asked once a second until it is ended."""

    def __init__(self, site: Site, page: str) -> None:
        self.said: list[str] = []
        self._site, self._page = site, page
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._is_over.wait(1.0):
            for words in (*self._probes(), *self._notes()):
                if words not in self.said:
                    self.said.append(words)

    def _probes(self) -> list[str]:
        status, text = self._site.ask("/readyz")
        if status == 200:
            return []
        facts = re.findall(r'"(\w+)": \{"well": false, "words": "([^"]+)"', text)
        return [f"readyz {status}: {name}: {words}" for name, words in facts] or [
            f"readyz {status} {text[:40]}"
        ]

    def _notes(self) -> list[str]:
        status, text = self._site.ask(self._page)
        if status not in (200, 286):  # htmx is told by the second that nothing moves any more
            title = re.search(r"<h1>([^<]+)", text)
            return [f"page {status}: {title[1] if title else text[:40]}"]
        notes = re.findall(r'<p class="paidup-note[^>]*>(.*?)</p>', text, re.S)
        return ["page: " + " ".join(re.sub(r"<[^>]+>", "", note).split()) for note in notes]


def wait_until(is_so: Callable[[], Any], seconds: float) -> float | None:
    """Return after how many seconds it was so, None where it never was."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        with suppress(psycopg.Error):
            if is_so():
                return time.monotonic() - began
        time.sleep(0.25)
    return None

"""The real road in a process of its own: the product's commands, on the copy and the stand-in."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from sync.company.sessions import epoch
from sync.rehearsal.stand_in import StandIn, StandInFailed

_POLL = 0.2
_TOLD = 2000
_AS_MODELS = "sync.rehearsal.settings"
# Its own limits are off there, so there is no pace to keep; and all that differs is to be found.
_UNHINDERED = dict.fromkeys(
    (
        "EXPORTS_PAUSE_AFTER",
        "QUICKBOOKS_REQUESTS_PER_MINUTE",
        "QUICKBOOKS_BATCHES_PER_MINUTE",
        "QUICKBOOKS_REQUESTS_PER_SECOND",
    ),
    "0",
)


class RoadFailed(Exception):
    """The export of the copy ended before its end; the text is for who asked."""


@dataclass(frozen=True, slots=True)
class Road:
    """Where the copy is, and which stand-in it is sent to."""

    folder: Path
    stand_in: StandIn
    tokens: Mapping[str, str]

    @property
    def database(self) -> Path:
        return self.folder / "copy.sqlite3"

    def make_database(self) -> None:
        """Make the database of the copy: its tables as they are now, with their triggers."""
        self._run("migrate", "--run-syncdb", "--verbosity=0", settings_module=_AS_MODELS)

    def export(self, code: str) -> dict[str, Any]:
        """Export everything of a unit that is ready; return what the command counts."""
        counted: dict[str, Any] = json.loads(self._run("export_payments", code, "--wait", "--json"))
        return counted

    def _run(self, *arguments: str, settings_module: str = "") -> str:
        """Run a command of the product until its end, or that of the stand-in."""
        told, failed = self.folder / "told.txt", self.folder / "failed.txt"
        # This process has checked the system.
        command = [sys.executable, "-m", "config.command", *arguments, "--skip-checks"]
        with told.open("wb") as out, failed.open("wb") as log:
            child = subprocess.Popen(  # noqa: S603 - this interpreter, our own command
                command,
                cwd=settings.BASE_DIR,
                env=self._environment(settings_module),
                stdout=out,
                stderr=log,
            )
            try:
                while child.poll() is None:
                    time.sleep(_POLL)
                    if not self.stand_in.is_running:
                        raise StandInFailed("The stand-in for QuickBooks ended meanwhile.")
            finally:
                if child.poll() is None:
                    child.kill()
                    child.wait()
        text = told.read_text()
        # Where documents were refused the export ends with 1, and counts them.
        if child.returncode == 0 or (child.returncode == 1 and text):
            return text
        raise RoadFailed(
            f"{arguments[0]} ended with {child.returncode}: {failed.read_text()[-_TOLD:]}"
        )

    def _environment(self, settings_module: str) -> dict[str, str]:
        url = self.stand_in.url
        named = {"DJANGO_SETTINGS_MODULE": settings_module} if settings_module else {}
        return {
            **os.environ,
            **_UNHINDERED,
            **named,
            "PAIDUP_EPOCH": epoch(),
            "DATABASE_URL": f"sqlite:///{self.database}",
            "REDIS_URL": "",
            "EMAIL_URL": "dummymail://",
            "SITE_URL": "http://localhost",
            "LOG_LEVEL": "WARNING",
            "QUICKBOOKS_ENVIRONMENT": "simulator",
            "QUICKBOOKS_DISCOVERY_URL": f"{url}/.well-known/openid_configuration",
            "QUICKBOOKS_API_URL": f"{url}/v3",
            "QUICKBOOKS_CLIENT_ID": self.tokens["client_id"],
            "QUICKBOOKS_CLIENT_SECRET": self.tokens["client_secret"],
        }

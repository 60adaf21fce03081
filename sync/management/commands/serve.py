"""Serve the site, for a proxy that speaks TLS."""

import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Serve the site until SIGTERM or Ctrl-C; manage.py worker does the work beside it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        port = os.environ.get("PORT", "8000")
        parser.add_argument("--bind", default=f"127.0.0.1:{port}", help="host:port, or unix:PATH")
        parser.add_argument("--workers", default="2", help="processes (%(default)s)")
        parser.add_argument("--threads", default="8", help="threads of each (%(default)s)")

    def handle(self, *, bind: str, workers: str, threads: str, **_options: Any) -> None:
        if not settings.DEBUG:
            call_command("collectstatic", interactive=False, verbosity=0)
        command = [
            *(sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", bind),
            *("--worker-class", "gthread", "--workers", workers, "--threads", threads),
            *("--timeout", "60"),
        ]
        os.execv(sys.executable, command)  # noqa: S606 - this interpreter; it takes the signals

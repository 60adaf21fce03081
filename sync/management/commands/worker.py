"""Runs what does the work behind the pages."""

from typing import Any

from django.core.management.base import BaseCommand

from config.worker import Worker
from sync.company.sessions import epoch
from sync.operations.keys import refuse_closed


class Command(BaseCommand):
    help = "Runs a cluster of worker processes, and a new one when it loses a process; until asked."

    def handle(self, *_args: Any, **_options: Any) -> None:
        refuse_closed()
        epoch()  # its processes share it
        Worker().run()

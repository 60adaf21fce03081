"""Runs the stand-in for Vonigo."""

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sync.intake.sources.vonigo.standin.office import PASSWORD, Office
from sync.intake.sources.vonigo.standin.seed import seed
from sync.intake.sources.vonigo.standin.switches import CHOICES, NUMBERS
from sync.management.stand_ins import require_extra

with suppress(ModuleNotFoundError):  # told by `require_extra`
    from sync.intake.sources.vonigo.standin.server import DEFAULT_PORT, DEFAULT_STATE, HOST, run


class Command(BaseCommand):
    """A thin wrapper: the stand-in itself knows nothing of Django."""

    help = "Runs a stand-in for Vonigo on this machine, until interrupted."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the stand-in's own options."""
        require_extra(parser)
        parser.add_argument("--port", type=int, default=DEFAULT_PORT)
        parser.add_argument("--state", type=Path, default=DEFAULT_STATE, help="file that keeps all")
        parser.add_argument("--seed", type=int, default=1, help="what a new state file holds")
        parser.add_argument("--invoices", type=int, default=20, help="of each franchise, when new")
        parser.add_argument(
            "--switch", action="append", default=[], metavar="NAME=VALUE",
            help=f"one of {', '.join([*CHOICES, *NUMBERS])}",
        )  # fmt: skip

    def handle(self, *_args: Any, **options: Any) -> None:
        """Say where it is, and serve."""
        port: int = options["port"]
        options["state"].parent.mkdir(parents=True, exist_ok=True)
        office = Office(options["state"])
        seed(office, options["seed"], datetime.now(UTC).date(), invoices=options["invoices"])
        try:
            office.switch(**dict(map(_switch, options["switch"])))
        except ValueError as unknown:
            raise CommandError(str(unknown)) from unknown
        self.stdout.write(f"Vonigo stand-in: http://{HOST}:{port}/ (password {PASSWORD})")
        self.stdout.flush()
        try:
            run(port, office)
        except OSError as problem:
            raise CommandError(f"The stand-in cannot have port {port}: {problem}") from problem


def _switch(text: str) -> tuple[str, str | int]:
    name, _, value = text.partition("=")
    return name, int(value) if value.isdigit() else value

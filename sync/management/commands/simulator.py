"""Runs the QuickBooks Online simulator."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sync.management.stand_ins import require_extra
from sync.simulator.remote import HOST

with suppress(ModuleNotFoundError):  # told by `require_extra`
    from sync.simulator.serving import add_arguments, run, settings_from

# The kind readings that the product does not survive without yet; the simulator's own are strict.
# Each entry goes as soon as the product has learned to do without it; tests begin with these too.
NOT_YET_STRICT: dict[str, str | int] = {
    "deposited_payment": "tell",  # a deposit shows as drift by the payment's webhook
}


class Command(BaseCommand):
    """A thin wrapper: the simulator itself knows nothing of Django."""

    help = "Runs a stand-in for QuickBooks Online on this machine, until interrupted."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the simulator's own options."""
        require_extra(parser)
        add_arguments(parser)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Say where it is, and serve."""
        port: int = options["port"]
        self.stdout.write(f"QuickBooks Online simulator: http://{HOST}:{port}/")
        self.stdout.flush()
        try:
            settings = settings_from(options)
            run(port, replace(settings, switches={**NOT_YET_STRICT, **settings.switches}))
        except OSError as problem:
            raise CommandError(f"The simulator cannot have port {port}: {problem}") from problem

"""Make a restored database safe to go on from."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sync.management.findings import tell
from sync.operations import restoring


class Command(BaseCommand):
    help = (
        "After a backup was restored and before anything is started: end what processes of before"
        " held, have every company looked through, prove the sums. Exit 1 where a person is needed."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            findings = restoring.after_restore()
        except restoring.StillRunning as running:
            raise CommandError(str(running)) from None
        tell(findings, self.stdout)

"""Say in words what is misconfigured or not running."""

from typing import Any

from django.core.management.base import BaseCommand

from sync.management.findings import tell
from sync.operations import doctor


class Command(BaseCommand):
    help = "Say what is misconfigured or not running, and what to do; exit 1 where anything is."
    requires_system_checks = []  # it tells of them itself

    def handle(self, **options: Any) -> None:
        tell(doctor.examine(), self.stdout)

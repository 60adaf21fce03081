"""Print a new key for FIELD_ENCRYPTION_KEYS."""

from typing import Any

from django.core.management.base import BaseCommand

from sync.operations import keys


class Command(BaseCommand):
    help = "Print a new key for FIELD_ENCRYPTION_KEYS; nothing is stored."
    requires_system_checks = []

    def handle(self, **options: Any) -> None:
        self.stdout.write(keys.new_key())

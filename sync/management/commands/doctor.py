"""Say in words what is misconfigured or not running."""

from typing import Any

from django.core.management.base import BaseCommand

from sync.operations import doctor


class Command(BaseCommand):
    help = "Say what is misconfigured or not running, and what to do; exit 1 where anything is."
    requires_system_checks = []  # it tells of them itself

    def handle(self, **options: Any) -> None:
        findings = doctor.examine()
        for finding in findings:
            mark = "ok  " if finding.is_well else "BAD "
            self.stdout.write(f"{mark}{finding.name}: {finding.words}")
        if not all(finding.is_well for finding in findings):
            raise SystemExit(1)

"""Prove that every stored sum equals what its parts add up to."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sync.exports.runs import verdicts
from sync.models import triggers


class Command(BaseCommand):
    help = "Prove that stored sums of invoices and payments equal what their parts add up to."

    def handle(self, *args: Any, **options: Any) -> None:
        wrong = triggers.wrong_sums()
        if wrong:
            rows = "; ".join(
                f"{name}: {len(ids)} rows, first {ids[:5]}" for name, ids in wrong.items()
            )
            raise CommandError(f"Sums that are wrong: {rows}")
        if against := verdicts.wrong():
            raise CommandError(
                f"Verdicts that are wrong: {len(against)} invoices, first {against[:5]}"
            )
        self.stdout.write(self.style.SUCCESS("Every stored sum is right, and every verdict."))

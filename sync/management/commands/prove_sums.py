"""Prove that every stored sum equals what its parts add up to."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sync.connections import stored_readiness
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
        if units := stored_readiness.wrong():
            raise CommandError(f"Readiness that is wrong: {len(units)} units, first {units[:5]}")
        words = "Every stored sum is right, every verdict, and what each unit lacks."
        self.stdout.write(self.style.SUCCESS(words))

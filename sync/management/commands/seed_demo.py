"""Add demo data: believable companies, their invoices and the people who work on them."""

from argparse import ArgumentTypeError
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from sync.intake import demo, demo_people


def _at_least_zero(text: str) -> int:
    if not text.isdecimal():
        raise ArgumentTypeError(f"{text!r} is not a whole number of zero or more")
    return int(text)


def _seed(text: str) -> int:
    seed = _at_least_zero(text)
    if seed > demo.LARGEST_SEED:
        raise ArgumentTypeError(f"{text!r} is more than {demo.LARGEST_SEED}")
    return seed


class Command(BaseCommand):
    help = "Add repeatable demo data; running it twice adds nothing. For the simulator only."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--invoices", type=_at_least_zero, default=400, metavar="N")
        parser.add_argument("--seed", type=_seed, default=1, metavar="S")
        parser.add_argument(
            "--today",
            type=date.fromisoformat,
            metavar="YYYY-MM-DD",
            help="The day that everything is dated before (default: today).",
        )
        parser.add_argument(
            "--refund-exported",
            action="store_true",
            help="Only add refunds of some of the seed's payments that are in QuickBooks by now.",
        )
        parser.add_argument(
            "--people", action="store_true", help="Only say who may sign in, and how."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        base = options["today"] or timezone.now().date()
        try:
            if options["people"]:
                demo.require_simulator()
                self._introduce(demo_people.seed_people())
                return
            if options["refund_exported"]:
                self._say(demo.refund_exported(options["seed"], base))
                return
            self._say(demo.seed_demo(options["invoices"], options["seed"], base))
            self._introduce(demo_people.seed_people())
        except demo.DemoRefused as refused:
            raise CommandError(str(refused)) from refused

    def _say(self, added: demo.Added) -> None:
        if str(added):
            self.stdout.write(self.style.SUCCESS(f"Added {added}."))
        else:
            self.stdout.write("Nothing to add: these rows are already here.")

    def _introduce(self, people: list[demo_people.Person]) -> None:
        self.stdout.write(f"\nWho may sign in, with the password {demo_people.demo_password()}")
        for person in people:
            changed = "" if person.has_demo_password else " (with a password of their own)"
            self.stdout.write(f"  {person.username:<24} {person.what}{changed}")

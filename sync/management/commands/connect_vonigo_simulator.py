"""Connects a business unit to a franchise of the Vonigo stand-in, without a browser."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from sync.intake.sources import connecting
from sync.intake.sources.vonigo.standin.office import PASSWORD
from sync.models import BusinessUnit


class Command(BaseCommand):
    help = "Connect a unit to the Vonigo stand-in, as proposed; it is pulled by itself then."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code", metavar="CODE", help="the business unit's code")
        parser.add_argument("--franchise", default="1", metavar="ID")

    def handle(self, *_args: Any, code: str, franchise: str, **_options: Any) -> None:
        """Connect, test, take what is proven, and start."""
        if settings.QUICKBOOKS_ENVIRONMENT != "simulator":
            raise CommandError("This command speaks to the stand-in only.")
        unit = BusinessUnit.objects.filter(code=code).first()
        if unit is None:
            raise CommandError(f"There is no business unit with the code {code!r}.")
        entered = {"tenant": "demo", "company": "Demo", "user": "demo", "password": PASSWORD}
        try:
            feed = connecting.connect(unit, "vonigo", entered, None)
            self._test(feed)
            connecting.choose_place(feed, franchise, None)
            self._test(feed)
            connecting.answer(feed, {}, None)
            connecting.start(feed, None)
        except connecting.FeedRefused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(self.style.SUCCESS(f"{unit} is fed by {feed.place_name}."))

    def _test(self, feed: Any) -> None:
        if words := connecting.test(feed):
            raise CommandError(words)

"""Encrypt everything anew with the first of FIELD_ENCRYPTION_KEYS."""

from typing import Any

from cryptography.fernet import InvalidToken
from django.core.management.base import BaseCommand, CommandError

from sync.intake.imports import shelf
from sync.operations import keys


class Command(BaseCommand):
    help = (
        "Encrypt everything anew with the first of FIELD_ENCRYPTION_KEYS;"
        " afterwards the others may be taken out."
    )

    def handle(self, **options: Any) -> None:
        try:
            count = keys.rotate() + shelf.rotate()
        except InvalidToken:
            closed = ", ".join(keys.unreadable()) or "something stored"
            raise CommandError(
                f"None of FIELD_ENCRYPTION_KEYS opens: {closed}. Add the key that it was"
                " encrypted with, and run this again: what is done is done."
            ) from None
        self.stdout.write(f"{count} texts are encrypted with the first key.")

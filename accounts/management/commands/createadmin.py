"""Make the first administrator, who then adds everybody else on the site."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from accounts import passwords
from accounts.models import User


class Command(BaseCommand):
    help = (
        "Make an administrator of the whole site, and print a link at which that person sets a"
        " password; for one who is there already, a new link."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--email", default="", help="where a forgotten password is mailed to")

    def handle(self, *, username: str, email: str, **_options: Any) -> None:
        user = User.objects.filter(username=username).first() or _made(username, email)
        if not (user.is_superuser and user.is_active):
            words = (
                f"{username} is no administrator: another one can make one of them, under People."
            )
            raise CommandError(words)
        self.stdout.write(
            f"{username} sets a password here, within {passwords.days()} days:\n"
            f"{passwords.link_for(user)}"
        )


def _made(username: str, email: str) -> User:
    user = User(username=username, email=email, is_superuser=True)
    user.set_unusable_password()
    try:
        user.full_clean()
    except ValidationError as wrong:
        raise CommandError("; ".join(wrong.messages)) from None
    user.save()
    return user

"""What the stand-ins need besides the product: an extra, so that no production has it."""

from importlib.util import find_spec

from django.core.management.base import CommandParser

EXTRA = "paidup[simulator]"
PACKAGES = ("httptools", "jinja2", "starlette", "uvicorn", "uvloop")


def require_extra(parser: CommandParser) -> None:
    """End the command with what to install, where that is not here."""
    if absent := [name for name in PACKAGES if find_spec(name) is None]:
        parser.error(
            f"The stand-ins are no part of this installation ({', '.join(absent)} missing):"
            f" pip install '{EXTRA}' where you develop or test."
        )

"""The environment, typed: the one place that touches django-environ."""

from pathlib import Path
from typing import Any, cast

import environ

_HERE = Path(__file__).resolve().parent
_IS_SOURCE = (_HERE.parent / "manage.py").is_file()
# Where the data and .env lie: the source, or the folder in which an installed `paidup` is called.
BASE_DIR = _HERE.parent if _IS_SOURCE else Path.cwd()
# Where templates and static files lie: a wheel has them beside this file.
SHIPPED_DIR = _HERE.parent if _IS_SOURCE else _HERE

_env = environ.Env()
_env.read_env(BASE_DIR / ".env")


def text(name: str, default: str = "") -> str:
    """Return the variable, or the default where it is unset or empty."""
    return cast("str", _env.str(name, default=default)) or default


def flag(name: str, *, default: bool) -> bool:
    """Return the variable read as yes or no."""
    return cast("bool", _env.bool(name, default=default))


def number(name: str, default: float) -> float:
    """Return the variable as a number."""
    return cast("float", _env.float(name, default=default))


def integer(name: str, default: int) -> int:
    """Return the variable as a whole number."""
    return cast("int", _env.int(name, default=default))


def words(name: str) -> list[str]:
    """Return a comma-separated variable as a list."""
    return cast("list[str]", _env.list(name, default=[]))


def database(name: str, default: str) -> dict[str, Any]:
    """Return a database URL as Django's dictionary."""
    return cast("dict[str, Any]", _env.db_url(name, default=default))


def redis(name: str) -> str:
    """Return a Redis URL with time-outs in seconds, empty where it is unset.

    A page that wakes a worker waits no longer for a Redis that hangs. A worker waits there for a
    second at a time, so the second figure must be longer. What the URL says itself counts first.
    """
    url = text(name)
    options = "socket_connect_timeout=1&socket_timeout=3"
    return f"{url}{'&' if '?' in url else '?'}{options}" if url else ""


def email(name: str, default: str) -> dict[str, Any]:
    """Return an e-mail URL as Django's settings."""
    return cast("dict[str, Any]", _env.email_url(name, default=default))

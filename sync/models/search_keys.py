"""Texts as they are searched for: in capitals, and ordered so that a beginning is a range.

Both are indexed. A range of bytes is the one search by prefix that either database does by index,
whatever its language: PostgreSQL orders by "C", SQLite does anyway.
"""

from typing import Any

from django.db import connections
from django.db.models import CharField, Func, QuerySet

LAST = "\U0010ffff"  # above every letter
_ENDS_WITH_DIGITS = "LTRIM(REPLACE({0}, RTRIM({0}, '0123456789'), ''), '0')"


class Capitals(Func):
    """The text in capitals."""

    template = "UPPER(%(expressions)s)"
    output_field = CharField()

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        in_bytes = f'({self.template} COLLATE "C")'
        return super().as_sql(compiler, connection, template=in_bytes, **more)


class EndDigits(Capitals):
    """The digits that the text ends with, without leading zeros: 1121 of RIV-01121."""

    template = _ENDS_WITH_DIGITS.format("%(expressions)s")


def beginning(rows: QuerySet[Any], key: Capitals, text: str) -> QuerySet[Any]:
    """Keep rows whose key begins with the text, what equals it first."""
    text = _in_capitals(text, rows)
    keyed: QuerySet[Any] = rows.alias(sought=key)
    return keyed.filter(sought__gte=text, sought__lt=text + LAST).order_by("sought")


def equal(rows: QuerySet[Any], key: Capitals, text: str) -> QuerySet[Any]:
    """Keep rows whose key is the text."""
    keyed: QuerySet[Any] = rows.alias(sought=key)
    return keyed.filter(sought=_in_capitals(text, rows)).order_by()


def _in_capitals(text: str, rows: QuerySet[Any]) -> str:
    """Return the text as the database puts it in capitals: SQLite does so to a to z alone."""
    if connections[rows.db].vendor != "sqlite":
        return text.upper()
    return "".join(letter.upper() if letter.isascii() else letter for letter in text)

"""What of a stored row differs from what was delivered."""

from collections.abc import Mapping
from typing import Any

from django.db import models


def changed_fields(row: models.Model, values: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Return each field that differs: what it was and what it is to be, as text."""
    return {
        name: (_text(was), _text(value))
        for name, value in values.items()
        if (was := getattr(row, name)) != value
    }


def _text(value: object) -> str:
    return "" if value is None else str(value)


def set_fields(row: models.Model, values: Mapping[str, Any]) -> None:
    """Give the row these values; nothing is saved."""
    for name, value in values.items():
        setattr(row, name, value)

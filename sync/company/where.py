"""Where an error happened, without its message: that may hold a customer's details."""

import sys
import traceback
from collections.abc import Callable, Iterator, MutableMapping
from typing import Any

TOLD: list[Callable[[BaseException, str], None]] = []
"""Who is told of an error that nobody expected, besides the log, with the id it is known by."""


def where(error: BaseException) -> Iterator[str]:
    """Yield the error's type and lines, and before them those of what led to it."""
    if (before := error.__cause__ or error.__context__) is not None:
        yield from where(before)
    yield type(error).__qualname__
    for frame in traceback.extract_tb(error.__traceback__):
        yield f"{frame.filename}:{frame.lineno} {frame.name}"


def tell_where(_logger: Any, _name: str, line: MutableMapping[str, Any]) -> Any:
    """Have a line of the log say where its error happened; a processor of structlog."""
    given = line.pop("exc_info", None)
    if not given:
        return line
    error = given[1] if isinstance(given, tuple) else given
    if not isinstance(error, BaseException):
        error = sys.exc_info()[1]
    if error is not None:
        line["traceback"] = list(where(error))
    return line

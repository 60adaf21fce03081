"""The letters that a company stores: ISO-8859-1 in the United States, all elsewhere."""

from typing import Any

from sync.simulator.ledger.books.books import Books
from sync.simulator.wire import Json


def storable(books: Books, given: Json) -> Json:
    """What was sent as it is stored: every letter that a US company cannot hold is a "?"."""
    if books.is_plain or not books.is_us or books.switches.us_characters == "accept":
        return given
    return {name: _stored(value) for name, value in given.items()}


def _stored(value: Any) -> Any:
    if isinstance(value, str):
        return value if value.isascii() else value.encode("latin-1", "replace").decode("latin-1")
    if isinstance(value, dict):
        return {name: _stored(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_stored(each) for each in value]
    return value

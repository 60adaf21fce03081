"""The pieces of a query that carry values of ours."""

from __future__ import annotations

from collections.abc import Iterable


def quote(value: str) -> str:
    """The value between single quotes, with quotes and backslashes escaped by a backslash.

    Without the second a value that ends in a backslash would swallow the closing quote.
    """
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def where_in(name: str, values: Iterable[str]) -> str:
    """`Name IN ('a', 'b')`; at least one value, as an empty list is no query."""
    quoted = ", ".join(map(quote, values))
    if not quoted:
        raise ValueError(f"a query for no {name} at all")
    return f"{name} IN ({quoted})"

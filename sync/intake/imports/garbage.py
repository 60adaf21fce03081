"""Python's search for cycles of garbage, done seldom while a file goes through."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

SELDOM = 100_000


@contextmanager
def looked_for_seldom() -> Iterator[None]:
    """Look for garbage seldom: rows make no cycles, and every look costs as much as they are many.

    At the usual threshold it takes a fifth of the time of an import.
    """
    often, *rest = gc.get_threshold()
    gc.set_threshold(max(often, SELDOM), *rest)
    try:
        yield
    finally:
        gc.set_threshold(often, *rest)

"""Closes the books for a moment, through a day as old as nobody else's documents."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sync.quickbooks.client import Client
from sync.quickbooks.documents import dump
from sync.quickbooks.faults import fault_of, single_result
from sync.quickbooks.probe.bench import CannotAsk, new_id, words_of

# By this day alone it is known whose closing date it is, also after a kill.
LONG_AGO = "2001-01-17"
GROUP, NAME = "AccountingInfoPrefs", "BookCloseDate"


@contextmanager
def closed_books(client: Client) -> Iterator[None]:
    """Close them for the block; they are open again after it, whatever happens in it."""
    _set(client, LONG_AGO)
    if _closed(client) != LONG_AGO:
        raise CannotAsk("The closing date cannot be set by a call.")
    try:
        yield
    finally:
        open_books(client)


def open_books(client: Client) -> bool:
    """Take our closing date away, and no other; say whether there is none of ours now."""
    for nothing in ("", None):  # which of them is understood is written down nowhere
        if _closed(client) != LONG_AGO:
            return True
        _set(client, nothing)
    return bool(_closed(client) != LONG_AGO)


def _closed(client: Client) -> Any:
    return (client.preferences().get(GROUP) or {}).get(NAME)


def _set(client: Client, day: str | None) -> None:
    held = client.preferences()
    body = {**held, GROUP: {**(held.get(GROUP) or {}), NAME: day}}
    answer = client.send("Preferences", dump(body), new_id())
    fault = fault_of(answer) or single_result(answer, "Preferences").fault
    if fault is not None and day == LONG_AGO:
        raise CannotAsk(f"The closing date cannot be set by a call: {words_of(fault)}.")

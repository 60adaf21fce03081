"""Many writes in one request: composed by us, because the library's batch has no requestid.

Items of one batch cannot see each other, and each succeeds or fails by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sync.quickbooks.answers import Answer
from sync.quickbooks.documents import dump
from sync.quickbooks.faults import WriteResult, fault_of, fault_of_item, written_in

# Intuit's limits: 30 items, and a bId of 10 characters when the batch has a requestid.
MOST_ITEMS = 30
LONGEST_BID = 10


@dataclass(frozen=True, slots=True)
class BatchItem:
    """One write: `operation` is create, update, delete or void; `bid` names it in the answer."""

    bid: str
    operation: str
    entity: str
    body: dict[str, Any]


def compose(items: Sequence[BatchItem]) -> bytes:
    """The exact bytes of a batch, the same for the same items."""
    _check(items)
    requests = [
        {"bId": item.bid, "operation": item.operation, item.entity: item.body} for item in items
    ]
    return dump({"BatchItemRequest": requests})


def results(answer: Answer) -> dict[str, WriteResult]:
    """What became of each item, by bid; empty when the batch as a whole failed.

    An item that the answer does not name is not in the result: nothing is known of it.
    """
    if fault_of(answer) is not None or answer.data is None:
        return {}
    responses = answer.data.get("BatchItemResponse")
    if not isinstance(responses, list):
        return {}
    named = [item for item in responses if isinstance(item, dict) and "bId" in item]
    return {str(item["bId"]): _result(item, answer) for item in named}


def _result(item: Mapping[str, Any], answer: Answer) -> WriteResult:
    fault = fault_of_item(item, answer)
    if fault is not None:
        return WriteResult(entity=None, fault=fault)
    return written_in(
        next((value for value in item.values() if isinstance(value, dict)), None), answer
    )


def _check(items: Sequence[BatchItem]) -> None:
    bids = {item.bid for item in items}
    if not 0 < len(items) <= MOST_ITEMS:
        raise ValueError(f"a batch has 1 to {MOST_ITEMS} items, not {len(items)}")
    if len(bids) != len(items) or not all(0 < len(bid) <= LONGEST_BID for bid in bids):
        raise ValueError(f"each item needs a bid of its own, 1 to {LONGEST_BID} characters")

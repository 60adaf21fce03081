"""Takes away all that probes made, found by its mark: at the end of a run, and before the next.

Documents are deleted. What Intuit never deletes (customers, items, accounts) is made inactive and
named; the next run uses it again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sync.quickbooks.batches import MOST_ITEMS, BatchItem, compose, results
from sync.quickbooks.client import Client, quote, where_in
from sync.quickbooks.faults import QuickBooksFault, fault_of
from sync.quickbooks.probe.bench import MARK, Body, key_of, new_id, words_of
from sync.quickbooks.probe.closing import LONG_AGO, open_books

# A payment's links go before what it paid.
DOCUMENTS = ("Payment", "CreditMemo", "Invoice")
ENTRIES = (("Item", "Name"), ("Account", "Name"), ("Customer", "DisplayName"))
MOST_ROUNDS = 5


@dataclass(slots=True)
class Removed:
    """What was taken away, and what would not go."""

    deleted: int = 0
    inactive: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def remove(client: Client, removed: Removed | None = None) -> Removed:
    """Delete the documents of our customers, then make our entries inactive."""
    removed = removed or Removed()
    if not open_books(client):
        removed.left.append(f"the closing date {LONG_AGO}")
    customers = [str(row["Id"]) for row in _ours(client, "Customer", "DisplayName")]
    if customers:
        delete_documents(client, customers, removed)
    for entity, named in ENTRIES:
        for row in _ours(client, entity, named):
            _make_inactive(client, entity, row, str(row[named]), removed)
    return removed


def _ours(client: Client, entity: str, named: str) -> list[Body]:
    """The active entries with our mark."""
    return client.page(entity, 1, f"{named} LIKE {quote(MARK + '%')}")


def delete_documents(client: Client, customers: Sequence[str], removed: Removed) -> None:
    """Delete all of some customers, round by round: what holds another back goes first."""
    where = where_in("CustomerRef", customers)
    for entity in DOCUMENTS:
        for _ in range(MOST_ROUNDS):
            rows = client.page(entity, 1, where)
            if entity == "Payment":
                removed.deleted += sum(1 for _ in _delete_deposits(client, rows))
            gone = sum(_delete(client, entity, rows))
            removed.deleted += gone
            if gone == len(rows):
                break
        else:
            removed.left += [f"{entity} {row['Id']}" for row in rows]


def _delete_deposits(client: Client, payments: Sequence[Body]) -> Iterator[Any]:
    for id_ in sorted({link for payment in payments for link in _deposits_of(payment)}):
        deposit = client.read("Deposit", id_)
        if str(deposit.get("PrivateNote", "")).startswith(MARK):
            yield from filter(None, _delete(client, "Deposit", [deposit]))


def _deposits_of(payment: Body) -> list[str]:
    links = payment.get("LinkedTxn") or []
    return [str(link["TxnId"]) for link in links if link.get("TxnType") == "Deposit"]


def _delete(client: Client, entity: str, rows: Sequence[Body]) -> Iterator[bool]:
    """Say of each row whether it went."""
    for start in range(0, len(rows), MOST_ITEMS):
        some = rows[start : start + MOST_ITEMS]
        items = [BatchItem(str(n), "delete", entity, key_of(row)) for n, row in enumerate(some)]
        answer = client.send_batch(compose(items), new_id())
        fault = fault_of(answer)
        if fault is not None and (fault.throttled or fault.company_wide):
            raise QuickBooksFault(fault)
        done = results(answer)
        yield from (item.bid in done and done[item.bid].fault is None for item in items)


def _make_inactive(client: Client, entity: str, row: Body, name: str, removed: Removed) -> None:
    body = compose([BatchItem("0", "update", entity, {**row, "Active": False})])
    answer = client.send_batch(body, new_id())
    result = results(answer).get("0")
    if result is not None and result.fault is None:
        removed.inactive.append(f"{entity} “{name}”")
        return
    fault = result.fault if result else fault_of(answer)
    why = f": {words_of(fault)}" if fault else ""
    removed.left.append(f"{entity} “{name}”{why}")

"""One request as it came in, and one answer as it goes out."""

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

WRITE_EXEMPT = frozenset({"query"})
ENTITY_NAMES = {
    name.lower(): name
    for name in [
        "Account",
        "Bill",
        "Class",
        "CompanyCurrency",
        "CompanyInfo",
        "CreditMemo",
        "Customer",
        "Department",
        "Deposit",
        "Employee",
        "ExchangeRate",
        "Estimate",
        "Invoice",
        "Item",
        "JournalEntry",
        "Payment",
        "PaymentMethod",
        "Preferences",
        "Purchase",
        "RefundReceipt",
        "SalesReceipt",
        "TaxCode",
        "TaxRate",
        "Term",
        "Transfer",
        "Vendor",
    ]
}
QUERIED = re.compile(rb"\bfrom\s+(\w+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Call:
    """A request to the API or to an OAuth endpoint.

    `kind` is "api" or "oauth". `endpoint` is the first part after the company ("invoice",
    "batch", "query"), or the OAuth endpoint's name ("token", "revoke", ...). `items` are a batch's.
    """

    kind: str
    endpoint: str
    method: str
    path: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    received_at: float
    intuit_tid: str
    realm_id: str | None = None
    tail: tuple[str, ...] = ()
    items: tuple[dict[str, Any], ...] = ()

    @property
    def base_url(self) -> str:
        """Where the client reached us, for the addresses in the discovery document."""
        return f"http://{self.headers.get('host', '127.0.0.1')}"

    @property
    def is_write(self) -> bool:
        """Say whether carrying it out may change something."""
        if self.items and all("Query" in item for item in self.items):
            return False
        return self.method == "POST" and self.endpoint not in WRITE_EXEMPT

    def operation_counts(self) -> dict[str, dict[str, int]]:
        """Count what is asked for, by entity and operation: {"Invoice": {"create": 30}}."""
        if self.kind != "api":
            return {}
        if self.endpoint == "query":
            text = self.params.get("query", "").encode() or self.body
            found = QUERIED.search(text)
            name = found.group(1).decode() if found else "unknown"
            return {ENTITY_NAMES.get(name.lower(), name): {"query": 1}}
        if self.endpoint != "batch":
            entity = ENTITY_NAMES.get(self.endpoint, self.endpoint)
            return {entity: {self.params.get("operation") or self._operation(): 1}}
        counts: dict[str, dict[str, int]] = {}
        for item in self.items:
            entity = next((name for name in item if name in _BATCHED), "unknown")
            operation = str(item.get("operation", "query"))
            operations = counts.setdefault(entity, {})
            operations[operation] = operations.get(operation, 0) + 1
        return counts

    def _operation(self) -> str:
        if self.endpoint in {"cdc", "reports"}:
            return self.endpoint
        if self.method == "GET":
            return "read"
        return "update" if b'"SyncToken"' in self.body else "create"


_BATCHED = frozenset({"Query", *ENTITY_NAMES.values()})


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back. `carried_out` is False where the request was turned away undone."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    carried_out: bool = True


def batch_items(body: bytes) -> tuple[dict[str, Any], ...]:
    """Read the items of a batch; none where it is not to be read, which the ledger will say."""
    try:
        items = json.loads(body)["BatchItemRequest"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ()
    if not isinstance(items, list):
        return ()
    return tuple(item for item in items if isinstance(item, dict))


def new_tid() -> str:
    """Make an intuit_tid in the form of those on the wire: 1-<8 hex>-<24 hex>."""
    return f"1-{secrets.token_hex(4)}-{secrets.token_hex(12)}"

"""One request as it came in, and one answer as it goes out."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

WRITE_EXEMPT = frozenset({"query"})


@dataclass(frozen=True, slots=True)
class Call:
    """A request to the API or to an OAuth endpoint.

    `kind` is "api" or "oauth". `endpoint` is the first part after the company ("invoice",
    "batch", "query"), or the OAuth endpoint's name ("token", "revoke", ...).
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

    @property
    def base_url(self) -> str:
        """Where the client reached us, for the addresses in the discovery document."""
        return f"http://{self.headers.get('host', '127.0.0.1')}"

    @property
    def is_write(self) -> bool:
        """Say whether carrying it out may change something."""
        return self.method == "POST" and self.endpoint not in WRITE_EXEMPT

    def batch_items(self) -> list[dict[str, Any]]:
        """The items of a batch; none where it is no batch or not to be read."""
        if self.endpoint != "batch" or self.kind != "api":
            return []
        try:
            items = json.loads(self.body)["BatchItemRequest"]
        except (ValueError, KeyError, TypeError):
            return []
        return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back. `carried_out` is False where the request was turned away undone."""

    status: int
    body: bytes = b""
    content_type: str = "application/json;charset=UTF-8"
    headers: tuple[tuple[str, str], ...] = ()
    carried_out: bool = True


def new_tid() -> str:
    """Make an intuit_tid in the form of those on the wire: 1-<8 hex>-<24 hex>."""
    return f"1-{secrets.token_hex(4)}-{secrets.token_hex(12)}"

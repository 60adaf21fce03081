"""What passes between the server and the ledger."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sync.simulator.wire import JSON_TYPE

ChangeHook = Callable[[str, str, str, str, datetime], None]
"""Called with (realm_id, entity, id, operation, time) after the change is committed; operation is
Create, Update, Delete, Void or Merge, as the legacy webhook spells them."""


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """One call below /v3/company/{realm_id}; `path` is what follows, e.g. ("invoice", "12").

    `item_fault` asks that items of this batch fail: {"index": 2} or {"entity": "Invoice"}, each
    with optional "code", "message", "detail".
    """

    method: str
    realm_id: str
    path: tuple[str, ...]
    params: Mapping[str, str]
    content_type: str
    body: bytes
    item_fault: Mapping[str, Any] | None = None
    ignore_requestid: bool = False


@dataclass(frozen=True, slots=True)
class ApiResponse:
    """What the ledger answers; headers are the server's business."""

    status: int
    body: bytes
    content_type: str = JSON_TYPE


@dataclass(frozen=True, slots=True)
class Company:
    """One QuickBooks company that can be connected to."""

    realm_id: str
    name: str
    country: str
    currency: str
    variant: str

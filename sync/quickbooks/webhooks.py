"""What Intuit posts when something changed: whether it is Intuit's, and what it names.

https://developer.intuit.com/app/developer/qbo/docs/develop/webhooks
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.conf import settings

SIGNATURE_HEADER = "intuit-signature"
_PRESENT = {
    "created": "create",
    "updated": "update",
    "deleted": "delete",
    "voided": "void",
    "merged": "merge",
    "emailed": "emailed",
}


class NotANotification(ValueError):
    """A signed body that is neither of the two formats."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One change of one document; `key` is the same when it is told again."""

    key: str
    realm_id: str
    entity: str
    qbo_id: str
    operation: str


def is_signed(body: bytes, signature: str) -> bool:
    """Whether Intuit signed these very bytes with the token that only it and we hold."""
    token = settings.QUICKBOOKS_WEBHOOK_VERIFIER_TOKEN
    digest = hmac.new(token.encode(), body, hashlib.sha256).digest()
    expected = base64.b64encode(digest)
    return bool(token) and hmac.compare_digest(expected, signature.encode("utf-8", "replace"))


def notices_in(body: bytes) -> list[Notice]:
    """Every change that a notification names, in either format; what cannot be read is left out.

    An answer other than 200 would have all of it sent again, and hold back what follows. Raises
    NotANotification where it is in neither format.
    """
    try:
        data = json.loads(body)
        told = list(_cloud_events(data) if isinstance(data, list) else _legacy(data))
    except _UNREADABLE as problem:
        raise NotANotification(type(problem).__name__) from None
    return [notice for make in told if (notice := _read(make)) is not None]


def _storable(notice: Notice) -> Notice:
    """Refuse what no database takes: half a character, or the one that ends a text."""
    texts = (notice.key, notice.realm_id, notice.entity, notice.qbo_id, notice.operation)
    if "\0" in "".join(texts).encode().decode():
        raise ValueError
    return notice


_UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, RecursionError)


def _read(make: Callable[[], Notice]) -> Notice | None:
    try:
        return _storable(make())
    except _UNREADABLE:
        return None


def _cloud_events(events: list[dict[str, Any]]) -> Iterator[Callable[[], Notice]]:
    if events and not any(isinstance(event, dict) for event in events):
        raise NotANotification("no event in it")
    return (partial(_of_cloud_event, event) for event in events)


def _of_cloud_event(event: dict[str, Any]) -> Notice:
    _, entity, operation, *_ = event["type"].split(".")
    told = [event["intuitaccountid"], event["type"], event["intuitentityid"], event.get("time")]
    # Without an id of its own it is known by what it tells.
    own = event.get("id") or hashlib.sha256(json.dumps(told, default=str).encode()).hexdigest()
    return Notice(
        key=f"event {own}"[:100],
        realm_id=str(event["intuitaccountid"]),
        entity=entity.lower(),
        qbo_id=str(event["intuitentityid"]),
        operation=_PRESENT.get(operation, operation),
    )


def _legacy(data: dict[str, Any]) -> Iterator[Callable[[], Notice]]:
    for notification in data["eventNotifications"]:
        entities = (notification.get("dataChangeEvent") or {}).get("entities")
        for entity in [{}] if entities is None else entities:
            yield partial(_of_entity, notification, entity)


def _of_entity(notification: dict[str, Any], entity: dict[str, Any]) -> Notice:
    realm_id = str(notification["realmId"])
    parts = [realm_id, *(str(entity[p]) for p in ("name", "id", "operation"))]
    told = " ".join([*parts, str(entity.get("lastUpdated", ""))])
    return Notice(
        key=hashlib.sha256(told.encode()).hexdigest(),
        realm_id=realm_id,
        entity=str(entity["name"]).lower(),
        qbo_id=str(entity["id"]),
        operation=str(entity["operation"]).lower(),
    )

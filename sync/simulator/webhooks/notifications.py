"""One notification: what it says in either format, its signature, and its way to the app."""

import base64
import hashlib
import hmac
import http.client
import ipaddress
import json
from dataclasses import dataclass
from urllib.parse import urlsplit

FORMATS = ("cloudevents", "legacy")
ORDERS = ("in_order", "reversed")
ANSWER_WITHIN_SECONDS = 3.0
PAST = {
    "Create": "created",
    "Update": "updated",
    "Delete": "deleted",
    "Void": "voided",
    "Merge": "merged",
    "Emailed": "emailed",
}


@dataclass(frozen=True, slots=True)
class Target:
    """Where notifications go and how; no URL: nothing is noted.

    `hold` keeps later notifications back until the earlier ones are acknowledged; `repeat` sends
    each so many times, as at-least-once delivery may.
    """

    url: str = ""
    verifier_token: str = "simulator-verifier"  # noqa: S105 - opens nothing but the simulator
    format: str = "cloudevents"
    order: str = "in_order"
    hold: bool = False
    repeat: int = 1


@dataclass(frozen=True, slots=True)
class Event:
    """One change of one document."""

    realm_id: str
    entity: str
    entity_id: str
    operation: str
    at: str
    uuid: str


def check(target: Target) -> None:
    """Raise ValueError where a target makes no sense, or lies beyond this machine."""
    if target.format not in FORMATS or target.order not in ORDERS:
        raise ValueError(f"format is one of {FORMATS}, order one of {ORDERS}")
    are_texts = isinstance(target.url, str) and isinstance(target.verifier_token, str)
    if not are_texts:
        raise ValueError("url and verifier_token are texts")
    if not isinstance(target.repeat, int) or not 1 <= target.repeat <= 100:
        raise ValueError("repeat is a whole number from 1 to 100")
    if target.url and not _is_loopback(target.url):
        raise ValueError("webhooks go to an http address on this machine only")


def _is_loopback(url: str) -> bool:
    parts = urlsplit(url)
    if parts.port == 0:  # reading a port that is none raises ValueError
        return False
    if parts.scheme != "http" or not parts.hostname:
        return False
    if parts.hostname == "localhost":
        return True
    try:
        return ipaddress.ip_address(parts.hostname).is_loopback
    except ValueError:
        return False


def sign(body: bytes, verifier_token: str) -> str:
    """Make the intuit-signature of a notification."""
    digest = hmac.new(verifier_token.encode(), body, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def cloudevents(events: list[Event]) -> bytes:
    """Write events as a CloudEvents array."""
    return json.dumps(
        [
            {
                "specversion": "1.0",
                "id": event.uuid,
                "source": "intuit.c2ltdWxhdG9y",
                "type": f"qbo.{event.entity.lower()}.{PAST[event.operation]}.v1",
                "datacontenttype": "application/json",
                "time": event.at,
                "intuitentityid": event.entity_id,
                "intuitaccountid": event.realm_id,
                "data": {},
            }
            for event in events
        ]
    ).encode()


def content_type_of(target: Target, said: str) -> str:
    """The Content-Type of a notification; `said` is the switch for CloudEvents."""
    is_cloud = target.format == "cloudevents" and said == "cloudevents"
    return "application/cloudevents+json" if is_cloud else "application/json"


def legacy(events: list[Event]) -> bytes:
    """Write events in the older format, by company."""
    by_realm: dict[str, list[dict[str, str]]] = {}
    for event in events:
        by_realm.setdefault(event.realm_id, []).append(
            {
                "name": event.entity,
                "id": event.entity_id,
                "operation": event.operation,
                "lastUpdated": event.at,
            }
        )
    notifications = [
        {"realmId": realm_id, "dataChangeEvent": {"entities": entities}}
        for realm_id, entities in by_realm.items()
    ]
    return json.dumps({"eventNotifications": notifications}).encode()


def post(target: Target, body: bytes, content_type: str) -> bool:
    """Send one notification; True where it was acknowledged in time."""
    parts = urlsplit(target.url)
    connection = http.client.HTTPConnection(
        parts.hostname or "", parts.port or 80, timeout=ANSWER_WITHIN_SECONDS
    )
    headers = {
        "Content-Type": content_type,
        "intuit-signature": sign(body, target.verifier_token),
    }
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("POST", path, body, headers)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()

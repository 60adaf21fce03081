"""What a probe, a page and `doctor` ask: does everything that work needs do its part, in words."""

from collections.abc import Callable
from dataclasses import dataclass

import redis
from django.conf import settings
from django.db import DatabaseError
from django.db.models import Min
from django.utils import timezone
from django_q.models import OrmQ

from sync.models import Heartbeat, QuickBooksCompany, SyncRecord
from sync.operations import heartbeats
from sync.operations import schema as schemas

BROKER_SECONDS = 2


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that work needs, whether it is well, and words for whoever runs the site."""

    name: str
    is_well: bool
    words: str


def database() -> Fact:
    """Write one row, as reading alone works on a full disk too."""
    try:
        heartbeats.beat(Heartbeat.Kind.PROBE)
    except DatabaseError as error:
        return Fact("database", is_well=False, words=f"It takes no writes ({_name(error)}).")
    return Fact("database", is_well=True, words="It takes writes.")


def schema() -> Fact:
    """Compare the migrations of the code with those that the database has."""
    try:
        difference = schemas.difference()
    except DatabaseError as error:
        return Fact("schema", is_well=False, words=f"It cannot be read ({_name(error)}).")
    if difference:
        return Fact("schema", is_well=False, words=difference.words)
    return Fact("schema", is_well=True, words="It is the code's own.")


def broker() -> Fact:
    """Reach what carries the wishes to workers."""
    try:
        if settings.REDIS_URL:
            seconds = {"socket_timeout": BROKER_SECONDS, "socket_connect_timeout": BROKER_SECONDS}
            with redis.Redis.from_url(settings.REDIS_URL, **seconds) as server:
                server.ping()
        else:
            OrmQ.objects.exists()
    except (redis.RedisError, DatabaseError) as error:
        words = f"It does not answer ({_name(error)}); the sweep wakes what waits."
        return Fact("broker", is_well=False, words=words)
    return Fact("broker", is_well=True, words="It answers.")


def workers() -> Fact:
    """Count the worker clusters that were seen lately, and see that they take tasks."""
    try:
        alive, has_swept = heartbeats.live_workers(), heartbeats.has_swept()
        last = heartbeats.last_seen(Heartbeat.Kind.WORKER)
    except DatabaseError as error:
        return Fact("workers", is_well=False, words=f"They cannot be counted ({_name(error)}).")
    if not alive:
        since = f"since {last:%Y-%m-%d %H:%M} UTC" if last else "yet"
        words = f"No worker has been seen {since}: start manage.py worker."
        return Fact("workers", is_well=False, words=words)
    if not has_swept:
        words = f"{alive} seen, but none has taken a task for five minutes."
        return Fact("workers", is_well=False, words=words)
    return Fact("workers", is_well=True, words=f"{alive} seen within a minute.")


FACTS: list[Callable[[], Fact]] = [database, schema, broker, workers]


def all_facts() -> list[Fact]:
    """Return everything that work needs, each asked by itself."""
    return [ask() for ask in FACTS]


def oldest_waiting_seconds() -> int:
    """Return how long the oldest queued document of a connected company waits, 0 for none."""
    waiting = SyncRecord.objects.filter(
        state=SyncRecord.State.PENDING, company__status=QuickBooksCompany.Status.CONNECTED
    )
    oldest = waiting.aggregate(oldest=Min("queued_at"))["oldest"]
    return int((timezone.now() - oldest).total_seconds()) if oldest else 0


def _name(error: Exception) -> str:
    # Its text may hold an address with a password, or a row.
    return type(error).__name__

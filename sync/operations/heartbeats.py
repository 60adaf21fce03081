"""Signs of life, by the database's clock: beaten by workers, read by pages and probes."""

import os
import socket
from datetime import datetime, timedelta

from django.db.models.functions import Now
from django.utils import timezone

from sync.models import Heartbeat

BEAT_SECONDS = 10
# A cluster that did not beat this long is not counted as there.
SILENT_AFTER = timedelta(seconds=60)
# The sweep is due every minute; a worker that takes no tasks misses it.
UNSWEPT_AFTER = timedelta(minutes=5)
KEPT = timedelta(days=1)


def process_name() -> str:
    """Return what tells this process from others: its host and number."""
    return f"{socket.gethostname()}:{os.getpid()}"


def beat(kind: Heartbeat.Kind, name: str = "") -> None:
    """Say that this is alive now; forget those of which nothing was heard for a day."""
    seen = Heartbeat.objects.filter(kind=kind, name=name)
    if not seen.update(seen_at=Now()):
        Heartbeat.objects.update_or_create(kind=kind, name=name, defaults={"seen_at": Now()})
        Heartbeat.objects.filter(seen_at__lt=Now() - KEPT).delete()


def leave(kind: Heartbeat.Kind, name: str) -> None:
    """Take a sign of life back: it stops because it was asked to."""
    Heartbeat.objects.filter(kind=kind, name=name).delete()


def last_seen(kind: Heartbeat.Kind) -> datetime | None:
    """Return when anything of this kind was last seen, None where it never was."""
    rows = Heartbeat.objects.filter(kind=kind).order_by("-seen_at")
    return rows.values_list("seen_at", flat=True).first()


def live_workers() -> int:
    """Return how many worker clusters were seen within the last minute."""
    return Heartbeat.objects.filter(
        kind=Heartbeat.Kind.WORKER, seen_at__gte=Now() - SILENT_AFTER
    ).count()


def has_swept() -> bool:
    """Say whether workers have run the sweep lately, so that they do take tasks."""
    seen = last_seen(Heartbeat.Kind.SWEEP)
    return seen is not None and timezone.now() - seen < UNSWEPT_AFTER

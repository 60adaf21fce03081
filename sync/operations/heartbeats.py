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
# The schedule sweeps once a minute; what a broken queue or database held up does not wait so long.
ASK_AFTER = timedelta(seconds=15)
# A worker that takes no tasks misses the sweep.
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


def may_ask_for_sweep() -> bool:
    """Say once in a while, to one of those who ask, that a sweep is to be put into the queue."""
    asked = Heartbeat.objects.filter(kind=Heartbeat.Kind.ASKED, name="")
    if asked.exists():
        return bool(asked.filter(seen_at__lt=Now() - ASK_AFTER).update(seen_at=Now()))
    beat(Heartbeat.Kind.ASKED)
    return True


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

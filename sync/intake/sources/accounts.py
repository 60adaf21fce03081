"""A feed as its source sees it: no ORM, its secrets opened."""

import json
import time
from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.utils import timezone

from sync.intake.sources.interface import Account
from sync.models import Feed

# Seconds between two signs of life of a worker that waits for a slow source.
BEAT = 10.0


def account_of(feed: Feed) -> Account:
    """Return how the feed's unit reaches its source, as confirmed."""
    unit = feed.business_unit
    return Account(
        options=feed.options,
        secrets=json.loads(feed.secrets or "{}"),
        zone=ZoneInfo(unit.timezone),
        currency=unit.currency,
        place=feed.place,
        answers=feed.answers,
        known=feed.known,
        beat=_beating(feed.pk),
    )


def _beating(feed_id: int) -> Callable[[], None]:
    last = [time.monotonic()]

    def beat() -> None:
        if time.monotonic() - last[0] > BEAT:
            last[0] = time.monotonic()
            Feed.objects.filter(pk=feed_id).update(seen_at=timezone.now())

    return beat

"""A source calls because something changed. The call is proven, and only wakes the pull."""

from collections.abc import Mapping
from typing import cast

from django.db.models import Q
from django.utils import timezone

from sync.company.isolation import attempt
from sync.intake.sources import working
from sync.intake.sources.accounts import account_of
from sync.intake.sources.interface import Calling
from sync.intake.sources.registry import sources
from sync.models import Feed


def called(feed_id: int, headers: Mapping[str, str], body: bytes) -> bool:
    """Have a feed pulled soon; say whether it was its source that called.

    Called while it is pulled, it is pulled once more; called a thousand times, once.
    """
    feeds = Feed.objects.select_related("business_unit").filter(pk=feed_id)
    feed = feeds.exclude(state=Feed.State.DISCONNECTED).first()
    if feed is None or not _is_its_own(feed, headers, body):
        return False
    now = timezone.now()
    not_due = Q(next_at__gt=now)
    if (pull := working.under_way(feed.pk)) is not None:
        not_due |= Q(next_at__lte=pull.began_at)
    woken = feeds.filter(not_due, state=Feed.State.ACTIVE, stopped_code="")
    if woken.update(next_at=now):
        working.wake(feed.pk)
    return True


def _is_its_own(feed: Feed, headers: Mapping[str, str], body: bytes) -> bool:
    source = sources().get(feed.source)
    if source is None or not source.capabilities.calls:
        return False
    calling = cast("Calling", source)
    proven = attempt(lambda: calling.is_its_own(account_of(feed), headers, body), feed=feed.pk)
    return proven is True

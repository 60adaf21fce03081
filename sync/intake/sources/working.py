"""Pulls in the background: one worker a feed, in slices, when due, found again after a kill."""

from datetime import timedelta

from django.db.models import Min, Q, QuerySet
from django.utils import timezone

from sync.company.isolation import Trouble, attempt
from sync.company.wake import enqueue
from sync.exports.runs import verdicts
from sync.intake.sources import pulling
from sync.intake.sources.storing import Overtaken
from sync.models import Feed, FeedStream, Pull
from sync.words import stored

# A worker that was not seen for so long is gone: it is seen before each request, nearly.
GONE = timedelta(seconds=120)
# Less than a worker may take for one task; the rest is another one.
SLICE = timedelta(seconds=150)
TASK = "sync.tasks.pull"


def wake(feed_id: int) -> None:
    """Have a worker go on with a feed soon; lost or doubled, it changes nothing."""
    enqueue(TASK, feed_id)


def claim(feed_id: int) -> bool:
    """Become the one who pulls a feed, unless somebody is at it."""
    return bool(_free().filter(pk=feed_id, state=Feed.State.ACTIVE).update(seen_at=timezone.now()))


def leave(feed_id: int) -> None:
    """Let the next one pull it, and have a worker check what came."""
    feeds = Feed.objects.filter(pk=feed_id)
    feeds.update(seen_at=None)
    for company_id in feeds.values_list("business_unit__quickbooks_company", flat=True):
        if company_id is not None:
            verdicts.wake_where_outdated(company_id)


def pull_on(feed_id: int) -> bool:
    """Pull a feed that is due or under way; say whether anything was done."""
    if not claim(feed_id):
        return False
    try:
        pull = under_way(feed_id) or _due_pull(feed_id)
        if pull is not None:
            _go_on(pull)
    except Overtaken:
        return True  # the other one is at it
    leave(feed_id)
    if feed_id in due():  # its time was over, or its source called meanwhile
        wake(feed_id)
    return True


def _go_on(pull: Pull) -> None:
    """Go on for a while; what nobody expected ends this pull, and no other."""
    until = timezone.now() + SLICE
    became = attempt(lambda: pulling.go_on(pull, until), Overtaken, feed=pull.feed_id)
    if isinstance(became, Trouble):
        pulling.fail(pull, became.words(stored("The next pull goes on from where it was.")))


def under_way(feed_id: int) -> Pull | None:
    """Return the pull that a feed has not ended yet."""
    rows = Pull.objects.select_related("feed__business_unit")
    return rows.filter(feed=feed_id, state=Pull.State.RUNNING).first()


def due() -> list[int]:
    """Return the feeds that are due, or whose pull nobody is at: a lost task, a killed worker."""
    is_due = Q(next_at__lte=timezone.now(), stopped_code="")
    rows = _free().filter(is_due | Q(pulls__state=Pull.State.RUNNING), state=Feed.State.ACTIVE)
    return list(rows.order_by("pk").values_list("pk", flat=True).distinct())


def _free() -> QuerySet[Feed]:
    gone = Q(seen_at=None) | Q(seen_at__lt=timezone.now() - GONE)
    return Feed.objects.filter(gone)


def _due_pull(feed_id: int) -> Pull | None:
    feed = Feed.objects.select_related("business_unit").get(pk=feed_id)
    if feed.stopped_code or feed.next_at is None or feed.next_at > timezone.now():
        return None
    return pulling.begin(feed, None, is_full=is_full_due(feed))


def is_full_due(feed: Feed) -> bool:
    """Say whether all of it is to be read again."""
    if not feed.full_every_days:
        return False
    oldest = FeedStream.objects.filter(feed=feed).aggregate(at=Min("whole_at"))["at"]
    return oldest is not None and oldest < timezone.now() - timedelta(days=feed.full_every_days)

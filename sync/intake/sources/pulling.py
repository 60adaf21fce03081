"""A pull: every stream of a feed read to its end, a page at a time, each stored as it comes."""

from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from sync.intake.sources import sums
from sync.intake.sources.accounts import account_of
from sync.intake.sources.interface import Ask, Cursor, Reader, SourceFault
from sync.intake.sources.registry import source_named, sources
from sync.intake.sources.storing import Overtaken, is_aside, store
from sync.models import Event, Feed, FeedStream, Pull
from sync.models.events import Subject
from sync.words import stored, words_of

# How soon a source that did not answer is asked again.
AGAIN = timedelta(minutes=5)


class CannotPull(Exception):
    """The feed is not on, or a pull is under way; the words say which."""


def begin(feed: Feed, by: User | None, *, is_full: bool = False, since: date | None = None) -> Pull:
    """Write down that a feed is to be pulled; `go_on` does it, here or in a worker."""
    if feed.state != Feed.State.ACTIVE:
        state = feed.get_state_display().lower()
        raise CannotPull(_("%(feed)s is not on: %(state)s.") % {"feed": feed, "state": state})
    source = sources().get(feed.source)
    if source is not None and not source.capabilities.edited_times:
        is_full = since is None  # it cannot tell what changed: everything is read each time
    before = sums.as_json(sums.ours(feed))
    try:
        with transaction.atomic():
            pull = Pull.objects.create(
                feed=feed, asked_by=by, is_full=is_full, since=since, before=before
            )
            if by is not None:
                told = {"source": feed.source, "full": is_full}
                subject = Subject(feed.business_unit_id, "feed", feed.pk, told)
                Event.objects.record(Event.Action.PULL_ASKED, by, [subject])
    except IntegrityError as running:
        raise CannotPull(_("%(feed)s is being pulled already.") % {"feed": feed}) from running
    return pull


def go_on(pull: Pull, until: datetime | None = None) -> bool:
    """Pull from where it stands; say whether it came to its end in time.

    A source that fails ends the pull with its words: the next one goes on from where this one was.
    """
    feed = pull.feed
    source = source_named(feed.source)
    ask = Ask(pull.since, timedelta(minutes=feed.overlap_minutes))
    try:
        with source.open(account_of(feed)) as reader:
            for stream, kinds in source.streams.items():
                names = [kind.value for kind in kinds]
                if stream not in pull.ended and not _stream(
                    pull, reader, stream, names, ask, until
                ):
                    return False
    except SourceFault as fault:
        fail(pull, words_of(fault), stops_as=fault.code if fault.needs_a_person else "")
        return True
    _finish(pull)
    return True


def _stream(  # noqa: PLR0913, PLR0917
    pull: Pull, reader: Reader, stream: str, kinds: list[str], ask: Ask, until: datetime | None
) -> bool:
    """Read one stream to its end; say whether that was in time."""
    row, _created = FeedStream.objects.get_or_create(feed=pull.feed, stream=stream)
    while stream not in pull.ended:
        cursor = _cursor(pull, row)
        made = reader.calls
        page = reader.pull(stream, cursor, ask)
        if page.cursor == cursor and not page.done:
            raise SourceFault(stored("It answers the same page again and again."))
        store(pull, row, page, kinds=kinds, calls=reader.calls - made)
        if until is not None and timezone.now() > until and stream not in pull.ended:
            return False
    return True


def _cursor(pull: Pull, row: FeedStream) -> Cursor | None:
    """Return from where a stream is read on; where a pass begins, note it in the row."""
    is_begun = row.stream in pull.begun
    cursor: Cursor | None
    if is_aside(pull, row):
        cursor = row.aside if is_begun else None
        return cursor
    is_anew = pull.is_full and not is_begun and not (row.passing and row.is_whole)
    cursor = None if is_anew else row.cursor
    if cursor is None or not row.passing:
        row.passing, row.is_whole = pull.pk, cursor is None and pull.since is None
    return cursor


def _finish(pull: Pull) -> None:
    now = timezone.now()
    with transaction.atomic():
        ended = {
            "state": Pull.State.DONE,
            "finished_at": now,
            "sums": sums.beside(pull.feed, pull.before),
            "before": {},
        }
        if not Pull.objects.filter(pk=pull.pk, state=Pull.State.RUNNING).update(**ended):
            raise Overtaken
        # Where its source called meanwhile, what changed may lie on a page that was read before.
        feeds = Feed.objects.filter(pk=pull.feed_id)
        feeds = feeds.exclude(next_at__gt=pull.began_at, next_at__lte=now)
        feeds.update(next_at=now + timedelta(minutes=pull.feed.every_minutes))
    pull.refresh_from_db()


def fail(pull: Pull, words: str, *, stops_as: str = "") -> None:
    """End a pull with words; with a code to stop as, the feed waits for a person."""
    now = timezone.now()
    with transaction.atomic():
        ended = {
            "state": Pull.State.FAILED,
            "finished_at": now,
            "words": words,
            "sums": sums.beside(pull.feed, pull.before),
            "before": {},
        }
        if not Pull.objects.filter(pk=pull.pk, state=Pull.State.RUNNING).update(**ended):
            raise Overtaken
        again = min(AGAIN, timedelta(minutes=pull.feed.every_minutes))
        feeds = Feed.objects.filter(pk=pull.feed_id)
        feeds.update(next_at=now + again)
        if stops_as:
            feeds.update(stopped_code=stops_as, stopped_words=words)
    pull.refresh_from_db()

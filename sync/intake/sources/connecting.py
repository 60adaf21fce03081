"""A unit and its source: connect, test, answer, start, pause, disconnect."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from sync.intake.sources.accounts import account_of
from sync.intake.sources.interface import Entry, Look, Place, Source, SourceFault
from sync.intake.sources.registry import source_named
from sync.models import BusinessUnit, Event, Feed, Pull
from sync.models.events import Subject
from sync.words import stored, told, words_of

_SHOWN = 5
LONGEST_OVERLAP = 7 * 24 * 60


class FeedRefused(Exception):
    """It cannot be done; the words say why."""


def connect(unit: BusinessUnit, source_name: str, said: Mapping[str, str], by: User | None) -> Feed:
    """Keep how a unit reaches its source; nothing is pulled before a person has started it."""
    source = source_named(source_name)
    options, secrets = _entered(source, said)
    with transaction.atomic():
        feed, _created = Feed.objects.select_for_update().get_or_create(
            business_unit=unit, source=source.name
        )
        if feed.options != options or feed.state == Feed.State.DISCONNECTED:
            # Another tenant has other ids: what was confirmed of the last one says nothing.
            feed.answers, feed.known, feed.place, feed.place_name = {}, {}, "", ""
            feed.streams.all().delete()
            _end_pulls(feed, stored("It was connected anew."))
            feed.state = Feed.State.SET_UP
        feed.options, feed.secrets = options, json.dumps(secrets)
        feed.stopped_code = feed.stopped_words = ""
        feed.looked, feed.looked_at = {}, None
        feed.connected_by, feed.connected_at = by, timezone.now()
        feed.save()
        _record(Event.Action.SOURCE_CONNECTED, feed, by)
    return feed


def _entered(source: Source, said: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    options: dict[str, str] = {}
    secrets: dict[str, str] = {}
    for entry in source.entries:
        value = said.get(entry.name, "")
        if not entry.is_secret:
            value = value.strip()
        if not re.fullmatch(entry.pattern, value):
            help_words = told(entry.help) or _("it is missing.")
            raise FeedRefused(f"{told(entry.label)}: {help_words}")
        _keep(entry, value, secrets if entry.is_secret else options)
    return options, secrets


def _keep(entry: Entry, value: str, kept: dict[str, str]) -> None:
    kept[entry.name] = entry.sealed(value)


def test(feed: Feed) -> str:
    """Sign in and read what must be known; return a problem in words, empty where all is well.

    Speaks to the source: never within a transaction.
    """
    source, account = source_named(feed.source), account_of(feed)
    try:
        places = source.places(account)
        look = source.look(account) if feed.place else Look()
    except SourceFault as fault:
        _looked(feed, [], Look(findings=[words_of(fault)]))
        return words_of(fault)
    _looked(feed, places, look)
    return ""


def _looked(feed: Feed, places: list[Place] | Any, look: Look) -> None:
    feed.looked = {
        "places": [[place.id, place.name, place.is_active] for place in places],
        "questions": [
            {
                "key": question.key,
                "label": question.label,
                "choices": [list(choice) for choice in question.choices],
                "answer": question.answer,
                "samples": list(question.samples[:_SHOWN]),
                "is_required": question.is_required,
            }
            for question in look.questions
        ],
        "findings": list(look.findings),
        "known": dict(look.known),
    }
    feed.looked_at = timezone.now()
    feed.save(update_fields=["looked", "looked_at"])


def choose_place(feed: Feed, place: str, by: User | None) -> None:
    """Say which part of the source the unit is fed from."""
    names = {row[0]: row[1] for row in feed.looked.get("places", [])}
    if place not in names:
        raise FeedRefused(_("Choose one of those that the source lists."))
    others = Feed.objects.filter(source=feed.source, options=feed.options, place=place)
    if others.exclude(pk=feed.pk).exclude(state=Feed.State.DISCONNECTED).exists():
        raise FeedRefused(
            _("%(place)s feeds another business unit already.") % {"place": names[place]}
        )
    with transaction.atomic():
        if feed.place != place:
            feed.streams.all().delete()
            feed.answers, feed.known, feed.state = {}, {}, Feed.State.SET_UP
            _end_pulls(feed, stored("Another place was chosen."))
        feed.place, feed.place_name = place, names[place]
        feed.save(update_fields=["answers", "known", "state", "place", "place_name"])
        detail = {"place": place, "place_name": names[place]}
        _record(Event.Action.SOURCE_CONNECTED, feed, by, **detail)


def answer(feed: Feed, said: Mapping[str, str], by: User | None) -> None:
    """Keep what a person answers; what is proven and not said otherwise is taken as proven."""
    answers: dict[str, str] = {}
    for question in feed.looked.get("questions", []):
        value = said.get(question["key"], question["answer"]) or ""
        if value and value not in {choice[0] for choice in question["choices"]}:
            label = told(question["label"])
            raise FeedRefused(_("%(label)s: choose one of what is offered.") % {"label": label})
        answers[question["key"]] = value
    with transaction.atomic():
        feed.answers, feed.known = answers, feed.looked.get("known", {})
        feed.stopped_code = feed.stopped_words = ""
        feed.save(update_fields=["answers", "known", "stopped_code", "stopped_words"])
        _record(Event.Action.SOURCE_ANSWERED, feed, by, answers=answers)


def missing(feed: Feed) -> str:
    """Say what must be done before it can be started; empty where nothing."""
    if not feed.place:
        return _("Choose which part of the source feeds this unit.")
    questions = feed.looked.get("questions")
    if questions is None or not feed.known:
        return _("Test the connection, and confirm what it found.")
    for question in questions:
        if question["is_required"] and not feed.answers.get(question["key"]):
            return _("Answer: %(label)s.") % {"label": told(question["label"])}
    return ""


def start(feed: Feed, by: User | None, *, at: datetime | None = None) -> None:
    """Have it pulled from now on, first at once."""
    if words := missing(feed):
        raise FeedRefused(words)
    with transaction.atomic():
        feed.state, feed.next_at = Feed.State.ACTIVE, at or timezone.now()
        feed.stopped_code = feed.stopped_words = ""
        feed.save(update_fields=["state", "next_at", "stopped_code", "stopped_words"])
        _record(Event.Action.SOURCE_STARTED, feed, by)


def schedule(feed: Feed, *, every: int, overlap: int, full_days: int, by: User | None) -> None:
    """Set how often it is pulled, how much is read again, and how often everything is."""
    if not 1 <= every <= 24 * 60 or not 0 <= overlap <= LONGEST_OVERLAP or not 0 <= full_days <= 90:
        raise FeedRefused(_("Every 1 to 1,440 minutes; an overlap of up to 7 days; 0 to 90 days."))
    with transaction.atomic():
        feed.every_minutes, feed.overlap_minutes, feed.full_every_days = every, overlap, full_days
        feed.save(update_fields=["every_minutes", "overlap_minutes", "full_every_days"])
        detail = {"every": every, "overlap": overlap, "full_days": full_days}
        _record(Event.Action.SOURCE_ANSWERED, feed, by, **detail)


def pause(feed: Feed, by: User | None) -> None:
    """Pull nothing more until it is started again; how far it was stays."""
    if feed.state != Feed.State.ACTIVE:
        raise FeedRefused(_("It is not on."))
    _stop(feed, Feed.State.PAUSED, stored("It was paused."))
    _record(Event.Action.SOURCE_PAUSED, feed, by)


def disconnect(feed: Feed, by: User | None) -> None:
    """Forget the secrets and pull nothing more; what came in stays."""
    with transaction.atomic():
        _stop(feed, Feed.State.DISCONNECTED, stored("It was disconnected."))
        feed.secrets, feed.looked = "", {}
        feed.save(update_fields=["secrets", "looked"])
        _record(Event.Action.SOURCE_DISCONNECTED, feed, by)


def _stop(feed: Feed, state: Feed.State, words: str) -> None:
    with transaction.atomic():
        feed.state, feed.next_at = state, None
        feed.save(update_fields=["state", "next_at"])
        _end_pulls(feed, words)


def _end_pulls(feed: Feed, words: str) -> None:
    running = Pull.objects.filter(feed=feed, state=Pull.State.RUNNING)
    running.update(state=Pull.State.FAILED, words=words, finished_at=timezone.now())


def _record(action: Event.Action, feed: Feed, by: User | None, **told: Any) -> None:
    detail = {"source": feed.source, **told}
    subject = Subject(feed.business_unit_id, "feed", feed.pk, detail)
    Event.objects.record(action, by, [subject])

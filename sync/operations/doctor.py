"""Everything that can be misconfigured or stand still, asked in one go."""

from collections.abc import Iterator

from django.conf import settings
from django.core import checks
from django.db import DatabaseError
from django_q.models import Schedule

from sync.company import pacing
from sync.operations import facts, keys
from sync.operations.facts import Fact

_SILENT_MAIL = {
    "django.core.mail.backends.dummy.EmailBackend",
    "django.core.mail.backends.console.EmailBackend",
}


def examine() -> list[Fact]:
    """Return every finding, good ones too, in the order in which one would mend them."""
    return [*_system_checks(), *facts.all_facts(), *_keys(), *_schedules(), _mail(), _reads()]


def _system_checks() -> Iterator[Fact]:
    found = [
        message
        for message in checks.run_checks(include_deployment_checks=not settings.DEBUG)
        if message.level >= checks.WARNING and not message.is_silenced()
    ]
    if not found:
        yield Fact("settings", is_well=True, words="No check complains.")
    for message in found:
        words = " ".join(filter(None, [message.msg, message.hint]))
        yield Fact(f"settings ({message.id})", is_well=False, words=words)


def _keys() -> Iterator[Fact]:
    try:
        closed = keys.unreadable()
    except (DatabaseError, ValueError) as error:
        words = f"FIELD_ENCRYPTION_KEYS cannot be tried ({type(error).__name__})."
        yield Fact("keys", is_well=False, words=words)
        return
    words = "FIELD_ENCRYPTION_KEYS open what is stored."
    if closed:
        words = f"No key of FIELD_ENCRYPTION_KEYS opens {', '.join(closed)}."
    yield Fact("keys", is_well=not closed, words=words)


def _schedules() -> Iterator[Fact]:
    try:
        names = set(Schedule.objects.filter(repeats=-1).values_list("func", flat=True))
    except DatabaseError as error:
        words = f"They cannot be read ({type(error).__name__})."
        yield Fact("schedules", is_well=False, words=words)
        return
    missing = {
        f"sync.tasks.{name}" for name in ("sweep", "nightly", "weekly", "tell_needs")
    } - names
    words = "Sweep, nightly, weekly and what needs people are there."
    if missing:
        words = f"Missing: {', '.join(sorted(missing))}. Run manage.py migrate sync."
    yield Fact("schedules", is_well=not missing, words=words)


def _mail() -> Fact:
    if settings.EMAIL_BACKEND in _SILENT_MAIL and not settings.DEBUG:
        return Fact("mail", is_well=False, words="EMAIL_URL is not set: no warning reaches anyone.")
    return Fact("mail", is_well=True, words=f"By {settings.EMAIL_BACKEND.rsplit('.', 2)[-2]}.")


def _reads() -> Fact:
    try:
        read = pacing.reads_of_all()
    except DatabaseError as error:
        return Fact("reads", is_well=False, words=f"Not counted ({type(error).__name__}).")
    words = (
        f"{read:,} of {pacing.reads_included():,} that Intuit includes this month;"
        f" {pacing.at_this_pace(read):,} at this pace."
    )
    if read >= pacing.reads_included() * pacing.KEPT_SHARE:
        words += " What is left is kept for exports: QuickBooks is not read every night."
    return Fact("reads", is_well=not pacing.is_much(read), words=words)

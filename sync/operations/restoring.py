"""After a backup was restored: what the rows say is older than what was done since.

Nothing is sent by this. What QuickBooks holds and the rows do not know is looked for at the first
session of each company (`company/sessions.py`).
"""

from collections.abc import Iterator

from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from sync.exports.runs import verdicts
from sync.models import BatchRequest, ConnectLink, QuickBooksCompany, SyncRecord, triggers
from sync.models.sql import renew_statistics
from sync.operations import facts, heartbeats
from sync.operations.facts import Fact


class StillRunning(Exception):
    """Something works on the database already, on what it remembers of the one before."""


def after_restore() -> list[Fact]:
    """Make the rows safe to go on from, and tell what needs a person; twice is once.

    Raises StillRunning while a worker is seen.
    """
    if alive := heartbeats.live_workers():
        raise StillRunning(f"Stop the workers first ({alive} seen), and the web processes.")
    schema = facts.schema()
    if not schema.is_well:
        return [schema]
    with transaction.atomic():
        _forget()
    renew_statistics()
    return [*_sums(), *_companies(), *_documents()]


def _forget() -> None:
    """Take away what processes of before held, and what was used up since and would be new."""
    QuickBooksCompany.objects.update(lease_token=None, lease_expires_at=None, known_epochs=[])
    ConnectLink.objects.filter(used_at=None, withdrawn_at=None).update(withdrawn_at=timezone.now())
    Session.objects.all().delete()


def _sums() -> Iterator[Fact]:
    wrong = sorted(triggers.wrong_sums())
    words = f"Wrong: {', '.join(wrong)}." if wrong else "Every stored sum is what its parts add to."
    yield Fact("sums", is_well=not wrong, words=words)
    against = verdicts.wrong()
    words = (
        f"{len(against)} are wrong." if against else "Every stored verdict is right or outdated."
    )
    yield Fact("verdicts", is_well=not against, words=words)


def _companies() -> Iterator[Fact]:
    """Tell of each connection: tokens that were renewed since the backup are not in it."""
    connected = QuickBooksCompany.objects.filter(status=QuickBooksCompany.Status.CONNECTED)
    count = connected.count()
    words = (
        f"{count} connected: each is looked through before anything is sent. Where Intuit renewed"
        " the token after the backup, its page asks to connect again."
    )
    yield Fact("connections", is_well=True, words=words)
    lost = QuickBooksCompany.objects.filter(status=QuickBooksCompany.Status.NEEDS_RECONNECT)
    for pk in lost.values_list("pk", flat=True):
        yield Fact(f"connection {pk}", is_well=False, words="It must be connected again.")


def _documents() -> Iterator[Fact]:
    sent = BatchRequest.objects.filter(settled_at=None, sent_at__isnull=False).count()
    words = f"{sent} writes of before are looked for in QuickBooks before anything else is sent."
    yield Fact("writes", is_well=True, words=words)
    doubtful = SyncRecord.objects.filter(state=SyncRecord.State.UNCERTAIN).count()
    words = f"{doubtful} documents stand before a person: see Documents in QuickBooks, Uncertain."
    yield Fact("uncertain", is_well=not doubtful, words=words if doubtful else "None.")

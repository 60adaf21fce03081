"""The doctor: every finding in words, and an exit status for scripts."""

from io import StringIO

import pytest
from django.core.management import call_command
from django_q.models import Schedule

from sync.models import Heartbeat
from sync.operations import heartbeats, keys
from tests.factories import QuickBooksCompanyFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def well(settings):
    settings.DEBUG = True
    heartbeats.beat(Heartbeat.Kind.WORKER, "here:1")
    heartbeats.beat(Heartbeat.Kind.SWEEP)
    for name in ("sweep", "nightly", "weekly", "tell_needs"):
        Schedule.objects.get_or_create(func=f"sync.tasks.{name}", defaults={"repeats": -1})


def examined():
    out, status = StringIO(), 0
    try:
        call_command("doctor", stdout=out)
    except SystemExit as stopped:
        status = stopped.code
    return status, out.getvalue().splitlines()


def test_all_well_exits_with_0(well):
    status, lines = examined()
    assert (status, [line for line in lines if not line.startswith("ok  ")]) == (0, [])


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ("worker", "BAD workers: No worker has been seen yet: start manage.py worker."),
        ("schedule", "BAD schedules: Missing: sync.tasks.sweep. Run manage.py migrate sync."),
        ("mail", "BAD mail: EMAIL_URL is not set: no warning reaches anyone."),
        ("key", "BAD keys: No key of FIELD_ENCRYPTION_KEYS opens QuickBooks company: access_token"),
        ("lanes", "BAD settings (paidup.E002): QUICKBOOKS_BULK_LANES must be batch or both."),
    ],
)
def test_what_is_not_well_is_said_and_exits_with_1(well, settings, broken, words):
    if broken == "worker":
        Heartbeat.objects.filter(kind=Heartbeat.Kind.WORKER).delete()
    elif broken == "schedule":
        Schedule.objects.filter(func="sync.tasks.sweep").delete()
    elif broken == "mail":
        settings.DEBUG = False
        settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    elif broken == "key":
        QuickBooksCompanyFactory(access_token="access")
        settings.FIELD_ENCRYPTION_KEYS = [keys.new_key()]
    else:
        settings.QUICKBOOKS_BULK_LANES = "three"
    status, lines = examined()
    assert status == 1
    assert any(line.startswith(words) for line in lines), lines

"""Keys of what is encrypted: told where they do not open it, changed without losing a text."""

from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection

from sync.models import QuickBooksCompany
from sync.operations import keys
from tests.factories import QuickBooksCompanyFactory

pytestmark = pytest.mark.django_db


def run(command):
    out = StringIO()
    call_command(command, stdout=out)
    return out.getvalue()


@pytest.fixture
def old_and_new(settings):
    old, new = keys.new_key(), keys.new_key()
    settings.FIELD_ENCRYPTION_KEYS = [old]
    return old, new


def stored(name):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {name} FROM sync_quickbookscompany ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


def test_a_new_key_is_a_key_and_another_each_time():
    first, second = run("make_key").strip(), run("make_key").strip()
    assert first != second
    Fernet(first)


def test_rotating_keeps_every_text_and_needs_the_new_key_alone(old_and_new, settings):
    old, new = old_and_new
    for number in range(3):
        QuickBooksCompanyFactory(access_token=f"access {number}", refresh_token=f"refresh {number}")
    settings.FIELD_ENCRYPTION_KEYS = [new, old]
    assert run("rotate_keys") == "6 texts are encrypted with the first key.\n"
    settings.FIELD_ENCRYPTION_KEYS = [new]
    companies = QuickBooksCompany.objects.order_by("pk")
    assert [c.access_token for c in companies] == ["access 0", "access 1", "access 2"]
    assert [c.refresh_token for c in companies] == ["refresh 0", "refresh 1", "refresh 2"]
    assert keys.unreadable() == []
    settings.FIELD_ENCRYPTION_KEYS = [old]
    with pytest.raises(ImproperlyConfigured):
        list(QuickBooksCompany.objects.all())


def test_a_text_that_no_key_opens_stops_the_rotation_and_is_named(old_and_new, settings):
    _, new = old_and_new
    QuickBooksCompanyFactory(access_token="access", refresh_token="refresh")
    before = stored("refresh_token")
    settings.FIELD_ENCRYPTION_KEYS = [new]
    with pytest.raises(CommandError, match="QuickBooks company: refresh_token"):
        run("rotate_keys")
    assert stored("refresh_token") == before


def test_empty_texts_stay_empty(old_and_new, settings):
    old, new = old_and_new
    QuickBooksCompanyFactory(access_token="", refresh_token="refresh")
    settings.FIELD_ENCRYPTION_KEYS = [new, old]
    assert run("rotate_keys") == "1 texts are encrypted with the first key.\n"
    assert stored("access_token") == [""]

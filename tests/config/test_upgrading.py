"""While code and schema differ, or the database takes nothing, pages say so and do not fail."""

import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from config import errors, upgrading
from sync.admin.home import dashboard
from sync.operations import schema
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def looking(settings):
    settings.SCHEMA_LOOK_SECONDS = 5


@pytest.fixture
def person():
    client = Client(raise_request_exception=False)
    user = UserFactory(is_staff=True, is_superuser=True)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def assert_says(answer, words, seconds):
    text = answer.content.decode()
    assert (answer.status_code, answer["Retry-After"]) == (503, seconds)
    assert f"<h1>{words.title}</h1>" in text
    assert 'href="/static/paidup/plain' in text
    assert "script-src 'self'" in answer["Content-Security-Policy"]


def newest():
    return MigrationRecorder.Migration.objects.filter(app="sync").order_by("-name")[0]


def test_an_older_schema_is_being_upgraded(person, looking):
    newest().delete()
    for answer in (person.get("/admin/"), person.post("/admin/login/"), person.get("/nowhere/")):
        assert_says(answer, errors.UPGRADING, "30")
    assert person.get("/admin/")["Refresh"] == "30"
    assert "Refresh" not in person.post("/admin/login/")
    assert person.get("/healthz").status_code == 200
    assert "missing" in person.get("/readyz").json()["facts"]["schema"]["words"]


def test_it_is_said_in_the_language_that_the_browser_asks_for(person, looking):
    newest().delete()
    for language, words in [
        ("es", "Paidup se está actualizando"),
        ("fr-CA", "Paidup est en cours de mise à niveau"),
        ("en", "Paidup is being upgraded"),
    ]:
        answer = person.get("/admin/", headers={"accept-language": language})
        assert f"<h1>{words}</h1>" in answer.content.decode()


def test_and_so_is_a_newer_one(person, looking):
    MigrationRecorder(connection).record_applied("sync", "9999_of_tomorrow")
    assert_says(person.get("/admin/"), errors.UPGRADING, "30")


def test_it_ends_with_the_difference_and_is_seen_within_seconds(person, looking, monkeypatch):
    clock = [100.0]
    monkeypatch.setattr(upgrading.time, "monotonic", lambda: clock[0])
    row = newest()
    row.delete()
    assert person.get("/admin/").status_code == 503
    MigrationRecorder(connection).record_applied(row.app, row.name)
    assert person.get("/admin/").status_code == 200
    newest().delete()
    assert person.get("/admin/").status_code == 200
    clock[0] += 5
    assert person.get("/admin/").status_code == 503


def test_a_page_that_fails_meanwhile_looks_at_once(person, monkeypatch):
    def no_such_column(*_args):
        raise OperationalError

    monkeypatch.setattr(dashboard, "index", no_such_column)
    assert person.get("/admin/").status_code == 500
    newest().delete()
    assert_says(person.get("/admin/"), errors.UPGRADING, "30")


def test_a_database_that_takes_no_writes_is_told(person, monkeypatch):
    def read_only(*_args):
        raise OperationalError

    monkeypatch.setattr(dashboard, "index", read_only)
    monkeypatch.setattr(upgrading.heartbeats, "beat", read_only)
    assert_says(person.get("/admin/"), errors.AWAY, "10")
    monkeypatch.setattr(schema, "difference", read_only)
    assert_says(person.get("/admin/"), errors.AWAY, "10")


def test_the_tables_are_as_the_models_say():
    assert schema.unlike_models("default") == []


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("ALTER TABLE sync_digestsent ADD extra integer NOT NULL DEFAULT 1", []),
        ("ALTER TABLE sync_webhookevent RENAME handled_at TO done_at",
         ["sync_webhookevent.handled_at is missing"]),
        ("DROP INDEX verdict_to_sum", ["verdict_to_sum of sync_verdict is missing"]),
        ("DROP TABLE sync_usedform", ["table sync_usedform is missing"]),
    ],
)  # fmt: skip
def test_what_was_changed_by_hand_is_named(statement, found):
    with connection.cursor() as cursor:
        cursor.execute(statement)
    assert schema.unlike_models("default") == found

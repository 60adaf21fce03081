"""What probes and monitors are told: whether work can be done, and by words what is missing."""

from datetime import timedelta
from decimal import Decimal

import pytest
import redis
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from sync.models import Heartbeat, SyncRecord
from sync.operations import heartbeats
from tests.factories import PaymentFactory, SyncRecordFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def at_work():
    heartbeats.beat(Heartbeat.Kind.WORKER, "here:1")
    heartbeats.beat(Heartbeat.Kind.SWEEP)


def aged(kind, **age):
    Heartbeat.objects.filter(kind=kind).update(seen_at=timezone.now() - timedelta(**age))


def test_the_process_answers_whatever_else_is_away(client, settings, monkeypatch):
    settings.ALLOWED_HOSTS = ["paidup.example"]
    settings.SECURE_SSL_REDIRECT = True

    def away(*_args, **_more):
        raise DatabaseError

    monkeypatch.setattr(connection, "cursor", away)
    answer = client.get("/healthz", headers={"host": "10.0.0.7"})
    assert (answer.status_code, answer.content) == (200, b"ok\n")
    assert answer["Cache-Control"] == "no-store"
    assert client.post("/healthz").status_code == 405


def test_ready_where_everything_does_its_part(client, at_work):
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["ready"]) == (200, True)
    assert answer.json()["facts"] == {
        "database": {"well": True, "words": "It takes writes."},
        "schema": {"well": True, "words": "It is the code's own."},
        "broker": {"well": True, "words": "It answers."},
        "workers": {"well": True, "words": "1 seen within a minute."},
    }
    assert answer.json()["oldest_waiting_seconds"] == 0


def test_no_worker_is_said_with_when_one_was_seen_last(client):
    assert "No worker has been seen yet" in told(client, "workers")
    heartbeats.beat(Heartbeat.Kind.WORKER, "here:1")
    heartbeats.beat(Heartbeat.Kind.SWEEP)
    aged(Heartbeat.Kind.WORKER, seconds=61)
    last = Heartbeat.objects.get(kind=Heartbeat.Kind.WORKER).seen_at
    assert f"No worker has been seen since {last:%Y-%m-%d %H:%M} UTC" in told(client, "workers")


def test_a_worker_that_takes_no_tasks_is_not_well(client, at_work):
    aged(Heartbeat.Kind.SWEEP, minutes=6)
    assert told(client, "workers") == "1 seen, but none has taken a task for five minutes."


def test_a_database_that_takes_no_writes_is_not_ready(client, at_work, monkeypatch):
    def read_only(*_args):
        raise DatabaseError("attempt to write a readonly database at /secret/path")

    monkeypatch.setattr(heartbeats, "beat", read_only)
    assert told(client, "database") == "It takes no writes (DatabaseError)."


def test_a_broker_that_is_away_is_said_without_its_address(client, at_work, settings):
    settings.REDIS_URL = "redis://:hidden@127.0.0.1:9/0"
    words = told(client, "broker")
    assert words == "It does not answer (ConnectionError); the sweep wakes what waits."
    assert issubclass(redis.ConnectionError, redis.RedisError)


def test_missing_migrations_are_counted(client, at_work):
    newest = MigrationRecorder.Migration.objects.filter(app="sync").order_by("-name")[:2]
    MigrationRecorder.Migration.objects.filter(pk__in=[each.pk for each in newest]).delete()
    assert told(client, "schema") == "2 migrations are missing: run manage.py migrate."


def test_a_database_of_a_newer_release_is_told(client, at_work):
    MigrationRecorder(connection).record_applied("sync", "9999_of_tomorrow")
    MigrationRecorder(connection).record_applied("gone", "0001_an_app_that_was_taken_out")
    words = "The database is 1 migrations newer than this code: start its release."
    assert told(client, "schema") == words


def told(client, name):
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["ready"] is False
    fact = answer.json()["facts"][name]
    assert fact["well"] is False
    return fact["words"]


def test_metrics_are_for_whoever_holds_the_token(client, settings):
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics").status_code == 404
    settings.METRICS_TOKEN = "a-token"
    assert client.get("/metrics").status_code == 401
    wrong = client.get("/metrics", headers={"authorization": "Bearer another"})
    assert wrong.status_code == 401
    right = client.get("/metrics", headers={"authorization": "Bearer a-token"})
    assert right.status_code == 200
    assert right["Content-Type"].startswith("text/plain; version=")


def test_metrics_count_the_rows_and_name_nobody(client, settings, at_work):
    payment = PaymentFactory(amount=Decimal("70.00"))
    record = SyncRecordFactory(kind=SyncRecord.Kind.PAYMENT, payment=payment, state="pending")
    ago = timezone.now() - timedelta(seconds=90)
    SyncRecord.objects.filter(pk=record.pk).update(queued_at=ago)
    record.company.lease_token = "0" * 32
    record.company.lease_expires_at = timezone.now() + timedelta(minutes=1)
    record.company.api_calls = 12
    record.company.save()
    settings.METRICS_TOKEN = "a-token"
    text = client.get("/metrics", headers={"authorization": "Bearer a-token"}).content.decode()
    assert 'paidup_documents{kind="payment",state="pending"} 1.0' in text
    assert "paidup_quickbooks_requests_total 12.0" in text
    assert "paidup_leases 1.0" in text
    assert "paidup_workers 1.0" in text
    assert 'paidup_well{fact="workers"} 1.0' in text
    [waiting] = [line for line in text.splitlines() if line.startswith("paidup_oldest_waiting")]
    assert 90 <= float(waiting.split()[1]) < 100
    assert payment.customer.display_name not in text
    assert record.company.name not in text

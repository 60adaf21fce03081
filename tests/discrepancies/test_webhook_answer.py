"""The answer to a webhook: the sender waits 3 seconds, so it costs the same for one or many."""

import socket
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_q.models import OrmQ

from sync.models import WebhookEvent
from sync.simulator.webhooks.notifications import Event, cloudevents, legacy, sign

pytestmark = pytest.mark.django_db
MANY = 500
AT = datetime(2026, 5, 20, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def nothing_is_called(monkeypatch):
    """Fail at the first connection to anything: whoever answers calls nobody."""

    def refuse(_socket, address):
        raise AssertionError(f"called {address}")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture
def post(client):
    """Return a function that posts a signed body and returns the answer's queries."""

    def post(body):
        signature = sign(body, "simulator-verifier")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            answer = client.post(
                "/quickbooks/webhooks/",
                body,
                content_type="application/json",
                headers={"intuit-signature": signature},
            )
        assert answer.status_code == 200
        return [query["sql"] for query in queries]

    return post


def test_cloud_events_are_taken_under_their_own_type_of_content(client, unit):
    body = cloudevents(told(unit, 3, first=1))
    answer = client.post(
        "/quickbooks/webhooks/",
        body,
        content_type="application/cloudevents+json",
        headers={"intuit-signature": sign(body, "simulator-verifier")},
    )
    assert (answer.status_code, WebhookEvent.objects.count()) == (200, 3)


def told(unit, number, first):
    """Return so many changes of invoices, payments and credit memos, each of its own."""
    realm_id = unit.quickbooks_company.realm_id
    return [
        Event(
            realm_id,
            ("Invoice", "Payment", "CreditMemo")[n % 3],
            str(first + n),
            "Update",
            (AT + timedelta(seconds=n)).isoformat(),
            f"00000000-0000-4000-8000-{first + n:012}",
        )
        for n in range(number)
    ]


def is_insert(sql):
    return "INSERT" in sql and '"sync_webhookevent"' in sql


def inserts(queries):
    return sum(map(is_insert, queries))


def without_inserts(queries):
    return len(queries) - inserts(queries)


@pytest.mark.parametrize("write", [cloudevents, legacy])
def test_many_events_cost_no_query_each_and_no_call(post, unit, write):
    one = post(write(told(unit, 1, first=1)))
    many = post(write(told(unit, MANY, first=1_000)))
    assert without_inserts(many) == without_inserts(one)
    # SQLite takes 999 values a statement, PostgreSQL all of them.
    assert (inserts(one), inserts(many)) == (1, 4 if connection.vendor == "sqlite" else 1)
    assert WebhookEvent.objects.count() == 1 + MANY
    # What looks is a worker: once for each body, whatever it names.
    assert OrmQ.objects.count() == 2


@pytest.mark.parametrize("write", [cloudevents, legacy])
def test_what_is_told_again_costs_no_more_and_is_stored_once(post, unit, write):
    body = write(told(unit, MANY, first=1))
    first = post(body)
    assert len(post(body)) == len(first)
    assert WebhookEvent.objects.count() == MANY

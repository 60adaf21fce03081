"""JSON of a known version: what an older release wrote stays readable."""

import json

import pytest
from django.db import connection

from sync.company.requests import ask
from sync.models import CompanyRequest, Event
from sync.models.fields import NewerShapeError
from tests.factories import BusinessUnitFactory

pytestmark = pytest.mark.django_db


def stored():
    """Return what the database holds of the one event."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT CAST(detail AS text) FROM sync_event")
        return json.loads(cursor.fetchone()[0])


def put(detail):
    """Have the database hold this of the one event, as another release left it."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE sync_event SET detail = %s", [json.dumps(detail)])


@pytest.fixture
def renamed(monkeypatch):
    """A release in which `reason` has come to be called `why`, and then became a list."""
    field = Event._meta.get_field("detail")
    steps = (
        lambda old: {"why": old["reason"]},
        lambda old: {"why": [old["why"]]},
    )
    monkeypatch.setattr(field, "older", steps)


def test_the_version_is_stored_and_not_seen():
    event = Event.objects.create(action="held", detail={"reason": "Paid in kind"})
    assert stored() == {"reason": "Paid in kind", "version": 1}
    event.refresh_from_db()
    assert event.detail == {"reason": "Paid in kind"}
    assert Event.objects.get(detail={"reason": "Paid in kind"}) == event
    assert list(Event.objects.values_list("detail", flat=True)) == [{"reason": "Paid in kind"}]
    assert list(Event.objects.values_list("detail__reason", flat=True)) == ["Paid in kind"]


@pytest.mark.parametrize(
    "older",
    [{"reason": "Paid in kind"}, {"reason": "Paid in kind", "version": 1},
     {"why": "Paid in kind", "version": 2}],
)  # fmt: skip
def test_older_versions_are_read_as_the_newest(renamed, older):
    event = Event.objects.create(action="held")
    put(older)
    event.refresh_from_db()
    assert event.detail == {"why": ["Paid in kind"]}
    event.save()
    assert stored() == {"why": ["Paid in kind"], "version": 3}


def test_what_a_newer_release_wrote_is_not_guessed_at():
    Event.objects.create(action="held")
    put({"because": "Paid in kind", "version": 2})
    with pytest.raises(NewerShapeError, match="detail has version 2"):
        Event.objects.get()


def test_a_request_that_waits_since_an_older_release_is_not_asked_twice(unit):
    company = unit.quickbooks_company
    first = ask(company, "read_parties", unit=unit, some="thing")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE sync_companyrequest SET params = %s, place = %s WHERE id = %s",
            ['{"some": "thing"}', "{}", first.pk],
        )
    assert ask(company, "read_parties", unit=unit, some="thing") == first
    assert ask(company, "read_parties", unit=unit, some="other") != first
    assert ask(company, "read_parties", unit=BusinessUnitFactory(), some="thing") != first
    assert CompanyRequest.objects.filter(kind="read_parties").count() == 3

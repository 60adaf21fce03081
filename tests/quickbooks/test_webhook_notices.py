"""What a notification names, in either format: an event that cannot be read stops no other."""

import json

import pytest

from sync.quickbooks.webhooks import NotANotification, notices_in
from sync.simulator.webhooks.notifications import Event, cloudevents, legacy

AT = "2026-05-20T12:00:00+00:00"


def events_in(data):
    if isinstance(data, list):
        return data
    return data["eventNotifications"][0]["dataChangeEvent"]["entities"]


def told(write, *broken):
    """Return a body of three events, some of them without what names the document."""
    events = [Event("9130", "Payment", str(n), "Update", AT, f"event-{n}") for n in range(3)]
    data = json.loads(write(events))
    for number in broken:
        events_in(data)[number].pop("id", None)
        events_in(data)[number].pop("intuitentityid", None)
    return json.dumps(data).encode()


@pytest.mark.parametrize("write", [cloudevents, legacy])
def test_an_event_that_cannot_be_read_stops_no_other(write):
    assert [(n.realm_id, n.qbo_id) for n in notices_in(told(write, 1))] == [
        ("9130", "0"), ("9130", "2"),
    ]  # fmt: skip


@pytest.mark.parametrize("write", [cloudevents, legacy])
def test_where_none_can_be_read_nothing_is_to_be_done(write):
    assert notices_in(told(write, 0, 1, 2)) == []


def test_one_of_an_unknown_kind_or_without_an_id_of_its_own_stops_no_other():
    events = json.loads(told(cloudevents))
    events[0]["type"], events[2]["type"] = "spaceship", "qbo.spaceship.launched.v9"
    del events[1]["id"]
    one, other = notices_in(json.dumps(events).encode())
    assert (one.qbo_id, other.entity, other.operation) == ("1", "spaceship", "launched")
    assert notices_in(json.dumps(events).encode())[0].key == one.key
    events[1]["time"] = "2026-05-21T12:00:00+00:00"
    assert notices_in(json.dumps(events).encode())[0].key != one.key


@pytest.mark.parametrize("body", [b"[1, 2]", b"3", b"{}", b"nothing", b'{"eventNotifications":3}'])
def test_what_is_in_neither_format_is_no_notification(body):
    with pytest.raises(NotANotification):
        notices_in(body)


def test_no_event_at_all_is_a_notification():
    assert notices_in(b'{"eventNotifications":[]}') == []

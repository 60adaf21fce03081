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
def test_where_none_can_be_read_it_is_no_notification(write):
    with pytest.raises(NotANotification):
        notices_in(told(write, 0, 1, 2))


def test_no_event_at_all_is_a_notification():
    assert notices_in(b'{"eventNotifications":[]}') == []

"""Sources by their pages: connected, answered, started, pulled, paused, disconnected, by whom."""

import json
from datetime import UTC, datetime

import pytest

from accounts.models import Role
from sync import tasks
from sync.models import Event, Feed, Payment, Pull
from tests import factories
from tests.intake.sources.conftest import DAY, connected

CONNECT = "/admin/sync/feed/connect/vonigo/"


@pytest.fixture
def world(make_world):
    return make_world("vonigo")


@pytest.fixture
def manager(sign_in, riverside):
    return sign_in(riverside, Role.ADMINISTRATOR, username="max")


@pytest.fixture
def feed(world, riverside):
    feed = connected(world)
    Feed.objects.update(business_unit=riverside)
    feed.refresh_from_db()
    return feed


def act(client, feed, what, **data):
    return client.post(f"/admin/sync/feed/{feed.pk}/{what}/", data)


def page(client, feed):
    return client.get(f"/admin/sync/feed/{feed.pk}/change/").content.decode()


def test_a_source_is_connected_answered_and_pulled_without_a_command(manager, riverside, world):
    riverside.timezone = "America/Los_Angeles"
    riverside.save()
    world.settle(DAY)
    answer = manager.post(CONNECT, {"business_unit": riverside.pk, **world.entered})
    feed = Feed.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/admin/sync/feed/{feed.pk}/change/")
    assert world.entered["password"] not in page(manager, feed)
    assert json.loads(feed.secrets)["password"] not in page(manager, feed)
    assert "Northside (1)" in page(manager, feed)
    act(manager, feed, "place", place="1")
    shown = page(manager, feed)
    assert "Which field of payments is “Amount”" in shown
    assert "Start" not in shown
    feed.refresh_from_db()
    said = {f"q{at}": question["answer"] for at, question in enumerate(feed.looked["questions"])}
    act(manager, feed, "answer", **said)
    act(manager, feed, "start")
    feed.refresh_from_db()
    assert feed.state == "active"
    assert tasks.pull(feed.pk)
    assert Payment.objects.filter(business_unit=riverside).count() == 3
    shown = page(manager, feed)
    assert "payments: new 3" in shown
    assert "no day differs" not in shown
    actions = list(Event.objects.order_by("pk").values_list("action", flat=True))
    assert actions == ["source_connected"] * 2 + ["source_answered", "source_started"]
    assert set(Event.objects.values_list("business_unit", flat=True)) == {riverside.pk}


def test_pull_now_is_once_and_shows_what_came(accountant, feed, world):
    Feed.objects.update(next_at=None)
    assert act(accountant, feed, "pull").status_code == 302
    assert Pull.objects.get().asked_by == accountant.user
    assert "Pulling: " in page(accountant, feed)
    assert act(accountant, feed, "pull").status_code == 302
    assert Pull.objects.count() == 1
    assert tasks.pull(feed.pk)
    assert Pull.objects.get().state == "done"
    act(accountant, feed, "pull", full="1")
    assert tasks.pull(feed.pk)
    assert Pull.objects.latest("pk").is_full


def test_the_schedule_wakes_what_is_due_and_only_that(feed, world, monkeypatch):
    woken = []
    monkeypatch.setattr(tasks.pulls, "wake", woken.append)
    tasks.sweep()
    assert woken == [feed.pk]
    assert tasks.pull(feed.pk)
    tasks.sweep()
    assert woken == [feed.pk]
    assert not Pull.objects.filter(state="running").exists()


@pytest.mark.parametrize(
    ("role", "may"),
    [
        (Role.VIEWER, set()),
        (Role.EXPORTER, set()),
        (Role.ACCOUNTANT, {"pull", "answer"}),
        (Role.ADMINISTRATOR, {"pull", "answer", "pause", "disconnect"}),
    ],
)
def test_each_role_may_what_it_may(sign_in, riverside, feed, role, may):
    client = sign_in(riverside, role)
    before = Feed.objects.values().get()
    assert client.get(f"/admin/sync/feed/{feed.pk}/change/").status_code == 200
    refused = {"pull", "answer", "pause", "disconnect", "start", "test", "place", "schedule"} - may
    if role == Role.ADMINISTRATOR:
        refused = set()
    answers = {what: act(client, feed, what).status_code for what in sorted(refused)}
    assert answers == dict.fromkeys(sorted(refused), 403)
    assert Feed.objects.values().get() == before
    assert not Pull.objects.exists()
    shown = page(client, feed)
    assert ("Pull now" in shown) == ("pull" in may)
    assert ("Pause" in shown) == ("pause" in may)
    assert client.get(CONNECT).status_code == (200 if "pause" in may else 403)


def test_another_units_source_is_not_told_to_exist(sign_in, riverside, foreign, feed):
    client = sign_in(foreign, Role.ADMINISTRATOR)
    assert client.get(f"/admin/sync/feed/{feed.pk}/change/").status_code == 404
    for what in ("pull", "pause", "disconnect", "test"):
        assert act(client, feed, what).status_code == 404
    assert list(client.get("/admin/sync/feed/").context["cl"].result_list) == []


def test_paused_nothing_is_pulled_and_disconnected_the_secret_is_gone(manager, feed):
    act(manager, feed, "pull")
    act(manager, feed, "pause")
    assert (Pull.objects.get().state, Pull.objects.get().words) == ("failed", "It was paused.")
    assert not tasks.pull(feed.pk)
    act(manager, feed, "start")
    assert "Disconnect" in manager.get(f"/admin/sync/feed/{feed.pk}/disconnect/").content.decode()
    act(manager, feed, "disconnect")
    feed.refresh_from_db()
    assert (feed.state, feed.secrets) == ("disconnected", "")
    assert not tasks.pull(feed.pk)
    assert "Pull now" not in page(manager, feed)


def test_a_wrong_password_is_told_and_nothing_is_started(manager, riverside, world):
    manager.post(CONNECT, {"business_unit": riverside.pk, **world.entered, "password": "wrong"})
    feed = Feed.objects.get()
    assert "refuses the user name, the password or the company" in page(manager, feed)
    act(manager, feed, "start")
    assert Feed.objects.get().state == "set_up"


def test_what_was_entered_wrongly_stays_to_be_mended(manager, riverside):
    page = manager.post(CONNECT, {"business_unit": riverside.pk, "tenant": "x/../y",
                                  "company": "A", "user": "B", "password": "C"})  # fmt: skip
    assert page.status_code == 200
    assert "Tenant: the first part of your Vonigo address" in page.content.decode()
    assert not Feed.objects.exists()


def test_the_list_takes_as_many_queries_for_three_as_for_one(
    sign_in, riverside, feed, django_assert_num_queries, django_assert_max_num_queries
):
    client = sign_in(is_superuser=True)
    with django_assert_max_num_queries(40) as one:
        client.get("/admin/sync/feed/")
    for number in range(2):
        unit = factories.BusinessUnitFactory()
        Feed.objects.create(business_unit=unit, source="vonigo", options={"n": number})
    with django_assert_num_queries(len(one)):
        client.get("/admin/sync/feed/")


def test_a_unit_leads_to_its_source(manager, riverside, feed):
    answer = manager.get(f"/admin/sync/businessunit/{riverside.pk}/incoming")
    assert answer.status_code in {301, 302}


def test_what_nobody_expected_ends_one_pull_with_words(accountant, feed, world, monkeypatch):
    from sync.intake.sources import pulling

    whole = pulling.store

    def broken(*_args, **_more):
        raise ZeroDivisionError("Ada Quist")

    monkeypatch.setattr(pulling, "store", broken)
    assert tasks.pull(feed.pk)
    pull = Pull.objects.get()
    assert pull.state == "failed"
    assert "Something unexpected" in page(accountant, feed)
    assert "Ada Quist" not in pull.words
    monkeypatch.setattr(pulling, "store", whole)
    Feed.objects.update(next_at="2026-01-01T00:00:00Z")
    assert tasks.pull(feed.pk)
    assert Pull.objects.latest("pk").state == "done"
    assert Payment.objects.count() == 3


def test_a_source_that_is_registered_no_more_is_shown_and_stops_nobody(accountant, feed):
    Feed.objects.update(source="gone")
    assert accountant.get("/admin/sync/feed/").status_code == 200
    assert page(accountant, feed)
    assert tasks.pull(feed.pk)
    assert Pull.objects.get().state == "failed"


def test_sums_are_money_and_times_are_the_units_own(accountant, riverside, feed):
    riverside.timezone = "America/Los_Angeles"
    riverside.save()
    row = {"kind": "payment", "day": "2026-05-04", "currency": "CAD", "before": "0.00",
           "listed": "1234.50", "here": "0.00", "differs": True,
           "named": [["7", "1234.50", "0.00", "It is late."]]}  # fmt: skip
    began = datetime(2026, 5, 10, 2, tzinfo=UTC)
    pull = Pull.objects.create(feed=feed, state="done", sums=[row])
    Pull.objects.filter(pk=pull.pk).update(began_at=began)
    shown = page(accountant, feed)
    assert "The days that the pull of 9 May 2026 19:00 PDT changed" in shown
    assert '<td class="paidup-amount" data-label="Listed there">CA$1,234.50</td>' in shown
    assert "7: CA$1,234.50 there, CA$0.00 here. It is late." in shown

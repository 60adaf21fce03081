"""What every source must do, a third party's too: a source without a world fails.

`worlds.py` says what a world is; docs/sources.md says how a source is written.
"""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from sync.intake.sources import connecting, pulling, storing, sums, working
from sync.intake.sources.accounts import account_of
from sync.intake.sources.interface import Ask, SignInRefused, SourceAway
from sync.intake.sources.registry import source_named, sources
from sync.models import Delivery, Feed, FeedStream, Invoice, Listed, Payment, Pull, Refund
from tests.factories import BusinessUnitFactory
from tests.intake.sources.conftest import DAY, connected, held, pull
from tests.intake.sources.worlds import worlds

pytestmark = pytest.mark.django_db


@pytest.fixture(params=sorted(sources()))
def world(request, make_world):
    assert request.param in worlds(), "a source comes with a world of its own"
    return make_world(request.param)


@pytest.fixture
def feed(world):
    return connected(world)


def test_it_names_what_it_is(world):
    source = source_named(world.name)
    assert 0 < len(source.name) <= 40
    assert list(source.streams)
    kinds = [kind for of in source.streams.values() for kind in of]
    assert len(kinds) == len(set(kinds)), "a kind belongs to one stream"
    assert source.capabilities.refunds == (Delivery.Kind.REFUND in kinds)


def test_secrets_are_sealed_and_encrypted(world, feed):
    secrets = {entry.name for entry in source_named(world.name).entries if entry.is_secret}
    assert secrets
    assert secrets.isdisjoint(feed.options)
    assert secrets == set(json.loads(feed.secrets))
    with connection.cursor() as cursor:
        cursor.execute("SELECT secrets FROM sync_feed")
        stored = cursor.fetchone()[0]
    assert all(world.entered[name] not in stored for name in secrets)


def test_what_is_there_is_here_to_the_cent(world, feed):
    client = world.add_customer("Ada Quist")
    invoice = world.bill(client, ["70.00", "80.00"], DAY, discount="10.00")
    world.pay(client, "70.00", DAY, invoice)
    world.pay(client, "70.00", DAY + timedelta(days=2), invoice)
    world.pay(client, "33.10", DAY)  # a deposit
    this = pull(feed)
    assert this.state == Pull.State.DONE
    assert held(feed) == world.truth()
    assert sums.differences(feed) == []
    assert Invoice.objects.filter(total="140.00", balance_due=0).count() == 1
    assert Payment.objects.filter(invoice=None, amount=Decimal("33.10")).count() == 1


def test_the_same_again_changes_nothing(world, feed):
    pull(feed)
    before = held(feed)
    this = pull(feed, is_full=True)
    statuses = {status for of in this.counts.values() for status in of}
    assert statuses <= {"unchanged"}
    assert held(feed) == before
    assert not Listed.objects.exclude(code="").exists()


def test_what_changes_there_changes_here(world, feed):
    client = world.add_customer("Ben Ortiz")
    first, second = (world.bill(client, ["50.00"], DAY) for _ in range(2))
    payment = world.pay(client, "50.00", DAY, first)
    pull(feed)
    world.move(payment, second)
    world.cancel(first)
    world.refund(payment, "20.00", DAY + timedelta(days=1))
    pull(feed)
    assert held(feed) == world.truth()
    paid = Payment.objects.get(external_id=str(payment))
    assert paid.invoice.external_id == str(second)
    assert paid.refunded_total == Decimal("20.00")
    assert Invoice.objects.get(external_id=str(first)).voided_at is not None
    world.void(payment)
    pull(feed)
    assert held(feed) == world.truth()
    assert not Refund.objects.filter(payment=paid, voided_at=None).exists()


def test_one_that_cannot_be_read_is_named_and_the_others_go_on(world, feed):
    client = world.add_customer("Cleo Sato")
    good = world.pay(client, "20.00", DAY)
    bad = world.pay(client, "12.00", DAY)
    world.spoil(bad)
    this = pull(feed)
    assert this.counts["payment"]["refused"] == 1
    refused = Listed.objects.exclude(code="").get()
    assert (refused.kind, refused.external_id) == ("payment", str(bad))
    assert refused.words
    assert Payment.objects.filter(external_id=str(good)).exists()
    assert not Payment.objects.filter(external_id=str(bad)).exists()
    world.mend(bad, "12.00")
    pull(feed)
    assert not Listed.objects.exclude(code="").exists()
    assert held(feed) == world.truth()


def test_an_outage_loses_nothing(world, feed):
    pull(feed)
    client = world.add_customer("Dan Moreau")
    world.pay(client, "44.00", DAY)
    world.go_away(3)
    this = pull(feed)
    world.go_away(0)
    assert (this.state, bool(this.words)) == (Pull.State.FAILED, True)
    feed.refresh_from_db()
    assert not feed.stopped_code
    assert feed.next_at > timezone.now()
    pull(feed)
    assert held(feed) == world.truth()


def test_who_is_refused_waits_for_a_person(world, feed):
    connecting.connect(feed.business_unit, world.name, world.entered | world.wrong, None)
    Feed.objects.update(next_at=timezone.now())
    source = source_named(world.name)
    feed.refresh_from_db()
    with pytest.raises(SignInRefused) as refused:
        source.places(account_of(feed))
    assert not any(value in str(refused.value) for value in world.wrong.values())
    assert pull(feed).state == Pull.State.FAILED
    feed.refresh_from_db()
    assert feed.stopped_code == "SIGN_IN_REFUSED"
    assert working.due() == []


def test_it_says_when_it_is_away(world, feed):
    world.go_away(50)
    with pytest.raises(SourceAway):
        source_named(world.name).places(account_of(feed))


def test_a_cursor_is_json_and_a_second_pass_is_short(world, feed):
    client = world.add_customer("Eva Okafor")
    for place in range(12):
        world.pay(client, f"{place + 1}.00", DAY)
    account, later = account_of(feed), timezone.now() + timedelta(minutes=10)
    with time_machine.travel(later), source_named(world.name).open(account) as reader:
        for stream in source_named(world.name).streams:
            cursor, seen = None, 0
            while True:
                page = reader.pull(stream, cursor, Ask())
                cursor = json.loads(json.dumps(page.cursor))
                seen += len(page.deliveries)
                if page.done:
                    break
            assert seen > 0, stream
            if source_named(world.name).capabilities.edited_times:
                assert reader.pull(stream, cursor, Ask()).deliveries == [], stream


def test_killed_between_any_two_steps_nothing_is_lost_or_doubled(world, feed, monkeypatch):
    client = world.add_customer("Finn Brandt")
    for _ in range(6):
        world.pay(client, "5.00", DAY, world.bill(client, ["5.00"], DAY))
    stored, kills = storing.store, iter([1, 2, 1, 3, 1])

    class Killed(BaseException):
        pass

    def killing(pull, row, page, **more):
        left["steps"] -= 1
        if left["steps"] == 0 and left["before"]:
            raise Killed
        stored(pull, row, page, **more)
        if left["steps"] == 0:
            raise Killed

    monkeypatch.setattr(pulling, "store", killing)
    left = {"steps": 0, "before": True}
    this = pulling.begin(feed, None)
    for place, kill in enumerate(kills):
        left |= {"steps": kill, "before": place % 2 == 0}
        try:
            pulling.go_on(working.under_way(feed.pk))
        except Killed:
            continue
        break
    left["steps"] = 0
    if running := working.under_way(feed.pk):
        assert pulling.go_on(running)
    this.refresh_from_db()
    assert this.state == Pull.State.DONE
    assert held(feed) == world.truth()
    created = sum(of.get("created", 0) for of in this.counts.values())
    assert created == Delivery.objects.count()


def test_one_that_was_overtaken_stores_nothing(world, feed):
    this = pulling.begin(feed, None)
    stale = working.under_way(feed.pk)
    assert pulling.go_on(this)
    before = list(FeedStream.objects.order_by("pk").values_list("serial", flat=True))
    with pytest.raises(storing.Overtaken):
        pulling.go_on(stale)
    assert list(FeedStream.objects.order_by("pk").values_list("serial", flat=True)) == before


def test_a_date_reads_what_was_edited_since_and_leaves_the_rest(world, feed):
    pull(feed)
    marks = list(FeedStream.objects.order_by("pk").values_list("cursor", flat=True))
    this = pull(feed, since=(timezone.now() + timedelta(days=30)).date())
    assert this.state == Pull.State.DONE
    if source_named(world.name).capabilities.edited_times:
        assert this.counts == {}
    assert list(FeedStream.objects.order_by("pk").values_list("cursor", flat=True)) == marks
    client = world.add_customer("Gia Lindqvist")
    world.pay(client, "9.00", DAY)
    pull(feed)
    assert held(feed) == world.truth()


def test_two_units_of_one_source_keep_apart(make_world, world, feed):
    other = make_world(world.name, "2")
    second = connected(other, "lakeview")
    pull(feed)
    pull(second)
    assert held(feed) == world.truth()
    assert held(second) == other.truth()
    clash = BusinessUnitFactory(code="hilltop")
    third = connecting.connect(clash, world.name, world.entered, None)
    assert connecting.test(third) == ""
    with pytest.raises(connecting.FeedRefused):
        connecting.choose_place(third, world.place, None)


def test_a_worker_that_stood_still_stores_no_page_that_another_has_stored(world, feed, monkeypatch):
    """Two at the same pull: the page of the slower one is dropped, with everything of it."""
    client = world.add_customer("Hugo Whitfield")
    world.pay(client, "8.00", DAY)
    pulling.begin(feed, None)
    stored, raced = storing.store, []

    def racing(pull, row, page, **more):
        if not raced:
            raced.append(FeedStream.objects.get(pk=row.pk).serial)
            other = FeedStream.objects.get(pk=row.pk)
            other.passing, other.is_whole = row.passing, row.is_whole
            stored(working.under_way(feed.pk), other, page, **more)
        stored(pull, row, page, **more)

    monkeypatch.setattr(pulling, "store", racing)
    with pytest.raises(storing.Overtaken):
        pulling.go_on(working.under_way(feed.pk))
    first = FeedStream.objects.order_by("pk").first()
    assert first.serial == raced[0] + 1
    assert pulling.go_on(working.under_way(feed.pk))
    this = Pull.objects.get()
    assert sum(of.get("created", 0) for of in this.counts.values()) == Delivery.objects.count()
    assert held(feed) == world.truth()


def call(feed_id, body=b"", headers=None):
    """Post as a source does; return what is answered."""
    address = f"/sources/{feed_id}/changed/"
    answer = Client().post(address, body, content_type="text/plain", headers=headers or {})
    return answer.status_code, answer.content


def test_a_call_wakes_the_pull_and_only_where_its_source_made_it(world, feed, monkeypatch):
    """A webhook is proven by the source's own secret, says nothing itself, and wakes once."""
    woken = []
    monkeypatch.setattr(working, "wake", woken.append)
    assert working.pull_on(feed.pk)
    body, calls = b'{"what": "payment 7"}', source_named(world.name).capabilities.calls
    signed = world.signed(body) if calls else {}
    before = Feed.objects.values().get()
    assert call(feed.pk, body) == (401, b"")
    assert call(feed.pk, body + b" ", signed) == (401, b"")
    assert call(feed.pk, body, dict.fromkeys(signed, "é")) == (401, b"")
    assert call(9999, body, signed) == (401, b"")
    assert Client().get(f"/sources/{feed.pk}/changed/").status_code == 405
    assert (Feed.objects.values().get(), woken) == (before, [])
    if not calls:
        return
    assert [call(feed.pk, body, signed) for _ in range(3)] == [(204, b"")] * 3
    assert woken == [feed.pk]
    assert working.due() == [feed.pk]
    assert Pull.objects.count() == 1, "what it says is not believed: it is pulled"


def test_what_calls_while_it_is_pulled_is_pulled_once_more(world, feed, monkeypatch):
    if not source_named(world.name).capabilities.calls:
        return
    monkeypatch.setattr(working, "wake", lambda _feed_id: None)
    stored, signed, called = storing.store, world.signed(b""), []

    def calling(pull, row, page, **more):
        stored(pull, row, page, **more)
        if not called:
            called.append(call(feed.pk, headers=signed))

    monkeypatch.setattr(pulling, "store", calling)
    assert working.pull_on(feed.pk)
    assert working.due() == [feed.pk]
    assert working.pull_on(feed.pk)
    assert working.due() == []
    connecting.pause(Feed.objects.get(), None)
    assert (call(feed.pk, headers=signed), working.due()) == ((204, b""), [])
    connecting.disconnect(Feed.objects.get(), None)
    assert call(feed.pk, headers=signed) == (401, b"")
    assert called == [(204, b"")]

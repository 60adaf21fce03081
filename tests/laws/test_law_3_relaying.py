"""Law 3: what a relay does after each fault, when it ends, and whom it wakes then."""

import time
from contextlib import contextmanager
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from sync.company import tokens
from sync.exports.delivery import relay, strays
from sync.exports.delivery.relay import Ended
from sync.models import ExportRun, QuickBooksCompany
from sync.quickbooks.client import NotSent, OutcomeUnknown, QuickBooksFault
from sync.quickbooks.faults import fault_of
from tests.factories import ExportRunFactory, SyncRecordFactory
from tests.laws.customers_sent import answered, entity, item, sent, stands, whole
from tests.laws.holding import session_of

TOKEN = fault_of(whole(401, "3200", "message=AuthenticationFailed"))
THROTTLE = fault_of(whole(429, "3001", "ThrottleExceeded"))
REFUSED = fault_of(whole(403, "6190", "Subscription period has ended"))
TROUBLE = fault_of(whole(500))


@pytest.fixture
def session(company, settings, monkeypatch):
    settings.QUICKBOOKS_RETRY_PAUSE, settings.QUICKBOOKS_THROTTLE_PAUSE = 10, 100
    settings.QUICKBOOKS_BLOCKED_PAUSE = 1000
    session = session_of(company)
    session.client = SimpleNamespace(use_token=lambda token: None)
    monkeypatch.setattr(tokens, "renew", lambda _company: "another")
    return session


def pause_of(session):
    """Return the seconds that the company is paused for, in tens."""
    now = QuickBooksCompany.objects.annotate(now=Now()).get(pk=session.company.pk)
    return None if now.paused_until is None else round((now.paused_until - now.now).seconds, -1)


def test_a_token_that_is_over_is_renewed_once_for_all_that_left_with_it(session):
    relay._after_fault(session, TOKEN, 0)
    assert (session.token, session.renewals, session.renewals_in_vain) == ("another", 1, 1)
    relay._after_fault(session, TOKEN, 0)
    assert (session.renewals, session.renewals_in_vain) == (1, 1)
    assert pause_of(session) is None


def test_a_token_that_is_refused_again_and_again_blocks_the_company(session):
    for renewals in range(relay.MOST_RENEWALS):
        relay._after_fault(session, TOKEN, renewals)
    assert not session.is_blocked
    relay._after_fault(session, TOKEN, relay.MOST_RENEWALS)
    assert (session.is_blocked, session.renewals) == (True, relay.MOST_RENEWALS)
    assert pause_of(session) == 1000


@pytest.mark.parametrize(
    ("fault", "seconds", "learns", "blocks"),
    [
        (THROTTLE, 100, True, False),
        (REFUSED, 1000, False, True),
        (TROUBLE, 10, False, False),
    ],
)
def test_each_fault_pauses_as_long_as_it_should(session, fault, seconds, learns, blocks):
    relay._after_fault(session, fault, 0)
    assert pause_of(session) == seconds
    company = QuickBooksCompany.objects.get(pk=session.company.pk)
    assert (company.learned_pace < 1) is learns
    assert session.is_blocked is blocks
    assert session.renewals == 0


@pytest.mark.parametrize(
    ("outcome", "stand"),
    [
        (NotSent("no connection"), ("pending", "", 0, False)),
        (OutcomeUnknown("no answer"), ("in_flight", "", 1, True)),
    ],
)
def test_silence_is_told_from_what_never_left(session, outcome, stand):
    planned = sent(session)
    assert relay._settle(session, [(planned, outcome)]) == []
    assert stands(planned.records[0]) == stand
    assert pause_of(session) == 10


def test_an_answer_without_a_fault_ends_the_row_of_vain_renewals(session):
    session.renewals_in_vain = 2
    planned = sent(session)
    [record] = planned.records
    planned.renewals = 1
    assert relay._settle(session, [(planned, whole(500))]) == [(fault_of(whole(500)), 1)]
    assert session.renewals_in_vain == 2
    arrived = answered(item(record, Customer=entity(record)))
    assert relay._settle(session, [(planned, arrived)]) == []
    assert session.renewals_in_vain == 0


class Told:
    """Whether others want the process, as told."""

    is_so = False

    def want_this_process(self):
        return self.is_so


def test_when_a_relay_must_end(session, monkeypatch, tmp_path):
    later, over, others = time.monotonic() + 60, time.monotonic() - 1, Told()
    assert relay._must_end(session, later, others) is None
    assert relay._must_end(session, over, others) is Ended.SLICE
    for seconds, ended in ((60, Ended.YIELDED), (-1, None)):
        QuickBooksCompany.objects.filter(pk=session.company.pk).update(
            wanted_until=timezone.now() + timedelta(seconds=seconds)
        )
        assert relay._must_end(session, later, others) is ended
    others.is_so = True
    assert relay._must_end(session, later, others) is Ended.YIELDED
    monkeypatch.setenv("PAIDUP_STOP_SIGN", str(tmp_path / "stop"))
    assert relay._must_end(session, later, others) is Ended.YIELDED
    (tmp_path / "stop").touch()
    assert relay._must_end(session, later, others) is Ended.STOPPING
    session.refused = [1]
    assert relay._must_end(session, over, others) is None
    session.refused = []
    QuickBooksCompany.objects.filter(pk=session.company.pk).update(
        paused_until=timezone.now() + timedelta(minutes=1)
    )
    assert relay._must_end(session, over, others) is Ended.PAUSED
    session.is_blocked = True
    assert relay._must_end(session, later, others) is Ended.BLOCKED


def test_a_process_that_is_to_stop_takes_nothing_new(company, monkeypatch, tmp_path):
    (tmp_path / "stop").touch()
    monkeypatch.setenv("PAIDUP_STOP_SIGN", str(tmp_path / "stop"))
    monkeypatch.setattr(relay, "open_session", None)
    told = []
    monkeypatch.setattr(relay, "enqueue_relay", told.append)
    assert relay.relay(company.pk, {}) is Ended.STOPPING
    assert told == [company.pk]


WHEN = datetime.fromisoformat("2026-06-01T00:00:00+00:00")


@pytest.mark.parametrize(
    ("ended", "has_work", "when", "woken"),
    [
        (Ended.SLICE, False, WHEN, "now"),
        (Ended.YIELDED, False, WHEN, "now"),
        (Ended.STOPPING, False, WHEN, "now"),
        (Ended.DONE, True, WHEN, "now"),
        (Ended.DONE, False, WHEN, WHEN),
        (Ended.DONE, False, None, None),
        (Ended.PAUSED, True, WHEN, WHEN),
        (Ended.BLOCKED, True, WHEN, WHEN),
        (Ended.HELD, True, WHEN, None),
    ],
)
def test_whom_a_relay_wakes_when_it_ends(company, monkeypatch, ended, has_work, when, woken):
    told = []

    @contextmanager
    def session(_company_id):
        yield None if ended is Ended.HELD else object()

    monkeypatch.setattr(relay, "open_session", session)
    monkeypatch.setattr(relay, "_drain", lambda *_given: ended)
    monkeypatch.setattr(relay, "has_work", lambda *_given: has_work)
    monkeypatch.setattr(relay, "next_time", lambda _company_id: when)
    monkeypatch.setattr(relay, "enqueue_relay", lambda _company_id: told.append("now"))
    monkeypatch.setattr(relay, "wake_at", lambda _company_id, at: told.append(at))
    assert relay.relay(company.pk, {}) is ended
    assert told == ([] if woken is None else [woken])


class Paced:
    """Lanes and a pacer that leave as much room as told."""

    def __init__(self, room=1, wait=0.0, singly=1):
        self.pacer, self._room, self._singly, self._wait = self, room, singly, wait

    def room(self, *, is_batch):
        return self._room if is_batch else self._singly

    def wait(self, **_kind):
        return self._wait


@pytest.mark.parametrize(
    ("room", "wait", "may"), [(1, 0.0, True), (0, 0.0, False), (-1, 0.0, False), (1, 9.0, False)]
)
def test_a_batch_goes_where_lanes_and_pace_leave_room(room, wait, may):
    paced = Paced(room, wait)
    assert relay._may_batch(paced, paced) is may


@pytest.mark.parametrize(
    ("room", "singly", "wait", "may"),
    [(1, 1, 0.0, True), (0, 1, 0.0, False), (1, 0, 0.0, False), (1, 1, 9.0, False)],
)
def test_a_look_is_made_where_what_it_may_send_again_has_room(monkeypatch, room, singly, wait, may):
    paced = Paced(room, wait, singly)
    paced.company, paced.tickets = SimpleNamespace(pk=7), {}
    monkeypatch.setattr(relay, "look_due", lambda *_asked: "due")
    assert relay._due(paced, paced) == ("due" if may else None)


@pytest.mark.parametrize(
    ("wait", "seconds"), [(0.0, relay.POLL_SECONDS), (0.6, 0.2), (9.0, relay.POLL_SECONDS)]
)
def test_a_relay_looks_around_at_the_latest_when_the_pace_lets_it_go_on(wait, seconds):
    assert relay._until_pace(Paced(wait=wait)) == pytest.approx(seconds)


def test_one_chunk_of_a_run_is_enqueued_at_a_time(company):
    held = SimpleNamespace(company=company, units_aside=set())
    assert relay._enqueue(held) is False
    given = {"state": "running", "confirmed_at": timezone.now(), "company": company}
    done = ExportRunFactory(**given, enqueued_at=timezone.now())
    assert relay._enqueue(held) is False
    waits = ExportRunFactory(**given)
    assert relay._enqueue(held) is True
    assert ExportRun.objects.filter(state="finished").get() == waits
    assert done.state == "running"


@pytest.mark.parametrize("ended", [Ended.NOT_CONNECTED, Ended.BLOCKED])
def test_who_waits_for_a_run_goes_where_it_cannot_go_on(company, monkeypatch, ended):
    calls = []
    monkeypatch.setattr(relay, "relay", lambda *_given: calls.append(1) or ended)
    monkeypatch.setattr(relay.time, "sleep", lambda _seconds: calls.append("slept"))
    run = ExportRunFactory(company=company, state="running", confirmed_at=timezone.now())
    assert relay.drain(run, {}) == 0
    assert calls == [1]


def test_nobody_waits_for_a_run_without_a_company(db):
    assert relay.drain(ExportRunFactory(), {}) == 0


@pytest.mark.parametrize(
    ("fault", "is_sendable", "ahead", "is_raised"),
    [
        (REFUSED, False, [], False),
        (REFUSED, True, [], True),
        (REFUSED, False, ["planned"], True),
        (TROUBLE, False, [], True),
    ],
)
def test_a_look_that_the_company_refuses_stops_only_what_is_to_be_written(
    session, monkeypatch, fault, is_sendable, ahead, is_raised
):
    def refused(_session):
        raise QuickBooksFault(fault)

    monkeypatch.setattr(strays, "look_through", refused)
    SyncRecordFactory(company=session.company, state="pending", is_sendable=is_sendable)
    if is_raised:
        with pytest.raises(QuickBooksFault):
            relay._has_looked(session, ahead)
    else:
        assert relay._has_looked(session, ahead) is False

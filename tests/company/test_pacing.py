"""The pace: never above a limit in any sliding minute, and lower where QuickBooks throttles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.company import pacing
from sync.company.pacing import Pacer, Window


@pytest.fixture
def clock(monkeypatch, settings):
    """A clock that only sleeping moves, and the published limits."""
    now = [1_000_000.0]
    monkeypatch.setattr(pacing.time, "time", lambda: now[0])
    monkeypatch.setattr(pacing.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(pacing.time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))
    settings.QUICKBOOKS_MINUTE = 60
    settings.QUICKBOOKS_REQUESTS_PER_SECOND = 9
    settings.QUICKBOOKS_REQUESTS_PER_MINUTE = 490
    settings.QUICKBOOKS_BATCHES_PER_MINUTE = 39
    return now


def most_in(times, seconds):
    """Return the most of the times that fall into any window of that length."""
    return max(sum(start <= t < start + seconds for t in times) for start in times)


def test_no_sliding_minute_or_second_holds_too_many_requests(clock):
    pacer, times = Pacer(), []
    for _ in range(1200):
        pacer.before_request()
        times.append(clock[0])
    assert most_in(times, 1.0) == 9
    assert most_in(times, 60.0) == 490


def test_what_a_stall_held_up_does_not_leave_all_at_once(clock):
    pacer, times = Pacer(), []
    for _ in range(30):  # all their turns are over
        pacer.leave()
        times.append(clock[0])
    assert most_in(times, 1.0) == 10
    clock[0] += 1
    before = clock[0]
    pacer.leave()
    assert clock[0] == before


def test_batches_go_as_fast_as_their_limit(clock):
    pacer, times = Pacer(), []
    for _ in range(118):
        pacer.sleep(is_batch=True)
        pacer.count(is_batch=True)
        times.append(clock[0])
    assert most_in(times, 60.0) == 39
    assert clock[0] - 1_000_000 == pytest.approx(180, abs=10)


def test_bulk_leaves_room_that_people_can_use(clock):
    pacer = Pacer()
    sent = 0
    while not pacer.wait(is_bulk=True):
        pacer.count()
        clock[0] += 0.12
        sent += 1
    assert sent == 466
    assert pacer.wait() == 0


def test_a_session_on_a_machine_whose_clock_was_ahead_holds_up_nobody(clock):
    pacer = Pacer([(clock[0] + 600, True), (clock[0] + 600, False)])
    assert pacer.wait(is_batch=True) == pytest.approx(1 / 9)
    clock[0] += 60
    assert pacer.recent() == []


def test_the_next_session_knows_what_this_one_sent(clock):
    first = Pacer()
    for _ in range(39):
        first.sleep(is_batch=True)
        first.count(is_batch=True)
    second = Pacer(first.recent())
    assert second.wait(is_batch=True) == pytest.approx(first.wait(is_batch=True))
    assert second.wait(is_batch=True) > 50


@pytest.mark.parametrize(
    ("pace", "sent", "learned"),
    [(1.0, 0, 0.5), (1.0, 16, 0.5), (1.0, 39, 0.9), (0.5, 8, 0.25), (0.06, 0, 0.05)],
    ids=["nothing passed", "less than half", "all of it", "again", "never nothing"],
)
def test_a_throttle_teaches_the_pace(clock, pace, sent, learned):
    pacer = Pacer(pace=pace)
    for _ in range(sent):
        pacer.sleep(is_batch=True)
        pacer.count(is_batch=True)
    assert pacer.learned_pace() == pytest.approx(learned)


def test_a_learned_pace_is_kept_to(clock):
    pacer, times = Pacer(pace=0.5), []
    for _ in range(60):
        pacer.sleep(is_batch=True)
        pacer.count(is_batch=True)
        times.append(clock[0])
    assert most_in(times, 60.0) == 19


@given(st.lists(st.floats(0, 300), max_size=80), st.integers(1, 12))
def test_a_window_lets_in_exactly_its_limit(arrivals, limit):
    window, let_in = Window(limit, 60.0), []
    for at in sorted(arrivals):
        if not window.wait_for_room(at):
            window.times.append(at)
            let_in.append(at)
    assert all(sum(s < t <= s + 60.0 for t in let_in) <= limit for s in let_in)

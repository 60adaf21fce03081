from datetime import UTC, datetime

import pytest

from sync.simulator.state.clock import Clock, ClockState


class RealTime:
    def __init__(self, seconds):
        self.seconds = seconds

    def __call__(self):
        return self.seconds


@pytest.fixture
def real():
    return RealTime(1_000_000.0)


def test_now_follows_real_time_and_is_aware(real):
    clock = Clock(real_time=real)
    real.seconds += 60
    assert clock.now() == datetime(1970, 1, 12, 13, 47, 40, tzinfo=UTC)


def test_advance_adds_to_real_time(real):
    clock = Clock(real_time=real)
    clock.advance(3600)
    real.seconds += 1
    assert clock.timestamp() == 1_003_601.0


def test_run_at_speeds_up_only_what_follows(real):
    clock = Clock(real_time=real)
    real.seconds += 10
    clock.run_at(60)
    real.seconds += 10
    assert clock.timestamp() == 1_000_610.0
    assert clock.rate == 60


def test_run_at_zero_stops_the_clock(real):
    clock = Clock(real_time=real)
    clock.run_at(0)
    real.seconds += 500
    assert clock.timestamp() == 1_000_000.0


@pytest.mark.parametrize(
    "move",
    [
        lambda clock: clock.advance(-1),
        lambda clock: clock.advance(float("nan")),
        lambda clock: clock.advance(float("inf")),
        lambda clock: clock.run_at(-1),
        lambda clock: clock.run_at(float("inf")),
    ],
)
def test_clock_never_goes_back(real, move):
    clock = Clock(real_time=real)
    with pytest.raises(ValueError, match="only moves forward"):
        move(clock)
    assert clock.timestamp() == 1_000_000.0


def test_state_carries_on_in_a_later_clock(real):
    clock = Clock(real_time=real)
    clock.advance(100)
    clock.run_at(2)
    later = Clock(ClockState(**clock.as_dict()), real_time=real)
    real.seconds += 5
    assert later.timestamp() == clock.timestamp() == 1_000_110.0

"""A stand-in over real HTTP, and units that are fed by it."""

from datetime import date

import pytest

from sync.intake.sources import connecting, pulling, sums, working
from sync.intake.sources.vonigo.standin.server import StandIn
from sync.models import Feed
from tests.factories import BusinessUnitFactory
from tests.intake.sources.worlds import WORLDS

DAY = date(2026, 5, 4)
ZONES = {"1": "America/Los_Angeles", "2": "America/New_York", "3": "America/Denver"}


@pytest.fixture(scope="session")
def standin_server():
    with StandIn() as standin:
        yield standin


@pytest.fixture
def standin(standin_server):
    standin_server.anew()
    return standin_server


@pytest.fixture
def make_world(standin, settings):
    def made(name, place="1"):
        return WORLDS[name](standin, settings, place)

    return made


def connected(world, code="northside"):
    """Give the feed of a unit that is connected to a world and started."""
    world.settle(DAY)
    unit = BusinessUnitFactory(code=code, timezone=ZONES[world.place])
    feed = connecting.connect(unit, world.name, world.entered, None)
    assert connecting.test(feed) == ""
    connecting.choose_place(feed, world.place, None)
    assert connecting.test(feed) == ""
    connecting.answer(feed, {}, None)
    connecting.start(feed, None)
    return Feed.objects.select_related("business_unit").get(pk=feed.pk)


def pull(feed, **how):
    """Pull to the end, and return the pull."""
    feed = Feed.objects.select_related("business_unit").get(pk=feed.pk)
    this = working.under_way(feed.pk) or pulling.begin(feed, None, **how)
    assert pulling.go_on(this)
    return this


def held(feed):
    """Return what we hold as (kind, day) to amount."""
    return {(kind, day): total for (kind, day, _), total in sums.ours(feed).items() if total}

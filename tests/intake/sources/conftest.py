"""A stand-in for each source, and units that are fed by it."""

from contextlib import ExitStack
from datetime import date

import pytest

from sync.intake.sources import connecting, pulling, sums, working
from sync.models import Feed
from tests.factories import BusinessUnitFactory
from tests.intake.sources.worlds import VonigoWorld, worlds

DAY = date(2026, 5, 4)


@pytest.fixture(scope="session")
def serving():
    """Return a function that gives a world's stand-in, begun once for all tests."""
    begun = {}
    with ExitStack() as stack:

        def stand_in_of(world):
            if world.serving not in begun:
                begun[world.serving] = stack.enter_context(world.serving())
            return begun[world.serving]

        yield stand_in_of


@pytest.fixture
def stand_in(serving):
    """Return a function that gives a world's stand-in, empty when a test first asks for it."""
    anew = {}

    def of(world):
        if world.serving not in anew:
            anew[world.serving] = serving(world)
            anew[world.serving].anew()
        return anew[world.serving]

    return of


@pytest.fixture
def standin(stand_in):
    return stand_in(VonigoWorld)


@pytest.fixture
def make_world(stand_in, settings):
    def made(name, place="1"):
        world = worlds()[name]
        return world(stand_in(world), settings, place)

    return made


def connected(world, code="northside"):
    """Give the feed of a unit that is connected to a world and started."""
    world.settle(DAY)
    unit = BusinessUnitFactory(code=code, timezone=world.zone)
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

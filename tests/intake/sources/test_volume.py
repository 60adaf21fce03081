"""Franchises at size, pulled by processes that are killed at random. A command of its own:

PAYMENTS=20000 .venv/bin/python -m pytest -s -m long tests/intake/sources/test_volume.py
"""

import os
import random
import signal
import subprocess
import sys
import time

import pytest

from sync.intake.sources import connecting, sums, working
from sync.intake.sources.vonigo.standin.office import FRANCHISES
from sync.models import Delivery, Feed, Listed, Pull
from tests.factories import BusinessUnitFactory
from tests.intake.sources.conftest import DAY, held
from tests.intake.sources.worlds import ZONES, VonigoWorld

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True)]
PAYMENTS = int(os.environ.get("PAYMENTS", "20000"))
KILLS = int(os.environ.get("KILLS", "10"))
SEED = int(os.environ.get("SEED", "1"))


def fill(world, count):
    """Enter so many payments in a franchise, one for each invoice."""
    client = world.add_customer("Ada Quist")
    for _ in range(count):
        world.pay(client, "50.00", DAY, world.bill(client, ["50.00"], DAY))


def process(code, standin, database):
    """Pull by the command in a process of its own."""
    env = os.environ | {
        "VONIGO_URL": standin.api_url,
        "DATABASE_URL": database,
        "LOG_LEVEL": "ERROR",
    }
    return subprocess.Popen(
        [sys.executable, "manage.py", "pull", code, "--json"], env=env, stdout=subprocess.PIPE
    )


def test_killed_at_random_all_of_it_is_here_once(standin, settings, transactional_db):
    database = os.environ.get("DATABASE_URL", "")
    from django.db import connection

    settings_dict = connection.settings_dict
    if connection.vendor == "sqlite":
        pytest.skip("processes share a database: give DATABASE_URL of PostgreSQL")
    database = f"{database.rsplit('/', 1)[0]}/{settings_dict['NAME']}"
    dice, began = random.Random(SEED), time.monotonic()
    feeds, worlds = [], []
    for place in map(str, FRANCHISES):
        world = VonigoWorld(standin, settings, place)
        world.settle(DAY)
        fill(world, PAYMENTS // len(FRANCHISES))
        unit = BusinessUnitFactory(code=f"unit-{place}", timezone=ZONES[place])
        feed = connecting.connect(unit, "vonigo", world.entered, None)
        connecting.test(feed)
        connecting.choose_place(feed, place, None)
        connecting.test(feed)
        connecting.answer(feed, {}, None)
        connecting.start(feed, None)
        feeds.append(feed)
        worlds.append(world)
    print(f"\nfilled in {time.monotonic() - began:.0f} s")
    began, kills = time.monotonic(), 0
    for feed in feeds:
        while True:
            running = process(feed.business_unit.code, standin, database)
            patience = dice.uniform(2, 14) if kills < KILLS else None
            try:
                running.wait(patience)
            except subprocess.TimeoutExpired:
                os.kill(running.pid, signal.SIGKILL)
                running.wait()
                kills += 1
                working.leave(feed.pk)
                continue
            break
    seconds = time.monotonic() - began
    for feed, world in zip(feeds, worlds, strict=True):
        assert Pull.objects.filter(feed=feed, state="done").count() == 1
        assert held(feed) == world.truth()
        assert sums.differences(feed) == []
    things = Listed.objects.exclude(is_gone=True)
    assert not things.exclude(code="").exists()
    assert Delivery.objects.count() == things.exclude(kind="refund").count() + 9
    calls = [pull.calls for pull in Pull.objects.order_by("pk")]
    print(f"{PAYMENTS} payments in {seconds:.0f} s, killed {kills} times, {calls} requests")
    Feed.objects.update(overlap_minutes=0)
    time.sleep(1.5)
    for feed in feeds:
        process(feed.business_unit.code, standin, database).wait()
    print("second pulls:", [pull.calls for pull in Pull.objects.order_by("-pk")[:3]], "requests")
    assert all(pull.calls < 10 for pull in Pull.objects.order_by("-pk")[:3])

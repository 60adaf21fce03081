"""Odd requests to every address and form of the site: none answers 500, none takes two seconds.

`make fuzz REQUESTS=50000 DB=sqlite|postgres SEED=n`; `make test` sends a few.
"""

import os
import time
import traceback
from collections import Counter
from itertools import product
from random import Random

import pytest
from django.core.signals import got_request_exception
from django.db import transaction

from tests.attack.conftest import KINDS
from tests.attack.odd import draw
from tests.attack.pages import pages
from tests.attack.test_matrix import posts_of

REQUESTS = int(os.environ.get("FUZZ", "100"))
SEED = int(os.environ.get("SEED", "1"))
SLOW = 2.0
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nowhere")]


@pytest.fixture
def troubles():
    """Collect what was raised, by its kind and last line of ours."""
    found = []

    def note(sender, request=None, **_):
        lines = traceback.format_exc().strip().splitlines()
        ours = [line.strip() for line in lines if "/sync/" in line or "/accounts/" in line]
        found.append((lines[-1][:200], (ours or lines)[-1][:160]))

    got_request_exception.connect(note, weak=False)
    yield found
    got_request_exception.disconnect(note)


def test_no_odd_request_breaks_a_page_or_holds_it_up(people, targets, settings, troubles):
    settings.QUICKBOOKS_WEBHOOK_VERIFIER_TOKEN = "verifier"
    random, world = Random(SEED), _world(people, targets)
    cookies = {kind: people[kind].cookies.copy() for kind in KINDS}
    amiss, slow, statuses, slowest = Counter(), [], Counter(), 0.0
    for number in range(REQUESTS):
        kind, (page, address, posts) = random.choice(KINDS), random.choice(world)
        user = people[kind].user
        asked = draw(random, address, posts, user.pk if user else None)
        began = time.perf_counter()
        status = _send(people[kind], asked)
        took = time.perf_counter() - began
        people[kind].cookies = cookies[kind].copy()
        statuses[status], slowest = statuses[status] + 1, max(slowest, took)
        if status >= 500:
            amiss[page.name, kind, asked.method, *(troubles[-1] if troubles else ())] += 1
        if took > SLOW:
            slow.append((page.name, kind, number, round(took, 1), str(asked)[:300]))
    print(f"{REQUESTS} requests, seed {SEED}: {dict(statuses)}; the slowest took {slowest:.2f} s")
    assert amiss == Counter()
    assert slow == []


def _world(people, targets):
    """Return every page with an address and what its forms would send; a part, for a few."""
    found, asked = [], list(product(pages(), ("own", "absent")))
    for page, target in Random(SEED).sample(asked, min(len(asked), REQUESTS // 2)):
        address = page.address(targets[target])
        if address is not None:
            found.append((page, address, posts_of(people["superuser"], address)))
    return found


def _send(client, asked):
    """Send a request, and take back whatever it stored."""
    more = {"headers": {"intuit-signature": asked.signature}} if asked.signature else {}
    with transaction.atomic():
        answer = client.generic(
            asked.method,
            asked.path,
            asked.body,
            content_type=asked.content_type,
            query_params=None,
            QUERY_STRING=asked.query,
            **more,
        )
        if answer.streaming:
            b"".join(answer.streaming_content)
        transaction.set_rollback(True)
    return answer.status_code

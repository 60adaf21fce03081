"""Every page takes few queries, where it has the most to say: those that come are counted too."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.attack.pages import shown_to
from tests.weighing import MOST_QUERIES


@pytest.mark.long  # `make pages` tells as much of each
@pytest.mark.django_db
@pytest.mark.usefixtures("nowhere")
def test_every_page_takes_few_queries(people, targets):
    shown = shown_to(
        {kind: people[kind] for kind in ("administrator", "superuser")}, targets["own"]
    )
    assert len(shown) > 80
    assert any("exportrun/preview" in address for address in shown)
    counts = {address: _queries_of(people[kind], address) for address, kind in shown.items()}
    assert {a: count for a, count in counts.items() if count > MOST_QUERIES} == {}


def _queries_of(client, address):
    client.get(address)  # what is found only once
    with CaptureQueriesContext(connection) as asked:
        client.get(address)
    return len(asked)

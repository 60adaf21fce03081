"""From a list that is not whole nothing is taken for gone."""

from sync.models import ReferenceEntry
from sync.quickbooks.client import Client
from tests.connections.conftest import verify_now


def test_list_that_is_never_whole_is_said_and_nothing_is_taken_for_gone(
    company, connected, monkeypatch
):
    entries = ReferenceEntry.objects.filter(company=company)
    before = set(entries.values_list("kind", "qbo_id", "active"))
    page = Client.page

    def loses_one(client, entity, *how, **more):
        return [row for row in page(client, entity, *how, **more) if row.get("Name") != "Mowing"]

    with monkeypatch.context() as patch:
        patch.setattr(Client, "page", loses_one)
        request = verify_now(company, connected)
    assert (request.state, request.error) == (
        "failed",
        "QuickBooks' list of products and services was different each time it was read. What was"
        " read is kept, and nothing was taken for gone. Please start it again when less is being"
        " changed there.",
    )
    assert set(entries.values_list("kind", "qbo_id", "active")) == before
    assert verify_now(company, connected).state == "done"

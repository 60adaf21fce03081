"""A company with long lists: read in few requests, and its selects search instead of listing."""

import json
import math
import tracemalloc
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.urls import reverse

from sync.admin.connections.selects import SAME, field_name
from sync.company.paging import read_next_page
from sync.mappings.reference import listings
from sync.mappings.store_proposals import propose
from sync.models import CompanyRequest, ItemMapping, ReferenceEntry
from tests.factories import InvoiceFactory, InvoiceLineFactory
from tests.paged import Pages

NAME = "admin:sync_businessunit_quickbooks"


@pytest.fixture
def realm(simulator):
    realm_id = simulator.create_company(variant="large", name="Grand Total Facilities")
    simulator.advance(120)  # what was changed in the last minute is read once more
    return realm_id


@pytest.fixture
def read(simulator, north, realm):
    """North, connected to the large company; what was asked of it stands in the journal."""
    invoice = InvoiceFactory(business_unit=north, lines=[])
    for number in range(30):
        InvoiceLineFactory(invoice=invoice, service=f"Service {number}")
    simulator.clear_journal()
    call_command("connect_simulator", "north", realm=realm, verbosity=0)
    north.refresh_from_db()
    return north


@pytest.fixture
def desk(client, read, owner):
    client.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_five_thousand_items_are_read_and_searched(simulator, desk, read, realm):
    items = ReferenceEntry.objects.filter(company=read.quickbooks_company, kind="Item")
    assert items.count() == 5000
    asked = [
        call["body"]
        for call in simulator.journal(realm, kind="api")
        if "FROM Item" in str(call["body"])
    ]
    assert 0 < len(asked) <= math.ceil(5000 / 1000) + 7  # all bear one time, which is counted apart

    page = desk.get(reverse(NAME, args=[read.pk]))
    assert len(page.content) < 300_000  # 31 selects of 5,000 would be 10 MB
    name = field_name("item", "Service 3")
    assert "admin-autocomplete" in str(page.context["form"][name])
    assert "select2.full.js" in page.content.decode()

    search = reverse(f"{NAME}_entries", args=[read.pk])
    found = desk.get(search, {"of": "item", "term": "item 0424", "also": "same"}).json()
    assert [row["text"] for row in found["results"]][:2] == [
        "Item 00424 (Cleaning Income)",
        "Item 04240 (Cleaning Income)",
    ]
    assert len(found["results"]) == 11
    first = desk.get(search, {"of": "item", "also": "same"}).json()
    assert first["results"][0] == {"id": "same", "text": "As any other"}
    assert (len(first["results"]), first["pagination"]) == (21, {"more": True})
    last = desk.get(search, {"of": "item", "page": "250"}).json()
    assert last["pagination"] == {"more": False}

    form = page.context["form"]
    data = {key: form.initial.get(key, "") for key in form.fields}
    chosen = items.get(name="Item 04242")
    saved = desk.post(reverse(NAME, args=[read.pk]), {**data, name: chosen.pk})
    assert saved.status_code == 302
    assert ItemMapping.objects.get(service="Service 3").item == chosen
    again = str(desk.get(reverse(NAME, args=[read.pk])).context["form"][name])
    assert f'value="{chosen.pk}" selected' in again
    account = ReferenceEntry.objects.filter(kind="Account").first()
    for wrong in (account.pk, 0, "x"):
        refused = desk.post(reverse(NAME, args=[read.pk]), {**data, name: wrong})
        assert name in refused.context["form"].errors
    desk.post(reverse(NAME, args=[read.pk]), {**data, name: SAME})
    assert not ItemMapping.objects.filter(service="Service 3").exists()

    for query in ({"of": "nonsense"}, {}, {"of": "item", "page": "x"}):
        assert desk.get(search, query).status_code == 404
    assert json.dumps(found).count("Item") == 11


@pytest.mark.long
def test_proposing_takes_the_memory_of_two_pages(read):
    """Of the items only those of a name that is asked for are held, however many there are."""
    company = read.quickbooks_company
    items = ReferenceEntry.objects.filter(company=company, kind="Item")

    def peak_of(pages):
        items.update(active=False)
        items.filter(pk__in=items.order_by("pk")[: 1000 * pages]).update(active=True)
        items.filter(name="Services").update(active=True)
        ItemMapping.objects.all().delete()
        ItemMapping.history.all().delete()  # nobody took a mapping back
        tracemalloc.start()
        propose(company)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert ItemMapping.objects.get().item.name == "Services"
        return peak

    peak_of(2)  # what is loaded once
    two, five = peak_of(2), peak_of(5)
    assert five < two * 1.15, f"{two:,} bytes for two pages, {five:,} for five"
    assert five < 2_000_000


@pytest.mark.long
def test_a_long_list_is_read_in_the_memory_of_two_pages(read):
    """One page is held at a time: what five take is what two take."""
    company = read.quickbooks_company
    items = [each for each in listings(company) if each.entity == "Item"]

    def peak_of(pages):
        session = SimpleNamespace(client=Pages(1000 * pages, _item))
        request = CompanyRequest.objects.create(company=company, kind="probe")
        tracemalloc.start()
        while read_next_page(session, request, items, first_step=0, steps=1):
            pass
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert request.place["counts"] == [["products and services", 1000 * pages]]
        return peak

    peak_of(2)  # what is loaded once
    two, five = peak_of(2), peak_of(5)
    assert five < two * 1.15, f"{two:,} bytes for two pages, {five:,} for five"
    assert five < 20_000_000


def _item(number):
    name = f"Item {number:05}"
    return {"Name": name, "FullyQualifiedName": name, "Type": "Service", "Active": True}

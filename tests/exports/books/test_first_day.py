"""The first day with real books: nothing entered twice, nothing linked wrongly, all doubts asked.

The whole of it, with 5,000 invoices: make first-day
"""

import os
from collections import Counter

import pytest

from sync.exports.books import deciding, step
from sync.models import BooksMatch, BusinessUnit, Invoice, QuickBooksCompany, SyncRecord
from tests.exports.books.world import ASKED, LATE, LINKED, NEW, build
from tests.exports.ledger import money

pytestmark = pytest.mark.django_db(transaction=True)


def calls(unit):
    return QuickBooksCompany.objects.get(pk=unit.quickbooks_company_id).api_calls


def first_day(simulator, unit, read, link, lee, count):
    """Read, link what is certain, finish the step, export the rest; return the requests of it."""
    world = build(simulator, unit, count)
    unit = BusinessUnit.objects.prefetch_related("setups").get(pk=unit.pk)
    before = calls(unit)
    read()
    rows = BooksMatch.objects.filter(business_unit=unit)
    found = {row.number: row.doubt for row in rows}
    assert found == {number: world.doubts[number] for number in world.numbers(LINKED, LATE, ASKED)}
    assert deciding.accept(rows, lee) == len(world.numbers(LINKED, LATE))
    assert link() == (len(world.numbers(LINKED, LATE)), 0)
    step.finish(BusinessUnit.objects.prefetch_related("setups").get(pk=unit.pk), lee)
    return world, calls(unit) - before


def assert_ledger(simulator, world):
    """Compare the whole ledger: each of ours once, those asked as they were, others untouched."""
    unit = world.unit
    realm = unit.quickbooks_company.realm_id
    records = SyncRecord.objects.filter(invoice__business_unit=unit, invoice__isnull=False)
    unsettled = SyncRecord.objects.exclude(state="exported")
    assert list(unsettled.values_list("kind", "state", "error")) == []
    ids = dict(records.values_list("invoice__number", "qbo_id"))
    assert set(ids) == world.numbers(NEW, LINKED, LATE)
    for number in world.numbers(LINKED, LATE):
        assert ids[number] == world.there[number], number
    there = {d["Id"]: d for d in simulator.documents(realm, "Invoice")}
    for invoice in Invoice.objects.filter(business_unit=unit, number__in=ids):
        document = there[ids[invoice.number]]
        assert (money(document["TotalAmt"]), money(document["Balance"])) == (invoice.total, 0)
    numbers = Counter(d["DocNumber"] for d in there.values() if d["DocNumber"][0] in "NQD")
    doubled = [number for number, count in numbers.items() if count > 1]
    assert doubled == []
    paid = Counter()
    for payment in simulator.documents(realm, "Payment"):
        for line in payment["Line"]:
            for link in line["LinkedTxn"]:
                paid[link["TxnId"]] += money(line["Amount"])
    for invoice in Invoice.objects.filter(business_unit=unit, number__in=ids):
        assert paid[ids[invoice.number]] == invoice.total


def test_what_is_there_is_linked_and_the_rest_goes_once(simulator, unit, read, link, lee, export):
    world, _ = first_day(simulator, unit, read, link, lee, 72)
    export()
    assert_ledger(simulator, world)
    asked = BooksMatch.objects.filter(business_unit=unit)
    assert {row.number for row in asked} == world.numbers(ASKED)


@pytest.mark.long
def test_five_thousand_in_forty_requests(simulator, unit, read, link, lee, export):
    count = int(os.environ.get("INVOICES", "5000"))
    world, requests = first_day(simulator, unit, read, link, lee, count)
    print(f"{count} invoices: {requests} requests to read, compare and link")
    assert requests <= 40
    export()
    assert_ledger(simulator, world)

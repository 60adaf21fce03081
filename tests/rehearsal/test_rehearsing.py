"""A month rehearsed: equal where the mapping is the bookkeeper's, else account and documents named.

The whole of it, with 3,000 documents: make rehearsal
"""

import csv
import os
import resource
import time
from datetime import date
from decimal import Decimal

import pytest
from django.apps import apps
from django.core.management import CommandError

from sync.exports.runs import verdicts
from sync.models import BusinessUnit, ItemMapping, QuickBooksCompany
from tests.connections.sandboxes import ledger
from tests.exports.conftest import Bookkeeper
from tests.factories import InvoiceFactory
from tests.rehearsal.world import LAWN, TAXABLE, build, item

pytestmark = pytest.mark.django_db
HAULING = "Junk Haul, Half Truck"


def rows():
    """Every row of every table, but what speaking to a company always moves."""
    moved = {"MeteredReads", "QuickBooksCompany"}
    models = [each for each in apps.get_models() if each.__name__ not in moved]
    return {each._meta.label: list(each._base_manager.order_by("pk").values()) for each in models}


def remap(unit, service, name):
    ItemMapping.objects.filter(service=service).update(item=item(unit, name))


def cells(found, by):
    """Name -> (in the books, rehearsed), of a group."""
    return {t["name"]: (t["books"], t["rehearsed"]) for t in found["totals"] if t["by"] == by}


def differing(found, by):
    """Name -> numbers of the documents that differ, of a group."""
    told = {}
    for row in found["differing"]:
        if row["by"] == by:
            told.setdefault(row["name"], []).append(row["document"]["number"])
    return told


def of_service(plans, service):
    """Those of a service that are dated in the month."""
    return [plan for plan in plans if plan["service"] == service and plan["day"].month == 5]


def summed(plans, name="net"):
    return str(sum(plan[name] for plan in plans))


def test_a_month_is_rehearsed_beside_the_books(simulator, mapped, quickly, run, tmp_path):
    plans = build(simulator, mapped, 10)
    verdicts.renew_all(mapped.quickbooks_company_id)  # as a worker does, meanwhile too
    before, books = rows(), ledger(simulator, mapped)
    status, found = run("--json")
    assert (status, found["equal"], found["differing"]) == (0, True, [])
    assert (found["only_in_books"], found["only_in_rehearsal"], found["left_out"]) == ([], [], {})
    assert found["documents"]["books"] == {"Invoice": 9, "Payment": 11}
    assert found["documents"]["rehearsed"] == found["documents"]["books"]
    lawn, taxed = of_service(plans, LAWN), of_service(plans, TAXABLE)
    assert cells(found, "income")["Lawn Care Income"] == (summed(lawn), summed(lawn))
    assert cells(found, "tax") == {"California": (summed(taxed, "tax"), summed(taxed, "tax"))}
    assert rows() == before
    assert ledger(simulator, mapped) == books

    # One service mapped otherwise; one sale that she alone has, and one not paid here yet.
    remap(mapped, LAWN, HAULING)
    book = Bookkeeper(simulator, mapped.quickbooks_company.realm_id)
    customer = book.documents("Customer")[0]["Id"]
    book.bill(customer, "HERS-1", Decimal("75.00"), TxnDate="2026-05-20")
    book.bill(customer, "OPEN-1", Decimal("150.00"), TxnDate="2026-05-21")
    InvoiceFactory(business_unit=mapped, number="OPEN-1", issued_on=date(2026, 5, 21))
    # The month is closed, and before the day that exports start.
    book.close_books("2026-06-30")
    QuickBooksCompany.objects.update(book_close_date=date(2026, 6, 30))
    BusinessUnit.objects.update(export_start_date=date(2026, 7, 1))
    file = tmp_path / "all.csv"
    status, found = run("--json", "--csv", str(file))
    assert (status, found["equal"]) == (1, False)
    numbers = [plan["number"] for plan in lawn]
    assert differing(found, "income")["Lawn Care Income"] == numbers
    assert differing(found, "income")["Hauling Income"] == numbers
    assert cells(found, "income")["Hauling Income"] == ("0.00", summed(lawn))
    assert cells(found, "income")["Lawn Care Income"] == (summed(lawn), "0.00")
    assert differing(found, "tax") == differing(found, "method") == {}
    only = [(each["number"], each["amount"], each["here"]) for each in found["only_in_books"]]
    assert only == [("HERS-1", "75.00", ""), ("OPEN-1", "150.00", "Not fully paid")]
    assert (found["left_out"], found["only_in_rehearsal"]) == ({"Not fully paid": 1}, [])
    with file.open() as lines:
        told = [row for row in csv.DictReader(lines) if row["Name"] == "Hauling Income"]
    assert [row["Number"] for row in told if row["Found"] == "Differs"] == numbers


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"code": "nowhere"}, "There is no business unit with the code nowhere."),
        ({"month": "2026-13"}, "2026-13 is no month: write it like 2026-05."),
        ({"month": "May"}, "May is no month: write it like 2026-05."),
        ({"month": "2099-01"}, "January 2099 is not over: a month is rehearsed once it is."),
    ],
)
def test_what_cannot_be_rehearsed_is_refused_with_2(run, asked, words):
    with pytest.raises(CommandError, match=words) as refused:
        run(**asked)
    assert refused.value.returncode == 2


def test_a_unit_that_could_export_nothing_is_refused(unit, run):
    ItemMapping.objects.all().delete()
    with pytest.raises(CommandError, match="No item is chosen for services") as refused:
        run()
    assert refused.value.returncode == 2
    QuickBooksCompany.objects.update(status="disconnected")
    with pytest.raises(CommandError, match="Riverside is not connected to QuickBooks") as refused:
        run()
    assert refused.value.returncode == 2


@pytest.mark.long
def test_three_thousand_documents(simulator, mapped, opened, run):
    """The command as it is: a stand-in of its own, a database made anew."""
    count = int(os.environ.get("DOCUMENTS", "3000")) * 5 // 11  # six payments to five invoices
    plans = build(simulator, mapped, count)
    simulator.advance(120)
    for service_to, expected in ((LAWN, 0), (HAULING, 1)):
        remap(mapped, LAWN, service_to)
        began = time.monotonic()
        status, found = run("--json")
        seconds, used = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
        print(
            f"{sum(found['documents']['rehearsed'].values())} documents:"
            f" {seconds:.0f} s, {found['api_calls']} requests,"
            f" its largest process {used.ru_maxrss // 1024} MB"
        )
        assert (status, found["equal"]) == (expected, not expected)
    numbers = [plan["number"] for plan in of_service(plans, LAWN)]
    assert differing(found, "income") == {
        "Lawn Care Income": numbers, "Hauling Income": numbers
    }  # fmt: skip

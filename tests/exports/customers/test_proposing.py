"""What is proposed of the customers that QuickBooks holds, and what stays as a person decided."""

import pytest

from sync.company import requests
from sync.exports.customers import deciding, proposing
from sync.exports.customers.matching import CLAIMED, HELD, INACTIVE, OTHER_NAME, SEVERAL
from sync.models import CompanyRequest, CustomerMatch, Party, SyncRecord
from tests.exports.conftest import serve
from tests.factories import BusinessUnitFactory, CustomerFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("calm")]


def email_of(bookkeeper, name):
    there = next(c for c in bookkeeper.documents("Customer") if c["DisplayName"] == name)
    return there["PrimaryEmailAddr"]["Address"], there["PrimaryPhone"]["FreeFormNumber"]


def test_what_is_proposed(unit, bookkeeper, customer, read):
    email, phone = email_of(bookkeeper, "Chen, Wei")
    sure = customer("chen, wei", email=email.upper())
    moved = customer("Wei Chen-Ito", phone=f"+1 {phone}")
    bookkeeper.sub_customer("Birchwood Apartments", "Building 9")
    sub = customer("Birchwood Apartments:Building 9")
    new = customer("Nobody There")
    colon = customer("Smith:Unit 4")
    vendor = customer("City Landfill", external_id="V-9")
    employee = customer("Dana Brooks", external_id="E-10")
    before = bookkeeper.books()

    read()
    rows = {row.customer: row for row in CustomerMatch.objects.select_related("party", "customer")}
    assert rows.keys() == {sure, moved, sub, colon, vendor, employee}
    assert new not in rows
    said = {
        pk: (row.standing, str(row.party or ""), row.agrees, row.doubt)
        for pk, row in rows.items()
        if row.standing != "name"
    }
    assert said == {
        sure: ("certain", "Chen, Wei", "name,email", ""),
        moved: ("look", "Chen, Wei", "phone", OTHER_NAME),
        sub: ("certain", "Birchwood Apartments:Building 9", "full name", ""),
    }
    names = {
        pk: (row.new_name, row.rule, row.doubt)
        for pk, row in rows.items()
        if row.standing == "name"
    }
    added = "the customer's number is added, as the name is taken"
    assert names[colon][:2] == ("Smith-Unit 4", "a colon becomes a hyphen")
    assert "has a colon in it" in names[colon][2]
    assert names[vendor] == (
        "City Landfill (V-9)", added, "The name is a vendor's in QuickBooks."
    )  # fmt: skip
    assert names[employee] == (
        "Dana Brooks (E-10)", added, "The name is an employee's in QuickBooks."
    )  # fmt: skip
    assert bookkeeper.books() == before
    assert not SyncRecord.objects.exists()


def test_only_names_are_kept_of_vendors_and_employees(unit, bookkeeper, read):
    bookkeeper.send(
        "Vendor", {"DisplayName": "Ann Vendor", "PrimaryEmailAddr": {"Address": "a@example.com"}}
    )
    read()
    others = Party.objects.exclude(kind="Customer")
    assert set(others.values_list("email", "phone", "currency", "full_name")) == {("", "", "", "")}
    assert others.filter(name="Ann Vendor", kind="Vendor").exists()


def test_two_of_ours_of_one_name_are_certain_for_neither(unit, customer, read):
    shared = BusinessUnitFactory(quickbooks_company=unit.quickbooks_company)
    first = customer("Chen, Wei")
    second = CustomerFactory(business_unit=shared, display_name="CHEN, WEI")
    assert (read(first).standing, read(first).doubt) == ("look", CLAIMED)
    assert (read(second).standing, read(second).doubt) == ("look", CLAIMED)


def test_one_that_another_of_ours_is_linked_to_is_looked_at(unit, customer, read, link, lee):
    read(customer("Chen, Wei"))
    deciding.accept(CustomerMatch.objects.all(), lee)
    link()
    again = read(customer("Chen, Wei"))
    assert (again.standing, again.doubt) == ("look", HELD)


def test_an_inactive_one_is_known_by_the_name_it_had(unit, bookkeeper, customer, read):
    there = next(c for c in bookkeeper.documents("Customer") if c["DisplayName"] == "Chen, Wei")
    bookkeeper.edit("Customer", there, Active=False)
    found = read(customer("Chen, Wei"))
    assert (found.standing, found.doubt, found.party.active) == ("look", INACTIVE, False)


def test_what_many_of_them_share_tells_nobody_apart(unit, bookkeeper, customer, read):
    shared = {"PrimaryEmailAddr": {"Address": "none@example.com"}}
    for number in range(5):
        bookkeeper.send("Customer", {"DisplayName": f"Shared {number}", **shared})
    ours = customer("Somebody", email="none@example.com")
    found = read(ours)
    assert (found.doubt, len(found.others)) == (SEVERAL, 4)
    bookkeeper.send("Customer", {"DisplayName": "Shared 6", **shared})
    assert read(ours) is None


def test_what_is_gone_in_quickbooks_is_forgotten(unit, customer, read):
    ours = customer("Wei Chen")
    gone = Party.objects.create(
        company=unit.quickbooks_company,
        kind="Customer",
        qbo_id="999999",
        name="Wei Chen",
        name_key="wei chen",
        read_at="2026-01-01T00:00:00Z",
    )
    assert read(ours) is None
    assert not Party.objects.filter(pk=gone.pk).exists()


def test_reading_again_keeps_what_was_decided(unit, customer, read, lee):
    declined, accepted = customer("Chen, Wei"), customer("Garza, Lucia")
    deciding.decline(CustomerMatch.objects.filter(pk=read(declined).pk), lee)
    deciding.accept(CustomerMatch.objects.all(), lee)
    before = list(CustomerMatch.objects.order_by("pk").values())
    assert {row["customer_id"] for row in before} == {declined.pk, accepted.pk}
    CompanyRequest.objects.all().delete()  # what was accepted is not linked yet
    serve(requests.ask(unit.quickbooks_company, proposing.KIND))
    assert list(CustomerMatch.objects.order_by("pk").values()) == before

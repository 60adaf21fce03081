"""A bookkeeper in a real browser mends the link of a customer that was merged in QuickBooks."""

import re

import pytest

from accounts.models import Role
from sync import tasks
from sync.models import SyncRecord
from tests import factories
from tests.browsing import IN_A_BROWSER, SHOTS, TOO_WIDE, faults_of
from tests.exports import ledger
from tests.exports.conftest import Bookkeeper

pytestmark = [*IN_A_BROWSER, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(unit, open_site):
    user = factories.UserFactory(username="lee")
    factories.MembershipFactory(user=user, business_unit=unit, role=Role.ACCOUNTANT)
    return open_site(user)


@pytest.fixture
def bookkeeper(simulator, unit):
    return Bookkeeper(simulator, unit.quickbooks_company.realm_id)


def looks_well(page, name):
    """See that the page fits a desk and a phone, and that axe finds nothing."""
    for width in (1400, 390):
        page.set_viewport_size({"width": width, "height": 900})
        if SHOTS:
            page.screenshot(path=f"{SHOTS}/{name}-{width}.png", full_page=True)
        assert page.evaluate(TOO_WIDE) == [], (name, width)
    assert faults_of(page) == [], name
    page.set_viewport_size({"width": 1400, "height": 900})


def press(page, name, role="button"):
    page.get_by_role(role, name=re.compile(rf"(^|\s){re.escape(name)}$")).first.click()
    page.wait_for_load_state()


def bill(customer, number):
    invoice = factories.InvoiceFactory(
        business_unit=customer.business_unit, customer=customer, number=number
    )
    factories.PaymentFactory(invoice=invoice, amount=150, received_on="2026-05-09")
    return invoice


def test_a_merged_customer_is_linked_to_the_one_that_is_left(
    page, live_server, simulator, unit, paid, export, bookkeeper
):
    export()
    customer, realm = paid.customer, unit.quickbooks_company.realm_id
    survivor = bookkeeper.send("Customer", {"DisplayName": "Hollis and Daughters"})["Id"]
    gone = SyncRecord.objects.get(kind="customer").qbo_id
    simulator.merge(realm, "Customer", gone, survivor)
    later, other = bill(customer, "L-1"), bill(customer, "L-2")
    export(status=1)

    page.goto(f"{live_server.url}{later.payments.get().get_absolute_url()}")
    page.get_by_text("What QuickBooks said").click()
    looks_well(page, "payment")
    page.goto(f"{live_server.url}/admin/sync/exportrun/{SyncRecord.objects.latest('id').run_id}/")
    looks_well(page, "run")
    page.goto(f"{live_server.url}{later.get_absolute_url()}")
    looks_well(page, "invoice")
    press(page, "Mend the customer's link", "link")
    page.get_by_text("What went belongs to it there now.").wait_for()
    looks_well(page, "mend")
    press(page, "Link to this one")
    tasks.relay(unit.quickbooks_company_id)
    page.get_by_text("Linked to ").first.wait_for()
    looks_well(page, "outcome")
    tasks.relay(unit.quickbooks_company_id)
    assert set(ledger.invoices(simulator, unit)) == {"R-1042", "L-1", "L-2"}
    assert {d["CustomerRef"]["value"] for d in bookkeeper.ours("Invoice")} == {survivor}
    assert other.sync_records.get().state == "exported"
    assert page.said == []


def test_what_contradicts_is_marked_and_not_ticked(
    page, live_server, unit, paid, export, bookkeeper
):
    customer = paid.customer
    above = bookkeeper.send("Customer", {"DisplayName": "Hollis Trust"})["Id"]
    theirs = {
        "DisplayName": customer.display_name,
        "ParentRef": {"value": above},
        "Job": True,
        "PrimaryEmailAddr": {"Address": "somebody.else@example.com"},
        "BillAddr": {"Line1": "9 Other Street", "City": "Austin"},
    }
    customer.email, customer.city = "ours@example.com", "Dallas"
    customer.save()
    bookkeeper.send("Customer", theirs)
    export(status=1)
    page.goto(f"{live_server.url}/admin/sync/customer/{customer.pk}/change/")
    looks_well(page, "customer")
    record = SyncRecord.objects.get(kind="customer")
    page.goto(f"{live_server.url}/admin/sync/syncrecord/{record.pk}/compare_one/")
    press(page, "Compare: 1 customer")
    tasks.relay(unit.quickbooks_company_id)
    tick = page.get_by_role("checkbox", name="The two are the same")
    tick.wait_for()
    assert not tick.is_checked()
    for label in ("Sub-customer of", "E-mail", "City"):
        row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=label))
        assert row.get_by_text("differs").count() == 1, label
    looks_well(page, "compare")

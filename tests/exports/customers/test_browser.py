"""A bookkeeper in a real browser: reads, accepts, chooses, declines and names customers."""

import re

import pytest

from sync import tasks
from sync.connections import requests
from sync.exports.customers import proposing
from sync.models import CompanyRequest, Customer, CustomerMatch, SyncRecord
from tests.browsing import IN_A_BROWSER

pytestmark = [*IN_A_BROWSER, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(open_site, lee):
    return open_site(lee)


def press(page, name, role="button"):
    # An icon's word stands before the name.
    page.get_by_role(role, name=re.compile(rf"(^|\s){re.escape(name)}$")).first.click()
    page.wait_for_load_state()


def serve(page, unit):
    """Let the worker do what was asked, until the page has seen it and reloaded itself."""
    tasks.relay(unit.quickbooks_company_id)
    page.locator("[data-progress-url]").wait_for(state="detached")


def sees(page, words):
    page.get_by_text(words).first.wait_for()


def test_a_bookkeeper_matches_customers(page, live_server, unit, bookkeeper, customer):
    sure = customer("Chen, Wei")
    other = customer("Garza, Lucia", email="lucia@elsewhere.example")
    nobody = customer("Hollis, Peter", email="peter@elsewhere.example", external_id="N-7")
    colon = customer("Smith: Unit 4")
    before = bookkeeper.books()
    ids = {c["DisplayName"]: c["Id"] for c in before["Customer"]}

    page.goto(f"{live_server.url}/admin/sync/quickbookscompany/unit/{unit.pk}/")
    press(page, "Match customers", "link")
    press(page, "Read customers")
    sees(page, "Waiting for the background worker")
    serve(page, unit)
    press(page, "Accept all 1", "link")
    sees(page, "Accept this match?")
    press(page, "Accept all")
    sees(page, "1 accepted; being linked now.")
    serve(page, unit)
    sees(page, "To look at (2)")
    press(page, "To look at (2)", "link")
    page.get_by_role("link", name=re.compile(r"^Garza, Lucia lucia@")).click()
    sees(page, "it may be somebody else of the same name")
    press(page, "This is it")
    sees(page, "Garza, Lucia is being linked.")
    sees(page, "peter@elsewhere.example")  # the next one is open already
    press(page, "None of these: create a new one")
    serve(page, unit)
    sees(page, "Names to change (2)")
    press(page, "Names to change (2)", "link")
    for words in ("Smith - Unit 4", "Hollis, Peter (N-7)", "The name is another customer's"):
        sees(page, words)
    assert not Customer.objects.exclude(quickbooks_name="").exists()
    press(page, "Use all names shown", "link")
    press(page, "Use these names")
    sees(page, "2 of the names will be used in QuickBooks.")

    linked = SyncRecord.objects.values_list("customer", "qbo_id")
    assert set(linked) == {(sure.pk, ids["Chen, Wei"]), (other.pk, ids["Garza, Lucia"])}
    named = Customer.objects.filter(pk__in=[nobody.pk, colon.pk])
    assert set(named.values_list("quickbooks_name", flat=True)) == {
        "Hollis, Peter (N-7)",
        "Smith - Unit 4",
    }
    assert bookkeeper.books() == before


LIST = "/admin/sync/customermatch/"
SHOW = "Finished: show it"


@pytest.fixture
def reading(page, live_server, unit, customer, read):
    """The list with one certain match, while QuickBooks' customers are being read again."""
    customer("Chen, Wei")
    read()
    requests.ask(unit.quickbooks_company, proposing.KIND)
    page.goto(f"{live_server.url}{LIST}")
    page.wait_for_load_state("networkidle")
    return page


def finish():
    CompanyRequest.objects.filter(kind=proposing.KIND).update(state="done")


def test_what_is_ticked_and_typed_outlives_the_end_of_a_reading(reading):
    tick, search = reading.locator("input.action-select"), reading.locator("input[name=q]")
    tick.check()
    search.fill("Wei")
    finish()
    sees(reading, SHOW)
    assert (tick.is_checked(), search.input_value()) == (True, "Wei")
    search.fill("")
    tick.uncheck()
    tick.blur()
    reading.locator("[data-progress-url]").wait_for(state="detached")
    assert reading.get_by_text(SHOW).count() == 0


def test_a_press_is_not_lost_when_a_reading_ends_meanwhile(reading):
    reading.locator("input.action-select").check()
    reading.select_option("select[name=action]", "accept_selected")
    reading.get_by_role("button", name="Run").hover()
    reading.mouse.down()
    finish()
    sees(reading, SHOW)
    reading.mouse.up()
    sees(reading, "1 accepted; being linked now.")
    assert CustomerMatch.objects.get().chosen.name == "Chen, Wei"

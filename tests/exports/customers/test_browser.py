"""A bookkeeper in a real browser: reads, accepts, chooses, declines and names customers."""

import os
import re

import pytest

from sync import tasks
from sync.company import requests
from sync.exports.customers import deciding, proposing
from sync.models import CompanyRequest, Customer, CustomerMatch, SyncRecord
from tests.browsing import IN_A_BROWSER, faults_of
from tests.sampled import one_in

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
    page.locator("[hx-trigger^=every]").wait_for(state="detached")


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
    reading.locator("[hx-trigger^=every]").wait_for(state="detached")
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


SHOTS = os.environ.get("SHOTS")  # a folder for pictures of every page, to look at
TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
CUT = """() => [...document.querySelectorAll("#content td, #content th, #content div:has(> table)")]
    .filter((one) => one.checkVisibility() && getComputedStyle(one).overflowX === "hidden")
    .filter((o) => o.scrollWidth > o.clientWidth + 1 || o.scrollHeight > o.clientHeight + 1)
    .map((one) => one.innerText)"""


@pytest.fixture
def matches(unit, bookkeeper, customer, read, lee):
    """One match under each tab, one of a name that is too much for a narrow page."""
    customer("Chen, Wei", email="wei@elsewhere.example", phone="(555) 010-0199")
    customer("Garza, Lucia", email="lucia@elsewhere.example")
    customer("Hollis, Peter", email="peter@elsewhere.example")
    customer("Smith: " + "Unit4" * 30)
    read()
    deciding.decline(CustomerMatch.objects.filter(name="Hollis, Peter"), lee)
    return {match.name[:5]: match for match in CustomerMatch.objects.all()}


@pytest.mark.parametrize(
    ("width", "mode"), one_in(3, [(1400, "light"), (1400, "dark"), (390, "light")])
)
def test_every_page_is_readable(open_site, live_server, lee, unit, matches, mode, width):
    page = open_site(lee, mode, bypass_csp=True)  # axe puts its own script into the page
    page.set_viewport_size({"width": width, "height": 900})
    each = {name: f"{match.pk}/change/" for name, match in matches.items()}
    found = {}
    for path in (
        *(f"?standing={standing}" for standing in ("certain", "look", "name", "create")),
        *each.values(),
        f"{each['Garza']}?q=a",
        f"unit/{unit.pk}/accept/",
        f"unit/{unit.pk}/names/",
    ):
        assert page.goto(f"{live_server.url}{LIST}{path}").status == 200, path
        if SHOTS:
            name = re.sub(r"\W+", "-", path)
            page.screenshot(path=f"{SHOTS}/customers{name}{width}-{mode}.png", full_page=True)
        found[path] = faults_of(page, mode) + ["too wide"] * page.evaluate(TOO_WIDE)
        found[path] += page.evaluate(CUT)
    assert {path: faults for path, faults in found.items() if faults} == {}

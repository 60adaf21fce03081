"""A bookkeeper in a real browser: reads, accepts, chooses, declines and names customers."""

import re
import shutil

import pytest

from accounts.models import Role
from sync import tasks
from sync.models import Customer, SyncRecord
from tests.factories import MembershipFactory, UserFactory

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PASSWORD = "correct horse battery staple"  # the factory's
pytestmark = [
    pytest.mark.browser,
    pytest.mark.services,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]


@pytest.fixture
def page(monkeypatch, live_server, unit):
    # Playwright's loop runs in this thread; the ORM is called from it all the same.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    from playwright.sync_api import sync_playwright

    lee = UserFactory(username="lee")
    MembershipFactory(user=lee, business_unit=unit, role=Role.ACCOUNTANT)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = chromium.new_context(viewport={"width": 1400, "height": 900}).new_page()
        page.set_default_timeout(10_000)
        page.goto(f"{live_server.url}/admin/login/")
        page.fill("input[name=username]", lee.username)
        page.fill("input[name=password]", PASSWORD)
        page.click("button[type=submit]")
        page.wait_for_url(f"{live_server.url}/admin/")
        yield page
        chromium.close()


def press(page, name, role="button"):
    # An icon's word stands before the name.
    page.get_by_role(role, name=re.compile(rf"(^|\s){re.escape(name)}$")).first.click()
    page.wait_for_load_state()


def sees(page, words):
    page.get_by_text(words).first.wait_for()


def test_a_bookkeeper_matches_customers(page, live_server, unit, bookkeeper, customer):
    sure = customer("Chen, Wei")
    other = customer("Garza, Lucia", email="lucia@elsewhere.example")
    nobody = customer("Hollis, Peter", email="peter@elsewhere.example", external_id="C7")
    colon = customer("Smith: Unit 4")
    before = bookkeeper.books()
    ids = {c["DisplayName"]: c["Id"] for c in before["Customer"]}

    page.goto(f"{live_server.url}/admin/sync/quickbookscompany/unit/{unit.pk}/")
    press(page, "Match customers", "link")
    press(page, "Read customers")
    sees(page, "Waiting for the background worker")
    tasks.relay(unit.quickbooks_company_id)
    press(page, "Accept all 1", "link")
    sees(page, "Accept all 1 certain matches?")
    press(page, "Accept all")
    sees(page, "1 accepted; being linked now.")
    tasks.relay(unit.quickbooks_company_id)
    sees(page, "To look at (2)")
    press(page, "To look at (2)", "link")
    page.get_by_role("link", name=re.compile(r"^Garza, Lucia lucia@")).click()
    sees(page, "it may be somebody else of the same name")
    press(page, "This is it")
    sees(page, "Garza, Lucia is being linked.")
    sees(page, "peter@elsewhere.example")  # the next one is open already
    press(page, "None of these: create a new one")
    tasks.relay(unit.quickbooks_company_id)
    sees(page, "Names to change (2)")
    press(page, "Names to change (2)", "link")
    for words in ("Smith - Unit 4", "Hollis, Peter (C7)", "The name is another customer's"):
        sees(page, words)
    assert not Customer.objects.exclude(quickbooks_name="").exists()
    press(page, "Use all names shown", "link")
    press(page, "Use these names")
    sees(page, "2 of the names will be used in QuickBooks.")

    linked = SyncRecord.objects.values_list("customer", "qbo_id")
    assert set(linked) == {(sure.pk, ids["Chen, Wei"]), (other.pk, ids["Garza, Lucia"])}
    named = Customer.objects.filter(pk__in=[nobody.pk, colon.pk])
    assert set(named.values_list("quickbooks_name", flat=True)) == {
        "Hollis, Peter (C7)",
        "Smith - Unit 4",
    }
    assert bookkeeper.books() == before

"""The site by keyboard alone: past the menu, into menus and back, to a document by Ctrl-K."""

import pytest

from accounts.models import Role
from tests import factories
from tests.browsing import IN_A_BROWSER, SHOTS, faults_of

pytestmark = [*IN_A_BROWSER, pytest.mark.django_db(transaction=True)]


def focused(page, does="textContent.trim()"):
    return page.evaluate(f"document.activeElement.{does}")


def test_menus_and_documents_are_reached_without_a_mouse(
    open_site, live_server, riverside, fully_paid
):
    lee = factories.UserFactory(username="lee")
    factories.MembershipFactory(user=lee, business_unit=riverside, role=Role.ACCOUNTANT)
    page = open_site(lee)
    page.goto(f"{live_server.url}{riverside.get_absolute_url()}")
    page.keyboard.press("Tab")
    assert focused(page) == "Skip to the page"
    page.keyboard.press("Enter")
    assert focused(page, "id") == "main"
    menu = page.get_by_role("button", name="Export to QuickBooks")
    menu.focus()
    assert menu.get_attribute("aria-expanded") == "false"
    page.keyboard.press("Enter")
    page.locator("nav a:focus").wait_for()
    assert menu.get_attribute("aria-expanded") == "true"
    page.keyboard.press("Escape")
    assert menu.evaluate("one => one === document.activeElement")
    assert menu.get_attribute("aria-expanded") == "false"
    menu.blur()
    page.keyboard.press("Control+k")
    page.locator("input[type=search]:focus").wait_for()
    page.keyboard.type("1042")
    page.get_by_text("Invoice 1042", exact=True).wait_for()
    assert faults_of(page) == []
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/find.png")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{fully_paid.get_absolute_url()}")
    assert page.said == []

"""The first page as an owner sees it, on a desktop and a phone."""

import pytest

from accounts.models import Role
from tests import factories
from tests.browsing import IN_A_BROWSER, SHOTS, TOO_WIDE

pytestmark = [*IN_A_BROWSER, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("width", [1400, 390])
def test_what_needs_somebody_stands_first_and_leads_to_its_list(
    open_site, riverside, troubles, width
):
    owner = factories.UserFactory(username="olga", is_superuser=True)
    factories.MembershipFactory(user=owner, business_unit=riverside, role=Role.ADMINISTRATOR)
    for n in range(12):
        factories.BusinessUnitFactory(name=f"Branch {n}")
    page = open_site(owner)
    page.set_viewport_size({"width": width, "height": 900})
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/home-{width}.png", full_page=True)
    assert page.evaluate(TOO_WIDE) == []
    page.get_by_role("link", name="Documents stopped The number is taken. 4").click()
    page.wait_for_url("**/syncrecord/?cause=6140")
    assert page.locator("input.action-select").count() == 4
    assert page.said == []


@pytest.mark.parametrize("width", [1400, 390])
def test_operations_fit_the_window(open_site, riverside, width):
    page = open_site(factories.UserFactory(username="olga", is_superuser=True))
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{page.url}operations/")
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/operations-{width}.png", full_page=True)
    assert page.evaluate(TOO_WIDE) == []
    assert page.said == []

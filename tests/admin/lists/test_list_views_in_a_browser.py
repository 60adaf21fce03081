"""Views, columns and ticks of a list as people work with them, on a desktop and a phone."""

import pytest

from accounts.models import Role
from tests import factories
from tests.browsing import IN_A_BROWSER, SHOTS, TOO_WIDE, faults_of

pytestmark = [*IN_A_BROWSER, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def lee(riverside):
    lee = factories.UserFactory(username="lee")
    factories.MembershipFactory(user=lee, business_unit=riverside, role=Role.ACCOUNTANT)
    return lee


def picture(page, name, width):
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}-{width}.png")


@pytest.mark.parametrize("width", [1400, 390])
def test_a_view_is_saved_opened_and_its_columns_chosen_by_keyboard(
    open_site, lee, riverside, fully_paid, part_paid, width
):
    page = open_site(lee)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{page.url}sync/payment/?status=all&amount_from=40")
    page.get_by_text("Save view", exact=True).first.focus()
    page.keyboard.press("Enter")
    picture(page, "view-save", width)
    assert faults_of(page) == []
    page.keyboard.press("Tab")
    page.keyboard.type("From forty")
    page.keyboard.press("Enter")
    page.wait_for_url("**view=*")
    chip = page.get_by_role("link", name="From forty")
    assert chip.get_attribute("aria-current") == "true"
    page.get_by_text("Columns", exact=True).focus()
    page.keyboard.press("Enter")
    page.get_by_role("checkbox", name="Method").uncheck()
    page.get_by_role("checkbox", name="Reference").check()
    picture(page, "columns", width)
    assert page.evaluate(TOO_WIDE) == []
    assert faults_of(page) == []
    page.get_by_role("button", name="Show these").press("Enter")
    page.wait_for_load_state()
    assert page.locator("td.field-method").count() == 0
    assert page.locator("td.field-reference").count() == 2
    page.get_by_text("Change “From forty”").press("Enter")
    picture(page, "view-change", width)
    assert faults_of(page) == []
    assert page.said == []


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 390])
def test_what_was_ticked_is_ticked_again_after_cancel(open_site, lee, fully_paid, width, mode):
    page = open_site(lee, mode=mode)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{page.url}sync/payment/?status=ready&amount_from=40")
    boxes = page.locator("input.action-select")
    assert boxes.count() == 2
    boxes.nth(1).check()
    page.select_option("select[name=action]", "export_to_quickbooks")
    page.locator("#changelist-actions button[name=index], #changelist-actions button").last.click()
    page.wait_for_url("**/preview/**")
    page.get_by_role("link", name="Cancel").click()
    page.wait_for_url("**amount_from=40**")
    page.wait_for_load_state("load")
    assert [boxes.nth(n).is_checked() for n in range(2)] == [False, True]
    picture(page, f"ticks-{mode}", width)
    page.reload()
    page.wait_for_load_state("load")
    assert [boxes.nth(n).is_checked() for n in range(2)] == [False, False]
    assert page.said == []

"""Days of a filter are typed into the browser's own field, and stand in the address as ISO."""

import pytest

from tests.admin.lists.test_list_views_in_a_browser import lee, picture  # noqa: F401
from tests.browsing import IN_A_BROWSER, TOO_WIDE

pytestmark = [*IN_A_BROWSER, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("width", [1400, 390])
def test_a_day_is_filled_in_and_sent_as_iso(open_site, lee, fully_paid, width):  # noqa: F811
    lee.language = "es"
    lee.save()
    page = open_site(lee)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{page.url}sync/payment/?status=all")
    page.locator("[x-on\\:click*='filterOpen']").first.click()
    day = page.locator("input[name=received_on_from]")
    day.fill("2026-04-03")
    picture(page, "date-filter", width)
    assert page.evaluate(TOO_WIDE) == []
    day.press("Enter")
    page.wait_for_url("**received_on_from=2026-04-03*")
    assert page.said == []

"""The first day in a real browser: read, link what is certain, hold what is odd, and go on."""

import os
import re

import pytest

from sync import tasks
from sync.models import BooksMatch, Invoice, SyncRecord, UnitSetup
from tests.browsing import IN_A_BROWSER, faults_of
from tests.exports.books.world import ASKED, LATE, LINKED, build

pytestmark = [*IN_A_BROWSER, pytest.mark.django_db(transaction=True)]
MOST_CLICKS = 12


@pytest.fixture
def page(open_site, lee):
    return open_site(lee)


class Hand:
    """Clicks, counts the clicks, and lets the worker do what was asked."""

    def __init__(self, page, unit):
        self.page, self.unit, self.clicks = page, unit, 0

    def press(self, name, role="button"):
        self.click(self.page.get_by_role(role, name=re.compile(rf"(^|\s){name}$")).first)

    def click(self, element):
        element.click()
        self.clicks += 1
        self.page.wait_for_load_state()

    def serve(self):
        tasks.relay(self.unit.quickbooks_company_id)
        self.page.locator("[hx-trigger^=every]").wait_for(state="detached")

    def sees(self, words):
        self.page.get_by_text(words).first.wait_for()

    def shot(self, name):
        if os.environ.get("SHOTS"):
            for width in (1280, 390):
                self.page.set_viewport_size({"width": width, "height": 900})
                self.page.screenshot(
                    path=f"{os.environ['SHOTS']}/{name}-{width}.png", full_page=True
                )
            self.page.set_viewport_size({"width": 1280, "height": 900})


def test_the_first_day_takes_twelve_clicks(page, live_server, simulator, unit, bookkeeper):
    world = build(simulator, unit, 48)
    UnitSetup.objects.update(books="", books_read_at=None, books_since=None)
    certain, asked = len(world.numbers(LINKED, LATE)), len(world.numbers(ASKED))
    before = bookkeeper.books()
    hand = Hand(page, unit)
    page.goto(f"{live_server.url}/admin/sync/quickbookscompany/unit/{unit.pk}/")
    hand.shot("1-open")
    hand.press("Read what is there")
    hand.shot("2-reading")
    hand.serve()
    hand.sees(f"{certain} invoices of ours are certainly there, {asked} are to be looked at")
    hand.shot("3-read")
    hand.press("Look at them", "link")
    hand.shot("4-certain")
    assert not faults_of(page)
    hand.press(f"Link all {certain}", "link")
    hand.shot("5-confirm")
    hand.press("Link all")
    hand.serve()
    hand.sees(f"Linked last: {certain} invoices")
    hand.press(rf"To look at \({asked}\)", "link")
    hand.shot("6-look")
    assert not faults_of(page)
    hand.click(page.get_by_role("link", name=re.compile(r"^N00000 ")).first)
    hand.shot("7-one")
    assert not faults_of(page)
    hand.press("This is it: link")
    hand.sees("Invoice N00000 is being linked.")
    hand.shot("8-next")
    hand.press("None of these: export ours")
    tasks.relay(unit.quickbooks_company_id)
    hand.press("Back to the list", "link")
    hand.press(f"Go on: these {asked - 2} wait")
    hand.sees("Set-up is finished")
    hand.shot("9-done")

    assert hand.clicks <= MOST_CLICKS
    assert bookkeeper.books() == before
    setup = UnitSetup.objects.get()
    assert (setup.books, setup.books_by.username) == ("done", "lee")
    linked = SyncRecord.objects.filter(invoice__isnull=False)
    ids = dict(linked.values_list("invoice__number", "qbo_id"))
    assert ids == {n: world.there[n] for n in {*world.numbers(LINKED, LATE), "N00000"}}
    assert BooksMatch.objects.filter(is_declined=True).count() == 1
    assert Invoice.objects.filter(do_not_export_at__isnull=False).count() == 0

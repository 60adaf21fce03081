"""What people do all day, by keyboard alone and with few presses of Tab."""

from decimal import Decimal
from itertools import takewhile

import pytest
from playwright.sync_api import expect

from accounts.models import Role
from sync import tasks
from sync.models import ExportRun, Import, RefundReview, SyncRecord
from tests import factories
from tests.admin.conftest import settle
from tests.admin.intake.test_journey import PAID
from tests.browsing import IN_A_BROWSER

pytestmark = [*IN_A_BROWSER, pytest.mark.django_db(transaction=True)]
MOST_TABS = 20
# What a person who listens hears first of what has the focus.
NAME = """(() => {
    const at = document.activeElement;
    const label = at.ariaLabel ?? at.labels?.[0]?.textContent ?? (at.textContent || at.value);
    return (label ?? "").replace(/\\s+/g, " ").trim();
})()"""


class Typist:
    """Somebody who has no mouse; how often she pressed Tab is counted."""

    def __init__(self, page):
        self.page, self.passed = page, []

    @property
    def tabs(self):
        return len(self.passed)

    def goes_to(self, words, wanted=""):
        """Open the first that Ctrl-K finds, before it is even shown, or the one that is wanted."""
        self.page.keyboard.press("Control+k")
        self.page.locator("input[type=search]:focus").wait_for()
        self.page.keyboard.type(words)
        hits = self.page.locator("#command-results-list li")
        if wanted:
            hits.first.wait_for()
            for _ in takewhile(lambda hit: wanted not in hit, hits.all_inner_texts()):
                self.page.keyboard.press("ArrowDown")
        self.opens()

    def skips_the_menu(self):
        self.tabs_to("Skip to the page")
        self.page.keyboard.press("Enter")

    def skips_to(self, words, name):
        """Press the button that a link at the page's top leads onto."""
        self.tabs_to(words)
        self.page.keyboard.press("Enter")
        assert name in self.page.evaluate(NAME)
        self.opens()

    def tabs_to(self, name):
        while True:
            self.page.keyboard.press("Tab")
            self.passed.append(self.page.evaluate(NAME))
            if name in self.passed[-1]:
                return
            assert self.tabs < MOST_TABS, (
                f"{name!r} was not reached: {[one[:40] for one in self.passed]}"
            )

    def opens(self):
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def sees(self, words):
        expect(self.page.get_by_text(words).first).to_be_visible()


@pytest.fixture
def typist(open_site, riverside):
    lee = factories.UserFactory(username="lee")
    factories.MembershipFactory(user=lee, business_unit=riverside, role=Role.ADMINISTRATOR)
    page = open_site(lee)
    yield Typist(page)
    assert page.said == []


def test_enter_opens_nothing_where_nothing_is_found(typist, fully_paid):
    page = typist.page
    page.keyboard.press("Control+k")
    page.locator("input[type=search]:focus").wait_for()
    page.keyboard.type("Zzz")
    page.keyboard.press("Enter")
    typist.sees("Nothing is found for “Zzz”.")
    page.keyboard.press("Enter")
    address = page.url
    # What is found for other words is not opened while these are looked for.
    page.locator("input[type=search]").fill("1042")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{fully_paid.get_absolute_url()}")
    assert address.endswith("/admin/")


def test_all_that_is_ready_is_exported(typist, fully_paid):
    typist.goes_to("Payments")
    typist.skips_the_menu()
    typist.tabs_to("Export Payments")
    typist.opens()
    typist.sees("3 payments on 1 invoice, $150.00 → Riverside LLC.")
    typist.skips_to("Skip to the buttons", "Confirm and export")
    typist.sees("Exporting to Riverside LLC: 0 of 3 payments.")
    assert typist.tabs <= MOST_TABS
    assert ExportRun.objects.get().state == ExportRun.State.RUNNING


def test_one_payment_is_found_and_exported(typist, fully_paid):
    payment = fully_paid.payments.get(amount="50.00")
    payment.reference = "5760"
    payment.save()
    typist.goes_to("5760", "Payment of $50.00")
    typist.skips_the_menu()
    typist.tabs_to("Export to QuickBooks")
    typist.opens()
    typist.sees("3 payments on 1 invoice, $150.00 → Riverside LLC.")
    typist.skips_to("Skip to the buttons", "Confirm and export")
    typist.sees("Exporting to Riverside LLC: 0 of 3 payments.")
    assert typist.tabs <= MOST_TABS


def test_why_a_payment_does_not_go_is_read(typist, part_paid):
    typist.goes_to("1042")
    typist.sees("Invoice 1042 still has $50.00 due.")
    assert typist.tabs == 0


def test_failures_of_one_cause_are_retried(typist, fully_paid):
    settle(fully_paid, SyncRecord.State.FAILED, error="QuickBooks refused it.")
    typist.page.reload()
    typist.skips_the_menu()
    typist.tabs_to("Documents stopped")
    typist.opens()
    typist.skips_the_menu()
    typist.tabs_to("Retry: all 4")
    typist.opens()
    typist.sees("Invoice 1042")
    typist.skips_the_menu()
    typist.tabs_to("Retry: 1 invoice")
    typist.opens()
    assert typist.tabs <= MOST_TABS
    assert {record.state for record in SyncRecord.objects.all()} == {SyncRecord.State.PENDING}


def test_the_actions_of_a_list_are_one_key_away(typist, fully_paid):
    settle(fully_paid, SyncRecord.State.FAILED, error="QuickBooks refused it.")
    typist.goes_to("Documents in QuickBooks")
    typist.page.keyboard.press("a")
    typist.page.locator("select[name=action]:focus").wait_for()
    typist.page.keyboard.type("Retry")
    typist.tabs_to("Run")
    typist.opens()
    typist.sees("Invoice 1042")


def test_a_refund_is_settled(typist, fully_paid):
    settle(fully_paid, SyncRecord.State.EXPORTED)
    refund = factories.RefundFactory(payment=fully_paid.payments.first(), amount=Decimal("20.00"))
    typist.goes_to("Refunds to adjust")
    typist.page.keyboard.press("j")
    typist.opens()
    typist.skips_the_menu()
    typist.sees("$20.00")
    typist.tabs_to("Note")
    typist.page.keyboard.type("Given back in cash")
    typist.tabs_to("Not needed")
    typist.opens()
    assert typist.tabs <= MOST_TABS
    review = RefundReview.objects.get(refund=refund)
    assert (review.status, review.note) == (RefundReview.Status.NOT_NEEDED, "Given back in cash")


def test_a_file_is_brought_in(typist, riverside, settings, tmp_path):
    settings.IMPORTS_DIR = str(tmp_path / "imports")
    customer = factories.CustomerFactory(business_unit=riverside, display_name="Ada Quist")
    factories.InvoiceFactory(business_unit=riverside, customer=customer, number="1042")
    typist.goes_to("Imports")
    typist.skips_the_menu()
    typist.tabs_to("Bring a file in")
    typist.opens()
    file = {"name": "cards.csv", "mimeType": "text/csv", "buffer": PAID.encode()}
    typist.skips_the_menu()
    typist.tabs_to("File")
    typist.page.locator("input[type=file]:focus").set_input_files(file)
    typist.tabs_to("Look at the file")
    typist.opens()
    typist.sees("Reading cards.csv")
    tasks.bring_in(Import.objects.get().pk)
    typist.sees("1 row of cards.csv: this is what becomes of it.")
    typist.skips_the_menu()
    typist.tabs_to("Take all in")
    typist.opens()
    typist.sees("Taking cards.csv in")
    assert typist.tabs <= MOST_TABS

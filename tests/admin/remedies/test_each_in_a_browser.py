"""Each remedy is pressed once in a browser, on a desk and on a phone, and its pages looked at."""

import re

import pytest
from playwright.sync_api import expect

from accounts.models import Role
from sync import tasks
from sync.models import SyncRecord
from tests import factories
from tests.browsing import IN_A_BROWSER, SHOTS, TOO_WIDE, faults_of
from tests.exports import ledger
from tests.exports.conftest import Bookkeeper
from tests.sampled import one_in

pytestmark = [*IN_A_BROWSER, pytest.mark.django_db(transaction=True)]
State = SyncRecord.State
CUT_OFF = """[...document.querySelectorAll("#main :is(a, button)")]
    .filter((one) => one.checkVisibility() && one.getBoundingClientRect().right > innerWidth)
    .map((one) => one.textContent)"""


@pytest.fixture
def bookkeeper(simulator, unit):
    return Bookkeeper(simulator, unit.quickbooks_company.realm_id)


class Remedies:
    """An accountant at a browser who puts documents right from their pages."""

    def __init__(self, page, site, unit, width):
        self.page, self.site, self.unit, self.width = page, site, unit, width
        page.set_viewport_size({"width": width, "height": 900})

    def opens(self, document):
        self.page.goto(f"{self.site}{document.get_absolute_url()}")

    def chooses(self, remedy):
        """Press a remedy of the page, behind its three dots where there is no room, and look."""
        offered = self.page.get_by_role("link", name=re.compile(rf"(^|\s){remedy}$")).first
        if not offered.is_visible():
            self.page.get_by_role("button", name="More actions").first.click()
        offered.click()
        self.page.wait_for_load_state()
        self.looks(remedy)

    def confirms(self, button, reason=""):
        if reason:
            self.page.get_by_label("Reason").fill(reason)
        self.page.get_by_role("button", name=button).click()
        self.page.wait_for_load_state()

    def is_served(self, words):
        """Have what was asked done, and look at its outcome as it renews itself."""
        tasks.relay(self.unit.quickbooks_company_id)
        self.sees(words)
        self.looks(words)

    def sees(self, words):
        expect(self.page.get_by_text(words).first).to_be_visible(timeout=15_000)

    def looks(self, name):
        self.page.wait_for_load_state("networkidle")
        if SHOTS:
            self.page.screenshot(path=f"{SHOTS}/{name}-{self.width}.png", full_page=True)
        assert self.page.evaluate(TOO_WIDE) == [], name
        assert self.page.evaluate(CUT_OFF) == [], name
        assert faults_of(self.page) == [], name
        assert self.page.said == [], name


@pytest.fixture(params=one_in(2, [1400, 390]), ids=["desk", "phone"])
def lee(unit, open_site, live_server, request):
    user = factories.UserFactory(username="lee")
    factories.MembershipFactory(user=user, business_unit=unit, role=Role.ACCOUNTANT)
    page = open_site(user, bypass_csp=True)  # axe puts its own script into the page
    return Remedies(page, live_server.url, unit, request.param)


def test_what_was_deleted_there_is_checked_unlinked_and_the_rest_removed(
    lee, simulator, unit, paid, export, bookkeeper
):
    export()
    largest = max(bookkeeper.ours("Payment"), key=lambda document: document["TotalAmt"])
    bookkeeper.delete("Payment", largest)
    payment = paid.payments.get(amount=70)
    lee.opens(payment)
    lee.chooses("Check again")
    lee.confirms("Check again: ")
    lee.is_served("3 of 5 documents equal ours in QuickBooks")
    lee.opens(payment)
    lee.chooses("Unlink")
    lee.confirms("Unlink: ")
    lee.is_served("1 of 4 documents unlinked")
    lee.opens(paid)
    lee.chooses("Check again")
    lee.confirms("Check again: ")
    lee.is_served("documents equal ours in QuickBooks")
    lee.opens(paid)
    lee.chooses("Remove from QuickBooks")
    lee.confirms("Remove from QuickBooks: ")
    lee.is_served("3 of 3 documents removed from QuickBooks")
    assert ledger.invoices(simulator, unit) == {}
    lee.opens(paid)
    lee.looks("removed")
    lee.chooses("Allow export again")
    lee.confirms("Allow")
    lee.looks("allowed")


def test_a_taken_name_is_compared_and_linked(lee, paid, export, bookkeeper):
    theirs = bookkeeper.send("Customer", {"DisplayName": paid.customer.display_name})
    export(status=1)
    lee.opens(paid.payments.first())
    lee.looks("failed")
    expect(lee.page.locator("#main .paidup-note a")).to_have_text("Compare and link")
    lee.chooses("Compare and link")
    lee.confirms("Compare: ")
    lee.is_served("1 compared")
    lee.confirms("Link what is ticked")
    lee.is_served("1 of 1 document linked")
    assert SyncRecord.objects.get(kind="customer").qbo_id == theirs["Id"]


def test_a_renamed_customer_keeps_its_link_under_its_new_name(lee, paid, export, bookkeeper):
    export()
    [customer] = bookkeeper.ours("Customer")
    bookkeeper.edit("Customer", customer, DisplayName="Hollis", Notes="Ours no more")
    lee.opens(paid)
    lee.chooses("Check again")
    lee.confirms("Check again: ")
    lee.is_served("4 of 5 documents equal ours in QuickBooks")
    lee.opens(paid)
    lee.chooses("Accept its name in QuickBooks")
    lee.confirms("Accept the names: ")
    lee.is_served("under their names in QuickBooks")
    record = SyncRecord.objects.get(kind="customer")
    assert (record.state, record.content["display_name"]) == ("exported", "Hollis")


def test_what_was_refused_is_held_or_retried(lee, paid, export):
    export()
    SyncRecord.objects.filter(kind="payment", payment__amount=70).update(
        state=State.FAILED, qbo_id="", error_code="6000", error="No such account."
    )
    lee.opens(paid.payments.get(amount=70))
    lee.chooses("Retry")
    lee.confirms("Retry")
    lee.looks("retried")
    assert not SyncRecord.objects.filter(state=State.FAILED).exists()
    other = factories.InvoiceFactory(business_unit=lee.unit, number="H-1")
    factories.PaymentFactory(invoice=other)
    lee.opens(other)
    lee.chooses("Do not export")
    lee.confirms("Do not export", reason="Paid in the old books")
    other.refresh_from_db()
    assert other.do_not_export_reason == "Paid in the old books"

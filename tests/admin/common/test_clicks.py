"""How many clicks from the first page people's journeys take, on a desktop, a phone and in Spanish.

Looking and scrolling are free. A select is two clicks: it is opened, and something is chosen; a
field to type in is one.
"""

import re
from dataclasses import dataclass, field
from decimal import Decimal

import pytest
from django.utils import translation
from django.utils.translation import gettext
from playwright.sync_api import expect

from accounts.models import Role
from sync import tasks
from sync.models import (
    ExportRun,
    RefundDiscrepancy,
    RefundMatch,
    RefundReview,
    SyncRecord,
)
from tests import factories
from tests.admin.conftest import settle
from tests.browsing import IN_A_BROWSER, SHOTS, TOO_WIDE, faults_of
from tests.discrepancies.conftest import proposed
from tests.exports.conftest import Bookkeeper
from tests.sampled import one_in

pytestmark = [*IN_A_BROWSER, pytest.mark.django_db(transaction=True)]
State, Status = SyncRecord.State, RefundReview.Status
DESK, PHONE = {"width": 1400, "height": 900}, {"width": 390, "height": 844}


@dataclass
class Clicker:
    """Somebody with a mouse or a thumb, whose clicks are counted."""

    page: object
    language: str
    clicks: list = field(default_factory=list)

    def words(self, english, **places):
        with translation.override(self.language):
            return gettext(english) % places if places else gettext(english)

    def press(self, english, role="button", **places):
        self.click(self.page.get_by_role(role, name=self.words(english, **places)).first)

    def click(self, target):
        self.clicks.append(target.inner_text())
        with self.page.expect_navigation():
            target.click()

    def types(self, english, words):
        self.clicks.append(english)
        self.page.get_by_label(self.words(english)).fill(words)

    def looks(self, name):
        """Look at the page; nothing of it may be too wide or hard to use."""
        self.page.wait_for_load_state("networkidle")
        if SHOTS:
            width = self.page.viewport_size["width"]
            self.page.screenshot(path=f"{SHOTS}/{name}-{self.language}-{width}.png", full_page=True)
        assert self.page.evaluate(TOO_WIDE) == []
        assert faults_of(self.page) == []


SEEN = {"desk": (DESK, "en"), "phone": (PHONE, "en"), "es": (DESK, "es")}


@pytest.fixture(params=one_in(3, [(seen,) for seen in SEEN.values()]), ids=SEEN)
def clicker(open_site, riverside, request):
    size, language = request.param
    lee = factories.UserFactory(username="lee", language=language)
    factories.MembershipFactory(user=lee, business_unit=riverside, role=Role.ACCOUNTANT)
    page = open_site(lee, bypass_csp=True)  # axe puts its own script into the page
    page.set_viewport_size(size)
    yield Clicker(page, language)
    assert page.said == []


@pytest.fixture
def home(clicker):
    """Return a function that shows the first page with what there is by now."""

    def shown():
        clicker.page.reload()
        return clicker

    return shown


def test_one_payment_is_exported_in_four(home, fully_paid):
    person = home()
    person.press("Ready to export", "link")
    person.click(person.page.locator("#result_list tbody th a").first)
    person.press("Export to QuickBooks")
    person.press("Confirm and export")
    assert len(person.clicks) <= 4
    assert ExportRun.objects.get().state == ExportRun.State.RUNNING


def test_all_that_is_ready_is_exported_in_three(home, fully_paid):
    person = home()
    person.press("Export payments", "link")
    person.press("Export Payments")
    person.press("Confirm and export")
    assert len(person.clicks) <= 3
    assert ExportRun.objects.get().state == ExportRun.State.RUNNING


def test_why_a_payment_does_not_go_is_read_after_one(home, part_paid):
    person = home()
    person.press("Not ready", "link")
    why = person.page.locator("#result_list").get_by_text(re.compile(r"1042.*50[.,]00"))
    expect(why.first).to_be_visible()
    assert len(person.clicks) <= 2


def test_eighteen_failures_of_one_cause_are_retried_in_three(home, riverside):
    for n in range(18):
        invoice = factories.InvoiceFactory(business_unit=riverside, number=f"N-{n}")
        factories.PaymentFactory(invoice=invoice)
        settle(invoice, State.PENDING)
    failed = SyncRecord.objects.filter(kind="invoice")
    failed.update(state=State.FAILED, error_code="6000", error="No such item.")
    person = home()
    person.press("documents stopped", "link")
    person.looks("cause")
    person.press("%(remedy)s: all %(count)s", remedy=person.words("Retry"), count=18)
    person.looks("retry")
    person.press("Retry")
    assert len(person.clicks) <= 4
    assert not SyncRecord.objects.filter(state=State.FAILED).exists()


def test_eighteen_customers_whose_names_are_taken_are_linked_in_four(
    open_site, simulator, unit, export
):
    lee = factories.UserFactory(username="lee")
    factories.MembershipFactory(user=lee, business_unit=unit, role=Role.ACCOUNTANT)
    bookkeeper = Bookkeeper(simulator, unit.quickbooks_company.realm_id)
    for n in range(18):
        there = bookkeeper.send("Customer", {"DisplayName": f"Ada {n}"})
        customer = factories.CustomerFactory(business_unit=unit, display_name=there["DisplayName"])
        factories.PaymentFactory(invoice__customer=customer, invoice__business_unit=unit)
    export(status=1)
    person = Clicker(open_site(lee, bypass_csp=True), "en")
    person.press("documents stopped", "link")
    person.press("Compare: all 18")
    person.press("Compare")
    tasks.relay(unit.quickbooks_company_id)
    person.page.get_by_text("18 compared").wait_for()
    person.looks("compared")
    person.press("Link the 18 in which nothing differs")
    assert len(person.clicks) <= 4
    tasks.relay(unit.quickbooks_company_id)
    person.page.get_by_text("18 of 18 documents linked").wait_for()
    assert not SyncRecord.objects.filter(state=State.FAILED).exists()
    assert person.page.said == []


@pytest.fixture
def refund(fully_paid):
    settle(fully_paid, State.EXPORTED)
    for payment in fully_paid.payments.all():
        factories.RefundFactory(payment=payment, amount=Decimal("20.00"))
    return RefundDiscrepancy.objects.order_by("refunded_on", "pk").first()


def test_a_refund_that_needs_nothing_is_settled_in_three(home, refund):
    person = home()
    person.press("Begin with the oldest", "link")
    person.looks("refund")
    person.types("Note", "Given back in cash")
    person.press("Not needed")
    assert len(person.clicks) <= 3
    review = RefundReview.objects.get()
    assert (review.refund_id, review.status) == (refund.pk, Status.NOT_NEEDED)
    assert "/change/" in person.page.url  # of the next one


def test_a_refund_whose_document_was_found_is_settled_in_three(home, refund):
    proposed(refund)
    person = home()
    person.press("refunds to adjust", "link")
    person.click(person.page.locator("#result_list tbody th a").first)
    person.looks("found")
    person.press("This is it")
    assert len(person.clicks) <= 3
    assert RefundMatch.objects.get().is_proof

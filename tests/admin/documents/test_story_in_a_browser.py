"""A document's story, a customer's account, the choice of e-mails, a form that somebody changed."""

import pytest

from accounts.models import Role
from sync.models import SyncRecord
from tests import factories
from tests.admin.conftest import settle
from tests.browsing import IN_A_BROWSER, SHOTS, TOO_WIDE, faults_of

pytestmark = [*IN_A_BROWSER, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(("width", "mode"), [(1400, "light"), (390, "dark")])
def test_they_fit_the_window_and_axe_finds_nothing(open_site, fully_paid, width, mode):
    lee = factories.UserFactory(username="lee")
    factories.MembershipFactory(
        user=lee, business_unit=fully_paid.business_unit, role=Role.ACCOUNTANT
    )
    settle(fully_paid, SyncRecord.State.EXPORTED, requested_by=lee)
    payment = fully_paid.payments.first()
    factories.RefundFactory(payment=payment, amount="5.00")
    page = open_site(lee, mode=mode)
    page.set_viewport_size({"width": width, "height": 900})
    site = page.url.removesuffix("/admin/")
    pages = {
        "payment": payment.get_absolute_url(),
        "invoice": fully_paid.get_absolute_url(),
        "customer": f"/admin/sync/customer/{fully_paid.customer_id}/change/",
        "mail": "/admin/mail/",
    }
    for name, address in pages.items():
        page.goto(f"{site}{address}")
        if name in {"payment", "invoice"}:
            page.get_by_text("What happened to it").wait_for()
        if SHOTS:
            page.screenshot(path=f"{SHOTS}/{name}-{width}.png", full_page=True)
        assert page.evaluate(TOO_WIDE) == []
        assert faults_of(page, mode) == []
    page.get_by_label("On Monday mornings").check()
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Your choice is kept.").wait_for()
    page.goto(f"{site}{pages['customer']}")
    fully_paid.customer.city = "Utica"
    fully_paid.customer.save()
    page.fill("input[name=phone]", "555 0100")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("Somebody else changed this page").wait_for()
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/meanwhile-{width}.png")
    assert page.input_value("input[name=phone]") == "555 0100"
    assert faults_of(page, mode) == []
    assert page.input_value("input[name=city]") == "Utica"
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/sync/customer/")
    fully_paid.customer.refresh_from_db()
    assert (fully_paid.customer.city, fully_paid.customer.phone) == ("Utica", "555 0100")
    assert page.said == []

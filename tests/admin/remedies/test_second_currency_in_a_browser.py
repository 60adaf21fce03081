"""An accountant in a real browser takes a customer of its own beside the reason."""

import pytest

from accounts.models import Role
from sync.models import Customer
from tests.admin.matching.test_mending_in_a_browser import looks_well, press
from tests.admin.remedies.test_second_currency import OFFERED, kept_back
from tests.browsing import IN_A_BROWSER
from tests.factories import MembershipFactory, UserFactory

__all__ = ["kept_back"]
pytestmark = [*IN_A_BROWSER, pytest.mark.django_db(transaction=True)]


def test_the_button_stands_beside_the_reason(riverside, kept_back, open_site, live_server):
    user = UserFactory(username="lee")
    MembershipFactory(user=user, business_unit=riverside, role=Role.ACCOUNTANT)
    page = open_site(user)
    payment = kept_back.payments.get()
    page.goto(f"{live_server.url}{payment.get_absolute_url()}")
    looks_well(page, "kept-back")
    press(page, OFFERED, role="link")
    looks_well(page, "own-customer")
    press(page, OFFERED)
    looks_well(page, "own-customer-taken")
    twin = Customer.objects.get(twin_of__isnull=False)
    page.goto(f"{live_server.url}/admin/sync/customer/{twin.pk}/change/")
    looks_well(page, "twin")
    assert page.said == []

"""Back and Save: the browser shows the page anew, and what was typed is not stored again."""

import pytest

from sync.models import Payment
from tests.browsing import IN_A_BROWSER
from tests.factories import UserFactory

pytestmark = [*IN_A_BROWSER, pytest.mark.django_db(transaction=True)]


def test_back_and_save_stores_one_payment(open_site, live_server, part_paid):
    page = open_site(UserFactory(is_superuser=True))
    page.goto(f"{live_server.url}/admin/sync/payment/add/?invoice={part_paid.pk}")
    page.fill("input[name=amount]", "10.00")
    page.fill("input[name=method]", "Check")
    page.select_option("select[name=kind]", "partial")
    page.click("button[name=_save]")
    page.wait_for_url("**/admin/sync/payment/")
    page.go_back()
    page.click("button[name=_save]")
    page.get_by_text("This form was sent already").first.wait_for()
    assert Payment.objects.filter(amount=10).count() == 1
    page.get_by_text("Show what became of it").click()
    page.wait_for_url(f"**/payment/{Payment.objects.latest('pk').pk}/change/")
    assert all("409" in words for words in page.said)

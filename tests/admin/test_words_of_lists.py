"""What every list has in common: its name in the browser's tab, and dates without a riddle."""

from datetime import date

import pytest
from django.urls import reverse
from django.utils.formats import date_format

from tests.factories import RefundFactory

pytestmark = pytest.mark.django_db


def test_a_tab_is_called_what_the_list_is(admin_client):
    page = admin_client.get(reverse("admin:sync_refunddiscrepancy_changelist")).content.decode()
    title = page[page.index("<title>") : page.index("</title>")].removeprefix("<title>").strip()
    assert title == "Refunds to adjust in QuickBooks | Paidup"


def test_dates_of_lists_are_written_as_on_our_own_pages(admin_client):
    RefundFactory(refunded_on=date(2026, 5, 9))
    page = admin_client.get(reverse("admin:sync_refund_changelist"))
    assert date_format(date(2026, 5, 9)) == "9 May 2026"
    assert "9 May 2026" in page.content.decode()


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("", "Nothing that was exported was found changed since"),
        ("?side__exact=here", "None match the filters that are set."),
    ],
)
def test_an_empty_list_says_what_that_means(admin_client, asked, words):
    page = admin_client.get(reverse("admin:sync_drift_changelist") + asked).content.decode()
    assert "No changes after export here" in page
    assert words in page


def test_an_empty_search_names_what_was_searched(admin_client):
    page = admin_client.get(reverse("admin:sync_refund_changelist") + "?q=zzz").content.decode()
    assert "None match “zzz”" in page

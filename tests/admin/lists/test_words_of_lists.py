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
    assert title == "Refunds to adjust | Paidup"


def test_dates_of_lists_are_written_as_on_our_own_pages(admin_client):
    RefundFactory(refunded_on=date(2026, 5, 9))
    page = admin_client.get(reverse("admin:sync_refund_changelist"))
    assert date_format(date(2026, 5, 9)) == "9 May 2026"
    assert "9 May 2026" in page.content.decode()


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (
            "refunddiscrepancy",
            "Every refund of an exported payment is adjusted in QuickBooks, or waits under another"
            " tab.",
        ),
        (
            "drift",
            "Nothing that was exported was found changed since, in QuickBooks or here.",
        ),
        (
            "tieout",
            "Compare a month of a business unit with QuickBooks, to the cent, and sign it off.",
        ),
        ("exportrun", "Exports of many payments, and how far they are, are listed here."),
        ("customermatch", "No customer waits under this tab."),
    ],
)
def test_an_empty_list_says_what_that_means(admin_client, model, words):
    page = admin_client.get(reverse(f"admin:sync_{model}_changelist"))
    assert words in page.content.decode()
    assert f"No {page.context['cl'].opts.verbose_name_plural} here" in page.content.decode()


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("?side__exact=here", "None match the filters that are set."),
        ("?q=zzz", "None match “zzz”."),
        ("?q=zzz&side__exact=here", "None match “zzz” and the filters that are set."),
    ],
)
def test_an_empty_list_says_what_was_looked_for(admin_client, asked, words):
    page = admin_client.get(reverse("admin:sync_drift_changelist") + asked).content.decode()
    assert words in page

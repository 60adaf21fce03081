"""A bookkeeper in a real browser leads an invoice of another tax to its end, from its row."""

import re

import pytest
from django.urls import reverse

from accounts.models import Role
from sync import tasks
from sync.discrepancies.tieout.tieouts import start
from sync.models import SyncRecord, TaxMode
from tests import factories
from tests.admin.matching.test_mending_in_a_browser import looks_well, press
from tests.browsing import IN_A_BROWSER
from tests.exports.taxed import taxed, taxing_unit

pytestmark = [*IN_A_BROWSER, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def unit(simulator):
    return taxing_unit(simulator)


@pytest.fixture
def lee(unit):
    user = factories.UserFactory(username="lee")
    factories.MembershipFactory(user=user, business_unit=unit, role=Role.ACCOUNTANT)
    return user


def confirmed(page, button, unit, result):
    """Press the button that asks once more, have it served, and wait until the page says so."""
    page.get_by_role("button", name=re.compile(button)).click()
    page.wait_for_load_state()
    tasks.relay(unit.quickbooks_company_id)
    page.get_by_text(result).first.wait_for()


def test_each_remedy_of_a_tax_is_found_on_the_failing_row(
    open_site, live_server, simulator, unit, lee, export
):
    page = open_site(lee)
    site = live_server.url
    first = taxed(unit, "T-1", "8.01")
    export(status=1)
    record = SyncRecord.objects.get(invoice=first)

    page.goto(f"{site}{reverse('admin:sync_syncrecord_change', args=[record.pk])}")
    assert "kept its own figure when it was sent ours" in page.content()
    looks_well(page, "1-failing-record")
    page.goto(f"{site}{first.get_absolute_url()}")
    press(page, "Accept as it is there", "link")
    assert "$0.01 of its payments arrives unapplied" in page.content()
    looks_well(page, "2-accept")
    accepted = "1 of 1 document accepted as it is in QuickBooks"
    confirmed(page, "Accept as it is there: 1 invoice", unit, accepted)
    looks_well(page, "3-accepted")
    made = start(unit, first.issued_on, first.issued_on, lee)
    tasks.relay(unit.quickbooks_company_id)
    page.goto(f"{site}{reverse('admin:sync_tieout_change', args=[made.pk])}")
    assert "tax $8.01 → $8.00; accepted by lee on" in page.content()
    looks_well(page, "4-tie-out")

    TaxMode.objects.update(keeps="")
    second = taxed(unit, "T-2", "7.90")
    export(status=1)
    [payment] = second.payments.all()
    page.goto(f"{site}{payment.get_absolute_url()}")
    looks_well(page, "5-failing-payment")
    page.goto(f"{site}{second.get_absolute_url()}")
    page.fill("input[name=tax_total]", "8.00")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_load_state()
    factories.PaymentFactory(invoice=second, amount="0.10", received_on="2026-05-11")
    page.goto(f"{site}{payment.get_absolute_url()}")
    press(page, "Send the correction", "link")
    assert "It was corrected here to what QuickBooks has." in page.content()
    looks_well(page, "6-correct")
    corrected = "1 of 1 document equal ours in QuickBooks"
    confirmed(page, "Send the correction: 1 invoice", unit, corrected)

    TaxMode.objects.update(keeps="sent", agreed_at=None)
    third, fourth = taxed(unit, "T-3", "8.02"), taxed(unit, "T-4", "7.98")
    page.goto(f"{site}{reverse('admin:sync_payment_changelist')}")
    press(page, "Export Payments")
    looks_well(page, "7-preview")
    page.get_by_label("Invoice T-4 goes with our tax").uncheck()
    press(page, "Confirm and export")
    queued = SyncRecord.objects.filter(invoice__in=[third, fourth])
    assert list(queued.values_list("invoice", flat=True)) == [third.pk]
    looks_well(page, "8-run")
    assert page.said == []

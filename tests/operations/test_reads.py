"""Reads that Intuit counts: warned of in time, and what is left is kept for exports."""

import pytest

from sync.company import pacing
from sync.discrepancies import nightly_reading, webhooks
from sync.models import CompanyRequest, MeteredReads, WebhookEvent
from sync.operations import doctor, metrics
from tests.factories import QuickBooksCompanyFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def company(settings):
    settings.QUICKBOOKS_READS_PER_MONTH = 1000
    return QuickBooksCompanyFactory()


def told():
    [fact] = [each for each in doctor.examine() if each.name == "reads"]
    return fact


def test_few_reads_are_well(company):
    pacing.count_reads(company.pk, 1)
    at_this_pace = pacing.at_this_pace(1)
    words = f"1 of 1,000 that Intuit includes this month; {at_this_pace} at this pace."
    assert (told().is_well, told().words) == (True, words)
    assert b"paidup_quickbooks_reads_this_month 1.0" in metrics.text()
    assert b"paidup_quickbooks_reads_included 1000.0" in metrics.text()


def test_it_is_warned_of_before_the_cap(company):
    pacing.count_reads(company.pk, 899)
    assert not told().is_well
    assert "kept for exports" not in told().words
    assert nightly_reading.read_nightly() == 1


def test_near_the_cap_only_exports_read_on(company):
    WebhookEvent.objects.create(company=company, entity="invoice", qbo_id="1", key="k")
    pacing.count_reads(company.pk, 900)
    assert "What is left is kept for exports" in told().words
    assert nightly_reading.read_nightly() == 0
    assert webhooks.look_at_changes(company.pk) == 0
    assert not CompanyRequest.objects.exists()
    assert webhooks.forgotten() == [company.pk]
    MeteredReads.objects.all().delete()
    assert webhooks.look_at_changes(company.pk) == 1
    assert CompanyRequest.objects.count() == 1

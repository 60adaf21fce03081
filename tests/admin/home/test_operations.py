"""The page that says whether the site works; and pages that wait say that no worker is there."""

from datetime import timedelta

import pytest
from django.utils import timezone

from sync.models import Heartbeat
from sync.operations import heartbeats
from tests import factories

PAGE = "/admin/operations/"


def test_a_superuser_sees_what_is_amiss_and_what_waits(sign_in, riverside):
    factories.SyncRecordFactory(company=riverside.quickbooks_company, business_unit=riverside)
    company = riverside.quickbooks_company
    company.paused_until = timezone.now() + timedelta(minutes=1)
    company.pause_reason = "QuickBooks asked us to slow down."
    company.save()
    client = sign_in(is_superuser=True)
    page = client.get(PAGE).content.decode()
    for words in (
        "No worker has been seen yet: start manage.py worker.",
        "Riverside LLC",
        "QuickBooks asked us to slow down. Until",
        "Previews",
    ):
        assert words in page
    assert client.post(PAGE).status_code == 405
    assert f'href="{PAGE}"' in client.get("/admin/").content.decode()


def test_nobody_else_does(accountant, client):
    assert accountant.get(PAGE).status_code == 403
    assert PAGE not in accountant.get("/admin/").content.decode()
    assert client.get(PAGE).status_code == 302


@pytest.mark.parametrize("is_there", [True, False])
def test_a_page_that_waits_says_that_no_worker_is_there(exporter, riverside, is_there):
    heartbeats.beat(Heartbeat.Kind.WORKER, "here:1")
    if not is_there:
        Heartbeat.objects.update(seen_at=timezone.now() - timedelta(minutes=2))
    run = factories.ExportRunFactory(
        business_unit=riverside,
        company=riverside.quickbooks_company,
        state="running",
        confirmed_at=timezone.now(),
    )
    page = exporter.get(f"/admin/sync/exportrun/{run.pk}/change/").content.decode()
    assert ("Nothing moves: no worker has been seen since" in page) is not is_there

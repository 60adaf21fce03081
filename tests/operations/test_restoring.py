"""After a backup was restored nothing of before is believed, and what needs a person is named."""

from datetime import timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from sync.models import ConnectLink, Heartbeat, QuickBooksCompany, triggers
from sync.operations import heartbeats
from tests import factories

pytestmark = pytest.mark.django_db


def restored():
    out, status = StringIO(), 0
    try:
        call_command("after_restore", stdout=out)
    except SystemExit as stopped:
        status = stopped.code
    return status, [line for line in out.getvalue().splitlines() if line.startswith("BAD")]


def test_what_was_held_is_free_and_every_company_is_looked_through(client):
    soon = timezone.now() + timedelta(minutes=3)
    company = factories.QuickBooksCompanyFactory(
        lease_token=uuid4(), lease_expires_at=soon, known_epochs=["now"]
    )
    unit = factories.BusinessUnitFactory(quickbooks_company=company)
    person = factories.UserFactory()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    link = ConnectLink.objects.create(business_unit=unit, created_by=person, expires_at=soon)
    assert restored() == (0, [])
    company = QuickBooksCompany.objects.get()
    assert (company.lease_token, company.lease_expires_at, company.known_epochs) == (None, None, [])
    link.refresh_from_db()
    assert link.withdrawn_at is not None
    assert client.get("/admin/").status_code == 302  # a session that was ended since would live
    assert restored() == (0, [])


def test_what_needs_a_person_is_named_and_exits_with_1(monkeypatch):
    factories.QuickBooksCompanyFactory(status="needs_reconnect")
    factories.SyncRecordFactory(state="uncertain")
    monkeypatch.setattr(triggers, "wrong_sums", lambda: {"sync_invoice.paid_total": [1]})
    status, bad = restored()
    assert status == 1
    assert [line.split(":")[0].rstrip("0123456789 ") for line in bad] == [
        "BAD sums", "BAD connection", "BAD uncertain"
    ]  # fmt: skip


def test_while_anything_runs_it_does_nothing():
    company = factories.QuickBooksCompanyFactory(known_epochs=["now"])
    heartbeats.beat(Heartbeat.Kind.WORKER, "here:1")
    with pytest.raises(CommandError, match="Stop the workers first"):
        call_command("after_restore")
    company.refresh_from_db()
    assert company.known_epochs == ["now"]

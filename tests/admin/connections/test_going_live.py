"""Going live: each step is ticked by what is seen, and only whoever manages the unit sees it."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from sync.models import ProbeReport, SyncRecord, TieOut, UnitSetup, WebhookEvent
from sync.operations.going_live import next_of, steps_of
from tests.factories import (
    ExportRunFactory,
    ExportRunItemFactory,
    InvoiceFactory,
    PaymentFactory,
    QuickBooksCompanyFactory,
    SyncRecordFactory,
    UserFactory,
)

State = SyncRecord.State
KEYS = ["keys", "redirect", "webhooks", "connected", "probe", "trial", "first-ten", "first-batch"]
KEYS += ["tie-out"]


def page(unit):
    return reverse("admin:sync_businessunit_quickbooks_going_live", args=[unit.pk])


def done(unit):
    unit = type(unit).objects.select_related("quickbooks_company").get(pk=unit.pk)
    return [step.key for step in steps_of(unit) if step.is_done]


def record(unit, number, **values):
    return SyncRecordFactory(
        invoice=InvoiceFactory(business_unit=unit, number=f"L-{number}"),
        kind=SyncRecord.Kind.INVOICE,
        company=unit.quickbooks_company,
        business_unit=unit,
        **{"state": State.EXPORTED, "qbo_id": str(number), **values},
    )


@pytest.fixture
def live(settings):
    settings.QUICKBOOKS_ENVIRONMENT = "production"
    settings.QUICKBOOKS_CLIENT_ID, settings.QUICKBOOKS_CLIENT_SECRET = "ABx", "secret of Intuit's"
    settings.QUICKBOOKS_WEBHOOK_VERIFIER_TOKEN = "token of Intuit's"
    settings.SITE_URL = "https://paidup.example.com"
    return settings


def test_what_a_probe_found_is_told_to_those_whose_company_it_was(riverside, live):
    theirs = QuickBooksCompanyFactory(name="Others LLC")
    given = {"environment": "sandbox", "counts": {"not held": 7}}
    ProbeReport.objects.create(company=theirs, **given)
    probe = next(step for step in steps_of(riverside) if step.key == "probe")
    assert (probe.is_done, probe.seen) == (True, "A sandbox was probed from here.")
    ProbeReport.objects.create(company=riverside.quickbooks_company, **given)
    probe = next(step for step in steps_of(riverside) if step.key == "probe")
    assert probe.seen.endswith(", sandbox: 7 not held.")


def test_each_step_is_ticked_by_what_is_seen(riverside, live):
    company = riverside.quickbooks_company
    UnitSetup.objects.filter(business_unit=riverside).delete()
    company.verified_at = company.connected_at = None
    company.save()
    assert done(riverside) == ["keys"]
    company.connected_at = timezone.now()
    company.save()
    assert done(riverside) == KEYS[:2]
    WebhookEvent.objects.create(company=company, key="1", entity="payment", qbo_id="1")
    assert done(riverside) == KEYS[:3]
    company.verified_at = now = timezone.now()
    company.save()
    setup = UnitSetup.objects.create(
        business_unit=riverside, company=company, connected_at=now, confirmed_at=now,
        accepted_at=now, books=UnitSetup.Books.DONE,
    )  # fmt: skip
    assert done(riverside) == KEYS[:4]
    report = ProbeReport.objects.create(
        company=company, environment="sandbox", counts={"held": 40}, left=["Invoice 7"]
    )
    assert done(riverside) == KEYS[:4]
    ProbeReport.objects.filter(pk=report.pk).update(left=[])
    assert done(riverside) == KEYS[:5]
    run = ExportRunFactory(business_unit=riverside, company=company)
    setup.trial_run, setup.finished_at = run, now
    setup.save()
    assert done(riverside) == KEYS[:6]
    records = [record(riverside, number) for number in range(10)]
    assert done(riverside) == KEYS[:7]
    payments = PaymentFactory.create_batch(11, invoice=records[0].invoice)
    batch = ExportRunFactory(business_unit=riverside, company=company, finished_at=now)
    for payment in payments[:10]:
        ExportRunItemFactory(run=batch, payment=payment)
    last = ExportRunItemFactory(run=batch, payment=payments[10], choice="skipped", reason_code="X")
    assert done(riverside) == KEYS[:7]
    last.choice, last.reason_code = "selected", ""
    last.save()
    assert done(riverside) == KEYS[:8]
    TieOut.objects.create(
        business_unit=riverside, company=company, first_day=date(2026, 5, 1), signed_at=now,
        last_day=date(2026, 5, 31), requested_by=UserFactory(), done_at=now, signer_name="Lee",
        signed_by=UserFactory(),
    )  # fmt: skip
    assert done(riverside) == KEYS
    assert next_of(steps_of(riverside)) == ""


def test_what_went_wrong_unticks_its_step(riverside, live):
    for number in range(10):
        record(riverside, number)
    assert "first-ten" in done(riverside)
    record(riverside, 10, state=State.MISMATCH, error="It is in QuickBooks, but the total is off.")
    assert "first-ten" not in done(riverside)


def test_simulated_is_not_live(riverside):
    assert not {"keys", "webhooks", "redirect"} & set(done(riverside))


def test_an_administrator_is_led_there_and_sees_what_to_register(sign_in, riverside, live):
    client = sign_in(riverside, Role.ADMINISTRATOR)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        shown = client.get(page(riverside)).content.decode()
    assert len(queries) < 60
    for address in (
        "https://paidup.example.com/quickbooks/launch/",
        "https://paidup.example.com/quickbooks/disconnected/",
        "https://paidup.example.com/quickbooks/reconnect/",
        "https://paidup.example.com/terms/",
        "https://paidup.example.com/privacy/",
        "https://paidup.example.com/quickbooks/webhooks/",
    ):
        assert address in shown
    assert shown.count('aria-current="step"') == 1
    unit_page = client.get(reverse("admin:sync_businessunit_quickbooks", args=[riverside.pk]))
    assert page(riverside) in unit_page.content.decode()


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EXPORTER, Role.ACCOUNTANT])
def test_others_are_not_told_of_it(sign_in, riverside, role):
    client = sign_in(riverside, role)
    assert client.get(page(riverside)).status_code == 404
    unit_page = client.get(reverse("admin:sync_businessunit_quickbooks", args=[riverside.pk]))
    assert page(riverside) not in unit_page.content.decode()


def test_of_a_unit_held_by_others_nothing_is_told(sign_in, riverside, foreign):
    assert sign_in(riverside, Role.ADMINISTRATOR).get(page(foreign)).status_code == 404

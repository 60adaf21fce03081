"""The page of a run: how far it is, what became of each payment, CSV, and Retry failed."""

import csv
from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.contrib.admin import site
from django.utils import timezone

from sync.exports.runs import runs
from sync.exports.runs.drafts import prepare
from sync.models import Event, ExportRun, QuickBooksCompany, SyncRecord
from sync.quickbooks.links import deep_link
from tests import factories

State = SyncRecord.State


@pytest.fixture
def started(exporter, riverside, fully_paid):
    """A confirmed run of the three payments of 1042 and the one of 7."""
    invoice = factories.InvoiceFactory(
        business_unit=riverside, number="7", customer__display_name="=Acme",
        customer__business_unit=riverside,
    )  # fmt: skip
    factories.PaymentFactory(invoice=invoice, received_on="2026-05-11", reference="55")
    [run] = prepare(list(type(invoice).objects.values_list("payments", flat=True)), exporter.user)
    return runs.confirm(run, exporter.user)


def now(run, state, number, **values):
    """Bring the records of one invoice into a state, as the relay does."""
    records = SyncRecord.objects.filter(invoice__number=number) | SyncRecord.objects.filter(
        payment__invoice__number=number
    )
    for record in records:
        record.state = state
        if state == State.EXPORTED:
            record.qbo_id = str(500 + record.pk)
        for name, value in values.items():
            setattr(record, name, value)
        record.save()
    SyncRecord.objects.filter(customer__invoices__number=number).update(
        state=State.EXPORTED, qbo_id="9" + number
    )


def finish(run):
    run.refresh_from_db()
    runs.finish(run)
    run.refresh_from_db()


def part(client, run):
    return client.get(f"/admin/sync/exportrun/{run.pk}/progress/")


def test_the_page_moves_and_stops_when_it_is_over(exporter, started):
    page = exporter.get(started.get_absolute_url())
    html = page.content.decode()
    assert f'hx-get="/admin/sync/exportrun/{started.pk}/progress/"' in html
    assert "paidup/renewing.js" in html
    assert (
        "Exporting to Riverside LLC: 0 of 4 payments." in part(exporter, started).content.decode()
    )
    now(started, State.EXPORTED, "1042")
    answer = part(exporter, started)
    moving = answer.content.decode()
    assert "Exporting to Riverside LLC: 3 of 4 payments." in moving
    assert 'aria-valuenow="75"' in moving
    assert answer.status_code == 200
    now(started, State.EXPORTED, "7")
    finish(started)
    answer = part(exporter, started)
    over = answer.content.decode()
    assert "Finished: 4 of 4 payments exported to Riverside LLC." in over
    assert answer.status_code == 286  # htmx stops asking
    page = exporter.get(started.get_absolute_url())
    assert 'hx-trigger="every' not in page.content.decode()
    realm_id = started.company.realm_id
    for entity, record in (
        ("Invoice", SyncRecord.objects.get(invoice__number="7")),
        ("Payment", SyncRecord.objects.get(payment__invoice__number="7")),
    ):
        assert f'href="{deep_link(realm_id, entity, record.qbo_id)}"' in over


def test_failures_are_shown_with_reason_and_can_be_retried(exporter, accountant, started):
    now(started, State.EXPORTED, "1042")
    now(started, State.EXPORTED, "7")
    refused = SyncRecord.objects.filter(invoice__number="7")
    refused.update(state=State.FAILED, qbo_id="", error="No such item.", error_code="2500")
    waiting = SyncRecord.objects.filter(payment__invoice__number="7")
    waiting.update(state=State.PENDING, qbo_id="")
    finish(started)
    html = part(exporter, started).content.decode()
    assert "No such item." in html
    assert "1 failed" in html
    assert "Retry failed" not in html
    retry = f"/admin/sync/exportrun/{started.pk}/retry/"
    assert exporter.get(retry).status_code == 403
    assert SyncRecord.objects.filter(state=State.FAILED).count() == 1
    assert "Retry failed" in part(accountant, started).content.decode()
    page = accountant.get(retry)
    assert SyncRecord.objects.filter(state=State.FAILED).count() == 1
    data = {"decision": "retry", "invoices": page.context["going"], "back": retry}
    assert accountant.post("/admin/sync/invoice/decide/", data).status_code == 302
    assert not SyncRecord.objects.filter(state=State.FAILED).exists()
    started.refresh_from_db()
    assert started.state == ExportRun.State.RUNNING
    assert Event.objects.filter(action="retry", actor=accountant.user).exists()


def test_csv_has_every_payment_and_runs_no_formula(viewer, started):
    now(started, State.EXPORTED, "1042")
    answer = viewer.get(f"/admin/sync/exportrun/{started.pk}/csv/")
    assert answer["Content-Disposition"] == (
        f'attachment; filename="paidup-export-{started.pk}.csv"'
    )
    rows = list(csv.DictReader(StringIO(b"".join(answer.streaming_content).decode())))
    assert [(r["Invoice"], r["Amount"], r["Status"]) for r in rows] == [
        ("1042", "70.00", "Exported"),
        ("1042", "30.00", "Exported"),
        ("1042", "50.00", "Exported"),
        ("7", "150.00", "Queued"),
    ]
    assert rows[3]["Customer"] == "'=Acme"


def test_drafts_are_not_listed_and_open_as_previews(exporter, started, riverside):
    payment = factories.PaymentFactory(invoice__business_unit=riverside, amount=Decimal("150.00"))
    [draft] = prepare([payment.pk], exporter.user)
    listed = exporter.get("/admin/sync/exportrun/").context["cl"].result_list
    assert [(run.pk, run.counts["chosen"], run.counts["skipped"]) for run in listed] == [
        (started.pk, 4, 0)
    ]
    answer = exporter.get(draft.get_absolute_url())
    assert answer["Location"] == f"/admin/sync/exportrun/preview/?run={draft.pk}"
    answer = exporter.get(f"/admin/sync/exportrun/preview/?run={started.pk}")
    assert answer["Location"] == started.get_absolute_url()


def test_the_page_keeps_its_queries(exporter, started, django_assert_max_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    now(started, State.FAILED, "7", error="No such item.")
    part(exporter, started)
    with CaptureQueriesContext(connection) as one:
        part(exporter, started)
    now(started, State.FAILED, "1042", error="No such item.")
    with django_assert_max_num_queries(len(one)):
        page = part(exporter, started)
    assert len(page.context["problems"]) == 4


def test_a_paused_run_says_why_and_goes_on(exporter, accountant, started):
    ExportRun.objects.update(state=ExportRun.State.PAUSED, state_detail="Three differ.")
    link = f"/admin/sync/exportrun/{started.pk}/go-on/"
    assert link not in part(exporter, started).content.decode()
    assert exporter.post(link).status_code == 403
    assert ExportRun.objects.get().state == ExportRun.State.PAUSED
    page = part(accountant, started).content.decode()
    assert "Three differ." in page
    assert link in page
    assert accountant.post(link).status_code == 302
    assert ExportRun.objects.get().state == ExportRun.State.RUNNING
    assert Event.objects.filter(action="go_on", actor=accountant.user).count() == 1


def test_a_company_that_is_left_alone_says_why_and_until_when(exporter, started):
    QuickBooksCompany.objects.update(
        paused_until=timezone.now() + timedelta(minutes=1), pause_reason="Asked to slow down."
    )
    assert "Asked to slow down. It goes on about" in part(exporter, started).content.decode()
    QuickBooksCompany.objects.update(paused_until=timezone.now())
    assert "slow down" not in part(exporter, started).content.decode()


def test_a_run_that_failed_looks_so_in_the_list(exporter, started):
    def words_and_counts():
        finish(started)
        page = exporter.get("/admin/sync/exportrun/")
        [run] = page.context["cl"].result_list
        _code, word = site.get_model_admin(ExportRun).status(run)
        assert word in page.content.decode()
        return word, run.counts["chosen"], run.counts["stopped"], run.counts["skipped"]

    now(started, State.EXPORTED, "1042")
    now(started, State.EXPORTED, "7")
    assert words_and_counts() == ("Finished", 4, 0, 0)
    now(started, State.FAILED, "7", error="No.", qbo_id="")
    assert words_and_counts() == ("Exported in part", 4, 1, 0)
    now(started, State.FAILED, "1042", error="No.", qbo_id="")
    assert words_and_counts() == ("Not exported", 4, 4, 0)

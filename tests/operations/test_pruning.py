"""What nobody needs any more goes, in pieces, and what pages still tell of stays."""

from datetime import timedelta
from io import StringIO

import pytest
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.utils import timezone
from django_q.models import Task

from sync import tasks
from sync.models import (
    CompanyRequest,
    ConnectAttempt,
    ConnectLink,
    ExportRun,
    ExportRunItem,
    UsedForm,
    WebhookEvent,
    used_forms,
)
from sync.operations import pruning
from tests import factories

pytestmark = pytest.mark.django_db


def ago(days):
    return timezone.now() - timedelta(days=days)


@pytest.fixture
def unit():
    return factories.BusinessUnitFactory(quickbooks_company=factories.QuickBooksCompanyFactory())


def preview(unit, days):
    run = ExportRun.objects.create(business_unit=unit, company=unit.quickbooks_company)
    ExportRun.objects.filter(pk=run.pk).update(created_at=ago(days))
    payment = factories.PaymentFactory(invoice__business_unit=unit)
    ExportRunItem.objects.create(run=run, payment=payment, choice="selected")
    return run


def test_old_previews_go_with_their_rows_and_runs_stay(unit, monkeypatch):
    monkeypatch.setattr(pruning, "PIECE", 2)
    for _ in range(5):
        preview(unit, 8)
    fresh, confirmed = preview(unit, 6), preview(unit, 400)
    ExportRun.objects.filter(pk=confirmed.pk).update(state="finished", confirmed_at=ago(400))
    assert pruning.prune()["previews"] == 5
    assert set(ExportRun.objects.values_list("pk", flat=True)) == {fresh.pk, confirmed.pk}
    assert ExportRunItem.objects.count() == 2


def test_the_last_request_that_was_done_of_each_kind_and_unit_stays(unit):
    company = unit.quickbooks_company

    def asked(kind, state, of=None, days=100):
        return factories.CompanyRequestFactory(
            company=company, kind=kind, state=state, business_unit=of, finished_at=ago(days)
        ).pk

    asked("proof", "done")
    last = asked("proof", "done")
    failed_since = asked("proof", "failed")
    of_unit = asked("proof", "done", unit)
    other_kind = asked("drift", "done")
    young = asked("drift", "failed", days=89)
    waiting = factories.CompanyRequestFactory(company=company, kind="proof", finished_at=None).pk
    assert pruning.prune()["requests to companies"] == 1
    assert set(CompanyRequest.objects.values_list("pk", flat=True)) == {
        last, failed_since, of_unit, other_kind, young, waiting
    }  # fmt: skip


def test_each_other_kind_keeps_what_is_young_or_not_done_with(unit):
    company, person = unit.quickbooks_company, factories.UserFactory()

    def twice(rows, field, old, young, **values):
        for number, when in enumerate((old, young)):
            row = rows.create(**{k: v(number) if callable(v) else v for k, v in values.items()})
            rows.filter(pk=row.pk).update(**{field: when})

    told = {"company": company, "entity": "Invoice", "qbo_id": "1", "key": str}
    twice(WebhookEvent.objects, "handled_at", ago(91), None, **told)
    attempt = {"business_unit": unit, "state_hash": str}
    twice(ConnectAttempt.objects, "created_at", ago(31), ago(29), **attempt)
    link = {"business_unit": unit, "created_by": person, "expires_at": timezone.now()}
    twice(ConnectLink.objects, "expires_at", ago(91), ago(89), **link)
    form = {"user": person, "page": "/", "token": str}
    twice(UsedForm.objects, "used_at", ago(8), ago(6), **form)
    task = {"started": ago(31), "stopped": ago(31), "func": "x", "name": str, "id": str}
    twice(Task.objects, "stopped", ago(31), ago(29), **task)
    session = {"session_key": str, "session_data": "", "expire_date": timezone.now()}
    twice(Session.objects, "expire_date", ago(0), ago(-1), **session)
    attempt = {"username": str, "get_data": "", "post_data": "", "failures_since_start": 1}
    twice(AccessAttempt.objects, "attempt_time", ago(31), ago(29), **attempt)
    due = {each.name: count for each, count in pruning.due()}
    counts = pruning.prune()
    assert due == counts
    assert {name: count for name, count in counts.items() if count} == {
        "changes that QuickBooks told of": 1,
        "sign-ins at Intuit that were begun": 1,
        "links to connect": 1,
        "forms that were sent": 1,
        "tasks of workers": 1,
        "sessions that lapsed": 1,
        "wrong passwords": 1,
    }
    assert list(counts) == [each.name for each in pruning.RETENTIONS]
    assert used_forms.GOOD_FOR < used_forms.KEPT


def test_a_kind_that_cannot_be_pruned_keeps_no_other(unit, monkeypatch):
    preview(unit, 8)
    broken = pruning.Retention("broken", timedelta(), lambda before: before.nonsense)
    monkeypatch.setattr(pruning, "RETENTIONS", (broken, *pruning.RETENTIONS))
    assert pruning.prune()["previews"] == 1


def test_workers_prune_at_night_and_the_command_counts_before(unit):
    preview(unit, 8)
    said = StringIO()
    call_command("prune", "--dry-run", stdout=said)
    assert "       1  previews (kept 7 days)" in said.getvalue()
    assert ExportRun.objects.count() == 1
    tasks.nightly()
    assert ExportRun.objects.count() == 0

"""Confirming while Redis is away: the export is accepted, the page says so, the sweep wakes it."""

import socket

import pytest
from django.urls import reverse
from django_q.conf import Conf
from django_q.models import OrmQ
from structlog.testing import capture_logs

from accounts.models import Role
from config import env
from sync import tasks
from sync.company import wake
from sync.exports.runs.drafts import prepare
from sync.models import ExportRun, SyncRecord
from tests.factories import MembershipFactory
from tests.form_client import FormClient

CONFIRM = reverse("admin:sync_exportrun_confirm")


@pytest.fixture
def listener():
    """A port that takes connections and never answers one."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def closed():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.fixture(params=["closed", "listener"])
def away(request, monkeypatch):
    """The product's queue in a Redis that refuses connections, or takes them and hangs."""
    port = request.getfixturevalue(request.param)
    monkeypatch.setenv("REDIS_URL", f"redis://127.0.0.1:{port}/0")
    monkeypatch.setattr(Conf, "ORM", None)
    monkeypatch.setattr(Conf, "REDIS", env.redis("REDIS_URL"))
    monkeypatch.setattr(wake, "_away", {"until": 0.0})
    return {"closed": "ConnectionError", "listener": "TimeoutError"}[request.param]


def test_confirm_is_accepted_and_the_sweep_wakes_it(
    unit, paid, away, monkeypatch, django_capture_on_commit_callbacks
):
    user = MembershipFactory(business_unit=unit, role=Role.EXPORTER).user
    client = FormClient()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    [draft] = prepare(list(paid.payments.values_list("pk", flat=True)), user)
    with capture_logs() as logs, django_capture_on_commit_callbacks(execute=True):
        answer = client.post(CONFIRM, {"run": draft.pk})
        wake.wake(unit.quickbooks_company_id)  # what else the page wakes waits for it once
    assert (answer.status_code, answer["Location"]) == (302, draft.get_absolute_url())
    said = [line for line in logs if line["event"] == "queue_is_away"]
    assert [(line["task"], line["error"]) for line in said] == [("sync.tasks.relay", away)]
    draft.refresh_from_db()
    assert draft.state == ExportRun.State.RUNNING

    monkeypatch.undo()  # Redis is back
    assert tasks.sweep() == 1
    assert [queued.func() for queued in OrmQ.objects.all()] == ["sync.tasks.relay"]
    tasks.relay(unit.quickbooks_company_id)
    draft.refresh_from_db()
    assert draft.state == ExportRun.State.FINISHED
    assert set(SyncRecord.objects.values_list("state", flat=True)) == {"exported"}


def test_another_error_is_no_queue_that_is_away(monkeypatch):
    def broken(*_call):
        raise ValueError("not the queue")

    monkeypatch.setattr(wake, "async_task", broken)
    with pytest.raises(ValueError, match="not the queue"):
        wake.enqueue("sync.tasks.relay", 1)

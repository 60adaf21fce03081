"""Law 1, once: a hold ends early only by its holder, or by who saw the holder dead."""

import os
from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.db import OperationalError
from django.utils import timezone

from sync import tasks
from sync.company import lease as leases
from sync.company.lease import Lease, acquire, end_of_dead
from sync.exports.delivery import due_work
from sync.models import BatchRequest, CompanyRequest, ExportRun, QuickBooksCompany, SyncRecord
from tests.factories import (
    BatchRequestFactory,
    ExportRunFactory,
    QuickBooksCompanyFactory,
    SyncRecordFactory,
    UserFactory,
)

SUPERVISOR = uuid4()


@pytest.fixture
def held(company, monkeypatch):
    monkeypatch.setenv(leases.SUPERVISOR, str(SUPERVISOR))
    return acquire(company.pk)


def test_what_a_dead_process_held_is_taken_over_at_once_and_what_it_sent_waits(company, held):
    batch = BatchRequestFactory(company=company, lease_token=held.token)
    look_after = BatchRequest.objects.get(pk=batch.pk).look_after
    assert end_of_dead(SUPERVISOR, [os.getpid()]) == [company.pk]
    after = acquire(company.pk)
    assert after.is_takeover
    assert BatchRequest.objects.get(pk=batch.pk).look_after == look_after


@pytest.mark.parametrize(
    ("supervisor", "pids"), [(SUPERVISOR, []), (SUPERVISOR, [1]), (uuid4(), [os.getpid()])]
)
def test_nobody_else_ends_a_hold(company, held, supervisor, pids):
    before = QuickBooksCompany.objects.values().get(pk=company.pk)
    assert end_of_dead(supervisor, pids) == []
    assert QuickBooksCompany.objects.values().get(pk=company.pk) == before
    assert acquire(company.pk) is None


def test_a_hold_of_a_command_alone_is_nobodys_to_end(company, monkeypatch):
    monkeypatch.delenv(leases.SUPERVISOR, raising=False)
    acquire(company.pk)
    row = QuickBooksCompany.objects.get(pk=company.pk)
    assert (row.lease_supervisor, row.lease_pid) == (None, os.getpid())


@pytest.mark.django_db(transaction=True)
def test_a_hold_is_let_go_when_the_database_is_back(company, held, monkeypatch):
    left = [OperationalError, OperationalError]
    release = Lease._release

    def failing(self):
        if left:
            raise left.pop()
        release(self)

    slept = []
    monkeypatch.setattr(Lease, "_release", failing)
    monkeypatch.setattr(leases.connection, "close", lambda: None)
    monkeypatch.setattr(leases.time, "sleep", slept.append)
    here = SimpleNamespace(Thread=lambda target, daemon: SimpleNamespace(start=target))
    monkeypatch.setattr(leases, "threading", here)
    held.release()
    assert slept == [leases.AGAIN_SECONDS]
    row = QuickBooksCompany.objects.get(pk=company.pk)
    assert (row.lease_token, row.lease_supervisor, row.lease_pid) == (None, None, None)


@pytest.fixture
def other(company):
    return QuickBooksCompanyFactory()


def pressed(company, **values):
    begun = {"state": ExportRun.State.RUNNING, "confirmed_at": timezone.now()}
    run = ExportRunFactory(company=company, is_single=True, **begun)
    told = {"state": SyncRecord.State.PENDING, "is_single": True, "is_sendable": True}
    return SyncRecordFactory(company=company, run=run, **told | values)


def awaited(company):
    return due_work.awaited_elsewhere(company.pk, ["verify"])


def test_a_press_elsewhere_is_awaited_where_it_can_go(company, other):
    record = pressed(other)
    assert awaited(company) == [other.pk]
    assert awaited(other) == []
    SyncRecord.objects.filter(pk=record.pk).update(is_sendable=False)
    assert awaited(company) == []


@pytest.mark.parametrize("kind", ["held", "paused", "stuck", "disconnected"])
def test_but_not_where_nobody_can_do_anything_now(company, other, kind):
    pressed(other)
    changed = {
        "held": {"lease_token": uuid4()},
        "paused": {"paused_until": "2999-01-01T00:00Z"},
        "stuck": {"stuck_since": "2026-01-01T00:00Z"},
        "disconnected": {"status": QuickBooksCompany.Status.DISCONNECTED},
    }[kind]
    QuickBooksCompany.objects.filter(pk=other.pk).update(**changed)
    assert awaited(company) == []


def test_what_a_page_asked_is_awaited_until_it_has_begun(company, other):
    asked = CompanyRequest.objects.create(company=other, kind="verify", requested_by=UserFactory())
    CompanyRequest.objects.create(company=other, kind="verify")
    assert awaited(company) == [other.pk]
    CompanyRequest.objects.filter(pk=asked.pk).update(kind="unknown")
    assert awaited(company) == []
    CompanyRequest.objects.filter(pk=asked.pk).update(kind="verify", tries=1)
    assert awaited(company) == []


def test_what_only_time_ends_is_told_with_the_time(company, held):
    assert due_work.held_up(row(company)) is None
    batch = BatchRequestFactory(company=company)
    late = timezone.now() + timedelta(seconds=60)
    sent = timezone.now() - timedelta(seconds=14)
    BatchRequest.objects.filter(pk=batch.pk).update(sent_at=sent, look_after=late)
    assert due_work.held_up(row(company)) is None
    BatchRequest.objects.filter(pk=batch.pk).update(sent_at=sent - timedelta(seconds=2))
    told = due_work.held_up(row(company))
    assert (told.until, "answer was lost" in told.reason) == (late, True)
    ended = timezone.now() - timedelta(seconds=1)
    QuickBooksCompany.objects.filter(pk=company.pk).update(lease_expires_at=ended)
    told = due_work.held_up(row(company))
    assert told.until == ended + timedelta(seconds=120)
    assert told.reason == "Another process held this company, and was heard of no more."
    # What should be over by now is no time to name.
    QuickBooksCompany.objects.filter(pk=company.pk).update(
        lease_expires_at=timezone.now() - timedelta(seconds=121)
    )
    assert due_work.held_up(row(company)).until == late
    QuickBooksCompany.objects.filter(pk=company.pk).update(paused_until=late, pause_reason="Why.")
    assert due_work.held_up(row(company)) == due_work.HeldUp("Why.", late)


def row(company):
    return QuickBooksCompany.objects.get(pk=company.pk)


def test_bulk_elsewhere_wants_a_process_after_a_short_slice(company, other, monkeypatch):
    clock = [100.0]
    monkeypatch.setattr(due_work.time, "monotonic", lambda: clock[0])
    asking = due_work.Others(company.pk, ["verify"])
    record = pressed(other)
    SyncRecord.objects.update(is_single=False)
    assert not due_work.awaited_elsewhere(company.pk, ["verify"])
    clock[0] += 9
    assert not asking.want_this_process()
    clock[0] += 1
    assert asking.want_this_process()
    SyncRecord.objects.filter(pk=record.pk).update(is_sendable=False)
    assert asking.want_this_process()
    assert not due_work.bulk_waits(company.pk)


def test_trouble_in_looking_at_others_holds_up_nothing_here(company, monkeypatch):
    def fails(*_given):
        raise ArithmeticError

    monkeypatch.setattr(due_work, "awaited_elsewhere", fails)
    clock = [100.0]
    monkeypatch.setattr(due_work.time, "monotonic", lambda: clock[0])
    asking = due_work.Others(company.pk, ["verify"])
    clock[0] += 30
    assert not asking.want_this_process()
    served = []
    monkeypatch.setattr(
        tasks.relays, "relay", lambda pk, _: served.append(pk) or tasks.relays.Ended.DONE
    )
    tasks.relay(company.pk)
    assert served == [company.pk]


def test_a_command_is_busy_while_a_process_of_it_holds_a_company_that_lives(company, held):
    assert leases.is_held_by(SUPERVISOR)
    assert not leases.is_held_by(uuid4())
    end_of_dead(SUPERVISOR, [os.getpid()])
    assert not leases.is_held_by(SUPERVISOR)


def test_a_command_that_let_go_is_not_busy(company, held):
    held.release()
    assert not leases.is_held_by(SUPERVISOR)

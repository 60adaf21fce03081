"""A wish to be woken at a time: one a company, kept by a table that knows no unique names."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_q.models import Schedule

from sync.company import wake
from sync.company.wake import wake_at

pytestmark = pytest.mark.django_db


def wishes():
    rows = Schedule.objects.filter(func="sync.tasks.relay").order_by("pk")
    return list(rows.values_list("args", "schedule_type", "repeats", "next_run"))


def test_the_later_wish_counts_and_each_company_has_its_own():
    soon = timezone.now()
    late = soon + timedelta(minutes=2)
    wake_at(7, soon)
    wake_at(8, soon)
    wake_at(7, late)
    assert wishes() == [("7", "O", -1, late), ("8", "O", -1, soon)]


def test_two_that_asked_at_once_trouble_nobody():
    soon = timezone.now()
    late = soon + timedelta(minutes=2)
    wake_at(7, soon)
    twin = Schedule.objects.get(func="sync.tasks.relay")
    twin.pk = None
    twin.save()
    wake_at(7, late)
    assert wishes() == [("7", "O", -1, late)] * 2


@pytest.mark.django_db
def test_whose_time_has_come_is_woken_once(monkeypatch):
    told = []
    monkeypatch.setattr(wake, "enqueue_relay", told.append)
    now = timezone.now()
    wake.wake_at(7, now - timedelta(seconds=1))
    wake.wake_at(8, now + timedelta(minutes=1))
    wake.wake_due()
    wake.wake_due()
    assert told == [7]
    assert list(Schedule.objects.filter(func="sync.tasks.relay").values_list("args")) == [("8",)]

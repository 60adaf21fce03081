"""Warnings by e-mail: before a connection ends and when it has, once each, with what waits."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from accounts.models import Role
from sync import tasks
from sync.company import tokens
from sync.connections.notices import tell, tell_due
from sync.models import QuickBooksCompany
from tests.connections.conftest import fresh
from tests.factories import BusinessUnitFactory, MembershipFactory, PaymentFactory


@pytest.fixture
def people(connected, owner):
    """One who can do something about it, and one who cannot."""
    MembershipFactory(business_unit=connected, role=Role.VIEWER)
    return owner


def test_end_of_a_connection_is_told_at_once_with_what_waits(people, company, connected):
    for _ in range(2):
        PaymentFactory(invoice__business_unit=connected)
    PaymentFactory(invoice__business_unit=connected, amount="1.00")
    tokens.mark_lost(company, company.access_token_expires_at)
    assert tasks.tell(company.pk) is True
    [message] = mail.outbox
    assert message.to == [people.email]
    assert message.subject == "QuickBooks needs reconnecting: Northern Lights LLC"
    assert "The connection of North to Northern Lights LLC has ended." in message.body
    assert "2 payments are waiting." in message.body
    assert "whoever has the role of administrator reconnects it" in message.body
    assert f"/quickbookscompany/unit/{connected.pk}/" in message.body
    assert tasks.tell(company.pk) is False
    assert len(mail.outbox) == 1


def test_units_of_one_company_are_named_to_those_who_hold_a_role_there(people, company, connected):
    south = BusinessUnitFactory(name="South", quickbooks_company=company)
    PaymentFactory(invoice__business_unit=south)
    both = MembershipFactory(business_unit=south, role=Role.ACCOUNTANT).user
    MembershipFactory(user=both, business_unit=connected, role=Role.VIEWER)
    tokens.mark_lost(company, company.access_token_expires_at)
    tell(company.pk)
    told = {message.to[0]: message.body for message in mail.outbox}
    assert set(told) == {people.email, both.email}
    assert "The connection of North to" in told[people.email]
    assert "0 payments are waiting." in told[people.email]
    assert "South" not in told[people.email]
    assert f"/unit/{south.pk}/" not in told[people.email]
    assert "The connection of North and South to" in told[both.email]
    assert "1 payment is waiting." in told[both.email]


def test_marking_it_lost_wakes_the_mail_once_committed(
    people, company, django_capture_on_commit_callbacks, monkeypatch
):
    woken = []
    monkeypatch.setattr("sync.company.wake.async_task", lambda *call: woken.append(call))
    with django_capture_on_commit_callbacks(execute=True):
        tokens.mark_lost(company, company.access_token_expires_at)
    assert woken == [("sync.tasks.tell", company.pk)]


def test_nobody_is_told_of_what_is_well(people, company):
    assert tell_due() == 0
    assert tell(company.pk) is False


@pytest.mark.parametrize("field", ["refresh_token_expires_at", "refresh_token_hard_expires_at"])
def test_warned_once_at_each_stage_before_the_end(people, company, field):
    sent = []
    for days in (20, 13, 12, 6, 2, 0.5, 0.4):
        ends = timezone.now() + timedelta(days=days)
        QuickBooksCompany.objects.update(**{field: ends})
        sent.append(tell_due())
    assert sent == [0, 1, 0, 1, 1, 1, 0]
    assert mail.outbox[0].subject == "QuickBooks permission ends soon: Northern Lights LLC"


def test_reconnecting_starts_the_warnings_anew(people, company):
    tokens.mark_lost(company, company.access_token_expires_at)
    tell(company.pk)
    tokens.adopt(fresh(company), {"refresh_token": "new", "access_token": "new"})
    assert fresh(company).told_of == ""


def test_mail_that_cannot_be_sent_is_tried_again(people, company, settings):
    tokens.mark_lost(company, company.access_token_expires_at)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    assert tell_due() == 0
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert tell_due() == 1

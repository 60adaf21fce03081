"""Invitations and forgotten passwords: a link that works once, and no word of who exists."""

import re

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts import invitations
from accounts.models import Membership, Role, User
from tests.factories import BusinessUnitFactory, MembershipFactory, UserFactory
from tests.form_client import FormClient

pytestmark = pytest.mark.django_db(transaction=True)
NEW = {"new_password1": "correct horse battery", "new_password2": "correct horse battery"}


@pytest.fixture
def manager():
    client = FormClient()
    client.user = UserFactory(username="adm")
    client.unit = BusinessUnitFactory(name="Riverside")
    MembershipFactory(user=client.user, business_unit=client.unit, role=Role.ADMINISTRATOR)
    client.force_login(client.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def invite(manager, person="new@example.com", role=Role.EXPORTER):
    data = {"person": person, "business_unit": manager.unit.pk, "role": role}
    return manager.post("/admin/accounts/membership/add/", data, follow=True)


def link_in(message):
    return re.search(r"http\S+/password/new/\?\S+", message.body)[0]


def set_password(link, client=None):
    client = client or Client()
    form = client.get(link, follow=True)
    return client.post(form.redirect_chain[-1][0], NEW) if form.redirect_chain else form


def forgotten(address):
    return Client().post(reverse("admin_password_reset"), {"email": address}, follow=True)


def test_who_was_invited_sets_a_password_and_signs_in(manager):
    shown = invite(manager).content.decode()
    assert "An invitation was mailed to new@example.com." in shown
    user = User.objects.get(username="new@example.com")
    assert Membership.objects.get(user=user).role == Role.EXPORTER
    [message] = mail.outbox
    assert message.to == ["new@example.com"]
    assert message.subject == "You are invited to Riverside in Paidup"
    assert "adm invites you to work in Riverside, as Exporter." in message.body
    link = link_in(message)
    assert set_password(link).status_code == 302
    assert Client().login(username="new@example.com", password=NEW["new_password1"])
    assert "does not work any more" in set_password(link).content.decode()


def test_an_invitation_is_mailed_after_it_was_stored_and_said_if_not(manager, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    assert "did not take the invitation" in invite(manager).content.decode()
    assert User.objects.filter(email="new@example.com").exists()


@pytest.mark.parametrize("person", ["somebody", "two words", "a@b", "gone@example.com"])
def test_nobody_is_invited_who_cannot_be_mailed_or_was_made_inactive(manager, person):
    UserFactory(username="somebody")  # of another unit: his name is told to nobody
    UserFactory(email="gone@example.com", is_active=False)
    before = User.objects.count()
    assert "Nobody in your business units signs in" in invite(manager, person).content.decode()
    assert (User.objects.count(), mail.outbox) == (before, [])


def test_people_are_not_invited_by_the_hundred(manager, monkeypatch):
    monkeypatch.setattr(invitations, "MOST", 2)
    for number in range(3):
        shown = invite(manager, f"p{number}@example.com").content.decode()
    assert "Many people were invited" in shown
    assert len(mail.outbox) == 2


def test_a_forgotten_password_is_set_anew_once(client):
    user = UserFactory(username="anna", email="Anna@example.com")
    forgotten("anna@example.com")
    forgotten("anna@example.com")
    [message] = mail.outbox
    assert message.to == ["Anna@example.com"]
    other = Client()
    assert set_password(link_in(message), other).status_code == 302
    user.refresh_from_db()
    assert user.check_password(NEW["new_password1"])
    cache.clear()
    forgotten("anna@example.com")
    assert link_in(mail.outbox[1]) != link_in(message)


@pytest.mark.parametrize("address", ["nobody@example.com", "gone@example.com", "anna@example.com"])
def test_the_answer_is_the_same_whoever_it_is(address):
    UserFactory(email="anna@example.com")
    UserFactory(email="gone@example.com", is_active=False)
    answer = forgotten(address)
    assert "<h1>Look into your mail</h1>" in answer.content.decode()
    assert len(mail.outbox) == (address == "anna@example.com")


def test_signing_in_leads_to_it(client):
    assert reverse("admin_password_reset") in client.get(reverse("admin:login")).content.decode()

"""The pages that Intuit asks an app for: there for everybody, and true to the code."""

import pytest
from django.urls import reverse

from accounts.models import Role
from sync.models import QuickBooksCompany

pytestmark = pytest.mark.django_db
PAGES = ["quickbooks_launch", "quickbooks_reconnect", "terms", "privacy", "quickbooks_disconnected"]


@pytest.mark.parametrize("name", PAGES)
def test_nobody_need_sign_in(client, name):
    shown = client.get(reverse(name))
    assert shown.status_code == 200
    assert client.post(reverse(name)).status_code in {403, 405}


@pytest.mark.parametrize("name", ["terms", "privacy"])
def test_the_operator_is_named(client, settings, name):
    settings.OPERATOR_NAME, settings.OPERATOR_EMAIL = "Evergreen <Services>", "office@example.com"
    text = client.get(reverse(name)).content.decode()
    assert "Evergreen &lt;Services&gt;" in text
    assert 'href="mailto:office@example.com"' in text


def test_privacy_says_how_long_files_are_kept(client, settings):
    settings.IMPORTS_KEPT_DAYS = 12
    assert "after 12 days" in client.get(reverse("privacy")).content.decode()


def test_launch_leads_who_is_signed_in_to_work(client, sign_in, riverside):
    assert (
        "/admin/login/?next=%2Fadmin%2F"
        in client.get(reverse("quickbooks_launch")).content.decode()
    )
    signed_in = sign_in(riverside, Role.VIEWER)
    assert signed_in.get(reverse("quickbooks_launch")).url == reverse("admin:index")


def test_reconnect_names_the_units_a_person_manages_and_no_other(sign_in, riverside, foreign):
    unit_page = reverse("admin:sync_businessunit_quickbooks", args=[riverside.pk])
    owner = sign_in(riverside, Role.ADMINISTRATOR)
    shown = owner.get(reverse("quickbooks_reconnect")).content.decode()
    assert "No connection of yours has ended" in shown
    assert unit_page in shown
    assert "Harbor" not in shown
    riverside.quickbooks_company.status = QuickBooksCompany.Status.NEEDS_RECONNECT
    riverside.quickbooks_company.save()
    assert "To be connected again" in owner.get(reverse("quickbooks_reconnect")).content.decode()
    viewer = sign_in(riverside, Role.VIEWER)
    assert unit_page not in viewer.get(reverse("quickbooks_reconnect")).content.decode()


def test_reconnect_tells_a_stranger_nothing_of_any_unit(client, riverside):
    shown = client.get(reverse("quickbooks_reconnect")).content.decode()
    assert "Riverside" not in shown
    assert "/admin/login/?next=%2Fquickbooks%2Freconnect%2F" in shown

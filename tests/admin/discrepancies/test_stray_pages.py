"""Found in QuickBooks: who sees it, and who may say that it was dealt with."""

import pytest
from django.utils import timezone

from accounts.models import Role
from sync.models import Event, Stray
from tests.factories import (
    BusinessUnitFactory,
    MembershipFactory,
    QuickBooksCompanyFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
LIST = "/admin/sync/stray/"


@pytest.fixture
def stray():
    company = QuickBooksCompanyFactory()
    return Stray.objects.create(
        company=company,
        business_unit=BusinessUnitFactory(quickbooks_company=company),
        kind="invoice",
        qbo_id="77",
        marker="Paidup riverside 1",
        name="LATE-1, 150.00",
        words="Delete it there.",
        changed_at=timezone.now(),
    )


@pytest.fixture
def sign_in(client):
    def as_(role, unit):
        person = UserFactory()
        MembershipFactory(user=person, business_unit=unit, role=role)
        client.force_login(person)
        return person

    return as_


def say_dealt_with(client, stray):
    chosen = {"action": "say_dealt_with", "_selected_action": [stray.pk]}
    return client.post(LIST, chosen, follow=True).content.decode()


def test_an_accountant_sees_it_and_takes_it_off(client, sign_in, stray):
    person = sign_in(Role.ACCOUNTANT, stray.business_unit)
    text = client.get(LIST).content.decode()
    assert "Invoice LATE-1, 150.00" in text
    assert "Delete it there." in text
    page = client.get(f"{LIST}{stray.pk}/change/").content.decode()
    assert ("Delete it there." in page, "Marker" in page) == (True, False)
    assert "Found in QuickBooks" in client.get("/admin/").content.decode()
    assert "1 dealt with." in say_dealt_with(client, stray)
    stray.refresh_from_db()
    assert (stray.settled_at is not None, stray.settled_by) == (True, person)
    assert Event.objects.get().action == "stray_dealt_with"
    assert "LATE-1" not in client.get(LIST).content.decode()


def test_what_an_export_will_find_stays(client, sign_in, stray):
    sign_in(Role.ACCOUNTANT, stray.business_unit)
    Stray.objects.update(is_exportable=True)
    assert "1 stay: export them" in say_dealt_with(client, stray)
    assert Stray.objects.get().settled_at is None


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EXPORTER])
def test_others_see_it_and_change_nothing(client, sign_in, stray, role):
    sign_in(role, stray.business_unit)
    assert "LATE-1" in client.get(LIST).content.decode()
    say_dealt_with(client, stray)
    assert Stray.objects.get().settled_at is None


def test_people_of_another_unit_do_not_see_it(client, sign_in, stray):
    sign_in(Role.ACCOUNTANT, BusinessUnitFactory())
    assert "LATE-1" not in client.get(LIST).content.decode()
    say_dealt_with(client, stray)
    assert Stray.objects.get().settled_at is None

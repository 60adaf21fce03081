"""People and roles: superusers add people, administrators give roles in their own units."""

import pytest

from accounts.models import Membership, Role, User
from tests.factories import BusinessUnitFactory, MembershipFactory, UserFactory
from tests.form_client import FormClient

pytestmark = pytest.mark.django_db
ROLES = "/admin/accounts/membership/"
PEOPLE = "/admin/accounts/user/"


def signed_in(**person):
    client = FormClient()
    client.user = UserFactory(**person)
    client.force_login(client.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def manager():
    """An administrator of one unit, and no more than a viewer in another."""
    client = signed_in(username="adm")
    client.own = BusinessUnitFactory(name="Riverside")
    client.other = BusinessUnitFactory(name="Harbor")
    MembershipFactory(user=client.user, business_unit=client.own, role=Role.ADMINISTRATOR)
    MembershipFactory(user=client.user, business_unit=client.other, role=Role.VIEWER)
    return client


def roles():
    return set(Membership.objects.values_list("user__username", "business_unit__name", "role"))


def give(client, unit, person, role=Role.EXPORTER):
    return client.post(f"{ROLES}add/", {"person": person, "business_unit": unit.pk, "role": role})


def test_an_administrator_gives_roles_in_own_units_only(manager):
    UserFactory(username="dana", email="Dana@example.com")
    before = roles()
    answer = give(manager, manager.other, "dana@example.com")
    assert set(answer.context["adminform"].form.errors) == {"business_unit"}
    assert roles() == before
    assert give(manager, manager.own, "dana@example.com").status_code == 302
    assert roles() == before | {("dana", "Riverside", "exporter")}
    answer = give(manager, manager.own, "dana", Role.VIEWER)
    assert "dana already has a role in Riverside: change that one." in answer.content.decode()


@pytest.mark.parametrize("person", ["nobody", "gone", "twin@example.com", ""])
def test_a_role_is_given_to_one_person_who_signs_in(manager, person):
    UserFactory(username="gone", is_active=False)
    UserFactory(email="twin@example.com")
    UserFactory(email="twin@example.com")
    before = roles()
    answer = give(manager, manager.own, person)
    assert set(answer.context["adminform"].form.errors) == {"person"}
    assert roles() == before


def test_roles_of_other_units_are_not_found(manager):
    own = MembershipFactory(business_unit=manager.own)
    other = MembershipFactory(business_unit=manager.other, role=Role.EXPORTER)
    listed = manager.get(ROLES).context["cl"].result_list
    assert {role.business_unit for role in listed} == {manager.own}
    data = {"role": Role.ADMINISTRATOR}
    assert manager.post(f"{ROLES}{other.pk}/change/", data).status_code == 404
    assert manager.post(f"{ROLES}{other.pk}/delete/", {"post": "yes"}).status_code == 404
    other.refresh_from_db()
    assert other.role == Role.EXPORTER
    assert manager.post(f"{ROLES}{own.pk}/change/", data).status_code == 302
    own.refresh_from_db()
    assert own.role == Role.ADMINISTRATOR


def test_a_role_keeps_its_person_and_unit(manager):
    role = MembershipFactory(business_unit=manager.own)
    data = {"role": Role.VIEWER, "user": manager.user.pk, "business_unit": manager.other.pk}
    assert manager.post(f"{ROLES}{role.pk}/change/", data).status_code == 302
    person, unit = role.user_id, role.business_unit_id
    role.refresh_from_db()
    assert (role.user_id, role.business_unit_id, role.role) == (person, unit, Role.VIEWER)


def test_accountants_see_nothing_of_roles_and_people():
    client = signed_in()
    MembershipFactory(user=client.user, role=Role.ACCOUNTANT)
    for page in (ROLES, f"{ROLES}add/", PEOPLE, f"{PEOPLE}add/"):
        assert client.get(page).status_code == 403


def test_people_are_for_superusers_alone(manager):
    for page in (PEOPLE, f"{PEOPLE}add/", f"{PEOPLE}{manager.user.pk}/change/"):
        assert manager.get(page).status_code == 403
    manager.post(f"{PEOPLE}{manager.user.pk}/change/", {"is_superuser": "on"})
    manager.user.refresh_from_db()
    assert not manager.user.is_superuser


def test_a_superuser_adds_people_with_their_roles():
    client = signed_in(is_superuser=True)
    unit = BusinessUnitFactory(name="Riverside")
    data = {
        "username": "dana",
        "email": "dana@example.com",
        "usable_password": "true",
        "password1": "correct horse battery",
        "password2": "correct horse battery",
        "memberships-TOTAL_FORMS": "1",
        "memberships-INITIAL_FORMS": "0",
        "memberships-0-business_unit": unit.pk,
        "memberships-0-role": Role.ACCOUNTANT,
    }
    assert client.post(f"{PEOPLE}add/", data).status_code == 302
    dana = User.objects.get(username="dana")
    assert (dana.is_staff, dana.is_superuser) == (True, False)
    assert dana.check_password("correct horse battery")
    assert roles() == {("dana", "Riverside", "accountant")}


def test_someone_made_inactive_sees_nothing(manager):
    User.objects.filter(pk=manager.user.pk).update(is_active=False)
    assert manager.get(ROLES).status_code == 302


@pytest.mark.parametrize("page", ["change", "history", "password", "delete"])
def test_nobody_learns_which_people_there_are(manager, page):
    other = UserFactory()
    pages = [f"{PEOPLE}{pk}/{page}/" for pk in (other.pk, 987654)]
    assert {manager.get(each).status_code for each in pages} == {403}
    assert {manager.post(each).status_code for each in pages} <= {400, 403}
    assert len({manager.post(each).status_code for each in pages}) == 1

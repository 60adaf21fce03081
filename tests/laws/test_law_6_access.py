"""Law 6: what each role may, in its own unit and nowhere else."""

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.access import (
    AccessDenied,
    Capability,
    holds_everything,
    may,
    require,
    roles_with,
    unit_ids,
    units_by_capability,
)
from accounts.models import Role
from tests.factories import BusinessUnitFactory, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db
MAY = {
    Role.VIEWER: {Capability.VIEW},
    Role.EXPORTER: {Capability.VIEW, Capability.EXPORT},
    Role.ACCOUNTANT: {Capability.VIEW, Capability.EXPORT, Capability.RESOLVE},
    Role.ADMINISTRATOR: set(Capability),
}


@pytest.fixture
def other():
    return BusinessUnitFactory()


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("capability", list(Capability))
def test_what_a_role_may_in_its_unit_and_in_no_other(role, capability, other):
    given = MembershipFactory(role=role)
    person, unit_id = given.user, given.business_unit_id
    allowed = capability in MAY[role]
    assert may(person, capability, unit_id) is allowed
    assert may(person, capability) is allowed
    assert not may(person, capability, other.pk)
    assert list(unit_ids(person, capability)) == [unit_id] * allowed
    assert units_by_capability(person)[capability] == ({unit_id} if allowed else set())
    assert (role in roles_with(capability)) is allowed
    with pytest.raises(AccessDenied):
        require(person, capability, other.pk)
    if allowed:
        require(person, capability, unit_id)
    else:
        with pytest.raises(AccessDenied):
            require(person, capability, unit_id)


@pytest.mark.parametrize("capability", list(Capability))
def test_who_is_not_active_may_nothing(capability, other):
    given = MembershipFactory(role=Role.ADMINISTRATOR, user=UserFactory(is_active=False))
    gone = UserFactory(is_active=False, is_superuser=True)
    assert not may(given.user, capability, given.business_unit_id)
    assert not may(given.user, capability)
    assert not units_by_capability(given.user)[capability]
    assert not may(gone, capability, other.pk)
    assert not holds_everything(gone)


@pytest.mark.parametrize("capability", list(Capability))
def test_a_superuser_and_the_command_line_may_everything(capability, other):
    person = UserFactory(is_superuser=True)
    assert holds_everything(person)
    assert may(person, capability, other.pk)
    require(person, capability, other.pk)
    require(None, capability, other.pk)


@pytest.mark.parametrize("capability", list(Capability))
def test_nobody_in_particular_may_nothing(capability, other):
    MembershipFactory(business_unit=other, role=Role.ADMINISTRATOR)
    for person in (AnonymousUser(), UserFactory()):
        assert not holds_everything(person)
        assert not may(person, capability)
        assert not may(person, capability, other.pk)
        assert list(unit_ids(person, capability)) == []
        assert not units_by_capability(person)[capability]

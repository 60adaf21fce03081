"""Who may see and do what: the one place that turns roles into answers."""

from enum import StrEnum

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import Membership, Role, User


class Capability(StrEnum):
    """What a role allows in a unit."""

    VIEW = "view"
    EXPORT = "export"
    RESOLVE = "resolve"  # mappings, failures, refunds
    MANAGE = "manage"  # connections and roles


_LOWEST_ROLE = {
    Capability.VIEW: Role.VIEWER,
    Capability.EXPORT: Role.EXPORTER,
    Capability.RESOLVE: Role.ACCOUNTANT,
    Capability.MANAGE: Role.ADMINISTRATOR,
}
_RANK = {role: rank for rank, role in enumerate(Role)}


class AccessDenied(Exception):
    """The person holds no role that allows this in the unit."""


def roles_with(capability: Capability) -> list[Role]:
    """Return the roles that have the capability."""
    lowest = _RANK[_LOWEST_ROLE[capability]]
    return [role for role in Role if _RANK[role] >= lowest]


def unit_ids(user: User | AnonymousUser, capability: Capability) -> QuerySet[Membership, int]:
    """Return the ids of the units where the person has the capability, as a subquery.

    Superusers are not special here; ask `holds_everything` first.
    """
    return Membership.objects.filter(
        user_id=user.pk or 0, user__is_active=True, role__in=roles_with(capability)
    ).values_list("business_unit_id", flat=True)


def units_by_capability(user: User | AnonymousUser) -> dict[Capability, frozenset[int]]:
    """Return the same ids for every capability, read in one query."""
    held = Membership.objects.filter(user_id=user.pk or 0, user__is_active=True)
    roles = list(held.values_list("business_unit_id", "role"))
    allowing = {capability: set(roles_with(capability)) for capability in Capability}
    return {
        capability: frozenset(unit_id for unit_id, role in roles if role in allowed)
        for capability, allowed in allowing.items()
    }


def holds_everything(user: User | AnonymousUser) -> bool:
    """Say whether the person is a superuser of the site."""
    return bool(user.is_active and user.is_superuser)


def may(user: User | AnonymousUser, capability: Capability, unit_id: int | None = None) -> bool:
    """Say whether the person has the capability in the unit, or in any unit where none is given."""
    if holds_everything(user):
        return True
    if not user.is_authenticated:
        return False
    units = unit_ids(user, capability)
    return (units if unit_id is None else units.filter(business_unit_id=unit_id)).exists()


def require(user: User | None, capability: Capability, unit_id: int) -> None:
    """Raise AccessDenied unless the person may; None is the command line, which may."""
    if user is not None and not may(user, capability, unit_id):
        raise AccessDenied(_("You hold no role in this business unit that allows this."))

"""In which units a person may do what, asked of a request or of a person who is not there."""

from collections.abc import Callable, Set
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db.models import QuerySet

from accounts.access import Capability, holds_everything, units_by_capability
from accounts.models import User
from sync.models import BusinessUnit
from sync.models.sql import within_units


@dataclass(frozen=True, slots=True)
class Sight:
    """What a person sees; `held` answers for each capability with ids of units, None for all."""

    held: Callable[[Capability], Set[int] | None]

    def may(self, capability: Capability) -> bool:
        """Say whether the person has the capability in any unit."""
        held = self.held(capability)
        return held is None or bool(held)

    def units(self, capability: Capability) -> QuerySet[BusinessUnit]:
        """Return the units where the person has the capability."""
        return within_units(self.held(capability), BusinessUnit.objects.all(), "pk")

    def within(self, rows: QuerySet[Any], capability: Capability) -> QuerySet[Any]:
        """Limit rows to those of units where the person has the capability."""
        return within_units(self.held(capability), rows)


def sight_of(person: User) -> Sight:
    """Return what a person sees now, by the roles that are stored; each is read once."""

    @cache
    def by_capability() -> dict[Capability, frozenset[int]]:
        return units_by_capability(person)

    def held(capability: Capability) -> frozenset[int] | None:
        return None if holds_everything(person) else by_capability()[capability]

    return Sight(held)

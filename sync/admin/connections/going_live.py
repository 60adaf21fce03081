"""The page that says how far a unit is on the road to its real books."""

from typing import Any

from django.http import HttpRequest

from accounts.access import Capability
from sync.admin.common.base import unit_or_404
from sync.operations.going_live import addresses, next_of, steps_of


def context_of(request: HttpRequest, unit_id: int) -> dict[str, Any]:
    """Return what the page shows, to whoever manages the unit."""
    unit = unit_or_404(request, unit_id, Capability.MANAGE)
    steps = steps_of(unit)
    return {
        "unit": unit,
        "steps": steps,
        "next": next_of(steps),
        "done": sum(step.is_done for step in steps),
        "addresses": addresses(),
    }

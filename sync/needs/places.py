"""Where things are listed, by the names of the admin's lists."""

from django.urls import reverse
from django.utils.http import urlencode

from sync.models import BusinessUnit, CustomerMatch


def list_of(model: str, **narrowed: str | int) -> str:
    """Return the address of a model's list, narrowed by its filters."""
    page = reverse(f"admin:sync_{model}_changelist")
    return f"{page}?{urlencode(narrowed)}" if narrowed else page


def matches_of(
    unit: BusinessUnit, standing: CustomerMatch.Standing = CustomerMatch.Standing.CERTAIN
) -> str:
    """Return the address of a unit's customers to match."""
    return list_of("customermatch", unit=unit.pk, standing=standing.value)


def setup_of(unit: BusinessUnit) -> str:
    """Return the address of a unit's connection to QuickBooks."""
    return reverse("admin:sync_businessunit_quickbooks", args=[unit.pk])

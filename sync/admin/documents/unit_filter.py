"""Business units by what keeps them from exporting, for their list and for the first page."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, TextChoices
from django.http import HttpRequest

from sync.admin.common.theme import DropdownFilter
from sync.models import BusinessUnit, QuickBooksCompany, UnitSetup

Status = QuickBooksCompany.Status


class Lacking(TextChoices):
    """What a unit needs before anything of it is exported; a unit lacks one of them at most."""

    RECONNECTION = "reconnection", "Connect to QuickBooks again"
    GOING_ON = "going-on", "Exports stopped"
    CONNECTION = "connection", "Not connected to QuickBooks"
    SETUP = "setup", "Set-up not finished"


def lacking(units: QuerySet[BusinessUnit], what: Lacking) -> QuerySet[BusinessUnit]:
    """Keep the units that lack it."""
    connected = Q(quickbooks_company__status=Status.CONNECTED)
    is_stuck = Q(quickbooks_company__stuck_since__isnull=False)
    finished = UnitSetup.objects.filter(
        business_unit=OuterRef("pk"),
        company=OuterRef("quickbooks_company"),
        finished_at__isnull=False,
    )
    narrowed = {
        Lacking.RECONNECTION: Q(quickbooks_company__status=Status.NEEDS_RECONNECT),
        Lacking.GOING_ON: connected & is_stuck,
        Lacking.CONNECTION: Q(quickbooks_company=None)
        | Q(quickbooks_company__status=Status.DISCONNECTED),
        Lacking.SETUP: connected & ~is_stuck & ~Exists(finished),
    }
    return units.filter(narrowed[what])


class LackingFilter(DropdownFilter):
    """By what keeps a unit from exporting."""

    title = "what is missing"
    parameter_name = "lacking"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(value), str(label)) for value, label in Lacking.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return lacking(queryset, Lacking(value)) if value in Lacking.values else queryset

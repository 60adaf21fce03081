"""Business units by what keeps them from exporting."""

from django.db.models import Exists, OuterRef, Q, QuerySet, TextChoices

from sync.models import BusinessUnit, QuickBooksCompany, UnitSetup
from sync.words import later as _

Status = QuickBooksCompany.Status


class Lacking(TextChoices):
    """What a unit needs before anything of it is exported; a unit lacks one of them at most."""

    RECONNECTION = "reconnection", _("Connect to QuickBooks again")
    GOING_ON = "going-on", _("Exports stopped")
    CONNECTION = "connection", _("Not connected to QuickBooks")
    SETUP = "setup", _("Set-up not finished")


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

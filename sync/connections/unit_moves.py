"""Which units post to a company, and what keeps a unit from leaving the one it posts to."""

from collections.abc import Callable

from django.db.models import Count, Q, QuerySet

from sync.models import BusinessUnit, QuickBooksCompany, SyncRecord

State = SyncRecord.State


def other_units(company: QuickBooksCompany, unit: BusinessUnit) -> list[BusinessUnit]:
    """Return the other units that post to the company."""
    return list(company.business_units.exclude(pk=unit.pk))


def refuse_to_leave(
    unit: BusinessUnit, realm_id: str, refusal: Callable[[str, BusinessUnit], Exception]
) -> None:
    """Raise the refusal while a document of the unit is unsettled in another company than this."""
    records = SyncRecord.objects.filter(business_unit=unit).exclude(company__realm_id=realm_id)
    if words := unsettled(records):
        raise refusal(
            f"{unit} cannot be connected to another company yet: {words}. "
            "Let them finish, and settle the uncertain ones, then connect.",
            unit,
        )


def unsettled(records: QuerySet[SyncRecord]) -> str:
    """Say what of these records is on its way or uncertain; empty when nothing is."""
    counts = records.aggregate(
        moving=Count("pk", filter=Q(state=State.IN_FLIGHT)),
        uncertain=Count("pk", filter=Q(state=State.UNCERTAIN)),
    )
    parts = [
        f"{counts[key]} {'document is' if counts[key] == 1 else 'documents are'} {what}"
        for key, what in (("moving", "being exported"), ("uncertain", "uncertain in QuickBooks"))
        if counts[key]
    ]
    return " and ".join(parts)

"""Which units post to a company, and what keeps a unit from leaving the one it posts to."""

from collections.abc import Callable

from django.db.models import Count, Q, QuerySet

from sync.models import BusinessUnit, QuickBooksCompany, SyncRecord
from sync.words import both, stored, stored_count, together

State = SyncRecord.State


def other_units(company: QuickBooksCompany, unit: BusinessUnit) -> list[BusinessUnit]:
    """Return the other units that post to the company."""
    return list(company.business_units.exclude(pk=unit.pk))


def refuse_to_leave(
    unit: BusinessUnit, realm_id: str, refusal: Callable[[str, BusinessUnit], Exception]
) -> None:
    """Raise the refusal while something of the unit waits or is unsettled in another company.

    What is uncertain in a company that cannot be spoken to stays so, and stops nothing here.
    """
    elsewhere = SyncRecord.objects.filter(business_unit=unit).exclude(company__realm_id=realm_id)
    lost = Q(state=State.UNCERTAIN) & ~Q(company__status=QuickBooksCompany.Status.CONNECTED)
    words = unsettled(elsewhere.exclude(lost))
    queued = elsewhere.filter(company=unit.quickbooks_company_id, state=State.PENDING)
    if not words and not queued.exists():
        return
    then = (
        stored("Let them finish, and settle the uncertain ones, then connect.")
        if words and can_be_spoken_to(unit.quickbooks_company)
        else stored("Disconnect it first, which takes back what waits, then connect.")
    )
    words = words or stored("documents are queued there")
    raise refusal(
        together(
            stored(
                "%(unit)s cannot be connected to another company yet: %(words)s.",
                unit=unit,
                words=words,
            ),
            then,
        ),
        unit,
    )


def can_be_spoken_to(company: QuickBooksCompany | None) -> bool:
    """Say whether waiting for a company can be of use; no company is none to wait for."""
    return company is None or company.is_connected


def unsettled(records: QuerySet[SyncRecord]) -> str:
    """Say what of these records is on its way or uncertain; empty when nothing is."""
    counts = records.aggregate(
        moving=Count("pk", filter=Q(state=State.IN_FLIGHT)),
        uncertain=Count("pk", filter=Q(state=State.UNCERTAIN)),
    )
    moving = stored_count(
        "%(count)s document is being exported",
        "%(count)s documents are being exported",
        counts["moving"],
    )
    uncertain = stored_count(
        "%(count)s document is uncertain in QuickBooks",
        "%(count)s documents are uncertain in QuickBooks",
        counts["uncertain"],
    )
    return both([moving] * bool(counts["moving"]) + [uncertain] * bool(counts["uncertain"]))

"""Whose customers in QuickBooks are: those of units that share a company are not told to all.

A customer that only units hold in which a person has no role is neither named nor linked to.
"""

from typing import Any

from django.db.models import QuerySet

from accounts.access import Capability, holds_everything, unit_ids
from accounts.models import User
from sync.models import SyncRecord
from sync.words import stored

OF_OTHERS = stored(
    "It is a customer of another unit that posts to this company. Somebody with a "
    "role in both can link the two."
)


def held_by_others(company_id: int, person: User) -> QuerySet[SyncRecord, Any]:
    """Return the ids in QuickBooks of customers that only units of others hold, as a subquery."""
    held = SyncRecord.objects.filter(company=company_id, kind=SyncRecord.Kind.CUSTOMER)
    held = held.exclude(qbo_id="")
    if holds_everything(person):
        return held.none().values_list("qbo_id", flat=True)
    seen = held.filter(business_unit__in=unit_ids(person, Capability.VIEW))
    others = held.exclude(qbo_id__in=seen.values("qbo_id"))
    return others.values_list("qbo_id", flat=True)

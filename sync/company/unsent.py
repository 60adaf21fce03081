"""What is planned and committed, and of which not one byte has left."""

from collections.abc import Collection

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from sync.company.lease import Lease
from sync.models import BatchRequest, SyncRecord

State = SyncRecord.State


def unsent(company_id: int) -> QuerySet[BatchRequest]:
    """Return what is planned and has not left, be it of a process that was killed."""
    return BatchRequest.objects.filter(
        company=company_id, settled_at__isnull=True, sent_at__isnull=True
    )


def give_back(lease: Lease) -> None:
    """Let everything wait again that is planned and has not left; for the holder of the lease."""
    with transaction.atomic():
        lease.lock()
        put_back(unsent(lease.company_id).values_list("pk", flat=True))


def put_back(batches: Collection[int]) -> None:
    """Let the documents of these requests wait again, as if they had never been planned."""
    ids = list(batches)
    SyncRecord.objects.filter(batch__in=ids, state=State.IN_FLIGHT).update(
        state=State.PENDING, batch=None, tries=F("tries") - 1
    )
    BatchRequest.objects.filter(pk__in=ids).update(settled_at=Now(), body="")

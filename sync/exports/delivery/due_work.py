"""What a company waits for: whether there is work, and when the next may be done."""

from collections.abc import Collection
from datetime import datetime
from functools import partial

from django.db.models import Min
from django.db.models.functions import Now
from django.utils import timezone

from sync.company.isolation import attempt
from sync.exports.delivery import recovery
from sync.exports.delivery.planner import sendable
from sync.exports.runs import balances
from sync.models import BatchRequest, CompanyRequest, ExportRun, QuickBooksCompany


def is_paused(company_id: int) -> bool:
    """Say whether the company is to be left alone for now."""
    return QuickBooksCompany.objects.filter(pk=company_id, paused_until__gt=Now()).exists()


def has_work(company_id: int, kinds: Collection[str]) -> bool:
    """Say whether a relay that serves requests of these kinds would find something to do now."""
    return (
        CompanyRequest.objects.filter(
            company=company_id,
            kind__in=kinds,
            state__in=[CompanyRequest.State.WAITING, CompanyRequest.State.RUNNING],
        ).exists()
        or recovery.due(company_id) is not None
        or BatchRequest.objects.unsent(company_id).exists()
        or balances.has_stale(company_id)
        or ExportRun.objects.filter(
            company=company_id, state=ExportRun.State.RUNNING, enqueued_at__isnull=True
        ).exists()
        or sendable(company_id).exists()
    )


def waiting_companies(kinds: Collection[str]) -> list[int]:
    """Return the connected companies that have work and are not paused: what a sweep wakes.

    Also those that were stuck: whether they still are, only a relay finds out.
    """
    companies = QuickBooksCompany.objects.filter(status=QuickBooksCompany.Status.CONNECTED)
    free = companies.exclude(paused_until__gt=Now()).values_list("pk", "stuck_since")
    waiting = []
    for pk, stuck_since in free:
        found = attempt(partial(has_work, pk, kinds), company=pk)
        if stuck_since is not None or found:  # trouble is found out by the relay, too
            waiting.append(pk)
    return waiting


def next_time(company_id: int) -> datetime | None:
    """Return when a pause ends or looking for a write becomes conclusive, whichever is first."""
    paused_until = QuickBooksCompany.objects.values_list("paused_until", flat=True).get(
        pk=company_id
    )
    unsettled = BatchRequest.objects.unsettled(company_id)
    look_after = unsettled.aggregate(first=Min("look_after"))["first"]
    times = [at for at in (paused_until, look_after) if at and at > timezone.now()]
    return min(times, default=None)

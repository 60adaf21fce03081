"""What a company waits for: whether there is work, and when the next may be done."""

import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db.models import Exists, Min, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from sync.company.isolation import attempt
from sync.exports.delivery.planner import sendable
from sync.exports.runs import balances
from sync.models import BatchRequest, CompanyRequest, ExportRun, QuickBooksCompany

LOOK_SECONDS = 1.0
# Seconds that a company is worked for where another one waits; its pace recovers meanwhile.
SHORT_SLICE = 10.0
# What was sent is answered before; QuickBooks takes as long only where something is wrong.
SILENT_AFTER = timedelta(seconds=15)


def is_to_be_left(company_id: int) -> tuple[bool, bool]:
    """Say whether the company is paused now, and whether somebody waits for it at a page."""
    rows = QuickBooksCompany.objects.filter(pk=company_id)
    row = rows.annotate(is_paused=Q(paused_until__gt=Now()), is_wanted=Q(wanted_until__gt=Now()))
    is_paused, is_wanted = row.values_list("is_paused", "is_wanted").get()
    return bool(is_paused), bool(is_wanted)  # none where there is no time


def has_work(company_id: int, kinds: Collection[str]) -> bool:
    """Say whether a relay that serves requests of these kinds would find something to do now."""
    return (
        CompanyRequest.objects.filter(
            company=company_id,
            kind__in=kinds,
            state__in=[CompanyRequest.State.WAITING, CompanyRequest.State.RUNNING],
        ).exists()
        or look_due(company_id) is not None
        or BatchRequest.objects.unsent(company_id).exists()
        or balances.has_stale(company_id)
        or ExportRun.objects.filter(
            company=company_id, state=ExportRun.State.RUNNING, enqueued_at__isnull=True
        ).exists()
        or sendable(company_id).exists()
    )


def look_due(company_id: int, under_way: Collection[int] = ()) -> BatchRequest | None:
    """Return a request whose outcome can be found out now; none that is under way here."""
    return (
        BatchRequest.objects.unsettled(company_id)
        .filter(look_after__lte=Now())
        .exclude(pk__in=under_way)
        .order_by("look_after", "pk")
        .first()
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


@dataclass(frozen=True, slots=True)
class HeldUp:
    """Why a company's export stands still now, in words, and when it goes on by itself."""

    reason: str
    until: datetime


def held_up(company: QuickBooksCompany) -> HeldUp | None:
    """Return what a company waits for that only time ends, None where it waits for nothing."""
    now = timezone.now()
    if company.paused_until and company.paused_until > now:
        return HeldUp(company.pause_reason, company.paused_until)
    limit = timedelta(seconds=settings.QUICKBOOKS_SERVER_LIMIT)
    ends = company.lease_expires_at
    if ends and ends < now < ends + limit:  # from then on it is taken over by whoever comes
        words = _("Another process held this company, and was heard of no more.")
        return HeldUp(words, ends + limit)
    silent = BatchRequest.objects.unsettled(company.pk).filter(
        sent_at__lt=now - SILENT_AFTER, look_after__gt=now
    )
    first = silent.aggregate(first=Min("look_after"))["first"]
    words = _(
        "Some documents were sent, and their answer was lost. Whether they arrived is looked up"
        " once QuickBooks has entered them or never will."
    )
    return HeldUp(words, first) if first else None


def awaited_elsewhere(company_id: int, kinds: Collection[str]) -> list[int]:
    """Return the other companies in which people wait for something now, and nobody works.

    That is a document exported by itself, or what a page asked of QuickBooks and was not begun.
    """
    pressed = ExportRun.objects.filter(
        company=OuterRef("pk"), is_single=True, state=ExportRun.State.RUNNING
    )
    asked = CompanyRequest.objects.filter(
        company=OuterRef("pk"),
        kind__in=kinds,
        state=CompanyRequest.State.WAITING,
        tries=0,
        requested_by__isnull=False,
    )
    found = (
        _free(company_id)
        .annotate(is_asked=Exists(asked))
        .filter(Q(Exists(pressed)) | Q(is_asked=True))
    )
    return [
        pk
        for pk, is_asked in found.values_list("pk", "is_asked")
        if is_asked or sendable(pk).filter(is_single__in=[True]).exists()
    ]


def bulk_waits(company_id: int) -> bool:
    """Say whether another company has something to send now, and no process."""
    running = ExportRun.objects.filter(company=OuterRef("pk"), state=ExportRun.State.RUNNING)
    others = _free(company_id).filter(Exists(running)).values_list("pk", flat=True)
    return any(sendable(pk).exists() for pk in others)


def _free(company_id: int) -> QuerySet[QuickBooksCompany]:
    """Return the other companies that could be worked for now."""
    connected = QuickBooksCompany.objects.filter(status=QuickBooksCompany.Status.CONNECTED)
    free = connected.filter(lease_token=None, stuck_since=None).exclude(pk=company_id)
    return free.exclude(paused_until__gt=Now()).order_by("pk")


class Others:
    """Whether other companies want this process, looked at now and then; once found, it stays so.

    What people wait for wants it at once; bulk work that nobody does, after a short slice.
    """

    def __init__(self, company_id: int, kinds: Collection[str]) -> None:
        self._company_id, self._kinds = company_id, kinds
        self._short_slice_ends = time.monotonic() + SHORT_SLICE
        self._look_at = time.monotonic() + LOOK_SECONDS
        self._found = False

    def want_this_process(self) -> bool:
        if not self._found and time.monotonic() >= self._look_at:
            # What is wrong with others is found out by their own relays, and holds up nothing here.
            self._found = attempt(self._are_found, company=self._company_id) is True
            self._look_at = time.monotonic() + LOOK_SECONDS
        return self._found

    def _are_found(self) -> bool:
        if awaited_elsewhere(self._company_id, self._kinds):
            return True
        return time.monotonic() >= self._short_slice_ends and bulk_waits(self._company_id)


def next_time(company_id: int) -> datetime | None:
    """Return when a pause ends or looking for a write becomes conclusive, whichever is first."""
    paused_until = QuickBooksCompany.objects.values_list("paused_until", flat=True).get(
        pk=company_id
    )
    unsettled = BatchRequest.objects.unsettled(company_id)
    look_after = unsettled.aggregate(first=Min("look_after"))["first"]
    times = [at for at in (paused_until, look_after) if at and at > timezone.now()]
    return min(times, default=None)

"""The lease: one process at a time speaks to a QuickBooks company.

All times are the database's. A holder that was killed is replaced when its lease has expired *and*
Intuit's own time-out has passed, so that nothing of it can still arrive. What a lease cannot
exclude is a process that stalls between its last check and its write; `requestid` covers that.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db.models import F, Q
from django.db.models.functions import Now

from sync.models import QuickBooksCompany


class LeaseLost(Exception):
    """Another process holds the company now: stop, and write nothing about it."""


@dataclass(frozen=True, slots=True)
class Lease:
    """This process's hold on one company."""

    company_id: int
    token: UUID
    is_takeover: bool = False

    def renew(self) -> None:
        """Make the lease last its full time from now; call it just before each request."""
        held = QuickBooksCompany.objects.filter(pk=self.company_id, lease_token=self.token)
        if not held.update(lease_expires_at=Now() + timedelta(seconds=settings.QUICKBOOKS_LEASE)):
            raise LeaseLost

    def lock(self) -> None:
        """Hold the company's row until the current transaction ends, or raise LeaseLost."""
        rows = QuickBooksCompany.objects.select_for_update(no_key=True).values_list("lease_token")
        if rows.get(pk=self.company_id) != (self.token,):
            raise LeaseLost

    def release(self) -> None:
        """Let the next process have the company at once."""
        QuickBooksCompany.objects.filter(pk=self.company_id, lease_token=self.token).update(
            lease_token=None, lease_expires_at=None
        )


def _grace() -> timedelta:
    return timedelta(seconds=settings.QUICKBOOKS_SERVER_LIMIT)


def acquire(company_id: int) -> Lease | None:
    """Take the company, or return None while another process holds it."""
    token = uuid4()
    if _take(Q(lease_token__isnull=True), company_id, token):
        return Lease(company_id, token)
    if _take(Q(lease_expires_at__lt=Now() - _grace()), company_id, token):
        return Lease(company_id, token, is_takeover=True)
    return None


def _take(free: Q, company_id: int, token: UUID) -> bool:
    taken = QuickBooksCompany.objects.filter(free, pk=company_id).update(
        lease_token=token,
        lease_expires_at=Now() + timedelta(seconds=settings.QUICKBOOKS_LEASE),
        session_serial=F("session_serial") + 1,
    )
    return bool(taken)


def is_held(company_id: int) -> bool:
    """Say whether a process holds the company, or held it too recently to be replaced."""
    return QuickBooksCompany.objects.filter(
        pk=company_id, lease_token__isnull=False, lease_expires_at__gte=Now() - _grace()
    ).exists()

"""The lease: one process at a time speaks to a QuickBooks company.

All times are the database's. A holder that was killed is replaced when its lease has expired *and*
Intuit's own time-out has passed, so that nothing of it can still arrive. What a lease cannot
exclude is a process that stalls between its last check and its write; `requestid` covers that.

A person at a page goes before workers: the holder sees that she waits, lets go after what it has
under way, and no worker takes the company until she has had it or given up.

A worker command names itself and a file to the processes that it starts: by its name it ends what
a dead one held; once the file is there, they begin nothing new.
"""

import os
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.models import F, Q
from django.db.models.functions import Now

from sync.company.wake import enqueue_relay
from sync.models import QuickBooksCompany

log = structlog.get_logger(__name__)

SUPERVISOR = "PAIDUP_SUPERVISOR"
STOP_SIGN = "PAIDUP_STOP_SIGN"
# Seconds between tries to let a company go while the database takes nothing.
AGAIN_SECONDS = 2.0
# How long a person waits for a company that a worker holds, in seconds, and between her tries; each
# renews her wish, which lapses by itself.
PATIENCE, TRY_SECONDS = 10.0, 0.2
WISH = timedelta(seconds=2)


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
        """Let the next process have the company at once, or as soon as the database takes it."""
        try:
            self._release()
        except (DatabaseError, InterfaceError) as error:
            if connection.in_atomic_block:
                raise
            log.warning("lease.kept", company=self.company_id, error=type(error).__name__)
            connection.close()  # it died; the hold need not outlive it
            threading.Thread(target=self._release_later, daemon=True).start()

    def _release(self) -> None:
        QuickBooksCompany.objects.filter(pk=self.company_id, lease_token=self.token).update(
            lease_token=None, lease_expires_at=None, lease_supervisor=None, lease_pid=None
        )

    def _release_later(self) -> None:
        """Try, on a connection of this thread's own, until it is done or the lease is over."""
        ends = time.monotonic() + settings.QUICKBOOKS_LEASE
        while time.monotonic() < ends:
            try:
                self._release()
            except (DatabaseError, InterfaceError):
                time.sleep(AGAIN_SECONDS)
            else:
                break
            finally:
                connection.close()


def _grace() -> timedelta:
    return timedelta(seconds=settings.QUICKBOOKS_SERVER_LIMIT)


def acquire(company_id: int) -> Lease | None:
    """Take the company, or return None while another process holds it or a person waits for it."""
    return _acquire(company_id, Q(wanted_until=None) | Q(wanted_until__lte=Now()))


@contextmanager
def hold_for_person(company_id: int) -> Iterator[Lease | None]:
    """Hold the company for somebody who waits at a page, or yield None where it stays held.

    Workers go on with it afterwards.
    """
    lease = None
    try:
        lease = _acquire(company_id) or _wait_for(company_id)
        if lease is not None and lease.is_takeover:
            # Not a session: the next one looks through what the process before may have done.
            QuickBooksCompany.objects.filter(pk=company_id).update(known_epochs=[])
        yield lease
    finally:
        if lease is not None:
            lease.release()
        enqueue_relay(company_id)  # a worker that let go, or found it wanted, gave up


def _wait_for(company_id: int) -> Lease | None:
    wanted = QuickBooksCompany.objects.filter(pk=company_id)
    lease, ends = None, time.monotonic() + PATIENCE
    while lease is None and time.monotonic() < ends:
        wanted.update(wanted_until=Now() + WISH)
        time.sleep(TRY_SECONDS)
        lease = _acquire(company_id)
    if lease is None:
        wanted.update(wanted_until=None)
    return lease


def _acquire(company_id: int, *allowed: Q) -> Lease | None:
    token, over = uuid4(), Q(lease_expires_at__lt=Now() - _grace())
    if _take(company_id, token, Q(lease_token=None), *allowed):
        return Lease(company_id, token)
    if _take(company_id, token, over, *allowed):
        return Lease(company_id, token, is_takeover=True)
    return None


def _take(company_id: int, token: UUID, *free: Q) -> bool:
    taken = QuickBooksCompany.objects.filter(*free, pk=company_id).update(
        lease_token=token,
        lease_expires_at=Now() + timedelta(seconds=settings.QUICKBOOKS_LEASE),
        lease_supervisor=_supervisor(),
        lease_pid=os.getpid(),
        session_serial=F("session_serial") + 1,
        wanted_until=None,  # another who waits says so again
    )
    return bool(taken)


def _supervisor() -> UUID | None:
    """Return the name of the worker command that started this process, if one did."""
    name = os.environ.get(SUPERVISOR)
    return UUID(name) if name else None


def is_asked_to_end() -> bool:
    """Say whether this process is to end what it has under way, and begin nothing."""
    sign = os.environ.get(STOP_SIGN)
    return sign is not None and Path(sign).exists()


def end_of_dead(supervisor: UUID, pids: Collection[int]) -> list[int]:
    """Let the companies of dead processes be taken over at once; return their ids.

    Only the command that started these processes, on this host, and saw them dead may say so.
    What they had sent waits out Intuit's limit all the same (`BatchRequest.look_after`).
    """
    theirs = QuickBooksCompany.objects.filter(
        lease_supervisor=supervisor, lease_pid__in=pids, lease_token__isnull=False
    )
    ids = list(theirs.values_list("pk", flat=True))
    theirs.update(lease_expires_at=Now() - _grace() - timedelta(seconds=1))
    return ids


def is_held_by(supervisor: UUID) -> bool:
    """Say whether a process of this command has a company in its hands."""
    return QuickBooksCompany.objects.filter(
        lease_supervisor=supervisor, lease_token__isnull=False, lease_expires_at__gte=Now()
    ).exists()


def is_held(company_id: int) -> bool:
    """Say whether a process holds the company, or held it too recently to be replaced."""
    return QuickBooksCompany.objects.filter(
        pk=company_id, lease_token__isnull=False, lease_expires_at__gte=Now() - _grace()
    ).exists()

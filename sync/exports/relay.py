"""The relay: drains one company's outbox under its lease, one write after the other.

Order of work: what pages asked for; writes whose outcome is unknown; runs that are not all in the
outbox yet; then the next batch. It stops when there is nothing it can do now, when its time slice
is over, or when the company asks for a pause.
"""

import time
from collections.abc import Mapping
from enum import Enum

import structlog
from django.conf import settings
from django.db.models.functions import Now
from django.utils import timezone

from sync.connections import requests, tokens, verification
from sync.connections.lease import LeaseLost
from sync.connections.requests import Handler
from sync.connections.sessions import CompanySession, open_session
from sync.connections.wake import enqueue_relay
from sync.exports import balances, recovery, runs, settling
from sync.exports.planner import Planned, plan_batch
from sync.models import (
    BatchRequest,
    CompanyRequest,
    ExportRun,
    QuickBooksCompany,
    SyncRecord,
)
from sync.quickbooks.client import NotSent, OutcomeUnknown, QuickBooksFault, TransportError
from sync.quickbooks.faults import Fault, Outcome

log = structlog.get_logger(__name__)

Handlers = Mapping[str, Handler]

COMPANY_PAUSE = 300.0
POLL_SECONDS = 0.2


class Ended(Enum):
    """Why a relay stopped."""

    DONE = "nothing to do now"
    HELD = "another process holds the company"
    SLICE = "its time slice is over"
    PAUSED = "the company is paused"
    NOT_CONNECTED = "there is no usable connection"


def relay(company_id: int, handlers: Handlers) -> Ended:
    """Drain a company for one time slice, and wake the next relay where work is left."""
    try:
        with open_session(company_id) as session:
            ended = _drain(session, handlers) if session else Ended.HELD
    except tokens.SignInUnavailable:
        _pause(
            company_id, settings.QUICKBOOKS_RETRY_PAUSE, "Intuit's sign-in service does not answer."
        )
        return Ended.PAUSED
    except tokens.NotConnected as ended_connection:
        requests.fail_waiting(company_id, str(ended_connection))
        return Ended.NOT_CONNECTED
    except LeaseLost:
        return Ended.HELD
    # Asked again after the lease is free: what came in the meantime found it held and gave up.
    if ended is Ended.SLICE or (ended is Ended.DONE and has_work(company_id)):
        enqueue_relay(company_id)
    return ended


def _drain(session: CompanySession, handlers: Handlers) -> Ended:
    ends = time.monotonic() + settings.QUICKBOOKS_TIME_SLICE
    while time.monotonic() < ends:
        if is_paused(session.company.pk):
            return Ended.PAUSED
        try:
            if not _step(session, handlers):
                return Ended.DONE
        except QuickBooksFault as refused:
            _after_fault(session, refused.fault)
        except TransportError:
            settling.pause(
                session.company, settings.QUICKBOOKS_RETRY_PAUSE, "QuickBooks does not answer."
            )
    return Ended.SLICE


def _step(session: CompanySession, handlers: Handlers) -> bool:
    """Do the next piece of work; say whether there was any."""
    if requests.serve(session, handlers):
        return True
    if (batch := recovery.due(session.company.pk)) is not None:
        planned = recovery.recover(session, batch)
        if planned is not None:
            _send(session, planned)
        return True
    if _prepare_runs(session) or balances.read_stale(session):
        return True
    planned = plan_batch(session)
    if planned is None:
        _finish_runs(session.company.pk)
        return False
    _send(session, planned)
    return True


def _prepare_runs(session: CompanySession) -> bool:
    """Read the company's settings anew for each run, and put the run into the outbox."""
    for run in runs.running(session.company.pk):
        if run.preferences_read_at is None:
            verification.read_preferences(session)
            run.preferences_read_at = timezone.now()
            run.save(update_fields=["preferences_read_at"])
            return True
        if run.enqueued_at is None:
            runs.enqueue(run)
            return True
    return False


def _send(session: CompanySession, planned: Planned) -> None:
    """Write a committed request, with no transaction open, and settle what is answered."""
    batch = planned.batch
    session.pacer.before_batch()
    try:
        answer = session.client.send_batch(batch.body.encode(), batch.request_id)
    except NotSent:
        settling.never_sent(session, batch)
        raise
    except OutcomeUnknown:
        log.warning("export.unanswered", request=batch.request_id, company=batch.company_id)
        settling.unanswered(session, batch)
        raise
    fault = settling.settle(session, planned, answer)
    log.info(
        "export.batch",
        company=batch.company_id,
        request=batch.request_id,
        items=len(planned.records),
        status=answer.status,
        intuit_tid=answer.intuit_tid,
    )
    if fault is not None:
        _after_fault(session, fault)


def _after_fault(session: CompanySession, fault: Fault) -> None:
    """Do what a fault asks of the company as a whole."""
    if fault.outcome == Outcome.REAUTHORIZE:
        session.client.use_token(tokens.renew(session.company))
        session.renewals += 1
        if session.renewals > 1:  # a fresh token is refused too: do not hammer the sign-in
            settling.pause(session.company, settings.QUICKBOOKS_RETRY_PAUSE, fault.words)
    elif fault.throttled:
        settling.pause(session.company, settings.QUICKBOOKS_THROTTLE_PAUSE, fault.words)
    elif fault.company_wide and fault.outcome == Outcome.BLOCKED:
        settling.pause(session.company, COMPANY_PAUSE, fault.words)
    else:
        settling.pause(session.company, settings.QUICKBOOKS_RETRY_PAUSE, fault.words)


def _finish_runs(company_id: int) -> None:
    for run in runs.running(company_id):
        runs.finish(run)


def _pause(company_id: int, seconds: float, words: str) -> None:
    settling.pause(QuickBooksCompany.objects.get(pk=company_id), seconds, words)


def is_paused(company_id: int) -> bool:
    """Say whether the company is to be left alone for now."""
    return QuickBooksCompany.objects.filter(pk=company_id, paused_until__gt=Now()).exists()


def has_work(company_id: int) -> bool:
    """Say whether a relay would find something to do for the company now."""
    return (
        CompanyRequest.objects.filter(
            company=company_id,
            state__in=[CompanyRequest.State.WAITING, CompanyRequest.State.RUNNING],
        ).exists()
        or recovery.due(company_id) is not None
        or ExportRun.objects.filter(
            company=company_id, state=ExportRun.State.RUNNING, enqueued_at__isnull=True
        ).exists()
        or SyncRecord.objects.filter(
            company=company_id, state=SyncRecord.State.PENDING, is_sendable=True
        )
        .exclude(run__state=ExportRun.State.PAUSED)
        .exists()
    )


def waiting_companies() -> list[int]:
    """Return the connected companies that have work and are not paused: what a sweep wakes."""
    companies = QuickBooksCompany.objects.filter(status=QuickBooksCompany.Status.CONNECTED)
    free = companies.exclude(paused_until__gt=Now()).values_list("pk", flat=True)
    return [pk for pk in free if has_work(pk)]


def in_doubt(company_id: int) -> bool:
    """Say whether any write of the company has no known outcome yet."""
    return BatchRequest.objects.filter(company=company_id, settled_at__isnull=True).exists()


def drain(run: ExportRun, handlers: Handlers) -> int:
    """Stay until a run is at rest, draining its company here unless another process does.

    Returns the requests that were made to the company meanwhile. A dead connection ends the wait:
    what is queued stays queued.
    """
    if run.company_id is None:
        return 0
    before = _api_calls(run.company_id)
    while run.state == ExportRun.State.RUNNING:
        ended = relay(run.company_id, handlers)
        if ended is Ended.NOT_CONNECTED:
            break
        run.refresh_from_db()
        if run.state == ExportRun.State.RUNNING and ended is not Ended.SLICE:
            time.sleep(POLL_SECONDS)
    return _api_calls(run.company_id) - before


def _api_calls(company_id: int) -> int:
    return QuickBooksCompany.objects.values_list("api_calls", flat=True).get(pk=company_id)

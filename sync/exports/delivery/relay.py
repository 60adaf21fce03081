"""The relay: drains one company's outbox under its lease, several writes under way at a time.

Order of work: answers; requests of pages; writes of unknown outcome; one piece of a long read that
has begun; the next writes, awaited ones one by one and bulk in batches; the rest of runs that are
not whole in the outbox. The relay stops when it can do nothing now, when its time slice is over, or
when the company asks for a pause, and never while a write is under way.
"""

import time
from collections.abc import Mapping, Sequence
from enum import Enum
from functools import partial

import structlog
from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from sync.company import requests, tokens
from sync.company.isolation import Trouble, apart, attempt, say_going_on, say_stuck
from sync.company.lanes import Lanes, Write
from sync.company.lease import LeaseLost, is_asked_to_end
from sync.company.requests import Handler
from sync.company.sessions import CompanySession, open_session
from sync.company.wake import enqueue_relay, wake_at
from sync.exports.delivery import (
    doubtful,
    refused_references,
    settling,
    strays,
)
from sync.exports.delivery.due_work import Others, has_work, is_to_be_left, look_due, next_time
from sync.exports.delivery.planner import Planned, WritesAhead, mark_as_sent, sendable
from sync.exports.delivery.taxes import handshake as tax_handshake
from sync.exports.runs import runs
from sync.models import BatchRequest, ExportRun, QuickBooksCompany, SyncRecord
from sync.quickbooks.answers import Answer
from sync.quickbooks.client import NotSent, QuickBooksFault, TransportError
from sync.quickbooks.faults import Fault, Outcome
from sync.words import stored, words_of

log = structlog.get_logger(__name__)

Handlers = Mapping[str, Handler]

POLL_SECONDS = 1.0
WAIT_SECONDS = 0.2
# Writes are planned a little before their turn, and wait for it in their thread.
AHEAD_SECONDS = 0.4
# Answers of bulk that come so close together are settled together; people do not wait for that.
GATHER_SECONDS = 0.6
MOST_RENEWALS = 2


class Ended(Enum):
    """Why a relay stopped, as commands and the log say it."""

    DONE = "nothing to do now"
    HELD = "another process holds the company"
    SLICE = "its time slice is over"
    YIELDED = "another company waits, or a person for this one"
    STOPPING = "this process is to stop"
    PAUSED = "the company is paused"
    BLOCKED = "QuickBooks refuses the company as a whole"
    NOT_CONNECTED = "there is no usable connection"
    STUCK = "something unexpected stops it"


_GOES_ON = (Ended.SLICE, Ended.YIELDED, Ended.STOPPING)


def relay(company_id: int, handlers: Handlers) -> Ended:
    """Drain a company for one time slice, and wake the next relay where work is left.

    Where an unexpected error stops it, the company says so, and the sweep has it tried again.
    """
    ended = attempt(partial(_relay, company_id, handlers), company=company_id)
    if isinstance(ended, Trouble):
        say_stuck(company_id, ended)
        return Ended.STUCK
    return ended


def _relay(company_id: int, handlers: Handlers) -> Ended:
    if is_asked_to_end():
        enqueue_relay(company_id)  # for another cluster, or the next one
        return Ended.STOPPING
    try:
        with open_session(company_id) as session:
            ended = _drain(session, handlers) if session else Ended.HELD
    except tokens.SignInUnavailable:
        _pause(
            company_id,
            settings.QUICKBOOKS_RETRY_PAUSE,
            stored("Intuit's sign-in service does not answer."),
        )
        ended = Ended.PAUSED
    except tokens.NotConnected as ended_connection:
        requests.fail_waiting(company_id, words_of(ended_connection))
        return Ended.NOT_CONNECTED
    except LeaseLost:
        return Ended.HELD
    # Asked again after the lease is free: what came in the meantime found it held and gave up.
    if ended in _GOES_ON or (ended is Ended.DONE and has_work(company_id, handlers)):
        enqueue_relay(company_id)
    elif ended is not Ended.HELD and (when := next_time(company_id)) is not None:
        wake_at(company_id, when)
    return ended


def _drain(session: CompanySession, handlers: Handlers) -> Ended:
    ends = time.monotonic() + settings.QUICKBOOKS_TIME_SLICE
    requests.take_up_again(session.company.pk)
    with WritesAhead(session) as ahead, Lanes[Planned](session) as lanes:
        try:
            ended = attempt(
                partial(_work, session, lanes, ahead, handlers, ends), company=session.company.pk
            )
        except tokens.NotConnected:
            _settle_rest(session, lanes, ahead)
            raise
        if isinstance(ended, Trouble):
            session.set_aside(ended)
            _settle_rest(session, lanes, ahead)
            ended = Ended.STUCK
    if not session.is_stuck:
        say_going_on(session.company)
    return ended


def _work(
    session: CompanySession,
    lanes: Lanes[Planned],
    ahead: WritesAhead,
    handlers: Handlers,
    ends: float,
) -> Ended:
    others = Others(session.company.pk, handlers)
    while True:
        ended = _must_end(session, ends, others)
        has_moved = ended is None and _guarded_step(session, lanes, ahead, handlers)
        if not (has_moved or lanes.tickets):
            if ended is not None:
                return ended
            if not (ahead or sendable(session.company.pk, session.units_aside).exists()):
                _finish_runs(session, runs.running(session.company.pk))
                return Ended.STUCK if session.is_stuck else Ended.DONE
        seconds = 0.0 if has_moved else _until_pace(session)
        for fault, renewals in _settle_answers(session, lanes, ahead, seconds):
            _after_fault(session, fault, renewals)


def _settle_rest(session: CompanySession, lanes: Lanes[Planned], ahead: WritesAhead) -> None:
    """Settle what is under way: it is answered whatever stops the rest."""
    while lanes.tickets:
        _settle_answers(session, lanes, ahead, POLL_SECONDS)


def _finish_runs(session: CompanySession, rows: QuerySet[ExportRun]) -> None:
    for _, trouble in apart(list(rows), runs.finish, company=session.company.pk).out:
        session.set_aside(trouble)


def _settle_answers(
    session: CompanySession, lanes: Lanes[Planned], ahead: WritesAhead, seconds: float
) -> list[tuple[Fault, int]]:
    """Settle what is answered, waiting for the first one so long; return the company's faults.

    Each comes with how often the token had been renewed when its write left.
    """
    is_awaited = any(planned.is_awaited for planned in lanes.tickets)
    outcomes = lanes.answered(seconds, 0.0 if is_awaited else GATHER_SECONDS)
    faults = _settle(session, outcomes)
    records = [record for planned, _ in outcomes for record in planned.records]
    attempt(partial(settling.note_refused, session, records), company=session.company.pk)
    if any(record.state == SyncRecord.State.MISMATCH for record in records):
        session.has_tax_probes = True
        ahead.give_back()  # its run may be paused by it, and then nothing more of it goes
    if any(planned.is_awaited for planned, _ in outcomes):
        # Whoever waits for it does not wait for bulk.
        _finish_runs(session, runs.running(session.company.pk).filter(is_single=True))
    return faults


def _settle(
    session: CompanySession, outcomes: Sequence[tuple[Planned, Answer | TransportError]]
) -> list[tuple[Fault, int]]:
    """Settle what became of some writes; return the company's faults, as `_settle_answers` does."""
    for planned, outcome in outcomes:
        _log(planned, outcome)
    silent = [(p, outcome) for p, outcome in outcomes if isinstance(outcome, TransportError)]
    # What cannot be written down stays unknown: it was marked as sent, so it is looked for.
    apart(silent, lambda one: _settle_silence(session, *one), company=session.company.pk)
    answered = [(p, outcome) for p, outcome in outcomes if not isinstance(outcome, TransportError)]
    faults = settling.settle(session, answered) if answered else []
    if None in faults:
        session.renewals_in_vain = 0
    return [
        (fault, planned.renewals)
        for (planned, _), fault in zip(answered, faults, strict=True)
        if fault is not None
    ]


def _must_end(session: CompanySession, ends: float, others: Others) -> Ended | None:
    if session.is_blocked:
        return Ended.BLOCKED
    is_paused, is_wanted = is_to_be_left(session.company.pk)
    if is_paused:
        return Ended.PAUSED
    if session.refused:
        return None  # that is known to this session alone until it is found out for what
    if is_asked_to_end():
        return Ended.STOPPING
    if is_wanted or others.want_this_process():
        return Ended.YIELDED
    return Ended.SLICE if time.monotonic() >= ends else None


def _guarded_step(
    session: CompanySession, lanes: Lanes[Planned], ahead: WritesAhead, handlers: Handlers
) -> bool:
    """Do the next piece of work; a fault of a read is the company's."""
    try:
        return _step(session, lanes, ahead, handlers)
    except QuickBooksFault as refused:
        _after_fault(session, refused.fault, session.renewals)
    except TransportError:
        _rest(session)
    return True


def _step(
    session: CompanySession, lanes: Lanes[Planned], ahead: WritesAhead, handlers: Handlers
) -> bool:
    """Do the next piece of work; say whether there was any."""
    asked = requests.asked(session.company.pk, handlers)
    # Before the looks: why a company refuses to be looked through, only a check of it tells.
    if requests.serve(session, asked, handlers):
        return True
    if _has_told(session) or _has_looked(session, ahead) or tax_handshake.go_on(session):
        return True
    if (batch := _due(session, lanes)) is not None:
        planned = doubtful.recover(session, batch)
        if planned is not None:
            _send(session, lanes, [planned])
        return True
    # A long read or linking hands over after each piece, to what is pressed meanwhile and to bulk.
    has_gone_on = requests.go_on(session, asked, handlers)
    # Bulk enters the outbox in the pauses of sending, so nobody waits until all of it is there.
    return _fill(session, lanes, ahead) or has_gone_on or _enqueue(session)


def _due(session: CompanySession, lanes: Lanes[Planned]) -> BatchRequest | None:
    """Return a request to look for, where the lanes have room for what may be sent again."""
    if not (lanes.room(is_batch=False) > 0 and _may_batch(session, lanes)):
        return None
    return look_due(session.company.pk, [planned.batch.pk for planned in lanes.tickets])


def _has_told(session: CompanySession) -> bool:
    """Find out what was refused for what; say whether there was any.

    An error that nobody expected stops nothing: QuickBooks' own words stand.
    """
    refused, session.refused = session.refused, []
    if refused:
        attempt(partial(refused_references.tell, session, refused), company=session.company.pk)
    return bool(refused)


def _has_looked(session: CompanySession, ahead: WritesAhead) -> bool:
    """Look for strays where that is due; say whether it was.

    Where nothing is to be written, a company that refuses it is not left alone for that: a person
    may be mending it, and checks it again.
    """
    try:
        return strays.look_through(session) or strays.look_for_claimed(session)
    except QuickBooksFault as refused:
        is_of_company = refused.fault.company_wide and refused.fault.outcome == Outcome.BLOCKED
        if not is_of_company or ahead or sendable(session.company.pk).exists():
            raise
        return False


def _fill(session: CompanySession, lanes: Lanes[Planned], ahead: WritesAhead) -> bool:
    """Send what the lanes may, one batch at most; say whether another may follow at once."""
    pacer, may_follow = session.pacer, False
    if (free := min(lanes.room(is_batch=False), pacer.room())) and pacer.wait() < AHEAD_SECONDS:
        _send(session, lanes, ahead.commit_urgent_writes(free))
    if _may_batch(session, lanes):
        # A batch that is not full waits for those under way: they let go what will fill it.
        has_sent = _send(session, lanes, ahead.next_batch(only_full=bool(lanes.tickets)))
        may_follow = has_sent and _may_batch(session, lanes)
    free = min(lanes.room(is_batch=False), pacer.room(is_bulk=True))
    may_spare = settings.QUICKBOOKS_BULK_LANES == "both" and free
    if may_spare and pacer.wait(is_bulk=True) < AHEAD_SECONDS:
        _send(session, lanes, ahead.next_singles(free))
    return may_follow


def _may_batch(session: CompanySession, lanes: Lanes[Planned]) -> bool:
    wait = session.pacer.wait(is_batch=True, is_bulk=True)
    return lanes.room(is_batch=True) > 0 and wait < AHEAD_SECONDS


def _send(session: CompanySession, lanes: Lanes[Planned], going: Sequence[Planned]) -> bool:
    """Hand writes to their lanes; say whether there were any."""
    if going:
        writes = [
            Write(planned.batch.target, planned.batch.body.encode(), planned.batch.request_id)
            for planned in going
        ]
        lanes.send(list(zip(going, writes, strict=True)), partial(mark_as_sent, session, going))
    return bool(going)


def _until_pace(session: CompanySession) -> float:
    """Return how long nothing new can be sent, at most the time after which to look around."""
    wait = session.pacer.wait(is_batch=True, is_bulk=True) - AHEAD_SECONDS
    return min(wait, POLL_SECONDS) if wait > 0 else POLL_SECONDS


def _settle_silence(session: CompanySession, planned: Planned, outcome: TransportError) -> None:
    """Settle a write that got no answer: it never left, or nobody knows what became of it."""
    if isinstance(outcome, NotSent):
        settling.never_sent(session, planned)
    else:
        settling.unanswered(session, planned.batch)
    _rest(session)


def _log(planned: Planned, outcome: Answer | TransportError) -> None:
    batch = planned.batch
    about = {
        "company": batch.company_id,
        "runs": sorted({record.run_id for record in planned.records if record.run_id}),
        "request": batch.request_id,
        "items": len(planned.records),
    }
    if isinstance(outcome, TransportError):
        log.warning("export.unanswered", **about)
    else:
        log.info("export.answered", **about, status=outcome.status, intuit_tid=outcome.intuit_tid)


def _enqueue(session: CompanySession) -> bool:
    """Put one more chunk of a run into the outbox; say whether there was any."""
    waiting = runs.running(session.company.pk).filter(enqueued_at=None)
    if session.units_aside:
        waiting = waiting.exclude(business_unit__in=session.units_aside)
    run = waiting.first()
    if run is None:
        return False
    if isinstance(trouble := attempt(partial(runs.enqueue, run), run=run.pk), Trouble):
        session.set_aside(trouble, [run.business_unit_id])
    return True


def _after_fault(session: CompanySession, fault: Fault, renewals: int) -> None:
    """Do what a fault asks of the company; it answers what was sent after that many renewals."""
    if fault.outcome == Outcome.REAUTHORIZE:
        if renewals != session.renewals:
            return  # it left before the token was renewed
        if session.renewals_in_vain == MOST_RENEWALS:  # do not hammer the sign-in
            _block(session, fault)
            return
        session.use_token(tokens.renew(session.company))
        session.renewals += 1
        session.renewals_in_vain += 1
    elif fault.throttled:
        settling.throttled(session, fault)
    elif fault.company_wide and fault.outcome == Outcome.BLOCKED:
        _block(session, fault)
    else:
        settling.pause(session.company, settings.QUICKBOOKS_RETRY_PAUSE, fault.words)


def _block(session: CompanySession, fault: Fault) -> None:
    session.is_blocked = True
    settling.pause(session.company, settings.QUICKBOOKS_BLOCKED_PAUSE, fault.words)


def _rest(session: CompanySession) -> None:
    settling.pause(
        session.company, settings.QUICKBOOKS_RETRY_PAUSE, stored("QuickBooks does not answer.")
    )


def _pause(company_id: int, seconds: float, words: str) -> None:
    settling.pause(QuickBooksCompany.objects.get(pk=company_id), seconds, words)


def drain(run: ExportRun, handlers: Handlers) -> int:
    """Stay until a run is at rest, draining its company here unless another process does.

    Returns the requests that were made to the company meanwhile. A dead connection ends the wait:
    what is queued stays queued. So does an unexpected error.
    """
    if run.company_id is None:
        return 0
    before = _api_calls(run.company_id)
    while run.state == ExportRun.State.RUNNING:
        ended = relay(run.company_id, handlers)
        if ended in {Ended.NOT_CONNECTED, Ended.BLOCKED, Ended.STUCK}:
            break
        run.refresh_from_db()
        if run.state == ExportRun.State.RUNNING and ended is not Ended.SLICE:
            time.sleep(_seconds_to_wait(run.company_id))
    return _api_calls(run.company_id) - before


def _seconds_to_wait(company_id: int) -> float:
    when = next_time(company_id)
    seconds = (when - timezone.now()).total_seconds() if when else WAIT_SECONDS
    return min(max(seconds, 0.01), POLL_SECONDS)


def _api_calls(company_id: int) -> int:
    return QuickBooksCompany.objects.values_list("api_calls", flat=True).get(pk=company_id)

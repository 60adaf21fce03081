"""What pages ask of a company: small rows, served by whoever holds its lease, before bulk work.

What takes long is served in pieces, and lets what came meanwhile go in between.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, TypeAlias

from django.db import transaction
from django.db.models import F

from accounts.models import User
from sync.company.isolation import Trouble, attempt
from sync.company.sessions import CompanySession
from sync.company.tokens import NotConnected, renew
from sync.company.wake import wake
from sync.models import BusinessUnit, CompanyRequest, QuickBooksCompany
from sync.quickbooks.client import QuickBooksFault, TransportError
from sync.quickbooks.faults import Outcome
from sync.words import stored, words_of

# Returns the result, or None after a piece of it: then it goes on later, from the place it kept.
Result: TypeAlias = Mapping[str, object]
Handler: TypeAlias = Callable[[CompanySession, CompanyRequest], Result | None]
State = CompanyRequest.State

UNFINISHED = (State.WAITING, State.RUNNING, State.LOOKING)
# A request whose server was killed is served again, but not for ever.
MOST_TRIES = 3


class RequestFailed(Exception):
    """What was asked cannot be had; the text is for the page."""


class LookLater(Exception):
    """A write got no answer: the request goes on by `look_now`, once looking is conclusive."""


def ask(
    company: QuickBooksCompany,
    kind: str,
    *,
    unit: BusinessUnit | None = None,
    actor: User | None = None,
    **params: Any,
) -> CompanyRequest:
    """Write down what is asked and wake the company's relay once that is committed.

    Asked twice before it was begun, the row that waits already is returned.
    """
    with transaction.atomic():
        QuickBooksCompany.objects.select_for_update(no_key=True).get(pk=company.pk)
        asked = {"company": company, "kind": kind, "business_unit": unit}
        waiting = CompanyRequest.objects.filter(**asked, state=State.WAITING)
        # Compared as they are read: the database may hold an older version of the same.
        same = (each for each in waiting if each.params == params and not each.place)
        request = next(same, None) or CompanyRequest.objects.create(
            **asked, params=params, requested_by=actor
        )
        wake(company.pk)
    return request


def progress(request: CompanyRequest, step: str, done: int, total: int) -> None:
    """Say what is being done now, for the page that watches."""
    request.step, request.steps_done, request.steps_total = step, done, total
    request.save(update_fields=["step", "steps_done", "steps_total"])


def keep_place(request: CompanyRequest, place: Mapping[str, object]) -> None:
    """Keep where a request goes on, also after its server was killed."""
    request.place = place
    request.save(update_fields=["place"])


def asked(company_id: int, handlers: Mapping[str, Handler]) -> list[CompanyRequest]:
    """Return what waits to be served, the oldest first."""
    waiting = CompanyRequest.objects.filter(company_id=company_id, state=State.WAITING)
    return [request for request in waiting.order_by("id") if request.kind in handlers]


def serve(
    session: CompanySession, waiting: Iterable[CompanyRequest], handlers: Mapping[str, Handler]
) -> bool:
    """Serve the first that has not begun yet; say whether there was one."""
    return _serve_first(session, (one for one in waiting if not one.place), handlers)


def go_on(
    session: CompanySession, waiting: Iterable[CompanyRequest], handlers: Mapping[str, Handler]
) -> bool:
    """Serve one more piece of the first that was begun; say whether there was one."""
    return _serve_first(session, (one for one in waiting if one.place), handlers)


def serve_whole(session: CompanySession, handlers: Mapping[str, Handler]) -> None:
    """Serve the oldest thing asked, and all that was begun, for who does nothing else meanwhile."""
    company_id = session.company.pk
    serve(session, asked(company_id, handlers), handlers)
    while go_on(session, asked(company_id, handlers), handlers):
        pass


def _serve_first(
    session: CompanySession, waiting: Iterator[CompanyRequest], handlers: Mapping[str, Handler]
) -> bool:
    request = next(waiting, None)
    if request is not None:
        serve_one(session, request, handlers[request.kind])
    return request is not None


def take_up_again(company_id: int) -> None:
    """Let requests wait again whose server lost the company; only for the holder of the lease."""
    left = CompanyRequest.objects.filter(company_id=company_id, state=State.RUNNING)
    left.filter(tries__lt=MOST_TRIES).update(state=State.WAITING)
    words = stored("It was interrupted %(most)s times. Please start it again.", most=MOST_TRIES)
    left.filter(tries__gte=MOST_TRIES).finish(State.FAILED, error=words)


def fail_waiting(company_id: int, words: str) -> None:
    """Fail everything that waits, where the company cannot be spoken to at all."""
    waiting = CompanyRequest.objects.filter(company_id=company_id, state__in=UNFINISHED)
    waiting.finish(State.FAILED, error=words)


def serve_one(session: CompanySession, request: CompanyRequest, handler: Handler) -> None:
    """Run the handler and keep its result, or what went wrong in words.

    After a piece the request waits for its next one; only tries without any piece are counted.
    Where QuickBooks asks to slow down, the request waits again and the fault goes on to the
    relay, which pauses the company.
    """
    CompanyRequest.objects.filter(pk=request.pk).update(state=State.RUNNING, tries=F("tries") + 1)
    try:
        result = attempt(
            partial(_signed_in, session, request, handler),
            LookLater,
            RequestFailed,
            request=request.pk,
        )
    except LookLater:
        CompanyRequest.objects.filter(pk=request.pk).update(state=State.LOOKING)
    except (RequestFailed, NotConnected) as failure:
        _finish(request, State.FAILED, error=words_of(failure))
    except QuickBooksFault as failure:
        if failure.fault.throttled:
            _wait_again(request)
            raise
        _finish(request, State.FAILED, error=failure.fault.words)
    except TransportError:
        _finish(request, State.FAILED, error=stored("QuickBooks did not answer. Please try again."))
    else:
        if isinstance(result, Trouble):
            _finish(request, State.FAILED, error=result.words(stored("Start it again.")))
        elif result is None:
            CompanyRequest.objects.filter(pk=request.pk).update(state=State.WAITING, tries=0)
        else:
            _finish(request, State.DONE, result=result)


def _signed_in(session: CompanySession, request: CompanyRequest, handler: Handler) -> Result | None:
    """Run the handler, and from its start with a new access token where the one we had is over."""
    try:
        return handler(session, request)
    except QuickBooksFault as failure:
        if failure.fault.outcome is not Outcome.REAUTHORIZE:
            raise
    session.use_token(renew(session.company))
    session.renewals += 1
    return handler(session, request)


def look_now(company_id: int, kind: str) -> None:
    """Let requests of a kind go on that waited until looking is conclusive."""
    CompanyRequest.objects.filter(company=company_id, kind=kind, state=State.LOOKING).update(
        state=State.WAITING
    )


def _wait_again(request: CompanyRequest) -> None:
    CompanyRequest.objects.filter(pk=request.pk).update(state=State.WAITING, tries=F("tries") - 1)


def _finish(
    request: CompanyRequest, state: State, *, result: Result | None = None, error: str = ""
) -> None:
    CompanyRequest.objects.filter(pk=request.pk).finish(state, result=result, error=error)
    request.refresh_from_db()

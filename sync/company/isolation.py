"""What one row, run or company does stops no other: the one place for errors that nobody expected.

The road does the whole first. Only after such an error it goes one by one, and what fails alone is
left out: with words, and an id under which the log says where it happened. A company that cannot
go on at all says so, until it goes on.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar
from uuid import uuid4

import structlog
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models.functions import Coalesce, Now

from sync.company.lease import LeaseLost
from sync.company.tokens import NotConnected
from sync.company.where import TOLD, where
from sync.models import QuickBooksCompany
from sync.quickbooks.client import QuickBooksFault, TransportError
from sync.words import stored

log = structlog.get_logger(__name__)

Row = TypeVar("Row")
Result = TypeVar("Result")

# A lost lease, a lost connection, what QuickBooks says and a database that is away are no row's.
SAID: tuple[type[Exception], ...] = (LeaseLost, NotConnected, QuickBooksFault, TransportError)
NO_ROWS_ERROR: tuple[type[Exception], ...] = (*SAID, OperationalError, InterfaceError)
# Where so many rows are tried one by one and every one fails, it is not about a row.
MANY = 5
_STUCK = stored(
    "Something unexpected stops exports. Nothing is lost, and it is tried again "
    "every minute. If it stays so, tell whoever runs this system: the log names it "
    "%(id)s."
)


@dataclass(frozen=True, slots=True)
class Trouble:
    """An unexpected error: what people are told of it, and the id that the log names it by."""

    id: str
    error: Exception

    def words(self, remedy: str) -> str:
        """Say what happened, what to do, and where the log tells more."""
        return stored(
            "Something unexpected went wrong with it. %(remedy)s If it goes wrong again, "
            "tell whoever runs this system: the log names it %(id)s.",
            remedy=remedy,
            id=self.id,
        )


@dataclass(frozen=True, slots=True)
class Apart(Generic[Row, Result]):
    """What was done, and the rows that were left out."""

    done: list[Result]
    out: list[tuple[Row, Trouble]]

    @property
    def is_general(self) -> bool:
        """Say whether it cannot be about single rows, as all of many failed."""
        return not self.done and len(self.out) >= MANY

    def raise_if_general(self) -> None:
        """Let an error go on that is not about single rows."""
        if self.is_general:
            raise self.out[0][1].error


def attempt(
    act: Callable[[], Result], *passing: type[Exception], **about: object
) -> Result | Trouble:
    """Do it, or return what nobody expected; inside a transaction nothing of it is left then.

    `passing` are errors that the caller expects, besides those that are no row's. `about` are ids
    for the log.
    """
    said: tuple[type[Exception], ...] = (*SAID, *passing)
    try:
        with _undone_by_itself():
            try:
                return act()
            except said as error:  # what was written on its account stays
                told = error
    except NO_ROWS_ERROR:
        raise
    except Exception as error:  # noqa: BLE001  # the one place that isolates
        return unexpected(error, **about)
    raise told


def apart(
    rows: Sequence[Row],
    act: Callable[[Row], Result],
    *,
    passing: tuple[type[Exception], ...] = (),
    **about: object,
) -> Apart[Row, Result]:
    """Do it to each row by itself; a row that fails is out and stops no other."""
    done: list[Result] = []
    out: list[tuple[Row, Trouble]] = []
    for row in rows:
        result = attempt(partial(act, row), *passing, **about)
        if isinstance(result, Trouble):
            out.append((row, result))
        else:
            done.append(result)
    return Apart(done, out)


def together_or_apart(
    rows: Sequence[Row],
    act: Callable[[Sequence[Row]], Result],
    *,
    passing: tuple[type[Exception], ...] = (),
    **about: object,
) -> Apart[Row, Result]:
    """Do it to all rows at once; only after an unexpected error to each by itself."""
    whole = attempt(lambda: act(rows), *passing, **about)
    if not isinstance(whole, Trouble):
        return Apart([whole], [])
    return apart(rows, lambda row: act([row]), passing=passing, **about)


def unexpected(error: Exception, **about: object) -> Trouble:
    """Write an error into the log under an id of its own.

    The log has where it happened, never its message: that may hold a customer's details.
    """
    trouble = Trouble(uuid4().hex[:10], error)
    log.error("unexpected", id=trouble.id, **about, traceback=list(where(error)))
    for tell in TOLD:
        tell(error, trouble.id)
    return trouble


def _undone_by_itself() -> AbstractContextManager[object]:
    """Return a savepoint inside a transaction; outside, what is done opens its own."""
    return transaction.atomic() if connection.in_atomic_block else nullcontext()


def say_stuck(company_id: int, trouble: Trouble) -> None:
    """Keep that the company's export cannot go on, and since when."""
    QuickBooksCompany.objects.filter(pk=company_id).update(
        stuck_since=Coalesce("stuck_since", Now()), stuck_reason=_STUCK.filled(id=trouble.id)
    )


def say_going_on(company: QuickBooksCompany) -> None:
    """Take that back, where it was said."""
    if company.stuck_since is not None:
        QuickBooksCompany.objects.filter(pk=company.pk).update(stuck_since=None, stuck_reason="")

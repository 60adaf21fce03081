"""Lanes: several writes to one company under way at a time, by batch and one by one.

Threads send and know no database; the main thread holds the lease, decides, commits and settles.
Intuit runs ten requests at a time for a company. One is kept for reading, up to four are batches,
and single writes take the others but for one.
https://developer.intuit.com/app/developer/qbo/docs/learn/limits-and-throttles
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Generic, Self, TypeVar

from django.conf import settings

from sync.company.isolation import unexpected
from sync.company.sessions import CompanySession
from sync.quickbooks.answers import Answer
from sync.quickbooks.client import Client, NotSent, OutcomeUnknown, TransportError

BATCH = "batch"
BATCH_SHARE = 0.4
# A write waits for its turn in its thread, but no longer than this or than the lease covers.
MOST_SECONDS_AHEAD = 1.2

Ticket = TypeVar("Ticket")


@dataclass(frozen=True, slots=True)
class Write:
    """One HTTP write, committed before it comes here: a batch, or one entity created."""

    target: str
    body: bytes
    request_id: str

    @property
    def is_batch(self) -> bool:
        """Say which lane it takes."""
        return self.target == BATCH


class Lanes(Generic[Ticket]):
    """The writes of one session that are under way, each known by its ticket.

    Leaving the block waits for all of them: the lease is not let go while one may still arrive.
    """

    def __init__(self, session: CompanySession) -> None:
        self._session = session
        self._under_way: dict[Future[Answer], tuple[Ticket, Write]] = {}
        self._clients: list[Client] = []
        self._idle: SimpleQueue[Client] = SimpleQueue()
        self._most = settings.QUICKBOOKS_REQUESTS_AT_ONCE - 1  # one is left for reading
        self._most_batches = max(1, round(self._most * BATCH_SHARE))
        self._most_singles = max(1, self._most - 1)
        self._threads = ThreadPoolExecutor(self._most)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._threads.shutdown()
        self._session.calls += sum(client.calls for client in self._clients)
        for client in self._clients:
            client.close()

    @property
    def tickets(self) -> list[Ticket]:
        """Return what is under way."""
        return [ticket for ticket, _ in self._under_way.values()]

    def room(self, *, is_batch: bool) -> int:
        """Return how many more writes may be under way in a lane; what is answered is not."""
        most = self._most_batches if is_batch else self._most_singles
        busy = [write for sent, (_, write) in self._under_way.items() if not sent.done()]
        alike = sum(write.is_batch == is_batch for write in busy)
        return min(most - alike, self._most - len(busy))

    def send(self, going: Sequence[tuple[Ticket, Write]], mark_as_sent: Callable[[], None]) -> None:
        """Hand writes to threads, which keep the pace; `mark_as_sent` is called just before."""
        waits = [self._session.pacer.reserve(is_batch=write.is_batch) for _, write in going]
        spare = settings.QUICKBOOKS_LEASE - settings.QUICKBOOKS_SEND_DEADLINE
        slept = max(0.0, waits[-1] - min(MOST_SECONDS_AHEAD, spare))
        time.sleep(slept)
        mark_as_sent()
        self._session.lease.renew()
        # A stall up to there is seen before a byte leaves: its deadline would outlast the lease.
        latest = time.monotonic() + spare
        for (ticket, write), turn in zip(going, waits, strict=True):
            client = self._client()
            client.use_token(self._session.token)
            sending = self._threads.submit(self._write, client, write, turn - slept, latest)
            self._under_way[sending] = (ticket, write)

    def answered(
        self, seconds: float, gather: float = 0.0
    ) -> list[tuple[Ticket, Answer | TransportError]]:
        """Return what was answered, waiting for a first answer up to that long.

        Others that follow it within `gather` seconds come along with it.
        """
        if not self._under_way:
            time.sleep(seconds)
        done, left = wait(self._under_way, timeout=seconds, return_when=FIRST_COMPLETED)
        if done and left and gather:
            done |= wait(left, timeout=gather).done
        return [(self._under_way.pop(future)[0], _outcome(future)) for future in done]

    def _client(self) -> Client:
        if not self._idle.empty():
            return self._idle.get()
        self._clients.append(Client(self._session.company.realm_id, ""))
        return self._clients[-1]

    def _write(self, client: Client, write: Write, wait: float, latest: float) -> Answer:
        time.sleep(max(0.0, wait))
        self._session.pacer.leave()
        try:
            if time.monotonic() > latest:
                raise NotSent("It came to its turn too late for the lease.")
            if write.is_batch:
                return client.send_batch(write.body, write.request_id)
            return client.send(write.target, write.body, write.request_id)
        finally:
            self._idle.put(client)


def _outcome(future: Future[Answer]) -> Answer | TransportError:
    """Return the answer or why there is none; whatever nobody expected may have left bytes."""
    error = future.exception()
    if error is None or isinstance(error, TransportError):
        return error or future.result()
    if not isinstance(error, Exception):
        raise error
    trouble = unexpected(error)
    return OutcomeUnknown(f"Something unexpected went wrong while it was sent ({trouble.id}).")

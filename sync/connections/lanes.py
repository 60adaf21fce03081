"""Lanes: several writes to one company under way at a time, by batch and one by one.

Threads send, and know no database; the one that holds the lease decides, commits and settles.
Intuit runs ten requests of a company at a time: four batches, five single writes and one read.
"""

import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Generic, Self, TypeVar

from django.conf import settings

from sync.connections.sessions import CompanySession
from sync.quickbooks.answers import Answer
from sync.quickbooks.client import Client, NotSent, TransportError

BATCHES_AT_ONCE = 4
SINGLES_AT_ONCE = 5
BATCH = "batch"
# A write waits for its turn in its thread, but no longer than this or than the lease covers.
MOST_SECONDS_AHEAD = 1.0

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
        self._threads = ThreadPoolExecutor(BATCHES_AT_ONCE + SINGLES_AT_ONCE)

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
        """Return how many more writes may be under way in a lane."""
        most = BATCHES_AT_ONCE if is_batch else SINGLES_AT_ONCE
        return most - sum(write.is_batch == is_batch for _, write in self._under_way.values())

    def send(self, write: Write, ticket: Ticket, leaves: Callable[[], None]) -> None:
        """Hand the write to a thread, which keeps the pace; `leaves` is called just before."""
        wait = self._session.pacer.reserve(is_batch=write.is_batch)
        spare = settings.QUICKBOOKS_LEASE - settings.QUICKBOOKS_SEND_DEADLINE
        ahead = max(0.0, min(wait, MOST_SECONDS_AHEAD, spare))
        time.sleep(wait - ahead)
        leaves()
        self._session.lease.renew()
        # A stall up to there is seen before a byte leaves: its deadline would outlast the lease.
        latest = time.monotonic() + spare
        client = self._client()
        client.use_token(self._session.token)
        sending = self._threads.submit(self._write, client, write, ahead, latest)
        self._under_way[sending] = (ticket, write)

    def answered(self, seconds: float) -> list[tuple[Ticket, Answer | TransportError]]:
        """Return what was answered, waiting for a first answer up to that long."""
        if not self._under_way:
            time.sleep(seconds)
        done, _ = wait(self._under_way, timeout=seconds, return_when=FIRST_COMPLETED)
        return [(self._under_way.pop(future)[0], _outcome(future)) for future in done]

    def _client(self) -> Client:
        if not self._idle.empty():
            return self._idle.get()
        self._clients.append(Client(self._session.company.realm_id, ""))
        return self._clients[-1]

    def _write(self, client: Client, write: Write, wait: float, latest: float) -> Answer:
        time.sleep(wait)
        try:
            if time.monotonic() > latest:
                raise NotSent("It came to its turn too late for the lease.")
            if write.is_batch:
                return client.send_batch(write.body, write.request_id)
            return client.send(write.target, write.body, write.request_id)
        finally:
            self._idle.put(client)


def _outcome(future: Future[Answer]) -> Answer | TransportError:
    try:
        return future.result()
    except TransportError as error:
        return error

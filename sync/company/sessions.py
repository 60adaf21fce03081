"""A session: holding one company's lease, with a client that may speak to it.

It also knows whether what is stored of the company can be trusted to be what was last done there.
Not at the first session after a start of the product, since a backup may have been restored
before it; not after a takeover, since what the other process did may have been lost with it; and
not where the company has been held less often than this process remembers, which only a restored
database says.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import uuid4

from django.db import transaction
from django.db.models import F

from sync.company import tokens
from sync.company.isolation import Trouble, say_stuck
from sync.company.lease import Lease, acquire
from sync.company.pacing import Pacer, count_reads
from sync.models import BatchRequest, QuickBooksCompany
from sync.quickbooks.client import Client

_EPOCH = "PAIDUP_EPOCH"
_MOST_EPOCHS = 8
_remembered: dict[str, int] = {}


@dataclass(slots=True)
class CompanySession:
    """One company, held by this process; every request renews the lease and keeps the pace."""

    company: QuickBooksCompany
    lease: Lease
    pacer: Pacer
    client: Client
    token: str
    renewals: int = 0
    calls: int = 0
    is_blocked: bool = False
    renewals_in_vain: int = 0
    must_look_through: bool = False
    """Its documents without a record are looked for before anything is written."""
    units_aside: set[int] = field(default_factory=set)
    """Business units of which nothing more is tried: something unexpected stops all of theirs."""
    is_stuck: bool = False
    has_tax_probes: bool = True
    """Whether an invoice may have gone alone to prove a tax, which is to be concluded from."""
    refused: list[int] = field(default_factory=list)
    """Records refused for what they refer to: which that is, is looked up and told."""

    def use_token(self, token: str) -> None:
        """Sign what follows with another access token."""
        self.token = token
        self.client.use_token(token)

    def set_aside(self, trouble: Trouble, unit_ids: Iterable[int] = ()) -> None:
        """Say that something cannot go on, and try no more of these units in this session."""
        self.units_aside.update(unit_ids)
        self.is_stuck = True
        say_stuck(self.company.pk, trouble)


def give_back(lease: Lease) -> None:
    """Let everything wait again that is planned and has not left; for the holder of the lease."""
    with transaction.atomic():
        lease.lock()
        BatchRequest.objects.unsent(lease.company_id).put_back()


@contextmanager
def open_session(company_id: int) -> Iterator[CompanySession | None]:
    """Hold the company for the block, or yield None while another process holds it.

    Raises tokens.NotConnected where there is no usable token.
    """
    lease = acquire(company_id)
    if lease is None:
        yield None
        return
    try:
        with _speaking(lease) as session:
            yield session
    finally:
        lease.release()


@contextmanager
def _speaking(lease: Lease) -> Iterator[CompanySession]:
    give_back(lease)  # of a process that was killed, also where no token is to be had
    company = QuickBooksCompany.objects.get(pk=lease.company_id)
    token = tokens.ensure_fresh(company)
    pacer = Pacer((tuple(call) for call in company.recent_calls), company.pace)

    def gate() -> None:
        pacer.before_request()
        lease.renew()

    with Client(company.realm_id, token, gate=gate) as client:
        session = CompanySession(company, lease, pacer, client, token)
        session.must_look_through = _must_look_through(company, lease)
        try:
            yield session
        finally:
            calls = client.calls + session.calls
            count_reads(company.pk, client.reads)
            QuickBooksCompany.objects.filter(pk=company.pk).update(
                recent_calls=pacer.recent(), api_calls=F("api_calls") + calls
            )


def epoch() -> str:
    """Return the name of this start; the processes that it starts inherit it."""
    return os.environ.setdefault(_EPOCH, uuid4().hex)


def _must_look_through(company: QuickBooksCompany, lease: Lease) -> bool:
    """Say whether the company must be looked through first; it stays so until that is done."""
    before = _remembered.get(company.realm_id, 0)
    _remembered[company.realm_id] = company.session_serial
    if lease.is_takeover or company.session_serial <= before:
        company.known_epochs = []
        company.save(update_fields=["known_epochs"])
    return epoch() not in company.known_epochs


def mark_looked_through(company: QuickBooksCompany) -> None:
    """Keep that the company was looked through, in the caller's transaction."""
    company.known_epochs = [*company.known_epochs, epoch()][-_MOST_EPOCHS:]
    company.save(update_fields=["known_epochs"])

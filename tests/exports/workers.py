"""Workers driven by hand, so that they can stop between any two steps; and time, moved by hand."""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.conf import settings
from django.db.models import F

from sync.company.lanes import BATCH
from sync.company.lease import LeaseLost
from sync.company.sessions import give_back, open_session
from sync.exports.delivery import due_work, planner, recovery, relay
from sync.exports.runs import balances
from sync.models import BatchRequest, QuickBooksCompany, SyncRecord
from sync.quickbooks.client import Client, NotSent, OutcomeUnknown, QuickBooksFault, TransportError

WRITES = {"write": True}
# What may become of a write, by name: the simulator's fault and its options.
WEATHER = {
    "fair": None,
    "lost": ("lose", {}),
    "cut": ("cut", {}),
    "refused": ("refuse", {}),
    "500 after": ("status", {"status": 500, "when": "after"}),
    "503 before": ("status", {"status": 503, "when": "before"}),
    "throttled before": ("throttle", {"form": "xml", "when": "before"}),
    "throttled after": ("throttle", {"form": "json_upper", "when": "after"}),
    "one item": ("item", {"index": 0, "code": "10000", "message": "An error"}),
    "token gone": ("expire_token", {}),
}


class Held(Exception):
    """Another worker has the company."""


@dataclass
class Wire:
    """Writes whose senders have gone, and which Intuit will do all the same within its limit."""

    realm_id: str
    simulator: object
    waiting: list = field(default_factory=list)  # [age in seconds, request]

    def grow_older(self, seconds):
        for write in self.waiting:
            write[0] += seconds
        self.arrive(settings.QUICKBOOKS_SERVER_LIMIT)

    def arrive(self, after=0):
        """Let what is at least that old be done; nobody hears the answer."""
        due = [write for write in self.waiting if write[0] >= after]
        self.waiting = [write for write in self.waiting if write[0] < after]
        for _, batch in due:
            token = self.simulator.grant(self.realm_id)["access_token"]
            with Client(self.realm_id, token) as client:
                _write(client, batch)


class Worker:
    """Holds the company as a relay does, and does one step at a time."""

    def __init__(self, company_id, simulator, wire):
        self.simulator, self.wire = simulator, wire
        self.planned, self.answers = [], []
        self._context = open_session(company_id)
        self.session = self._context.__enter__()
        if self.session is None:
            raise Held

    @property
    def company_id(self):
        return self.session.company.pk

    @property
    def has_company(self):
        """Say whether nobody took the company over."""
        token = QuickBooksCompany.objects.values_list("lease_token", flat=True)
        return token.get(pk=self.company_id) == self.session.lease.token

    @property
    def is_resting(self):
        return self.session.is_blocked or any(due_work.is_to_be_left(self.company_id))

    @property
    def is_idle(self):
        return not (self.planned or self.answers)

    def plan(self, how):
        """Commit what goes next: a full batch, or documents one by one."""
        if how == "batch":
            self.planned += planner.plan_batches(self.session, 2)
        else:
            self.planned += planner.plan_singles(self.session, 3, bulk=how == "bulk singles")

    def send(self, number, weather):
        """Write one of what is planned; what became of it is kept for `settle`."""
        planned = self.planned.pop(number % len(self.planned))
        batch = planned.batch
        planner.mark_as_sent(self.session, [planned])
        if weather == "not sent":
            outcome = NotSent("no connection")
        elif weather == "late":
            self.session.lease.renew()
            self.wire.waiting.append([0, batch])
            outcome = OutcomeUnknown("no answer")
        else:
            outcome = self._write(batch, weather)
        self.answers.append((planned, outcome))

    def _write(self, batch, weather):
        if fault := WEATHER[weather]:
            self.simulator.fault(fault[0], match=WRITES, **fault[1])
        try:
            return _write(self.session.client, batch)
        except TransportError as unknown:
            return unknown
        finally:
            self.simulator.clear_faults()

    def settle(self, number):
        """Write down what became of one write."""
        relay._settle(self.session, [self.answers.pop(number % len(self.answers))])

    def look(self):
        """Do what goes before sending: unknown outcomes, then balances."""
        under_way = [planned.batch.pk for planned in self.planned]
        under_way += [planned.batch.pk for planned, _ in self.answers]
        try:
            if (batch := due_work.look_due(self.company_id, under_way)) is not None:
                again = recovery.recover(self.session, batch)
                self.planned += [again] if again else []
            else:
                balances.read_stale(self.session)
        except QuickBooksFault as refused:
            relay._after_fault(self.session, refused.fault, self.session.renewals)
        except TransportError:
            relay._rest(self.session)

    def leave(self):
        """Let the company go in good order, as far as it still has it."""
        if self.has_company:
            give_back(self.session.lease)
        self._context.__exit__(None, None, None)

    def wake_up_too_late(self):
        """Go on where it stopped, though the company is another's: nothing may come of it."""
        before = _rows()
        for planned in self.planned:
            with pytest.raises(LeaseLost):
                planner.mark_as_sent(self.session, [planned])
            with pytest.raises(LeaseLost):
                _write(self.session.client, planned.batch)
        for answer in self.answers:
            with suppress(LeaseLost):
                relay._settle(self.session, [answer])
        with pytest.raises(LeaseLost):
            self.session.lease.lock()
        assert _rows() == before


def _rows():
    return list(SyncRecord.objects.order_by("pk").values_list("pk", "state", "qbo_id", "batch"))


def _write(client, batch):
    if batch.target == BATCH:
        return client.send_batch(batch.body.encode(), batch.request_id)
    return client.send(batch.target, batch.body.encode(), batch.request_id)


def pass_time(wire, seconds):
    """Let everything that waits for a time come that much nearer."""
    gone = timedelta(seconds=seconds)
    for model, times in (
        (QuickBooksCompany, ("lease_expires_at", "paused_until")),
        (BatchRequest, ("look_after",)),
    ):
        model.objects.update(**{name: F(name) - gone for name in times})
    wire.grow_older(seconds)

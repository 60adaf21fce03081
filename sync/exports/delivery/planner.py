"""The planner: the next writes, committed before a byte of them leaves, a few ahead of their turn.

Before anything is planned, the settings of a new run's company and stale balances are read anew.
A batch may mix kinds, because each item refers only to what is in QuickBooks already: payments of
invoices that are in, invoices of customers that are in, and customers. So batches go full.
"""

from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import NamedTuple, Self, TypeAlias
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from sync.company.isolation import Trouble, apart, attempt
from sync.company.lanes import BATCH
from sync.company.lease import LeaseLost
from sync.company.sessions import CompanySession, give_back
from sync.connections import verification
from sync.exports.delivery.revalidation import still_as_confirmed
from sync.exports.documents import build
from sync.exports.documents.build import ENTITY, Document, body_of
from sync.exports.documents.tax_gate import in_turn
from sync.exports.runs import balances, runs
from sync.mappings.mappings import CompanyMappings
from sync.models import BatchRequest, ExportRun, QuickBooksCompany, Stray, SyncRecord
from sync.models.sql import update_each
from sync.quickbooks.batches import MOST_ITEMS, BatchItem, compose
from sync.quickbooks.documents import dump
from sync.words import stored

State, Kind = SyncRecord.State, SyncRecord.Kind
NO_RATE = stored(
    "It was queued without an exchange rate. Retry it: the rate of its day is taken then."
)
MOST_ROUNDS = 3
# A few are planned ahead: at Intuit's pace, nine seconds of batches and sixteen of single writes.
BATCHES, BATCH_SECONDS, SINGLES = 6, 9.0, 128
_STARTED = ["state", "batch", "tries", "error", "error_code", "error_detail", "tax_mode"]


@dataclass(slots=True)
class Planned:
    """A write that is committed and about to be sent."""

    batch: BatchRequest
    records: list[SyncRecord]
    documents: dict[int, Document]
    is_again: bool = False  # it left before, and was not found
    renewals: int = 0  # how often the session had renewed its token when it left

    @property
    def is_awaited(self) -> bool:
        """Say whether a person waits for it."""
        return any(record.is_single for record in self.records)


class _Write(NamedTuple):
    """A write to be committed: where it goes, its bytes, and the records in it."""

    target: str
    body: bytes
    records: Sequence[SyncRecord]


_Pack: TypeAlias = Callable[[Sequence[SyncRecord], Mapping[int, Document]], list[_Write]]


def sendable(company_id: int, aside: Collection[int] = ()) -> QuerySet[SyncRecord]:
    """Return what may be sent now: singles first, then payments, invoices and customers.

    Nothing of the business units that are set aside.
    """
    paused = ExportRun.objects.filter(company=company_id, state=ExportRun.State.PAUSED)
    strays = Stray.objects.filter(company=company_id, settled_at__isnull=True)
    rows = SyncRecord.objects.exclude(business_unit__in=aside) if aside else SyncRecord.objects
    return (
        # IN (true), as SQLite finds no index for a bare boolean.
        rows.filter(company=company_id, state=State.PENDING, is_sendable__in=[True])
        .exclude(run__in=list(paused.values_list("pk", flat=True)))
        .exclude(Exists(strays.filter(marker=OuterRef("marker"))))  # they are looked for first
        .order_by("-is_single", "-kind", "id")
    )


def is_urgent(company_id: int) -> bool:
    """Say whether a document that a person waits for may be sendable."""
    waiting = SyncRecord.objects.filter(company=company_id, state=State.PENDING)
    return waiting.filter(is_sendable__in=[True], is_single__in=[True]).exists()


def plan_batches(session: CompanySession, most: int, *, only_full: bool = False) -> list[Planned]:
    """Commit up to `most` full batches, or else one that is not full; raises LeaseLost.

    Several are planned in one go because checking anew costs nearly the same for one as for a few.
    """
    rows = sendable(session.company.pk, session.units_aside)
    found = len(rows.values_list("pk")[: most * MOST_ITEMS])
    full = found // MOST_ITEMS
    if not found or (only_full and not full):
        return []
    return _plan(session, rows, max(full, 1) * MOST_ITEMS, _in_batches)


def _in_batches(records: Sequence[SyncRecord], documents: Mapping[int, Document]) -> list[_Write]:
    parts = [records[at : at + MOST_ITEMS] for at in range(0, len(records), MOST_ITEMS)]
    bodies = [compose([_item(record, documents) for record in part]) for part in parts]
    return [_Write(BATCH, body, part) for body, part in zip(bodies, parts, strict=True)]


def _item(record: SyncRecord, documents: Mapping[int, Document]) -> BatchItem:
    return BatchItem(
        bid=str(record.pk),
        operation="create",
        entity=ENTITY[Kind(record.kind)],
        body=body_of(documents[record.pk]),
    )


def plan_singles(session: CompanySession, most: int, *, bulk: bool = False) -> list[Planned]:
    """Commit up to `most` writes of one document: awaited ones, or bulk; raises LeaseLost."""
    rows = sendable(session.company.pk, session.units_aside)
    if not bulk:
        rows = rows.filter(is_single__in=[True])
    if not rows.exists():
        return []
    return _plan(session, rows, most, _one_by_one)


def _one_by_one(records: Sequence[SyncRecord], documents: Mapping[int, Document]) -> list[_Write]:
    return [
        _Write(ENTITY[Kind(record.kind)], dump(body_of(documents[record.pk])), [record])
        for record in records
    ]


def _plan(
    session: CompanySession, rows: QuerySet[SyncRecord], most: int, pack: _Pack
) -> list[Planned]:
    """Commit writes of up to so many of the rows; raises LeaseLost.

    A document that meets an unexpected error fails with words. Where it is not about a document,
    the business units of all of them are set aside, and others go on.
    """
    company = session.company.pk
    act = partial(_choose_and_commit, session, rows, most, pack)
    planned = attempt(act, company=company)
    if isinstance(planned, list):
        return planned
    found = list(rows[:most])
    tried = apart(found, lambda r: _rehearse(session, rows.filter(pk=r.pk), pack), company=company)
    if not tried.is_general:
        for record, trouble in tried.out:
            _fail(session, record, trouble)
        planned = attempt(act, company=company)
    if isinstance(planned, list):
        return planned
    session.set_aside(planned, {record.business_unit_id for record in found})
    return []


def _fail(session: CompanySession, record: SyncRecord, trouble: Trouble) -> None:
    with transaction.atomic():
        session.lease.lock()
        record.stop(State.FAILED, SyncRecord.Problem.UNEXPECTED, trouble.words(stored("Retry it.")))
        # Taken back meanwhile, it is not there any more.
        SyncRecord.objects.filter(pk=record.pk, state=State.PENDING).update(
            state=record.state, error=record.error, error_code=record.error_code
        )


def _choose_and_commit(
    session: CompanySession, rows: QuerySet[SyncRecord], most: int, pack: _Pack
) -> list[Planned]:
    with transaction.atomic():
        session.lease.lock()
        records, documents = _choose(session.company, rows, most)
        session.has_tax_probes |= any(record.tax_mode_id for record in records)
        return _commit(session, pack(records, documents), documents)


def _rehearse(session: CompanySession, row: QuerySet[SyncRecord], pack: _Pack) -> None:
    """Plan one row, and keep nothing of it."""
    with transaction.atomic():
        _choose_and_commit(session, row, 1, pack)
        transaction.set_rollback(True)


def _choose(
    company: QuickBooksCompany, rows: QuerySet[SyncRecord], most: int
) -> tuple[list[SyncRecord], dict[int, Document]]:
    """Return up to that many records that may still go and can be written."""
    company = QuickBooksCompany.objects.select_related("discount_account").get(pk=company.pk)
    mappings = CompanyMappings(company)
    documents: dict[int, Document] = {}
    records: list[SyncRecord] = []
    for _ in range(MOST_ROUNDS):  # whatever does not go, the lock is held for a moment only
        taken = [record.pk for record in records]
        found = list(
            rows.exclude(pk__in=taken).prefetch_related("business_unit")[: most - len(records)]
        )
        if not found or len(records) == most:
            break
        for record in found:  # one company for all: its tokens are decrypted once
            record.company = company
        found = still_as_confirmed(company, found, mappings)
        _sort_out(found, mappings, records, documents)
    return records, documents


def _sort_out(
    found: list[SyncRecord],
    mappings: CompanyMappings,
    records: list[SyncRecord],
    documents: dict[int, Document],
) -> None:
    """Keep records whose document can be written; the others fail with the reason."""
    parents = build.parents_of(found)
    # It waits until what it refers to is in QuickBooks as it should be (settling.make_sendable).
    early = [record.pk for record in found if not parents[record.pk].are_exported]
    SyncRecord.objects.filter(pk__in=early).update(is_sendable=False)
    going = [record for record in found if record.pk not in early]
    made = build.documents(going, parents, mappings)
    whole = {pk: document for pk, document in made.items() if not isinstance(document, str)}
    to_send = [record for record in going if record.pk in whole]
    taking_turns = set(in_turn(mappings.company, to_send, whole))
    for record in going:
        # Queued by an older release: QuickBooks would take a rate of 1.
        document = NO_RATE if build.lacks_rate(record) else made[record.pk]
        if isinstance(document, str):
            record.stop(State.FAILED, "", document)
            record.save(update_fields=["state", "error", "error_code"])
        elif record in taking_turns:
            documents[record.pk] = document
            records.append(record)


def _commit(
    session: CompanySession, writes: Sequence[_Write], documents: Mapping[int, Document]
) -> list[Planned]:
    batches = BatchRequest.objects.bulk_create(
        BatchRequest(
            company=session.company,
            request_id=uuid4().hex,
            target=write.target,
            body=write.body.decode(),
            lease_token=session.lease.token,
        )
        for write in writes
    )
    planned = [
        Planned(
            batch,
            list(write.records),
            {record.pk: documents[record.pk] for record in write.records},
        )
        for batch, write in zip(batches, writes, strict=True)
    ]
    for write in planned:
        for record in write.records:
            record.state, record.batch = State.IN_FLIGHT, write.batch
            record.tries += 1
            record.error, record.error_code, record.error_detail = "", "", ""
    started = [record for write in planned for record in write.records]
    if update_each(started, _STARTED) != len(started):
        raise RuntimeError("a document left the outbox while it was planned under lock")
    return planned


def mark_as_sent(session: CompanySession, going: Sequence[Planned]) -> None:
    """Write down that requests leave now; raises LeaseLost where one of them is not ours to send.

    What was never marked so has not left, whoever planned it (`BatchRequests.unsent`).
    """
    ours = BatchRequest.objects.unsettled(session.company.pk).filter(
        pk__in=[planned.batch.pk for planned in going], lease_token=session.lease.token
    )
    marks = {"sent_at": Coalesce("sent_at", Now()), "look_after": conclusive_after_sending()}
    if ours.update(**marks) != len(going):
        raise LeaseLost
    for planned in going:
        planned.renewals = session.renewals


def write_down(
    session: CompanySession, record: SyncRecord, operation: str, body: bytes
) -> BatchRequest:
    """Commit a write to a document that is there, before its bytes leave; raises LeaseLost."""
    with transaction.atomic():
        session.lease.lock()
        batch = BatchRequest.objects.create(
            company=session.company,
            request_id=uuid4().hex,
            target=ENTITY[Kind(record.kind)],
            operation=operation,
            body=body.decode(),
            lease_token=session.lease.token,
            sent_at=Now(),
            look_after=conclusive_after_sending(),
        )
        SyncRecord.objects.filter(pk=record.pk).update(batch=batch)
    batch.refresh_from_db()
    return batch


def conclusive_after_sending() -> CombinedExpression:
    """Return when looking for a request that leaves now is conclusive, unless it is answered."""
    seconds = settings.QUICKBOOKS_SEND_DEADLINE + settings.QUICKBOOKS_SERVER_LIMIT
    return Now() + timedelta(seconds=seconds)


class WritesAhead:
    """The bulk writes of one session that wait for their turn; the end of the block gives back."""

    def __init__(self, session: CompanySession) -> None:
        self._session = session
        self._batches: deque[Planned] = deque()
        self._singles: deque[Planned] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.give_back()

    def __bool__(self) -> bool:
        return bool(self._batches or self._singles)

    def give_back(self) -> None:
        """Let everything wait again that has not left."""
        self._batches.clear()
        self._singles.clear()
        give_back(self._session.lease)

    def commit_urgent_writes(self, most: int) -> list[Planned]:
        """Commit up to so many documents that people wait for; they are never kept here."""
        if not is_urgent(self._session.company.pk):
            return []
        self._read_anew()
        return plan_singles(self._session, most)

    def next_batch(self, *, only_full: bool) -> list[Planned]:
        """Return the next batch, if there is one."""
        if not self._batches:
            self._read_anew()
            most = min(BATCHES, self._session.pacer.batches(BATCH_SECONDS))
            self._batches += plan_batches(self._session, most, only_full=only_full)
        return [self._batches.popleft()] if self._batches else []

    def next_singles(self, most: int) -> list[Planned]:
        """Return up to so many documents of bulk runs, to go one by one."""
        if not self._singles:
            self._read_anew()
            self._singles += plan_singles(self._session, SINGLES, bulk=True)
        return [self._singles.popleft() for _ in range(min(most, len(self._singles)))]

    def _read_anew(self) -> None:
        company_id = self._session.company.pk
        new = runs.running(company_id).filter(preferences_read_at=None)
        if new.exists():
            verification.read_preferences(self._session)
            new.update(preferences_read_at=timezone.now())
        while balances.has_stale(company_id):
            balances.read_stale(self._session)

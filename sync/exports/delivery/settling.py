"""Settling: what QuickBooks answered becomes what our records say, in one transaction."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from itertools import groupby

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from sync.company.isolation import Trouble, apart, attempt
from sync.company.lanes import BATCH
from sync.company.sessions import CompanySession
from sync.exports.delivery.planner import Planned
from sync.exports.documents.remote import differences, take
from sync.models import BatchRequest, ExportRun, Invoice, Payment, QuickBooksCompany, SyncRecord
from sync.models.sql import update_each
from sync.quickbooks.answers import Answer
from sync.quickbooks.batches import results
from sync.quickbooks.faults import (
    REFERS_AMISS,
    Fault,
    Outcome,
    WriteResult,
    fault_of,
    single_result,
)
from sync.words import stored

State, Kind = SyncRecord.State, SyncRecord.Kind
MOST_TRIES = 5
# Statuses after which it is not known whether QuickBooks did anything at all.
UNCLEAR = {408, 409, 429, *range(500, 600)}
_FIELDS = [
    "state", "batch", "tries", "qbo_id", "qbo_sync_token", "is_exempt", "exported_total",
    "exported_balance", "balance_read_at", "exported_at", "read_back", "written_digest", "error",
    "error_code", "error_detail", "intuit_tid",
]  # fmt: skip


def settle(
    session: CompanySession, answered: Sequence[tuple[Planned, Answer]]
) -> list[Fault | None]:
    """Write answers down in one transaction; return the fault of each, None where it has none.

    Raises LeaseLost where another process holds the company; then nothing is written. A document
    that meets an unexpected error stays unknown, and is looked for: bytes of it have left.
    """
    settled = attempt(partial(_settle_together, session, answered), company=session.company.pk)
    return _settle_apart(session, answered) if isinstance(settled, Trouble) else settled


def note_refused(session: CompanySession, records: Sequence[SyncRecord]) -> None:
    """Have it looked up what documents refer to that QuickBooks did not take."""
    session.refused += [
        record.pk
        for record in records
        if record.state == State.FAILED and record.error_code in REFERS_AMISS
    ]


def _settle_together(
    session: CompanySession, answered: Sequence[tuple[Planned, Answer]]
) -> list[Fault | None]:
    records = [record for planned, _ in answered for record in planned.records]
    with transaction.atomic():
        session.lease.lock()
        faults = [_apply(planned, answer, planned.records) for planned, answer in answered]
        save(records)
        _close(answered)
    return faults


def _settle_apart(
    session: CompanySession, answered: Sequence[tuple[Planned, Answer]]
) -> list[Fault | None]:
    faults: dict[int, Fault] = {}

    def settle_one(row: tuple[Planned, Answer, SyncRecord]) -> None:
        planned, answer, record = row
        with transaction.atomic():
            session.lease.lock()
            record.refresh_from_db(fields=_FIELDS)
            if (fault := _apply(planned, answer, [record])) is not None:
                faults[planned.batch.pk] = fault
            save([record])

    rows = [(planned, answer, r) for planned, answer in answered for r in planned.records]
    apart(rows, settle_one, company=session.company.pk)
    with transaction.atomic():
        session.lease.lock()
        for _, _, record in rows:
            record.refresh_from_db(fields=_FIELDS)
        _close(answered)
    return [faults.get(planned.batch.pk) for planned, _ in answered]


def _apply(planned: Planned, answer: Answer, records: Sequence[SyncRecord]) -> Fault | None:
    """Have the records say what an answer says; return the company's fault, if it is one."""
    whole, by_record = _read(planned, answer)
    for record in records:
        result = by_record.get(str(record.pk))
        fault = whole or (result.fault if result else None)
        if result is not None and result.entity is not None:
            document = planned.documents[record.pk]
            take(record, result.entity, differences(document, result.entity))
            record.intuit_tid = answer.intuit_tid
        elif fault is not None:
            refuse(record, fault)
            if fault.throttled and answer.status not in UNCLEAR:
                record.tries -= 1  # it is planned anew, and being throttled costs no attempt
    return whole or next((r.fault for r in by_record.values() if _is_company_wide(r)), None)


def _read(planned: Planned, answer: Answer) -> tuple[Fault | None, dict[str, WriteResult]]:
    """Return the fault of the whole request, and what became of each record, by its id."""
    fault = fault_of(answer)
    if planned.batch.target == BATCH:
        return fault, results(answer)
    [record] = planned.records
    if fault is None:
        return None, {str(record.pk): single_result(answer, planned.batch.target)}
    # The refusal of one document says nothing of the next; anything else may.
    is_documents = answer.status < HTTPStatus.INTERNAL_SERVER_ERROR and not (
        fault.throttled or fault.company_wide
    )
    return (None if is_documents else fault), {str(record.pk): WriteResult(None, fault)}


def _is_company_wide(result: WriteResult) -> bool:
    return result.fault is not None and (result.fault.company_wide or result.fault.throttled)


def refuse(record: SyncRecord, fault: Fault) -> None:
    """Write down a refusal: again later, failed, or in flight until someone has looked."""
    record.intuit_tid = fault.intuit_tid
    if fault.outcome == Outcome.UNKNOWN:
        return
    record.error_code, record.error = fault.code or str(fault.status), fault.words
    record.error_detail = f"{fault.message} {fault.detail}".strip()
    if fault.company_wide:
        record.state, record.tries = State.PENDING, record.tries - 1  # it is not about this one
    elif fault.outcome == Outcome.RETRY:
        record.state = State.PENDING if record.tries < MOST_TRIES else State.FAILED
    elif fault.outcome != Outcome.DUPLICATE and not fault.unlisted:
        record.state = State.FAILED
    # A duplicate may be what we wrote before, and an unlisted refusal is not believed unseen:
    # such a record stays in flight with its error, and recovery looks for it (recovery.py).


def save(records: Sequence[SyncRecord]) -> None:
    """Save settled records, let go what waited for them, and pause a run where too many differ."""
    for record in records:
        if record.state != State.IN_FLIGHT:
            record.batch = None
    update_each(records, _FIELDS)
    make_sendable(records)
    _pause_runs(records)


def make_sendable(records: Sequence[SyncRecord]) -> None:
    """Let go what waited for these, where they are in QuickBooks now as they should be.

    Also what stopped or is looked for: it may wait again when they are there already.
    """
    there = [record for record in records if record.state == State.EXPORTED]
    customers = [record.customer_id for record in there if record.customer_id]
    invoices = [record.invoice_id for record in there if record.invoice_id]
    # By lists of ids: through a join, SQLite would read every record of the company.
    companies = {record.company_id for record in there}
    waiting = SyncRecord.objects.filter(company__in=companies, qbo_id="")
    if customers:
        theirs = Invoice.objects.filter(customer__in=customers).values_list("pk", flat=True)
        waiting.filter(invoice__in=list(theirs)).update(is_sendable=True)
    if invoices:
        payments = Payment.objects.filter(invoice__in=invoices).values_list("pk", flat=True)
        waiting.filter(payment__in=list(payments)).update(is_sendable=True)


def _close(answered: Sequence[tuple[Planned, Answer]]) -> None:
    """Prune requests of which every record has an outcome; else say when to look for the rest."""
    settled = []
    for planned, answer in answered:
        batch = planned.batch
        fault = fault_of(answer)
        if fault is not None and fault.throttled:
            BatchRequest.objects.filter(pk=batch.pk).update(attempts=F("attempts") - 1)
        batch.http_status, batch.intuit_tid = answer.status, answer.intuit_tid
        left = [record for record in planned.records if record.state == State.IN_FLIGHT]
        if not left:
            settled.append(batch.pk)
        else:
            is_answered = all(record.is_refused for record in left)
            rows = BatchRequest.objects.filter(pk=batch.pk)
            if is_answered:
                rows.update(look_after=Now())
            else:
                rows.look_later()
    update_each([planned.batch for planned, _ in answered], ["http_status", "intuit_tid"])
    BatchRequest.objects.filter(pk__in=settled).settle()


def unanswered(session: CompanySession, batch: BatchRequest) -> None:
    """Note that a connection ended without an answer: QuickBooks may work on it for a while yet.

    Does nothing where another process has taken the request over.
    """
    ours = BatchRequest.objects.filter(pk=batch.pk, lease_token=session.lease.token)
    ours.look_later()


def never_sent(session: CompanySession, planned: Planned) -> None:
    """Let documents wait again of which not one byte left; raises LeaseLost.

    A request that went before keeps its id and bytes.
    """
    with transaction.atomic():
        session.lease.lock()
        if planned.is_again:
            _again_later(planned)
        else:
            BatchRequest.objects.filter(pk=planned.batch.pk).put_back()


def _again_later(planned: Planned) -> None:
    """Look a request up once more, and do not count this sending."""
    BatchRequest.objects.filter(pk=planned.batch.pk).update(
        attempts=F("attempts") - 1, look_after=Now()
    )


def throttled(session: CompanySession, fault: Fault) -> None:
    """Leave the company alone as long as Intuit advises, and learn the pace that did pass."""
    pause(session.company, settings.QUICKBOOKS_THROTTLE_PAUSE, fault.words)
    QuickBooksCompany.objects.filter(pk=session.company.pk).update(
        learned_pace=session.pacer.learned_pace(), pace_learned_at=Now()
    )


def pause(company: QuickBooksCompany, seconds: float, words: str) -> None:
    """Leave a company alone for a while; a longer pause stands."""
    until = Now() + timedelta(seconds=seconds)
    shorter = Q(paused_until__isnull=True) | Q(paused_until__lt=until)
    QuickBooksCompany.objects.filter(shorter, pk=company.pk).update(
        paused_until=until, pause_reason=words
    )


def _pause_runs(records: Sequence[SyncRecord]) -> None:
    """Pause a run of which so many invoices in a row came out otherwise than they are here."""
    most = settings.EXPORTS_PAUSE_AFTER
    differing = [r for r in records if r.state == State.MISMATCH and r.kind == Kind.INVOICE]
    if not (most and differing):
        return
    runs = ExportRun.objects.filter(pk__in={r.run_id for r in differing if r.run_id})
    for run in runs.filter(state=ExportRun.State.RUNNING):
        settled = SyncRecord.objects.filter(run=run, kind=Kind.INVOICE, exported_at__isnull=False)
        if run.went_on_at:  # a person has seen what came before
            settled = settled.filter(exported_at__gt=run.went_on_at)
        latest = settled.order_by("-exported_at", "-pk").values_list("state", flat=True)
        # What was settled now, and before it what may have begun a row.
        in_a_row = groupby(latest[: len(records) + most - 1])
        if any(state == State.MISMATCH and len(list(same)) >= most for state, same in in_a_row):
            run.state = ExportRun.State.PAUSED
            run.state_detail = stored(
                "%(most)s invoices in a row differ in QuickBooks: look at them first.", most=most
            )
            run.save(update_fields=["state", "state_detail"])

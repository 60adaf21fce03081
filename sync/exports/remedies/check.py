"""Check again: what QuickBooks holds now is compared once more, as its answer was."""

from collections.abc import Callable, Mapping, Sequence

from django.db import transaction

from sync.company.requests import progress
from sync.company.sessions import CompanySession
from sync.exports.delivery.marker_search import Findings, look
from sync.exports.delivery.settling import make_sendable
from sync.exports.delivery.survivors import look_for_survivors
from sync.exports.documents.remote import (
    applied_there,
    differences,
    documents,
    read,
    take,
)
from sync.exports.remedies.customer_links import follow_rename, say_gone, say_inactive
from sync.exports.remedies.isolated import by_document, isolated
from sync.exports.remedies.results import Outcomes, RemedyResult, resume
from sync.models import CompanyRequest, Event, SyncRecord
from sync.quickbooks.documents import Entity, is_voided
from sync.words import stored, together

State, Kind, Problem = SyncRecord.State, SyncRecord.Kind, SyncRecord.Problem
ABSENT = stored("It is not in QuickBooks. Retry sends it.")
LOST = {Problem.GONE, Problem.INACTIVE}
FOLLOWED = stored("It has another name in QuickBooks now, which was taken over here.")
MOVED = stored("It changed here meanwhile. Check it again.")


@isolated(by_document)
def check_again(session: CompanySession, request: CompanyRequest) -> RemedyResult:
    """Read documents again, a query for many, and say whether they equal ours to the cent."""
    outcomes = Outcomes(request)
    records = outcomes.records()
    progress(request, stored("Reading QuickBooks"), 0, len(records))
    doubtful = [r for r in records if r.state == State.UNCERTAIN and not r.qbo_id]
    findings = look_for(session, doubtful)
    there = read(session.client, records) | findings.ours
    with transaction.atomic():
        session.lease.lock()
        current = _unmoved(records, outcomes)
        _settle_doubtful([r for r in current if not r.qbo_id], findings, outcomes)
        there_now = [r for r in current if r.qbo_id or r.pk in findings.ours]
        settle_read(there_now, there, outcomes.say)
        outcomes.audit(current, Event.Action.CHECK_AGAIN)
    if lost := [r for r in current if r.kind == Kind.CUSTOMER and r.error_code in LOST]:
        look_for_survivors(session, lost)
    return outcomes.result(MOVED)


def look_for(session: CompanySession, records: Sequence[SyncRecord]) -> Findings:
    """Look for documents that have no id yet: one query a kind."""
    if not records:
        return Findings()
    since = min(record.queued_at for record in records)
    return look(session.client, records, since)


def _unmoved(records: Sequence[SyncRecord], outcomes: Outcomes) -> list[SyncRecord]:
    """Return the records that stand as they did before QuickBooks was read."""
    before = {record.pk: (record.state, record.qbo_id) for record in records}
    return [r for r in outcomes.records() if (r.state, r.qbo_id) == before.get(r.pk)]


def _settle_doubtful(records: Sequence[SyncRecord], findings: Findings, outcomes: Outcomes) -> None:
    for record in records:
        if record.state != State.UNCERTAIN:
            outcomes.say(record.pk, stored("It was not sent, so there is nothing to check."))
        elif record.pk in findings.strangers:
            outcomes.say(
                record.pk,
                stored(
                    "QuickBooks holds a document like this one without our mark. Compare the two."
                ),
            )
        elif record.pk not in findings.ours:
            # Every wait was over before it was called uncertain: what is not there now is not.
            record.stop(State.FAILED, Problem.ABSENT, ABSENT)
            record.save(update_fields=["state", "error_code", "error"])
            outcomes.say(record.pk, ABSENT)


def settle_read(
    records: Sequence[SyncRecord], there: Mapping[int, Entity], say: Callable[..., None]
) -> None:
    """Compare and save, and let go what waits; runs in the caller's transaction, under its lease.

    An invoice is compared after the payments that may have been found.
    """
    order = [Kind.CUSTOMER, Kind.PAYMENT, Kind.INVOICE]
    stopped = {record.pk for record in records if record.state != State.EXPORTED}
    checked = []
    for kind in order:
        of_kind = [record for record in records if record.kind == kind]
        checked += _compare(of_kind, there, say)
    equal = [record for record in checked if record.state == State.EXPORTED]
    make_sendable(equal)
    resume(record for record in equal if record.pk in stopped)


def _compare(
    records: Sequence[SyncRecord], there: Mapping[int, Entity], say: Callable[..., None]
) -> list[SyncRecord]:
    if not records:
        return []
    made, applied = documents(records), applied_there(records[0].company, records)
    checked = []
    for record in records:
        document, entity, is_followed = made[record.pk], there.get(record.pk), False
        if isinstance(document, str):
            say(record.pk, document)
            continue
        if record.kind == Kind.INVOICE and _has_payments_on_their_way(record):
            say(record.pk, stored("Its payments are on their way. Check it when they are there."))
            continue
        if entity is None:
            say_gone(record)
        elif not record.qbo_id and record.is_held_by_another(str(entity["Id"])):
            say(record.pk, stored("QuickBooks holds it, but another record here claims it."))
            continue
        else:
            differing = differences(document, entity, applied[record.invoice_id or 0])
            left = follow_rename(record, entity, differing)
            take(record, entity, left)
            say_inactive(record, entity)
            is_followed = len(left) < len(differing)
        record.save()
        checked.append(record)
        words = FOLLOWED if is_followed else _words(record, entity)
        say(record.pk, words, done=record.state == State.EXPORTED)
    return checked


def _words(record: SyncRecord, entity: Entity | None) -> str:
    if record.state == State.EXPORTED:
        return stored("It is in QuickBooks and equals ours.")
    return (
        together(record.error, stored("It was voided there."))
        if entity and is_voided(entity)
        else record.error
    )


def _has_payments_on_their_way(record: SyncRecord) -> bool:
    return SyncRecord.objects.filter(
        company=record.company_id, payment__invoice=record.invoice_id, state=State.IN_FLIGHT
    ).exists()

"""Unlinking: what a person says was deleted in QuickBooks is looked for, and forgotten if so."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import QuerySet

from sync.company.requests import progress
from sync.company.sessions import CompanySession
from sync.exports.delivery.release_record import forget
from sync.exports.documents.remote import RELATED, read
from sync.exports.remedies.check import settle_read
from sync.exports.remedies.isolated import by_document, isolated
from sync.exports.remedies.removal_guards import refund_in_the_way
from sync.exports.remedies.requests import IN_ORDER
from sync.exports.remedies.results import Outcomes, RemedyResult
from sync.models import CompanyRequest, Event, ExportRunItem, SyncRecord
from sync.quickbooks.documents import Entity, is_voided
from sync.words import stored, stored_count

State, Kind = SyncRecord.State, SyncRecord.Kind
STILL_THERE = stored("It is still in QuickBooks. Only what was deleted there can be unlinked.")
VOIDED = stored(
    "It was voided in QuickBooks, not deleted, so it is still there. Delete it there first, or "
    "leave it as it is."
)


@isolated(by_document)
def unlink(session: CompanySession, request: CompanyRequest) -> RemedyResult:
    """Read documents, and forget those that were deleted in QuickBooks, payments first."""
    outcomes = Outcomes(request)
    records = outcomes.records()
    progress(request, stored("Reading QuickBooks"), 0, len(records))
    there = read(session.client, records)
    invoices = _invoices_of(records)
    asked = {record.pk for record in records}
    there |= read(session.client, [each for each in invoices if each.pk not in asked])
    with transaction.atomic():
        session.lease.lock()
        for kind in reversed(IN_ORDER):
            for record in outcomes.records():
                if record.kind == kind:
                    _unlink(record, there.get(record.pk), outcomes)
        # Without a payment that was deleted there, more of its invoice is open: so it is equal.
        left = SyncRecord.objects.filter(pk__in=[r.pk for r in invoices], state=State.MISMATCH)
        current = list(left.exclude(qbo_id="").select_related(*RELATED))
        settle_read(current, there, lambda *_said, **_more: None)
    return outcomes.result(stored("It was unlinked already."), done=True)


def _invoices_of(records: Sequence[SyncRecord]) -> list[SyncRecord]:
    """Return the invoices that are in QuickBooks, of the payments among the records."""
    ids = [record.payment.invoice_id for record in records if record.payment]
    companies = {record.company_id for record in records}
    rows = SyncRecord.objects.filter(company__in=companies, invoice__in=ids).exclude(qbo_id="")
    return list(rows.select_related(*RELATED))


def _unlink(record: SyncRecord, entity: Entity | None, outcomes: Outcomes) -> None:
    if words := _refusal(record, entity):
        outcomes.say(record.pk, words)
        return
    outcomes.say(record.pk, stored("It was deleted there. It may be exported again."), done=True)
    outcomes.audit([record], Event.Action.UNLINKED)
    forget(
        [record],
        outcomes.request.requested_by,
        ExportRunItem.Cause.UNLINKED,
        stored("It was deleted in QuickBooks."),
    )


def _refusal(record: SyncRecord, entity: Entity | None) -> str:
    if record.state not in {State.EXPORTED, State.MISMATCH} or record.kind == Kind.CUSTOMER:
        return stored("It is not something that can be unlinked.")
    if entity is not None:
        return VOIDED if is_voided(entity) else STILL_THERE
    if record.payment:
        return refund_in_the_way(record.payment)
    payments = _payments_of(record)
    if left := payments.exclude(qbo_id="").count():
        return stored_count(
            "%(count)s of its payments is still linked to QuickBooks. Unlink or remove them first.",
            "%(count)s of its payments are still linked to QuickBooks. Unlink or remove them "
            "first.",
            left,
        )
    if payments.filter(state__in=[State.IN_FLIGHT, State.UNCERTAIN]).exists():
        return stored("It is not certain yet what became of its payments. Settle them first.")
    return ""


def _payments_of(record: SyncRecord) -> QuerySet[SyncRecord]:
    return SyncRecord.objects.filter(company=record.company_id, payment__invoice=record.invoice_id)

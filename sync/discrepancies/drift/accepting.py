"""Accepting an invoice as it is in QuickBooks: its difference stands, named, and its payments go.

What is accepted is kept as an accepted change of the document, as one after its export is: so the
tie-out names it, and what changes there later is compared with it.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from sync.company.requests import progress
from sync.company.sessions import CompanySession
from sync.discrepancies.drift.drift import STANDING
from sync.discrepancies.drift.snapshots import differences as changes_of
from sync.discrepancies.drift.snapshots import snapshot_there
from sync.exports.delivery.settling import make_sendable
from sync.exports.documents import applying, remote
from sync.exports.documents.difference_words import words_for
from sync.exports.remedies.figures import DIFFERS_NO_MORE, has_amiss_figures, rest_words
from sync.exports.remedies.isolated import by_document, isolated
from sync.exports.remedies.results import Outcomes, RemedyResult, resume
from sync.models import CompanyRequest, Drift, Event, SyncRecord
from sync.quickbooks.documents import Entity, InvoiceDocument, figure, is_voided
from sync.words import stored

State = SyncRecord.State
NOTE = stored("Accepted as it is in QuickBooks.")
ON_THEIR_WAY = stored("Its payments are on their way. Accept it when they are there.")


@isolated(by_document)
def accept(session: CompanySession, request: CompanyRequest) -> RemedyResult:
    """Read invoices once more, and accept those that still are as a person saw them."""
    outcomes = Outcomes(request)
    records = outcomes.records()
    progress(request, stored("Reading QuickBooks"), 0, len(records))
    there = remote.read(session.client, records)
    with transaction.atomic():
        session.lease.lock()
        accepted = [
            record
            for record in outcomes.records()
            if _accept(record, there.get(record.pk), outcomes)
        ]
        make_sendable(accepted)
        resume(accepted)
        outcomes.audit(accepted, Event.Action.ACCEPTED_THERE)
    return outcomes.result(DIFFERS_NO_MORE)


def _accept(record: SyncRecord, entity: Entity | None, outcomes: Outcomes) -> bool:
    words = _why_not(record, entity, outcomes.asked[record.pk].get("to"))
    if words or entity is None or record.invoice is None:
        outcomes.say(record.pk, words)
        return False
    remote.take(record, entity, [])
    record.batch = None
    record.save()
    _keep(record, entity, outcomes)
    total = figure(entity, "TotalAmt") or Decimal(0)
    paid = applying.confirm_waiting(record, total)
    said = stored(
        "Accepted at %(total)s. %(rest)s",
        total=(total, record.invoice.currency),
        rest=rest_words(record.invoice, total, paid),
    )
    outcomes.say(record.pk, said, done=True)
    return True


def _why_not(record: SyncRecord, entity: Entity | None, shown: Sequence[str] | None) -> str:
    if not has_amiss_figures(record):
        return DIFFERS_NO_MORE
    if entity is None or is_voided(entity):
        return stored("It is no longer in QuickBooks, or was voided there. Check it again.")
    if shown and list(shown) != [str(entity["Id"]), str(entity.get("SyncToken", ""))]:
        return stored(
            "It was changed in QuickBooks after you saw it. Check it again, and look anew."
        )
    payments = SyncRecord.objects.filter(
        company=record.company_id, payment__invoice=record.invoice_id
    )
    if payments.filter(state__in=[State.IN_FLIGHT, State.UNCERTAIN]).exists():
        return ON_THEIR_WAY
    return _what_else_differs(record, entity)


def _what_else_differs(record: SyncRecord, entity: Entity) -> str:
    """Say what differs besides total and tax, which alone can be accepted here."""
    document = remote.documents([record])[record.pk]
    total, tax = figure(entity, "TotalAmt"), remote.tax_there(entity)
    if isinstance(document, str):
        return document
    if not isinstance(document, InvoiceDocument) or not total or tax is None:
        return stored("QuickBooks tells no total that could be accepted. Look at it there.")
    applied = remote.applied_there(record.company, [record])[record.invoice_id or 0]
    as_there = replace(document, total=total, tax_total=tax)
    differing = remote.differences(as_there, entity, applied)
    if not differing:
        return ""
    return stored(
        "More than its total and tax differs. %(differences)s",
        differences=words_for(record, entity, differing),
    )


def _keep(record: SyncRecord, entity: Entity, outcomes: Outcomes) -> None:
    """Keep it as an accepted change; one that was listed already is concluded by it."""
    drifts = Drift.objects.filter(record=record, side=Drift.Side.QUICKBOOKS, state__in=STANDING)
    drift = drifts.first() or Drift(record=record, side=Drift.Side.QUICKBOOKS)
    content = record.content
    sent = {"total": content["total"], "tax": content["tax_total"]}
    drift.snapshot = snapshot_there(record.kind, entity)
    drift.changes = changes_of(sent, drift.snapshot)
    drift.business_unit, drift.sync_token = record.business_unit, record.qbo_sync_token
    drift.state, drift.note = Drift.State.ACCEPTED, NOTE
    drift.decided_by, drift.decided_at = outcomes.request.requested_by, timezone.now()
    drift.changed_at = timezone.now()
    drift.save()

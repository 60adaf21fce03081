"""Linking: a person says that a document in QuickBooks is the one of ours that was to go there."""

from django.db import transaction

from accounts.models import User
from sync.company.requests import progress
from sync.company.sessions import CompanySession
from sync.exports.delivery.revalidation import changes
from sync.exports.delivery.settling import make_sendable
from sync.exports.documents.remote import documents, read_ids, take
from sync.exports.remedies.compare import why_not
from sync.exports.remedies.isolated import by_document, isolated
from sync.exports.remedies.requests import IN_ORDER, is_comparable
from sync.exports.remedies.results import Outcomes, RemedyResult, resume
from sync.exports.runs import balances
from sync.mappings.mappings import CompanyMappings
from sync.models import CompanyRequest, Event, QuickBooksCompany, SyncRecord
from sync.quickbooks.documents import Entity
from sync.words import stored

State, Kind = SyncRecord.State, SyncRecord.Kind
NO_LONGER = stored("It is not waiting to be linked any more.")
NOT_THERE = stored("It is no longer in QuickBooks. Compare again, or retry.")
CHANGED_THERE = stored("It was changed in QuickBooks after you saw it. Compare the two again.")


@isolated(by_document)
def link(session: CompanySession, request: CompanyRequest) -> RemedyResult:
    """Read what was shown once more, and link what is still so and breaks no law."""
    outcomes = Outcomes(request)
    targets = {pk: tuple(document["to"]) for pk, document in outcomes.asked.items()}
    records = sorted(outcomes.records(), key=lambda r: IN_ORDER.index(Kind(r.kind)))
    progress(request, stored("Reading QuickBooks"), 0, len(records))
    there: dict[int, Entity] = {}
    for kind in IN_ORDER:
        of_kind = [record for record in records if record.kind == kind]
        if of_kind:
            found = read_ids(session.client, kind, {targets[r.pk][0] for r in of_kind})
            there |= {r.pk: found[targets[r.pk][0]] for r in of_kind if targets[r.pk][0] in found}
    with transaction.atomic():
        session.lease.lock()
        for record in records:
            record.refresh_from_db()
            words = _refusal(record, there.get(record.pk), targets[record.pk][1])
            if words:
                outcomes.say(record.pk, words)
            else:
                _link(record, there[record.pk], request)
                outcomes.say(record.pk, record.error or stored("Linked."), done=not record.error)
        linked = [record for record in records if record.qbo_id]
        make_sendable(linked)
        resume(linked)
        outcomes.audit(linked, Event.Action.LINKED)
    return outcomes.result(NO_LONGER)


def _refusal(record: SyncRecord, theirs: Entity | None, shown_token: str) -> str:
    if not is_comparable(record):
        return NO_LONGER
    if theirs is None:
        return NOT_THERE
    if str(theirs.get("SyncToken", "")) != shown_token:
        return CHANGED_THERE
    if record.kind == Kind.INVOICE and (words := _changed_here(record.company, record)):
        return words
    return why_not(record, documents([record])[record.pk], theirs)


def _changed_here(company: QuickBooksCompany, record: SyncRecord) -> str:
    """Say why the invoice may not go as it was confirmed: its payments follow once it is linked."""
    changed = changes(company, {record.invoice_id or 0: record}, CompanyMappings(company))
    return next((words for _, words in changed.values()), "")


def link_to(record: SyncRecord, theirs: Entity, actor: User | None) -> None:
    """Take a document in QuickBooks for the record's because a person says so; nothing is saved."""
    take(record, theirs, [])
    record.linked_by, record.written_digest = actor, ""
    if record.kind == Kind.CUSTOMER:
        # Its name is theirs, and others of ours may be linked to the same customer.
        record.content["display_name"], record.name_key = str(theirs["DisplayName"]), ""


def _link(record: SyncRecord, theirs: Entity, request: CompanyRequest) -> None:
    link_to(record, theirs, request.requested_by)
    if record.kind == Kind.INVOICE and (words := balances.too_little(record, theirs)):
        record.stop(State.MISMATCH, SyncRecord.Problem.BALANCE, words)
    record.save()

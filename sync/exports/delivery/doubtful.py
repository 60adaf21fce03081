"""Recovery of what meets an unexpected error: it stays unknown, and stops no other document.

The whole request is looked up first. Only after an unexpected error each document is tried by
itself, and one that fails stands before a person: bytes of it have left, so it is neither failed
nor sent again.
"""

from functools import partial

from django.db import transaction

from sync.company.isolation import Trouble, apart, attempt
from sync.company.requests import look_now
from sync.company.sessions import CompanySession
from sync.exports.delivery import delete_write, recovery
from sync.exports.delivery.planner import Planned
from sync.exports.delivery.settling import save
from sync.exports.delivery.taxes import update as tax_update
from sync.models import BatchRequest, SyncRecord
from sync.words import stored

State = SyncRecord.State
REMEDY = stored("It may be in QuickBooks, so it is not sent again by itself: check it again.")


def recover(session: CompanySession, batch: BatchRequest) -> Planned | None:
    """Find out what became of a request, as `recovery.recover` does; no error stops the company."""
    act = partial(recovery.recover, session, batch)
    company = session.company.pk
    found = attempt(act, company=company, request=batch.request_id)
    if not isinstance(found, Trouble):
        return found
    rehearse = partial(recovery.rehearse, session, batch)
    tried = apart(recovery.in_flight(batch), rehearse, company=company)
    if not tried.is_general:
        for record, trouble in tried.out:
            _doubt(session, [record], trouble)
        found = attempt(act, company=company, request=batch.request_id)
    if not isinstance(found, Trouble):
        return found
    session.set_aside(found)
    _look_later(session, batch, found)
    return None


def _doubt(session: CompanySession, records: list[SyncRecord], trouble: Trouble) -> None:
    with transaction.atomic():
        session.lease.lock()
        for record in records:
            record.refresh_from_db()
            record.stop(State.UNCERTAIN, SyncRecord.Problem.UNEXPECTED, trouble.words(REMEDY))
        save(records)


def _look_later(session: CompanySession, batch: BatchRequest, trouble: Trouble) -> None:
    """Let the company's other work go before the next look; after five a person is asked."""
    if batch.attempts <= recovery.MOST_RESENDS:
        recovery.put_off_look(batch)
        return
    _doubt(session, recovery.in_flight(batch), trouble)
    BatchRequest.objects.filter(pk=batch.pk).settle()
    # Each reads what is there by itself, and says so.
    if batch.operation == delete_write.DELETE:
        look_now(session.company.pk, "remove")
    elif batch.operation == tax_update.UPDATE:
        look_now(session.company.pk, tax_update.CORRECTION)

"""Sending the correction: an invoice that came out otherwise becomes there what it is here now.

It is confirmed anew as it stands here, with the payments that wait for it; one update, written
down before it leaves, makes it so in QuickBooks. Then it is read back, and its payments go.
"""

from collections.abc import Collection, Sequence
from datetime import date

from django.db import transaction

from sync.company.requests import LookLater, RequestFailed, progress
from sync.company.sessions import CompanySession
from sync.connections.verification import read_preferences
from sync.exports.delivery.revalidation import not_eligible
from sync.exports.delivery.taxes import update
from sync.exports.documents import applying, build, units_of_work
from sync.exports.documents.remote import differences, read
from sync.exports.documents.tax_gate import tax_stop
from sync.exports.documents.units_of_work import UnitOfWork
from sync.exports.remedies.check import settle_read
from sync.exports.remedies.figures import DIFFERS_NO_MORE, has_amiss_figures, has_links, shown_here
from sync.exports.remedies.isolated import by_document, isolated
from sync.exports.remedies.results import Outcomes, RemedyResult
from sync.mappings.mappings import Mappings
from sync.models import CompanyRequest, Drift, Event, QuickBooksCompany, SyncRecord
from sync.models.invoices import lock_invoices
from sync.quickbooks.documents import Entity, InvoiceDocument, has_marker, invoice_update_body
from sync.words import stored

State, Kind = SyncRecord.State, SyncRecord.Kind
MOST_SERVES = 5
FIXED = {
    "customer": stored("customer"),
    "number": stored("number"),
    "currency": stored("currency"),
}
EQUAL = stored("It is in QuickBooks and equals ours.")


@isolated(by_document)
def correct(session: CompanySession, request: CompanyRequest) -> RemedyResult:
    """Set invoices right in QuickBooks; say of the others why they stay as they are."""
    outcomes = Outcomes(request)
    if any(update.is_under_way(record) for record in outcomes.records()):
        raise LookLater
    if request.tries >= MOST_SERVES:
        raise RequestFailed(stored("QuickBooks did not answer five times. Send it again later."))
    read_preferences(session)  # the closing date may have moved
    there = read(session.client, outcomes.records())
    going = _confirm(session, there, outcomes)
    refused: dict[int, str] = {}
    for done, (record, document) in enumerate(going):
        progress(request, stored("Correcting in QuickBooks"), done, len(going))
        if words := _send(session, record, document, there[record.pk]):
            refused[record.pk] = words
    _read_back(session, [record for record, _ in going], refused, outcomes)
    return outcomes.result(EQUAL, done=True)


def _confirm(
    session: CompanySession, there: dict[int, Entity], outcomes: Outcomes
) -> list[tuple[SyncRecord, InvoiceDocument]]:
    """Confirm anew what may be corrected; this is kept before anything is sent."""
    going = []
    company = QuickBooksCompany.objects.select_related("discount_account").get(
        pk=session.company.pk
    )
    with transaction.atomic():
        session.lease.lock()
        records = outcomes.records()
        invoices = [record.invoice_id or 0 for record in records]
        lock_invoices(invoices)
        work = units_of_work.load(company, invoices)
        blocked = not_eligible(company, invoices, {record.business_unit for record in records})
        for record in records:
            if record.state == State.EXPORTED:
                continue  # it was set right before an interruption
            record.company, unit = company, work[record.invoice_id or 0]
            words = _why_not_here(record, unit, outcomes.asked[record.pk].get("to"), blocked)
            words = words or _why_not_there(record, there.get(record.pk))
            made = words or _made(record, unit)
            if isinstance(made, str):
                outcomes.say(record.pk, made)
                continue
            _keep(record, unit)
            going.append((record, made))
    return going


def _why_not_here(
    record: SyncRecord,
    unit: UnitOfWork,
    shown: Collection[str] | None,
    blocked: dict[int, tuple[str, str]],
) -> str:
    if not has_amiss_figures(record):
        return DIFFERS_NO_MORE
    if shown and list(shown) != shown_here(unit.content):
        return stored("It changed here after you saw it. Look at it, and send it again.")
    if unit.invoice.pk in blocked:
        return blocked[unit.invoice.pk][1]
    for field, name in FIXED.items():
        if unit.content[field] != record.content[field]:  # type: ignore[literal-required]
            return stored(
                "It has another %(name)s here now. Remove it from QuickBooks, and let it go anew.",
                name=name,
            )
    payments = SyncRecord.objects.filter(company=record.company, payment__invoice=unit.invoice)
    if payments.exclude(qbo_id="", state__in=[State.PENDING, State.FAILED]).exists():
        return stored(
            "A payment of it is in QuickBooks or on its way. Remove it with its payments first."
        )
    return ""


def _why_not_there(record: SyncRecord, entity: Entity | None) -> str:
    if entity is None:
        return stored("It is no longer in QuickBooks. Check it again, and unlink it.")
    if record.linked_by_id and not has_marker(entity, record.marker):
        return stored(
            "Somebody else entered it in QuickBooks. What we did not create we do not change."
        )
    if str(entity.get("SyncToken")) != record.qbo_sync_token:
        return stored("It was changed in QuickBooks meanwhile. Check it again first.")
    if has_links(entity):
        return stored("Something is applied to it in QuickBooks. Take that off there first.")
    closed_on, dated = record.company.book_close_date, date.fromisoformat(str(entity["TxnDate"]))
    if closed_on is not None and dated <= closed_on:
        return stored(
            "QuickBooks has closed its books through %(closed_on)s, and it is dated before.",
            closed_on=closed_on,
        )
    return ""


def _made(record: SyncRecord, unit: UnitOfWork) -> InvoiceDocument | str:
    """Return the invoice as it is to stand there, or why QuickBooks could not hold it."""
    mappings = Mappings.of(record.company, record.business_unit)
    parents = build.parents_of([record])[record.pk]
    record.content = unit.content | {"digest": unit.digest}
    if build.lacks_rate(record):
        return stored("Its exchange rate is not known. Check the connection, and send it again.")
    made = build.make(record, mappings, parents)
    if isinstance(made, build.Problem):
        return made.words
    words = tax_stop(made, mappings)
    return words or made if isinstance(made, InvoiceDocument) else ""


def _keep(record: SyncRecord, unit: UnitOfWork) -> None:
    """Keep what is confirmed now of the invoice and of the payments that wait for it."""
    record.save(update_fields=["content"])
    applying.confirm_waiting(record, unit.invoice.total, unit.payment_contents)
    # What was accepted before is what it was corrected from.
    accepted = Drift.objects.filter(record=record, side=Drift.Side.QUICKBOOKS)
    accepted.filter(state=Drift.State.ACCEPTED).update(state=Drift.State.UNDONE)


def _send(
    session: CompanySession, record: SyncRecord, document: InvoiceDocument, entity: Entity
) -> str:
    """Send one correction where something differs; return the words of a refusal."""
    if not differences(document, entity):
        return ""
    body = invoice_update_body(document, str(entity["Id"]), str(entity["SyncToken"]))
    sent = update.send(session, record, body)
    if not sent.is_answered:
        raise LookLater
    return sent.refused.words if sent.refused else ""


def _read_back(
    session: CompanySession,
    records: Sequence[SyncRecord],
    refused: dict[int, str],
    outcomes: Outcomes,
) -> None:
    now = read(session.client, records)
    asked = {record.pk for record in records}
    with transaction.atomic():
        session.lease.lock()
        current = [record for record in outcomes.records() if record.pk in asked]
        for record in current:
            record.batch = None  # the record tells of the request that made it
        settle_read(current, now, outcomes.say)
        outcomes.audit(current, Event.Action.CORRECTED_THERE)
    for pk, words in refused.items():
        outcomes.say(pk, stored("QuickBooks did not take the correction: %(words)s", words=words))
    session.has_tax_probes = True

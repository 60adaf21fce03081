"""Removing from QuickBooks what we put there: the payments of an invoice first, then the invoice.

Everything is read before anything is written, and an invoice that may not go leaves its payments
where they are. What is gone is Do not export from before the first delete on, so that nothing goes
back by itself, whenever this is interrupted.
"""

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from sync.company.requests import LookLater, RequestFailed, progress
from sync.company.sessions import CompanySession
from sync.connections.verification import read_preferences
from sync.exports.delivery import delete_write
from sync.exports.documents.remote import read
from sync.exports.remedies.isolated import by_unit_of_work, isolated
from sync.exports.remedies.removal_guards import refund_in_the_way
from sync.exports.remedies.requests import invoice_of
from sync.exports.remedies.results import Outcomes, RemedyResult
from sync.exports.runs.outbox import take_back
from sync.models import CompanyRequest, Event, ExportRunItem, Invoice, Subject, SyncRecord
from sync.quickbooks.documents import Entity, figure, has_marker
from sync.words import Place, stored

State, Kind = SyncRecord.State, SyncRecord.Kind
MOST_SERVES = 5
NOT_SEEN = stored("QuickBooks said that it deleted this, but it is still there. Remove it again.")
APPLIED = stored("Something was applied to it in QuickBooks just now. Look at it there.")
KEPT = stored("Kept in QuickBooks, because its payments are still there.")


@isolated(by_unit_of_work)
def remove(session: CompanySession, request: CompanyRequest) -> RemedyResult:
    """Remove whole units of work that may go; say of the others why they stay."""
    outcomes = Outcomes(request)
    if delete_write.unanswered(list(outcomes.asked)):
        raise LookLater
    if request.tries >= MOST_SERVES:
        raise RequestFailed(stored("QuickBooks did not answer five times. Remove it again later."))
    read_preferences(session)  # the closing date may have moved
    records = outcomes.records()
    there = read(session.client, records)
    going = _going(session, records, there, outcomes)
    payments = [record for record in going if record.kind == Kind.PAYMENT]
    _remove(session, payments, there, outcomes)
    stuck = {invoice_of(record) for record in payments if outcomes.is_undone(record.pk)}
    invoices = [record for record in going if record.kind == Kind.INVOICE]
    for record in invoices:
        if record.invoice_id in stuck:
            outcomes.say(record.pk, KEPT)
    _remove(session, invoices, _without_payments(session, invoices, outcomes), outcomes)
    return outcomes.result(stored("It is no longer in QuickBooks."), done=True)


def _without_payments(
    session: CompanySession, invoices: Sequence[SyncRecord], outcomes: Outcomes
) -> dict[int, Entity]:
    """Read invoices once their payments are gone; what took some of one meanwhile keeps it."""
    there = read(session.client, [r for r in invoices if not outcomes.is_undone(r.pk)])
    for record in invoices:
        entity = there.get(record.pk)
        if entity and (_links(entity) or not _is_wholly_open(entity)):
            outcomes.say(record.pk, APPLIED)
    return there


def _is_wholly_open(entity: Entity) -> bool:
    balance = figure(entity, "Balance")
    return balance is not None and balance == figure(entity, "TotalAmt")


# Deciding --------------------------------------------------------------------------------------


def _going(
    session: CompanySession,
    records: Sequence[SyncRecord],
    there: dict[int, Entity],
    outcomes: Outcomes,
) -> list[SyncRecord]:
    """Return the records of units that may go; from here on they are Do not export."""
    by_invoice: dict[int, list[SyncRecord]] = {}
    for record in records:
        by_invoice.setdefault(invoice_of(record) or 0, []).append(record)
    going: list[SyncRecord] = []
    with transaction.atomic():
        session.lease.lock()
        for invoice_id, unit in by_invoice.items():
            words = _refusal_here(session.company.pk, invoice_id, unit) or _refusal_there(
                unit, there, session.company.book_close_date
            )
            if words:
                for record in unit:
                    outcomes.say(record.pk, words)
                continue
            _hold(session.company.pk, invoice_id, outcomes.request)
            going += unit
    return going


def _refusal_here(company_id: int, invoice_id: int, unit: Sequence[SyncRecord]) -> str:
    everything = SyncRecord.objects.filter(
        Q(invoice=invoice_id) | Q(payment__invoice=invoice_id), company=company_id
    )
    if everything.filter(state=State.IN_FLIGHT).exists():
        return stored(
            "Part of it is on its way to QuickBooks right now. Remove it when that is known."
        )
    if everything.filter(state=State.UNCERTAIN).exists():
        return stored("Whether part of it reached QuickBooks is not certain. Check it again first.")
    if everything.exclude(qbo_id="").exclude(pk__in=[record.pk for record in unit]).exists():
        return stored("More of it was exported meanwhile. Remove it again to take that along.")
    for record in unit:
        if record.payment and (words := refund_in_the_way(record.payment)):
            return words
    return ""


def _refusal_there(
    unit: Sequence[SyncRecord], there: dict[int, Entity], closed_on: date | None
) -> str:
    """Say why QuickBooks must keep the unit; empty where all of it may go."""
    ours = {record.qbo_id for record in unit if record.kind == Kind.PAYMENT}
    invoices = {record.qbo_id for record in unit if record.kind == Kind.INVOICE}
    for record in sorted(unit, key=lambda record: record.kind, reverse=True):
        entity = there.get(record.pk)
        if entity is None:
            continue
        words = _of_any(record, entity, closed_on)
        if not words and record.kind == Kind.PAYMENT:
            words = _of_payment(record, entity, invoices)
        elif not words:
            words = _of_invoice(record, entity, ours)
        if words:
            return words
    return ""


def _of_any(record: SyncRecord, entity: Entity, closed_on: date | None) -> str:
    name = "The payment" if record.payment else f"{record.invoice}"
    if record.linked_by is not None and not has_marker(entity, record.marker):
        return stored(
            "%(name)s was entered in QuickBooks by somebody else and linked by %(linked_by)s. "
            "What we did not create we do not delete: delete it in QuickBooks.",
            name=name,
            linked_by=record.linked_by,
        )
    dated = date.fromisoformat(str(entity["TxnDate"]))
    if closed_on is not None and dated <= closed_on:
        return stored(
            "%(name)s is dated %(dated)s, and QuickBooks has closed its books through "
            "%(closed_on)s. Ask your accountant to change the closing date.",
            name=name,
            dated=dated,
            closed_on=closed_on,
        )
    was, now = record.exported_total, figure(entity, "TotalAmt")
    if was is not None and was != now:
        currency = (record.payment or record.invoice).currency  # type: ignore[union-attr]
        is_now: Place = stored("unreadable") if now is None else (now, currency)
        return stored(
            "%(name)s was changed in QuickBooks: it was %(was)s and is %(is_now)s now. Look at "
            "it there, check it again, then remove it.",
            name=name,
            was=(was, currency),
            is_now=is_now,
        )
    return ""


def _of_payment(record: SyncRecord, entity: Entity, invoices: set[str]) -> str:
    links = _links(entity)
    if any(kind == "Deposit" for kind, _ in links):
        return stored(
            "A payment of it is part of a bank deposit in QuickBooks. Take it out of the deposit "
            "there first."
        )
    if str(entity.get("SyncToken")) != record.qbo_sync_token:
        return _changed(record, entity)
    applied = {link for line in entity.get("Line") or [] for link in _links(line)}
    if applied - {("Invoice", qbo_id) for qbo_id in invoices}:
        return stored(
            "A payment of it was applied to another document in QuickBooks. Undo that first."
        )
    return ""


def _of_invoice(record: SyncRecord, entity: Entity, payments: set[str]) -> str:
    others = _links(entity) - {("Payment", qbo_id) for qbo_id in payments}
    if others:
        named = ", ".join(f"{kind} {qbo_id}" for kind, qbo_id in sorted(others))
        return stored(
            "Something that is not ours is applied to %(invoice)s in QuickBooks (%(named)s). "
            "Take it off there first.",
            invoice=_called(record),
            named=named,
        )
    if record.invoice is not None and record.invoice.do_not_export_at is not None:
        return ""  # its removal was begun before: our own deletes changed it
    # Each payment of ours that was applied to it may have counted as a change.
    steps = int(str(entity.get("SyncToken") or 0)) - int(record.qbo_sync_token or 0)
    return "" if 0 <= steps <= len(payments) else _changed(record, entity)


def _changed(record: SyncRecord, entity: Entity) -> str:
    return stored(
        "%(name)s was changed in QuickBooks after it was exported (version %(then)s "
        "then, %(now)s now). Look at it there, check it again, then remove it.",
        name=_called(record),
        then=record.qbo_sync_token,
        now=str(entity.get("SyncToken")),
    )


def _called(record: SyncRecord) -> str:
    return record.invoice.said() if record.invoice else stored("The payment")


def _links(part: Entity) -> set[tuple[str, str]]:
    return {(str(link["TxnType"]), str(link["TxnId"])) for link in part.get("LinkedTxn") or []}


def _hold(company_id: int, invoice_id: int, request: CompanyRequest) -> None:
    """Keep the unit out of every export, and take back what of it was never sent."""
    invoice = Invoice.objects.select_for_update(of=["self"], no_key=True).get(pk=invoice_id)
    who = request.requested_by or stored("the command line")
    words = stored("Removed from QuickBooks by %(who)s.", who=who)
    take_back(company_id, [invoice_id], ExportRunItem.Cause.REMOVED, words)
    if invoice.do_not_export_at is not None and invoice.do_not_export_reason == words:
        return  # taken up again after an interruption
    invoice.do_not_export_at, invoice.do_not_export_by = timezone.now(), request.requested_by
    invoice.do_not_export_reason = words
    invoice.save(update_fields=["do_not_export_at", "do_not_export_by", "do_not_export_reason"])
    about = Subject(invoice.business_unit_id, "invoice", invoice.pk, {"reason": words})
    Event.objects.record(Event.Action.DO_NOT_EXPORT, request.requested_by, [about])


# Doing -----------------------------------------------------------------------------------------


def _remove(
    session: CompanySession,
    records: Sequence[SyncRecord],
    there: dict[int, Entity],
    outcomes: Outcomes,
) -> None:
    """Delete what is there, one write each; then read all of it again, and forget what is gone."""
    going = [record for record in records if not outcomes.is_undone(record.pk)]
    waiting = [record for record in going if record.pk in there]
    refused: dict[int, str] = {}
    for done, record in enumerate(waiting):
        progress(outcomes.request, stored("Deleting in QuickBooks"), done, len(waiting))
        fault = delete_write.delete(session, record, there[record.pk])
        if fault is not None:
            refused[record.pk] = fault.words
    left = read(session.client, waiting)
    gone = [record for record in going if record.pk not in left]
    with transaction.atomic():
        session.lease.lock()
        delete_write.forget_removed(gone, outcomes.request.requested_by)
    for record in gone:
        outcomes.say(record.pk, stored("Removed from QuickBooks."), done=True)
    for pk in left:
        outcomes.say(pk, refused.get(pk, NOT_SEEN))

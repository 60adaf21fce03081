"""Disconnecting: a unit leaves its company, and the last one to leave ends the connection.

What waits is taken back, so that nothing goes after a reconnect without a press. An invoice that
has left gets its payments first. Where QuickBooks can no longer be spoken to, they stop in sight,
and so does what left without an answer: a press looks for it once the unit is connected again.
"""

from dataclasses import dataclass

import structlog
from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from accounts.access import Capability, require
from accounts.models import User
from sync.company import tokens
from sync.company.lease import hold_for_person
from sync.company.requests import fail_waiting
from sync.company.sessions import give_back
from sync.connections.unit_moves import other_units, unsettled
from sync.exports.runs.outbox import take_back
from sync.exports.runs.runs import chunks, end, not_enqueued
from sync.models import (
    BatchRequest,
    BusinessUnit,
    Event,
    ExportRun,
    ExportRunItem,
    QuickBooksCompany,
    Subject,
    SyncRecord,
)
from sync.quickbooks import oauth
from sync.quickbooks.oauth import OAuthRefused, OAuthUnavailable
from sync.words import stored, stored_count, together

log = structlog.get_logger(__name__)

State, Kind = SyncRecord.State, SyncRecord.Kind
CAUSE, PROBLEM = ExportRunItem.Cause.DISCONNECTED, SyncRecord.Problem.DISCONNECTED
TAKEN_BACK = stored("Its business unit was disconnected before it was sent: export it anew.")
HALF_THERE = stored(
    "Its invoice is in QuickBooks, and its business unit was disconnected before "
    "this payment could follow. Connect it again, then retry."
)
UNKNOWN = stored(
    "It was sent, and QuickBooks did not answer before its business unit was "
    "disconnected. Connect it again, then check again: it is looked for before "
    "anything is sent."
)


class DisconnectRefused(Exception):
    """The unit stays connected; the text says why."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits of a unit when it is to leave: counts of payments and of invoices."""

    payments: int
    """Their invoices have not left: they would be taken back."""
    half_there: int
    """They follow an invoice that is in QuickBooks, or may be, and would stop."""
    unknown: int = 0
    """Documents of which nobody knows whether they arrived."""


def what_waits(unit: BusinessUnit, company: QuickBooksCompany) -> Waiting:
    """Count what disconnecting would take back or stop."""
    half_there = _half_there(unit, company).count()
    pending = _pending(unit, company).filter(kind=Kind.PAYMENT).count()
    to_come = sum(not_enqueued(run).count() for run in _confirmed(unit, company))
    unknown = _unknown(unit, company).count()
    return Waiting(pending + to_come - half_there, half_there, unknown)


def disconnect(unit: BusinessUnit, actor: User | None) -> str:
    """Take the unit off its company and say what that did; mappings and what was exported stay.

    The tokens are revoked at Intuit and forgotten unless other units still post to the company.
    Raises AccessDenied, or DisconnectRefused while something is on its way or half there.
    """
    require(actor, Capability.MANAGE, unit.pk)
    company = unit.quickbooks_company
    if company is None:
        raise DisconnectRefused(stored("%(unit)s is not connected to QuickBooks.", unit=unit))
    with hold_for_person(company.pk) as lease:
        if lease is None:
            raise DisconnectRefused(
                stored(
                    "%(company)s is being worked with right now. Try again when that is finished.",
                    company=company,
                )
            )
        give_back(lease)
        refresh_token = _leave(unit.pk, company.pk, actor)
        return _revoke(unit, company, refresh_token)


def _leave(unit_id: int, company_id: int, actor: User | None) -> str | None:
    """Take the unit off at once; return the token to revoke, None where other units need it."""
    with transaction.atomic():
        unit = BusinessUnit.objects.select_for_update(no_key=True).get(pk=unit_id)
        company = QuickBooksCompany.objects.select_for_update(no_key=True).get(pk=company_id)
        if unit.quickbooks_company_id != company_id:
            raise DisconnectRefused(
                stored(
                    "%(unit)s is no longer connected to %(company)s.", unit=unit, company=company
                )
            )
        is_last = not other_units(company, unit)
        records = SyncRecord.objects.filter(company=company)
        concerned = records if is_last else records.filter(business_unit=unit)
        if not company.is_connected:
            _stop_unknown(concerned.filter(state=State.IN_FLIGHT))
        elif words := unsettled(concerned):
            raise DisconnectRefused(
                stored(
                    "%(unit)s stays connected for now: %(words)s. Let them finish, and settle the "
                    "uncertain ones, then disconnect.",
                    unit=unit,
                    words=words,
                )
            )
        taken_back = _withdraw(unit, company)
        unit.quickbooks_company = None
        unit.save(update_fields=["quickbooks_company"])
        detail = {"realm_id": company.realm_id, "taken_back": taken_back}
        about = Subject(unit.pk, "QuickBooksCompany", company.pk, detail)
        Event.objects.record(Event.Action.DISCONNECTED, actor, [about])
        return _forget(company) if is_last else None


def _stop_unknown(moving: QuerySet[SyncRecord]) -> None:
    """Put what left without an answer before a person: nothing of it is sent again by itself.

    Raises DisconnectRefused while QuickBooks may still be at it: looking would prove nothing.
    """
    if moving.filter(batch__look_after__gt=Now()).exists():
        raise DisconnectRefused(
            stored(
                "Something was sent a moment ago, and QuickBooks may still be at it. "
                "Disconnect in a few minutes."
            )
        )
    requests = list(moving.values_list("batch", flat=True))
    moving.update(state=State.UNCERTAIN, error_code=PROBLEM, error=UNKNOWN)
    still = SyncRecord.objects.filter(batch__in=requests, state=State.IN_FLIGHT)
    over = BatchRequest.objects.filter(pk__in=requests).exclude(pk__in=still.values("batch"))
    over.filter(operation="").settle()


def _withdraw(unit: BusinessUnit, company: QuickBooksCompany) -> int:
    """Take back what waits, and stop what follows an invoice that is there; count the former.

    Raises DisconnectRefused where that would leave an invoice without the payments on their way.
    """
    half_there = _half_there(unit, company)
    follows = half_there.filter(is_sendable=True, run__state=ExportRun.State.RUNNING)
    if company.is_connected and (number := follows.values("payment__invoice").distinct().count()):
        raise DisconnectRefused(
            stored_count(
                "%(unit)s stays connected for now: %(count)s invoice is in QuickBooks without "
                "all payments, which are being exported. Let them finish, then disconnect.",
                "%(unit)s stays connected for now: %(count)s invoices are in QuickBooks without "
                "all payments, which are being exported. Let them finish, then disconnect.",
                number,
                unit=unit,
            )
        )
    waiting = what_waits(unit, company).payments
    half_there.update(state=State.FAILED, error_code=PROBLEM, error=HALF_THERE)
    pending = _pending(unit, company)
    invoices = list(pending.filter(kind=Kind.INVOICE).values_list("invoice", flat=True))
    for some in chunks(invoices):
        take_back(company.pk, some, CAUSE, TAKEN_BACK)
    for run in _confirmed(unit, company):
        end(run, CAUSE, TAKEN_BACK)
    return waiting


def _pending(unit: BusinessUnit, company: QuickBooksCompany) -> QuerySet[SyncRecord]:
    return SyncRecord.objects.filter(company=company, business_unit=unit, state=State.PENDING)


def _unknown(unit: BusinessUnit, company: QuickBooksCompany) -> QuerySet[SyncRecord]:
    states = [State.IN_FLIGHT, State.UNCERTAIN]
    return SyncRecord.objects.filter(company=company, business_unit=unit, state__in=states)


def _half_there(unit: BusinessUnit, company: QuickBooksCompany) -> QuerySet[SyncRecord]:
    """Return payments that wait although their invoice is in QuickBooks, or may be."""
    there = SyncRecord.objects.filter(company=company, business_unit=unit, kind=Kind.INVOICE)
    is_there = ~Q(qbo_id="") | Q(state__in=[State.IN_FLIGHT, State.UNCERTAIN])
    invoices = there.filter(is_there).values("invoice")
    return _pending(unit, company).filter(kind=Kind.PAYMENT, payment__invoice__in=invoices)


def _confirmed(unit: BusinessUnit, company: QuickBooksCompany) -> QuerySet[ExportRun]:
    """Return the unit's runs that could go on, also those that a person would have to send on."""
    states = [ExportRun.State.RUNNING, ExportRun.State.PAUSED]
    return ExportRun.objects.filter(company=company, business_unit=unit, state__in=states)


def _forget(company: QuickBooksCompany) -> str:
    """Clear the company's tokens; return the one that ends the connection at Intuit."""
    refresh_token = str(company.refresh_token)
    for name, value in tokens.no_tokens().items():
        setattr(company, name, value)
    company.status = QuickBooksCompany.Status.DISCONNECTED
    company.status_detail = ""
    company.save(update_fields=[*tokens.TOKEN_FIELDS, "status", "status_detail"])
    fail_waiting(company.pk, stored("The company was disconnected."))
    return refresh_token


def _revoke(unit: BusinessUnit, company: QuickBooksCompany, refresh_token: str | None) -> str:
    log.info("disconnected", unit=unit.pk, company=company.pk, is_revoked=bool(refresh_token))
    if refresh_token is None:
        return stored(
            "%(unit)s is disconnected from %(company)s. Other units still post to it, so "
            "the company itself stays connected.",
            unit=unit,
            company=company,
        )
    done = stored(
        "%(unit)s is disconnected from %(company)s. Its mappings and export history are kept.",
        unit=unit,
        company=company,
    )
    try:
        if refresh_token:
            oauth.revoke(refresh_token)
    except OAuthRefused:
        return done  # Intuit had ended it already
    except OAuthUnavailable:
        return together(
            done,
            stored(
                "Intuit did not answer, so please also remove this app in QuickBooks under "
                "Apps > My apps."
            ),
        )
    return done

"""Disconnecting: a unit leaves its company, and the last one to leave ends the connection."""

import structlog
from django.db import transaction

from accounts.access import Capability, require
from accounts.models import User
from sync.company import tokens
from sync.company.lease import acquire
from sync.company.requests import fail_waiting
from sync.company.sessions import give_back
from sync.connections.unit_moves import other_units, unsettled
from sync.models import BusinessUnit, Event, QuickBooksCompany, Subject, SyncRecord
from sync.quickbooks import oauth
from sync.quickbooks.oauth import OAuthRefused, OAuthUnavailable

log = structlog.get_logger(__name__)


class DisconnectRefused(Exception):
    """The unit stays connected; the text says why."""


def disconnect(unit: BusinessUnit, actor: User | None) -> str:
    """Take the unit off its company and say what that did; rows and mappings stay.

    The tokens are revoked at Intuit and forgotten unless other units still post to the company.
    Raises AccessDenied, or DisconnectRefused while something is on its way.
    """
    require(actor, Capability.MANAGE, unit.pk)
    company = unit.quickbooks_company
    if company is None:
        raise DisconnectRefused(f"{unit} is not connected to QuickBooks.")
    lease = acquire(company.pk)
    if lease is None:
        raise DisconnectRefused(
            f"{company} is being worked with right now. Try again when that is finished."
        )
    try:
        give_back(lease)
        refresh_token = _leave(unit.pk, company.pk, actor)
        return _revoke(unit, company, refresh_token)
    finally:
        lease.release()


def _leave(unit_id: int, company_id: int, actor: User | None) -> str | None:
    """Take the unit off at once; return the token to revoke, None where other units need it."""
    with transaction.atomic():
        unit = BusinessUnit.objects.select_for_update(no_key=True).get(pk=unit_id)
        company = QuickBooksCompany.objects.select_for_update(no_key=True).get(pk=company_id)
        if unit.quickbooks_company_id != company_id:
            raise DisconnectRefused(f"{unit} is no longer connected to {company}.")
        is_last = not other_units(company, unit)
        records = SyncRecord.objects.filter(company=company)
        if words := unsettled(records if is_last else records.filter(business_unit=unit)):
            raise DisconnectRefused(
                f"{unit} stays connected for now: {words}. "
                "Let them finish, and settle the uncertain ones, then disconnect."
            )
        unit.quickbooks_company = None
        unit.save(update_fields=["quickbooks_company"])
        detail = {"realm_id": company.realm_id}
        about = Subject(unit.pk, "QuickBooksCompany", company.pk, detail)
        Event.objects.record(Event.Action.DISCONNECTED, actor, [about])
        return _forget(company) if is_last else None


def _forget(company: QuickBooksCompany) -> str:
    """Clear the company's tokens; return the one that ends the connection at Intuit."""
    refresh_token = str(company.refresh_token)
    for name, value in tokens.no_tokens().items():
        setattr(company, name, value)
    company.status = QuickBooksCompany.Status.DISCONNECTED
    company.status_detail = ""
    company.save(update_fields=[*tokens.TOKEN_FIELDS, "status", "status_detail"])
    fail_waiting(company.pk, "The company was disconnected.")
    return refresh_token


def _revoke(unit: BusinessUnit, company: QuickBooksCompany, refresh_token: str | None) -> str:
    log.info("disconnected", unit=unit.pk, company=company.pk, is_revoked=bool(refresh_token))
    if refresh_token is None:
        return (
            f"{unit} is disconnected from {company}. "
            "Other units still post to it, so the company itself stays connected."
        )
    done = f"{unit} is disconnected from {company}. Its mappings and export history are kept."
    try:
        if refresh_token:
            oauth.revoke(refresh_token)
    except OAuthRefused:
        return done  # Intuit had ended it already
    except OAuthUnavailable:
        return (
            f"{done} Intuit did not answer, so please also remove this app in QuickBooks "
            "under Apps > My apps."
        )
    return done

"""A company's tokens: encrypted at rest, refreshed in time, given up when Intuit says so."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from sync.company.wake import tell_ended
from sync.models import QuickBooksCompany
from sync.models.companies import TokenHolder
from sync.quickbooks import oauth
from sync.quickbooks.oauth import OAuthError, OAuthRefused, Tokens
from sync.words import stored

# An access token is used only while it is good for at least this long.
MARGIN = timedelta(minutes=5)
TOKEN_FIELDS = [field.name for field in TokenHolder._meta.get_fields()]


class NotConnected(Exception):
    """No token to speak to the company with; the text is for a page, and work stays waiting."""


class SignInUnavailable(NotConnected):
    """Intuit's sign-in did not answer: nothing is wrong with the connection, so try again later."""


def fields_of(tokens: Tokens) -> dict[str, Any]:
    """Return what a TokenHolder keeps of tokens that were given just now."""
    now = timezone.now()
    hard = tokens.hard_expires_in
    return {
        "access_token": tokens.access_token,
        "access_token_expires_at": now + timedelta(seconds=tokens.access_expires_in),
        "refresh_token": tokens.refresh_token,
        "refresh_token_expires_at": now + timedelta(seconds=tokens.refresh_expires_in),
        "refresh_token_hard_expires_at": None if hard is None else now + timedelta(seconds=hard),
    }


def no_tokens() -> dict[str, Any]:
    """Return what a TokenHolder keeps once its tokens are given up."""
    return dict.fromkeys(TOKEN_FIELDS) | {"access_token": "", "refresh_token": ""}


def store(company: QuickBooksCompany, tokens: Tokens) -> None:
    """Keep tokens that a person's consent gave: the company is connected from now on."""
    adopt(company, fields_of(tokens))


def adopt(company: QuickBooksCompany, fields: dict[str, Any]) -> None:
    """Keep tokens given as the fields of a TokenHolder: the company is connected from now on."""
    for name, value in fields.items():
        setattr(company, name, value)
    company.status = QuickBooksCompany.Status.CONNECTED
    company.status_detail = ""
    company.connected_at = timezone.now()
    company.told_of = company.refusal = ""
    company.paused_until = None
    kept = ["status", "status_detail", "connected_at", "told_of", "refusal", "paused_until"]
    company.save(update_fields=[*fields, *kept])


def ensure_fresh(company: QuickBooksCompany) -> str:
    """Return an access token that is good for five minutes or more, refreshing it if need be.

    For the holder of the company's lease, outside any transaction: new tokens are saved before
    they are used. Raises NotConnected; an `invalid_grant` also marks the company.
    """
    company.refresh_from_db()
    if company.status != QuickBooksCompany.Status.CONNECTED:
        raise NotConnected(_words_for(company))
    ends = company.access_token_expires_at
    if ends is not None and ends > timezone.now() + MARGIN:
        return str(company.access_token)
    return renew(company)


def renew(company: QuickBooksCompany) -> str:
    """Exchange the refresh token now, whatever the clock says of the access token."""
    seen = company.access_token_expires_at
    try:
        given = oauth.refresh(company.refresh_token)
    except OAuthRefused as refused:
        return _after_refusal(company, seen, refused)
    except OAuthError:
        raise SignInUnavailable(
            stored("Intuit's sign-in service did not answer. Nothing is lost; it is tried again.")
        ) from None
    kept = QuickBooksCompany.objects.filter(pk=company.pk, access_token_expires_at=seen).update(
        **fields_of(given)
    )
    company.refresh_from_db()
    # A person connected anew or disconnected meanwhile: what they left is what counts.
    return given.access_token if kept else _as_another_left_it(company)


def _after_refusal(company: QuickBooksCompany, seen: datetime | None, refused: OAuthRefused) -> str:
    company.refresh_from_db()
    if company.access_token_expires_at != seen:
        return _as_another_left_it(company)
    if refused.error != "invalid_grant":
        raise SignInUnavailable(
            stored(
                "Intuit refused this application's sign-in (%(error)s). Check the client id "
                "and secret of this installation.",
                error=refused.error,
            )
        )
    mark_lost(company, seen)
    raise NotConnected(_words_for(company))


def mark_lost(company: QuickBooksCompany, seen: datetime | None) -> None:
    """Mark the company as needing a reconnect, unless its tokens are no longer those seen."""
    with transaction.atomic():
        current = QuickBooksCompany.objects.select_for_update(no_key=True).get(pk=company.pk)
        if current.access_token_expires_at == seen and current.is_connected:
            current.status = QuickBooksCompany.Status.NEEDS_RECONNECT
            current.status_detail = stored(
                "Intuit ended the connection; noticed on %(day)s.",
                day=timezone.localdate(),
            )
            current.save(update_fields=["status", "status_detail"])
            tell_ended(current.pk)
    company.refresh_from_db()


def _as_another_left_it(company: QuickBooksCompany) -> str:
    if not company.is_connected:
        raise NotConnected(_words_for(company))
    return str(company.access_token)


def _words_for(company: QuickBooksCompany) -> str:
    if company.status == QuickBooksCompany.Status.NEEDS_RECONNECT:
        return stored(
            "The connection to %(company)s has ended. Reconnect; mappings and work are kept.",
            company=company,
        )
    return stored("%(company)s is not connected to QuickBooks.", company=company)

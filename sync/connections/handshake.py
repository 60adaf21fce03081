"""The handshake by which a person connects a business unit to a QuickBooks company."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.access import AccessDenied, Capability, require
from accounts.models import User
from sync.company import tokens
from sync.company.requests import ask
from sync.connections import invite_links, setup
from sync.connections.setup import earlier_company
from sync.connections.token_probe import NotProven, prove
from sync.connections.unit_moves import other_units, refuse_to_leave
from sync.models import (
    BusinessUnit,
    CompanyRequest,
    ConnectAttempt,
    ConnectLink,
    Event,
    QuickBooksCompany,
    Subject,
    SyncRecord,
)
from sync.quickbooks import oauth
from sync.quickbooks.oauth import OAuthError, OAuthRefused, Tokens
from sync.words import stored, together, words_of

log = structlog.get_logger(__name__)

STATE_LIFETIME = timedelta(minutes=10)
# How long a person may think about joining a company; its access token lasts an hour.
CONFIRM_LIFETIME = timedelta(minutes=30)
VERIFY = "verify"
INTUIT_SIGN_IN = "https://appcenter.intuit.com"

_NOT_BY_LINK = stored(
    "This is not the company that the link can be used for: other books, or other "
    "units post to it. Nothing was changed. Ask whoever sent you the link to "
    "connect it with their own account."
)
_AGAIN = stored("Nothing was changed. Choose Connect to QuickBooks to start again.")


class ConnectRefused(Exception):
    """The unit was not connected and nothing was stored; the text is for the unit's page."""

    def __init__(self, words: str, unit: BusinessUnit | None = None) -> None:
        self.unit = unit
        super().__init__(words)


@dataclass(frozen=True, slots=True)
class Connected:
    """The unit posts to the company now; the request is the verification that follows."""

    unit: BusinessUnit
    company: QuickBooksCompany
    verification: CompanyRequest


def begin(unit: BusinessUnit, actor: User | None, link: ConnectLink | None = None) -> str:
    """Return the address of Intuit's consent page; its `state` is good for one use by this person.

    With a link, it is whoever holds the link that comes back, in the name of who made it.
    Raises AccessDenied, or ConnectRefused where Intuit cannot be reached.
    """
    require(actor, Capability.MANAGE, unit.pk)
    state = secrets.token_urlsafe(32)
    try:
        address = oauth.authorize_url(state)
    except OAuthError:
        raise ConnectRefused(
            stored("QuickBooks' sign-in page cannot be reached right now. Please try again later."),
            unit,
        ) from None
    ConnectAttempt.objects.filter(created_at__lt=timezone.now() - timedelta(days=1)).delete()
    ConnectAttempt.objects.create(
        state_hash=_digest(state), business_unit=unit, requested_by=actor, link=link
    )
    return address


def complete(
    answer: Mapping[str, str], actor: User | None, link: ConnectLink | None = None
) -> Connected | ConnectAttempt:
    """Finish with what Intuit sent back: state, code and realmId, or error.

    Returns the attempt, holding its tokens, where the person must first confirm that the unit
    joins a company that another unit posts to, or leaves the one it posted to for another.
    Raises ConnectRefused; nothing is stored then.
    """
    attempt = _claim(answer.get("state", ""), actor, link)
    unit = attempt.business_unit
    realm_id, code = _read(answer, unit)
    refuse_to_leave(unit, realm_id, ConnectRefused)
    given = _exchange(code, unit)
    company = QuickBooksCompany.objects.filter(realm_id=realm_id).first()
    is_shared = company is not None and bool(other_units(company, unit))
    is_own = company is not None and unit.quickbooks_company_id == company.pk
    joins = is_shared and not is_own
    if joins or earlier_company(unit, realm_id):
        if link is None:
            return _hold(attempt, realm_id, given)
        if joins or not _has_no_other_books(unit, realm_id):
            raise ConnectRefused(_NOT_BY_LINK, unit)
    if company is None or not is_shared:
        return _connect(attempt, realm_id, tokens.fields_of(given), actor)
    fields = tokens.fields_of(given)
    _prove(company, given.access_token, unit)
    return _connect(attempt, realm_id, fields, actor, is_shared_knowingly=True)


def _has_no_other_books(unit: BusinessUnit, realm_id: str) -> bool:
    """Whether it posts nowhere and left nothing elsewhere, as after a connection by mistake."""
    left = SyncRecord.objects.filter(business_unit=unit).exclude(qbo_id="")
    elsewhere = left.exclude(company__realm_id=realm_id)
    return unit.quickbooks_company_id is None and not elsewhere.exists()


def held_attempt(pk: int, actor: User | None) -> ConnectAttempt:
    """Return the attempt that waits for this person's word, or raise ConnectRefused."""
    attempt = ConnectAttempt.objects.filter(pk=pk, requested_by=actor).exclude(refresh_token="")
    found = attempt.filter(created_at__gte=timezone.now() - CONFIRM_LIFETIME).first()
    if found is None:
        raise ConnectRefused(
            together(stored("This connection no longer waits to be confirmed."), _AGAIN)
        )
    return found


def confirm(attempt: ConnectAttempt, actor: User | None) -> Connected:
    """Connect to the held company, as the person has now confirmed.

    Where other units post to it, the tokens are tried on the company first, as nobody but Intuit
    can vouch for the company's id that came with the person's browser.
    """
    unit = attempt.business_unit
    _require_manage(actor, unit)
    company = QuickBooksCompany.objects.filter(realm_id=attempt.realm_id).first()
    if company is not None and other_units(company, unit):
        _prove(company, attempt.access_token, unit)
    fields = {name: getattr(attempt, name) for name in tokens.TOKEN_FIELDS}
    connected = _connect(attempt, attempt.realm_id, fields, actor, is_shared_knowingly=True)
    abandon(attempt)
    return connected


def abandon(attempt: ConnectAttempt) -> None:
    """Give up the held tokens; not revoked, as that would end the other units' connection too."""
    ConnectAttempt.objects.filter(pk=attempt.pk).update(**tokens.no_tokens())


def _claim(state: str, actor: User | None, link: ConnectLink | None) -> ConnectAttempt:
    """Use up this person's attempt; forged, foreign, used and expired ones are refused."""
    mine = ConnectAttempt.objects.filter(requested_by=actor, link=link)
    mine = mine.select_related("business_unit", "link")
    attempt = mine.filter(state_hash=_digest(state)).first()
    if attempt is None:
        latest = mine.first()
        raise ConnectRefused(
            together(
                stored("This answer does not belong to a connection that you started here."), _AGAIN
            ),
            latest.business_unit if latest else None,
        )
    unit = attempt.business_unit
    if attempt.created_at < timezone.now() - STATE_LIFETIME:
        raise ConnectRefused(
            together(stored("Connecting took longer than 10 minutes."), _AGAIN), unit
        )
    unused = ConnectAttempt.objects.filter(pk=attempt.pk, used_at=None)
    if not unused.update(used_at=timezone.now()):
        raise ConnectRefused(
            together(stored("This answer from QuickBooks was already used."), _AGAIN), unit
        )
    _require_manage(actor, unit)
    return attempt


def _require_manage(actor: User | None, unit: BusinessUnit) -> None:
    try:
        require(actor, Capability.MANAGE, unit.pk)
    except AccessDenied as denied:
        raise ConnectRefused(words_of(denied), unit) from None


def _read(answer: Mapping[str, str], unit: BusinessUnit) -> tuple[str, str]:
    """Return the company's id and the code, or say what came instead."""
    error = answer.get("error", "")
    if error == "access_denied":
        raise ConnectRefused(
            stored(
                "You did not give consent, so %(unit)s was not connected. Nothing was changed.",
                unit=unit,
            ),
            unit,
        )
    if error:
        raise ConnectRefused(
            together(stored("QuickBooks could not connect %(unit)s.", unit=unit), _AGAIN),
            unit,
        )
    realm_id, code = answer.get("realmId", ""), answer.get("code", "")
    if not (realm_id.isascii() and realm_id.isdigit() and len(realm_id) <= 30):
        raise ConnectRefused(
            together(stored("QuickBooks did not say which company was chosen."), _AGAIN), unit
        )
    if not code:
        raise ConnectRefused(together(stored("QuickBooks did not send its code."), _AGAIN), unit)
    return realm_id, code


def _exchange(code: str, unit: BusinessUnit) -> Tokens:
    try:
        return oauth.exchange(code)
    except OAuthRefused as refused:
        log.warning("connect_refused", unit=unit.pk, intuit_tid=refused.intuit_tid)
        raise ConnectRefused(_words_of_refusal(refused.error), unit) from None
    except OAuthError:
        raise ConnectRefused(
            together(stored("QuickBooks did not finish the connection."), _AGAIN), unit
        ) from None


def _words_of_refusal(error: str) -> str:
    if error == "invalid_grant":
        return together(
            stored("QuickBooks no longer accepts this code: it was used before or is too old."),
            _AGAIN,
        )
    return stored(
        "QuickBooks refused this application's client id or secret. Nothing was "
        "changed; whoever runs this site must put that right."
    )


def _hold(attempt: ConnectAttempt, realm_id: str, given: Tokens) -> ConnectAttempt:
    fields = {"realm_id": realm_id, **tokens.fields_of(given)}
    for name, value in fields.items():
        setattr(attempt, name, value)
    attempt.save(update_fields=list(fields))
    return attempt


def _prove(company: QuickBooksCompany, access_token: str, unit: BusinessUnit) -> None:
    try:
        prove(company, access_token)
    except NotProven as words:
        raise ConnectRefused(words_of(words), unit) from None


def _connect(
    attempt: ConnectAttempt,
    realm_id: str,
    fields: dict[str, Any],
    actor: User | None,
    *,
    is_shared_knowingly: bool = False,
) -> Connected:
    """Store everything at once, after looking again at what may have changed meanwhile."""
    with transaction.atomic():
        unit = BusinessUnit.objects.select_for_update().get(pk=attempt.business_unit_id)
        company = _locked_company(realm_id, unit)
        refuse_to_leave(unit, realm_id, ConnectRefused)
        if not is_shared_knowingly and other_units(company, unit):
            raise ConnectRefused(
                together(stored("Another unit was connected to this company just now."), _AGAIN),
                unit,
            )
        link = attempt.link
        if link is not None and not invite_links.use_up(link):
            raise ConnectRefused(stored("This link was used or taken back meanwhile."), unit)
        tokens.adopt(company, fields)
        unit.quickbooks_company = company
        unit.save(update_fields=["quickbooks_company"])
        # Who joined a company of other units was shown its name and said yes.
        setup.start(unit, company, is_confirmed=bool(other_units(company, unit)))
        detail = {"realm_id": realm_id} | ({"link": link.pk} if link else {})
        about = Subject(unit.pk, "QuickBooksCompany", company.pk, detail)
        Event.objects.record(Event.Action.CONNECTED, actor, [about])
        verification = ask(company, VERIFY, unit=unit, actor=actor)
    log.info("connected", unit=unit.pk, company=company.pk)
    return Connected(unit, company, verification)


def _locked_company(realm_id: str, unit: BusinessUnit) -> QuickBooksCompany:
    """Return the company's row, made if need be; its row and the one left behind are locked."""
    QuickBooksCompany.objects.get_or_create(
        realm_id=realm_id, defaults={"status": QuickBooksCompany.Status.DISCONNECTED}
    )
    rows = QuickBooksCompany.objects.select_for_update(no_key=True).order_by("pk")
    locked = {row.pk: row for row in rows.filter(business_units=unit)}
    locked |= {row.pk: row for row in rows.filter(realm_id=realm_id)}
    return next(row for row in locked.values() if row.realm_id == realm_id)


def _digest(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()


def sign_in_origin() -> str:
    """Return the origin of the consent page, to which a page's form may lead."""
    if settings.QUICKBOOKS_ENVIRONMENT != "simulator":
        return INTUIT_SIGN_IN
    stand_in = urlsplit(settings.QUICKBOOKS_DISCOVERY_URL)
    return f"{stand_in.scheme}://{stand_in.netloc}"

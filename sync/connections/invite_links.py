"""The link for a bookkeeper: signed, expiring, good for connecting one unit once."""

from datetime import timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.core import signing
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import Capability, may, require
from accounts.mail import as_name
from accounts.models import User
from sync.models import BusinessUnit, ConnectLink, Event, Subject

log = structlog.get_logger(__name__)

LIFETIME = timedelta(days=3)
_SALT = "sync.connections.invite_links"
# Enough for a franchise that connects its units in a morning; nobody mails strangers by the dozen.
MOST_MAILS, WITHIN = 10, timedelta(hours=1)


def make(unit: BusinessUnit, actor: User) -> str:
    """Return the address of a new link; whoever opens it may connect the unit in the actor's name.

    What proves it stands behind the #, which browsers never send: so it comes into no log.
    """
    require(actor, Capability.MANAGE, unit.pk)
    link = ConnectLink.objects.create(
        business_unit=unit, created_by=actor, expires_at=timezone.now() + LIFETIME
    )
    _audit(unit, actor, Event.Action.LINK_MADE, link)
    token = signing.dumps(str(link.key), salt=_SALT)
    return f"{settings.SITE_URL}{reverse('quickbooks_link')}#{token}"


def send(address: str, unit: BusinessUnit, actor: User, to: str) -> bool:
    """Send the link; say whether the mail server took it. A person sends so many an hour."""
    if not _may_mail(unit, actor):
        return False
    who, what = (as_name(each) for each in (actor.get_full_name() or actor, unit))
    asked = _("%(who)s asks you to connect %(what)s to QuickBooks.") % {"who": who, "what": what}
    how = _(
        "Open this link, sign in at QuickBooks and choose the company. It works once, for "
        "%(days)s days. You need no account here, and you see nothing else."
    ) % {"days": LIFETIME.days}
    subject = _("Connect %(what)s to QuickBooks") % {"what": what}
    try:
        send_mail(subject, f"{asked}\n\n{how}\n\n{address}\n", None, [to])
    except OSError as failure:
        log.warning("mail_not_sent", unit=unit.pk, reason=type(failure).__name__)
        return False
    return True


def _may_mail(unit: BusinessUnit, actor: User) -> bool:
    """Write down that the person mails once more, unless that was often enough lately."""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=actor.pk)
        mailed = Event.objects.filter(actor=actor, action=Event.Action.LINK_MAILED)
        if mailed.filter(at__gt=timezone.now() - WITHIN).count() >= MOST_MAILS:
            return False
        about = Subject(unit.pk, "ConnectLink", None)
        Event.objects.record(Event.Action.LINK_MAILED, actor, [about])
    return True


def withdraw(unit: BusinessUnit, actor: User) -> int:
    """Take back every open link of the unit; say how many."""
    require(actor, Capability.MANAGE, unit.pk)
    links = list(open_links().filter(business_unit=unit))
    for link in links:
        open_links().filter(pk=link.pk).update(withdrawn_at=timezone.now())
        _audit(unit, actor, Event.Action.LINK_WITHDRAWN, link)
    return len(links)


def opened(token: str) -> ConnectLink | None:
    """Return the open link that a token proves, None where it does not or no longer."""
    try:
        key = UUID(signing.loads(token, salt=_SALT, max_age=LIFETIME))
    except (signing.BadSignature, ValueError):
        return None
    return still_open(open_links().filter(key=key))


def by_id(link_id: int | None) -> ConnectLink | None:
    """Return an open link that was opened before in this browser."""
    return still_open(open_links().filter(pk=link_id)) if link_id else None


def still_open(links: QuerySet[ConnectLink]) -> ConnectLink | None:
    """Return the link while whoever made it may still connect the unit."""
    link = links.select_related("business_unit", "created_by").first()
    if link is None or not may(link.created_by, Capability.MANAGE, link.business_unit_id):
        return None
    return link


def use_up(link: ConnectLink) -> bool:
    """Use the link for good; False where it was used or withdrawn meanwhile."""
    return bool(open_links().filter(pk=link.pk).update(used_at=timezone.now()))


def open_links() -> QuerySet[ConnectLink]:
    """Return the links that can still be used."""
    return ConnectLink.objects.filter(
        used_at=None, withdrawn_at=None, expires_at__gt=timezone.now()
    )


def _audit(unit: BusinessUnit, actor: User, action: Event.Action, link: ConnectLink) -> None:
    Event.objects.record(action, actor, [Subject(unit.pk, "ConnectLink", link.pk)])

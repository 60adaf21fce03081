"""E-mail about what needs a person: the first page's ranking, where something of it is new."""

from datetime import timedelta
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.languages import spoken_by
from accounts.mail import leaving_headers
from sync.company.isolation import apart
from sync.models import NeedsMail
from sync.needs.choices import unsubscribe_address
from sync.needs.due import begin, due
from sync.needs.news import New, Told, news, now_told, still_told
from sync.needs.ranking import needs
from sync.needs.sight import sight_of
from sync.words import number

log = structlog.get_logger(__name__)
Rhythm = NeedsMail.Rhythm
# Longer than a mail takes (EMAIL_TIMEOUT): then its worker was killed, and another one goes on.
TAKEN_FOR = timedelta(minutes=10)
RETRY = timedelta(minutes=5)


def tell_due() -> int:
    """Mail everybody whose time has come and for whom something is new; say how many mails went."""
    now = timezone.now()
    begin(now)
    return sum(apart([row.user_id for row in due(now)], tell).done)


def tell(person_id: int) -> bool:
    """Mail one person what needs them, if something is new since the last; say whether one went.

    Taken first, sent, and only then called told: of two workers one sends. One that is killed
    before the mail server has it loses nothing; killed just after, the same mail, by its
    Message-ID, goes once more, which is all that mail can promise.
    """
    for row in due(timezone.now(), [person_id]):
        if _take(row):
            with spoken_by(row.user):
                return _tell(row)
    return False


def _take(row: NeedsMail) -> bool:
    mine = NeedsMail.objects.filter(
        pk=row.pk, serial=row.serial, taken_until=row.taken_until, rhythm=row.rhythm
    )
    return bool(mine.update(taken_until=timezone.now() + TAKEN_FOR))


def _tell(row: NeedsMail) -> bool:
    found = needs(sight_of(row.user))
    told = now_told(found)
    new = news(found, told, row.told)
    if not new:
        _settle(row, still_told(row.told, told), is_sent=False)
        return False
    only_new = row.rhythm == Rhythm.AT_ONCE
    try:
        _message(row, [each for each in new if each.count or not only_new]).send()
    except OSError as failure:  # smtplib's errors are among them
        NeedsMail.objects.filter(pk=row.pk).update(taken_until=timezone.now() + RETRY)
        log.warning("needs.not_sent", person=row.user_id, reason=type(failure).__name__)
        return False
    _settle(row, told, is_sent=True)
    return True


def _settle(row: NeedsMail, told: Told, *, is_sent: bool) -> None:
    now = timezone.now()
    NeedsMail.objects.filter(pk=row.pk, serial=row.serial).update(
        told=told,
        looked_at=now,
        taken_until=None,
        serial=F("serial") + 1,
        **({"sent_at": now} if is_sent else {}),
    )


def _message(row: NeedsMail, new: list[New]) -> EmailMessage:
    leave = unsubscribe_address(row.user)
    host = urlsplit(settings.SITE_URL).hostname
    return EmailMessage(
        subject=" ".join(_subject(new).split()),
        body=_text(new, leave),
        to=[row.user.email],
        headers={
            **leaving_headers(leave),
            "Message-ID": f"<needs-{row.pk}-{row.serial}@{host}>",
        },
    )


def _subject(new: list[New]) -> str:
    first = new[0].need
    named = {"count": number(first.count), "what": first.title, "more": len(new) - 1}
    if len(new) > 1:
        return _("What needs you: %(count)s %(what)s, and %(more)s more") % named
    return _("What needs you: %(count)s %(what)s") % named


def _text(new: list[New], leave: str) -> str:
    lines = [_("What needs you in Paidup"), ""]
    for each in new:
        lines.append(f"{_figure(each)} {each.need.words}".rstrip())
        lines += [f"{settings.SITE_URL}{each.need.link}", ""]
    everything, switch = reverse("admin:index"), reverse("needs_mail")
    return "\n".join(
        [
            *lines,
            _("Everything: %(page)s") % {"page": f"{settings.SITE_URL}{everything}"},
            _("How often this comes: %(page)s") % {"page": f"{settings.SITE_URL}{switch}"},
            _("No more of these: %(page)s") % {"page": leave},
        ]
    )


def _figure(each: New) -> str:
    named = {
        "what": capfirst(each.need.title),
        "count": number(each.need.count),
        "new": number(each.count or 0),
    }
    if each.count:
        return _("%(what)s: %(count)s (%(new)s new).") % named
    return _("%(what)s: %(count)s.") % named

"""The weekly digest to each unit's accountants: what is open, new and closed by proof."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from urllib.parse import urlencode

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Min
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import Capability, may, require, roles_with
from accounts.languages import spoken_by
from accounts.mail import ids_left, leaving_address, leaving_headers
from accounts.models import Membership, User
from sync.discrepancies.refunds.refunds import Listing, of_listing, open_totals
from sync.discrepancies.refunds.verdicts import REOPENED, VERIFIED
from sync.models import (
    BusinessUnit,
    DigestOptOut,
    DigestSent,
    Drift,
    Event,
    RefundDiscrepancy,
    RefundMatch,
    Subject,
)
from sync.words import day, money, number

log = structlog.get_logger(__name__)
WEEK = timedelta(days=7)
PAGE = "digest_unsubscribe"


@dataclass(slots=True)
class Digest:
    """What there is to say of one unit."""

    unit: BusinessUnit
    open_amounts: list[tuple[str, int, Decimal]] = field(default_factory=list)
    """Currency, how many, and their sum."""
    new: int = 0
    proven: int = 0
    reopened: int = 0
    otherwise: int = 0
    to_accept: int = 0
    changes: int = 0
    oldest: date | None = None

    @property
    def says_something(self) -> bool:
        figures = (
            self.new,
            self.proven,
            self.reopened,
            self.otherwise,
            self.to_accept,
            self.changes,
        )
        return bool(self.open_amounts) or any(figures)


def send_weekly() -> int:
    """Send each unit's digest to whoever wants it; return how many messages went."""
    return sum(_send(unit) for unit in BusinessUnit.objects.order_by("pk"))


def digest_of(unit: BusinessUnit, since: datetime) -> Digest:
    """Return what happened since then and what is open."""
    rows = RefundDiscrepancy.objects.filter(business_unit=unit)
    listed = of_listing(rows, Listing.LISTED)
    events = Event.objects.filter(business_unit=unit, subject_kind="refund", at__gte=since)
    oldest = listed.aggregate(day=Min("refunded_on"))["day"]
    asked = RefundMatch.objects.filter(is_proof=False, refund__in=listed)
    return Digest(
        unit,
        open_amounts=open_totals(rows),
        new=listed.filter(created_at__gte=since).count(),
        proven=events.filter(action=VERIFIED).values("subject_id").distinct().count(),
        reopened=events.filter(action=REOPENED).values("subject_id").distinct().count(),
        otherwise=of_listing(rows, Listing.ADJUSTED_OTHERWISE)
        .filter(review__reviewed_at__gte=since)
        .count(),
        to_accept=asked.values("refund").distinct().count(),
        changes=Drift.objects.filter(business_unit=unit, state=Drift.State.OPEN).count(),
        oldest=oldest,
    )


def _send(unit: BusinessUnit) -> int:
    """Send one unit's digest once a week, however often it is asked for."""
    now = timezone.now()
    with transaction.atomic():
        BusinessUnit.objects.select_for_update().get(pk=unit.pk)
        last = DigestSent.objects.filter(business_unit=unit).first()
        if last and last.sent_at > now - WEEK + timedelta(hours=12):
            return 0
        digest = digest_of(unit, last.sent_at if last else now - WEEK)
        people = list(_recipients(unit)) if digest.says_something else []
        if not people:
            return 0
        DigestSent.objects.update_or_create(business_unit=unit, defaults={"sent_at": now})
    return sum(_mail(digest, person) for person in people)


def _recipients(unit: BusinessUnit) -> list[User]:
    accountants = Membership.objects.filter(
        business_unit=unit, role__in=roles_with(Capability.RESOLVE)
    )
    out = DigestOptOut.objects.filter(business_unit=unit)
    return list(
        User.objects.filter(is_active=True, pk__in=accountants.values("user"))
        .exclude(pk__in=out.values("user"))
        .exclude(email="")
        .order_by("pk")
    )


def _mail(digest: Digest, person: User) -> int:
    leave = unsubscribe_address(digest.unit, person)
    with spoken_by(person):
        subject, body = _subject(digest), _text(digest, leave)
    message = EmailMessage(
        subject=subject,
        body=body,
        to=[person.email],
        headers=leaving_headers(leave),
    )
    try:
        return message.send()
    except OSError as failure:  # smtplib's errors are among them
        log.warning("digest.not_sent", unit=digest.unit.pk, reason=type(failure).__name__)
        return 0


def _subject(digest: Digest) -> str:
    return _("%(unit)s: refunds and changes to adjust in QuickBooks") % {"unit": digest.unit}


def _text(digest: Digest, leave: str) -> str:
    unit = urlencode({"unit": digest.unit.pk})
    report = f"{settings.SITE_URL}{reverse('admin:sync_refunddiscrepancy_changelist')}?{unit}"
    changes = f"{settings.SITE_URL}{reverse('admin:sync_drift_changelist')}?{unit}"
    figures = _figures(digest)
    width = max(len(name) for name, _figure in figures) + 2
    lines = [
        _("%(unit)s: this week") % {"unit": digest.unit},
        "",
        *(f"{name + ':':{width}}{figure}" for name, figure in figures),
        "",
        f"{_('Refunds to adjust')}: {report}",
        f"{_('Changes after export')}: {changes}",
        "",
        f"{_('No more of these for %(unit)s') % {'unit': digest.unit}}: {leave}",
    ]
    return "\n".join(lines)


def _figures(digest: Digest) -> list[tuple[str, str]]:
    amounts = [
        _("%(count)s of %(amount)s") % {"count": number(count), "amount": money(total, currency)}
        for currency, count, total in digest.open_amounts
    ]
    return [
        (_("Open refunds"), _(" and ").join(amounts) or _("none")),
        (_("New"), str(digest.new)),
        (_("Closed by proof"), str(digest.proven)),
        (_("Reopened"), str(digest.reopened)),
        (_("Waiting for a yes"), str(digest.to_accept)),
        (_("Oldest from"), day(digest.oldest) if digest.oldest else "-"),
        (_("Changes after export"), str(digest.changes)),
        (_("Adjusted another way"), str(digest.otherwise)),
    ]


def unsubscribe_address(unit: BusinessUnit, person: User) -> str:
    """Return the signed address that ends one person's digests of one unit."""
    return leaving_address(PAGE, [person.pk, unit.pk])


def leaver(token: str) -> tuple[BusinessUnit, User] | None:
    """Return whose digests of which unit a signed address ends.

    None where nobody signed it, where it is too old, and where the person has no role any more to
    which digests go: who has left a unit learns nothing of it.
    """
    ids = ids_left(PAGE, token)
    if not ids:
        return None
    person_id, unit_id = ids
    unit = BusinessUnit.objects.filter(pk=unit_id).first()
    person = User.objects.filter(pk=person_id).first()
    if unit is None or person is None or not may(person, Capability.RESOLVE, unit.pk):
        return None
    return unit, person


def unsubscribe(token: str) -> bool:
    """End the digests that a signed address names; say whether it holds."""
    found = leaver(token)
    if found is not None:
        switch(*found, on=False)
    return found is not None


def wanted(person: User) -> dict[int, bool]:
    """Return the units whose digest goes to a person, or would, and whether it is wanted."""
    if not person.email:
        return {}
    roles = roles_with(Capability.RESOLVE)
    held = Membership.objects.filter(user=person, role__in=roles)
    out = set(DigestOptOut.objects.filter(user=person).values_list("business_unit", flat=True))
    return {pk: pk not in out for pk in held.values_list("business_unit", flat=True)}


@transaction.atomic
def switch(unit: BusinessUnit, person: User, *, on: bool) -> bool:
    """Begin or end a person's digests of a unit; return whether that was news."""
    if on:
        require(person, Capability.RESOLVE, unit.pk)
        is_news = DigestOptOut.objects.filter(user=person, business_unit=unit).delete()[0] > 0
    else:
        _row, is_news = DigestOptOut.objects.get_or_create(user=person, business_unit=unit)
    if is_news:
        action = Event.Action.DIGEST_SUBSCRIBED if on else Event.Action.DIGEST_UNSUBSCRIBED
        Event.objects.record(action, person, [Subject(unit.pk, "user", person.pk)])
    return is_news

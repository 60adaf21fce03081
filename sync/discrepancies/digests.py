"""The weekly digest to each unit's accountants: what is open, new and closed by proof."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode

import structlog
from django.conf import settings
from django.core import signing
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Min
from django.urls import reverse
from django.utils import timezone

from accounts.access import Capability, may, require, roles_with
from accounts.models import Membership, User
from sync.discrepancies.refunds.refunds import Listing, of_listing, open_totals
from sync.discrepancies.refunds.verdicts import REOPENED, VERIFIED
from sync.exports.rules.reasons import day, money
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

log = structlog.get_logger(__name__)
WEEK = timedelta(days=7)
LEAVES_FOR = timedelta(days=60)  # how long the address in a message ends what it came with
_SALT = "paidup.digest"


@dataclass(slots=True)
class Digest:
    """What there is to say of one unit."""

    unit: BusinessUnit
    open_amounts: list[str] = field(default_factory=list)
    new: int = 0
    proven: int = 0
    reopened: int = 0
    otherwise: int = 0
    to_accept: int = 0
    changes: int = 0
    oldest: str = ""

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
        open_amounts=[
            f"{number:,} of {money(total, currency)}"
            for currency, number, total in open_totals(rows)
        ],
        new=listed.filter(created_at__gte=since).count(),
        proven=events.filter(action=VERIFIED).values("subject_id").distinct().count(),
        reopened=events.filter(action=REOPENED).values("subject_id").distinct().count(),
        otherwise=of_listing(rows, Listing.ADJUSTED_OTHERWISE)
        .filter(review__reviewed_at__gte=since)
        .count(),
        to_accept=asked.values("refund").distinct().count(),
        changes=Drift.objects.filter(business_unit=unit, state=Drift.State.OPEN).count(),
        oldest=day(oldest) if oldest else "",
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
    message = EmailMessage(
        subject=f"{digest.unit}: refunds and changes to adjust in QuickBooks",
        body=_text(digest, leave),
        to=[person.email],
        headers={
            "List-Unsubscribe": f"<{leave}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )
    try:
        return message.send()
    except OSError as failure:  # smtplib's errors are among them
        log.warning("digest.not_sent", unit=digest.unit.pk, reason=type(failure).__name__)
        return 0


def _text(digest: Digest, leave: str) -> str:
    unit = urlencode({"unit": digest.unit.pk})
    report = f"{settings.SITE_URL}{reverse('admin:sync_refunddiscrepancy_changelist')}?{unit}"
    changes = f"{settings.SITE_URL}{reverse('admin:sync_drift_changelist')}?{unit}"
    open_words = " and ".join(digest.open_amounts) or "none"
    lines = [
        f"{digest.unit}: this week",
        "",
        f"Open refunds:         {open_words}",
        f"New:                  {digest.new}",
        f"Closed by proof:      {digest.proven}",
        f"Reopened:             {digest.reopened}",
        f"Waiting for a yes:    {digest.to_accept}",
        f"Oldest from:          {digest.oldest or '-'}",
        f"Changes after export: {digest.changes}",
        f"Adjusted another way: {digest.otherwise}",
        "",
        f"Refunds to adjust: {report}",
        f"Changes after export: {changes}",
        "",
        f"No more of these for {digest.unit}: {leave}",
    ]
    return "\n".join(lines)


def unsubscribe_address(unit: BusinessUnit, person: User) -> str:
    """Return the signed address that ends one person's digests of one unit.

    The token stands in the query, which no log holds.
    """
    token = urlencode({"token": signing.dumps([person.pk, unit.pk], salt=_SALT)})
    return f"{settings.SITE_URL}{reverse('digest_unsubscribe')}?{token}"


def unsubscribe(token: str) -> BusinessUnit | None:
    """End the digests that a signed address names.

    None where nobody signed it, where it is too old, and where the person has no role any more to
    which digests go: who has left a unit learns nothing of it.
    """
    try:
        person_id, unit_id = signing.loads(token, salt=_SALT, max_age=LEAVES_FOR)
    except (signing.BadSignature, ValueError):
        return None
    unit = BusinessUnit.objects.filter(pk=unit_id).first()
    person = User.objects.filter(pk=person_id).first()
    if unit is None or person is None or not may(person, Capability.RESOLVE, unit.pk):
        return None
    switch(unit, person, on=False)
    return unit


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
        _, is_news = DigestOptOut.objects.get_or_create(user=person, business_unit=unit)
    if is_news:
        action = Event.Action.DIGEST_SUBSCRIBED if on else Event.Action.DIGEST_UNSUBSCRIBED
        Event.objects.record(action, person, [Subject(unit.pk, "user", person.pk)])
    return is_news

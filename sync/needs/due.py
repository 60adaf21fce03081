"""Who is to be told now: by what they chose, by the clocks of their unit, and by the last mail."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q, QuerySet

from accounts.models import Membership, User
from sync.models import NeedsMail
from sync.needs.choices import ACTING, default_for

Rhythm = NeedsMail.Rhythm
MORNING = 7  # o'clock
PAUSE = timedelta(hours=1)  # between two mails that come at once


def people() -> QuerySet[User]:
    """Return who may be mailed: who can act, or sees everything, and has an address."""
    acting = Membership.objects.filter(role__in=ACTING).values("user")
    found = User.objects.filter(Q(pk__in=acting) | Q(is_superuser=True), is_active=True)
    return found.exclude(email="").order_by("pk")


def begin(now: datetime) -> None:
    """Have everybody's days counted from now on who is new: nobody is mailed in the first hour."""
    new = people().filter(needs_mail=None).values_list("pk", flat=True)
    rows = (NeedsMail(user_id=pk, looked_at=now) for pk in new)
    NeedsMail.objects.bulk_create(rows, ignore_conflicts=True)


def due(now: datetime, person_ids: list[int] | None = None) -> list[NeedsMail]:
    """Return those whose time has come, each with its person, in three queries."""
    free = Q(taken_until=None) | Q(taken_until__lte=now)
    rows = NeedsMail.objects.filter(free, user__in=people()).exclude(rhythm=Rhythm.NEVER)
    if person_ids is not None:
        rows = rows.filter(user__in=person_ids)
    zones = _zones(person_ids)
    return [row for row in rows.select_related("user").order_by("pk") if _is_due(row, zones, now)]


def _zones(person_ids: list[int] | None) -> dict[int, str]:
    """Return whose unit has which clocks, of those who can act; the first unit's, where of many."""
    roles = Membership.objects.filter(role__in=ACTING).order_by("-business_unit")
    if person_ids is not None:
        roles = roles.filter(user__in=person_ids)
    return dict(roles.values_list("user", "business_unit__timezone"))


def _is_due(row: NeedsMail, zones: dict[int, str], now: datetime) -> bool:
    rhythm = row.rhythm or default_for(has_role=row.user_id in zones)
    if rhythm == Rhythm.AT_ONCE:
        return row.sent_at is None or row.sent_at <= now - PAUSE
    if rhythm == Rhythm.NEVER:
        return False
    zone = ZoneInfo(zones.get(row.user_id, settings.TIME_ZONE))
    return row.looked_at < _morning(now.astimezone(zone), is_weekly=rhythm == Rhythm.WEEKLY)


def _morning(local: datetime, *, is_weekly: bool) -> datetime:
    """Return the last morning, or the last Monday's."""
    morning = local.replace(hour=MORNING, minute=0, second=0, microsecond=0)
    if is_weekly:
        morning -= timedelta(days=morning.weekday())
    if morning > local:
        morning -= timedelta(days=7 if is_weekly else 1)
    return morning

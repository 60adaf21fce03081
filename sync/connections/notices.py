"""Telling people by e-mail, before a connection ends and when it has, with what is waiting."""

from collections import defaultdict
from collections.abc import Collection
from datetime import timedelta

import structlog
from django.conf import settings
from django.core.mail import send_mail
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext, override
from django.utils.translation import gettext as _

from accounts.access import Capability, roles_with
from accounts.models import Membership, User
from sync.company.isolation import apart
from sync.models import Payment, QuickBooksCompany
from sync.words import in_a_row, long_day

log = structlog.get_logger(__name__)

Status = QuickBooksCompany.Status
# Days before the end at which a warning goes out, once each.
WARNED_AT = (14, 7, 3, 1)


def tell_due() -> int:
    """Send every warning that is due and was not sent; say how many went."""
    return sum(apart(list(_concerned().values_list("pk", flat=True)), tell).done)


def tell(company_id: int) -> bool:
    """Send the warning that is due for one company, once; say whether one went."""
    company = QuickBooksCompany.objects.get(pk=company_id)
    stage = _stage(company)
    to = list(_recipients(company).items())
    if not stage or stage == company.told_of or not to:
        return False
    mine = QuickBooksCompany.objects.filter(pk=company.pk, told_of=company.told_of)
    if not mine.update(told_of=stage):
        return False
    try:
        for (unit_ids, language), addresses in to:
            with override(language or get_language()):
                send_mail(*_written(company, unit_ids), None, sorted(addresses))
    except OSError as failure:  # smtplib's errors are among them
        QuickBooksCompany.objects.filter(pk=company.pk, told_of=stage).update(told_of="")
        log.warning("mail_not_sent", company=company.pk, reason=type(failure).__name__)
        return False
    return True


def waiting(company: QuickBooksCompany, unit_ids: Collection[int]) -> int:
    """Count the payments of units that would go, or go on, if the company were connected."""
    of_company = Payment.objects.filter(
        business_unit__quickbooks_company=company, voided_at=None, invoice__voided_at=None
    ).filter(business_unit__in=unit_ids)
    sent = Q(sync_records__company=company) & ~Q(sync_records__qbo_id="")
    paid = Q(invoice__balance_due__lte=0, invoice__total__gt=0)
    return (
        of_company.filter(paid, invoice__do_not_export_at=None)
        .exclude(pk__in=of_company.filter(sent).values("pk"))
        .count()
    )


def _concerned() -> QuerySet[QuickBooksCompany]:
    soon = timezone.now() + timedelta(days=WARNED_AT[0])
    ending = Q(refresh_token_expires_at__lt=soon) | Q(refresh_token_hard_expires_at__lt=soon)
    return QuickBooksCompany.objects.filter(
        Q(status=Status.NEEDS_RECONNECT) | Q(status=Status.CONNECTED) & ending
    )


def _stage(company: QuickBooksCompany) -> str:
    """Return what there is to be told now, in a word to remember it by."""
    if company.status == Status.NEEDS_RECONNECT:
        return "ended"
    ends = company.connection_ends_at
    if company.status != Status.CONNECTED or ends is None:
        return ""
    left = (ends - timezone.now()) / timedelta(days=1)
    passed = [days for days in WARNED_AT if left < days]
    return f"{min(passed)} days" if passed else ""


def _recipients(company: QuickBooksCompany) -> dict[tuple[frozenset[int], str], set[str]]:
    """Return who can do something about it, else who runs the site.

    By the units that they see there, and the language that they read.

    Units that share a company are named to those who hold a role there.
    """
    of_company = Membership.objects.filter(business_unit__quickbooks_company=company)
    people = User.objects.filter(is_active=True).exclude(email="")
    resolving = of_company.filter(role__in=roles_with(Capability.RESOLVE))
    seen: dict[tuple[str, str], set[int]] = defaultdict(set)
    held = of_company.filter(user__in=people.filter(pk__in=resolving.values("user")))
    for address, language, unit_id in held.values_list(
        "user__email", "user__language", "business_unit"
    ):
        seen[address, language].add(unit_id)
    if not seen:
        every = set(company.business_units.values_list("pk", flat=True))
        site = people.filter(is_superuser=True).values_list("email", "language")
        seen.update((person, every) for person in site)
    grouped: dict[tuple[frozenset[int], str], set[str]] = defaultdict(set)
    for (address, language), unit_ids in seen.items():
        grouped[frozenset(unit_ids), language].add(address)
    return grouped


def _written(company: QuickBooksCompany, unit_ids: Collection[int]) -> tuple[str, str]:
    units = list(company.business_units.filter(pk__in=unit_ids).order_by("name"))
    about = {"units": in_a_row(map(str, units)), "company": company}
    count = waiting(company, unit_ids)
    if company.status == Status.NEEDS_RECONNECT:
        subject = _("QuickBooks needs reconnecting: %(company)s") % about
        lead = _("The connection of %(units)s to %(company)s has ended.") % about
        lead = f"{lead} {company.status_detail}"
    else:
        ends = company.connection_ends_at
        subject = _("QuickBooks permission ends soon: %(company)s") % about
        lead = _("The permission of %(units)s for %(company)s ends on %(day)s.") % {
            **about,
            "day": long_day(ends) if ends else "",
        }
    waits = ngettext("%(count)s payment is waiting.", "%(count)s payments are waiting.", count)
    then = _(
        "Mappings, links and waiting work are kept: whoever has the role of administrator "
        "reconnects it, and everything goes on."
    )
    addresses = "\n".join(_address(unit.pk) for unit in units)
    return subject, f"{lead}\n\n{waits % {'count': count}} {then}\n\n{addresses}\n"


def _address(unit_id: int) -> str:
    return settings.SITE_URL + reverse("admin:sync_businessunit_quickbooks", args=[unit_id])

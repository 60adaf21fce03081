"""What Intuit meters: reads, queries, changes and reports that were answered (CorePlus calls).

Writes are free, and so are errors, the sign-in and sandboxes. Source: Intuit's text on API limits
of the Builder tier, 8 January 2026.
"""

from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.db.models import F, Sum

from sync.models import MeteredReads, QuickBooksCompany

# Of what Intuit includes a month: where people are warned, and where only exports read on.
WARNED_SHARE, KEPT_SHARE = 0.8, 0.9


def count(company_id: int, reads: int) -> None:
    """Add the reads of a session, for the holder of the lease."""
    if not reads:
        return
    row = MeteredReads.objects.filter(company=company_id, month=_this_month())
    if not row.update(reads=F("reads") + reads):
        MeteredReads.objects.create(company_id=company_id, month=_this_month(), reads=reads)


def reads_of(company: QuickBooksCompany) -> int:
    """Return a company's reads of this month."""
    rows = MeteredReads.objects.filter(company=company, month=_this_month())
    return rows.values_list("reads", flat=True).first() or 0


def reads_of_all() -> int:
    """Return the reads of this month of every company of this installation."""
    rows = MeteredReads.objects.filter(month=_this_month())
    return int(rows.aggregate(all=Sum("reads"))["all"] or 0)


def included() -> int:
    """Return what Intuit includes a month for all companies of the app; then it blocks the app."""
    return int(settings.QUICKBOOKS_READS_PER_MONTH)


def is_much(reads: int) -> bool:
    """Say whether so many reads until today come near what is included by the end of the month."""
    return at_this_pace(reads) > included() * WARNED_SHARE


def is_kept_for_exports() -> bool:
    """Say whether what is left of this month's reads is kept for exports and what people ask.

    Then nothing is read on a schedule or on a notice: Intuit would block exports with it.
    """
    return reads_of_all() >= included() * KEPT_SHARE


def at_this_pace(reads: int) -> int:
    """Return what so many reads until today come to by the end of the month."""
    today = datetime.now(UTC).date()
    following = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    return reads * (following - timedelta(days=1)).day // today.day


def _this_month() -> date:
    return datetime.now(UTC).date().replace(day=1)

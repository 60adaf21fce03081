"""What is deleted once nobody needs it any more, by kind, each with how long it is kept.

Documents, records, refunds and what people did (events) are kept for good. Rows go in pieces, so
that no transaction is long and a table that was never pruned does not hold up the night.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.sessions.models import Session
from django.db.models import Count, Exists, Model, OuterRef, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django_q.models import Task

from sync.company.isolation import apart
from sync.models import (
    CompanyRequest,
    ConnectAttempt,
    ConnectLink,
    ExportRun,
    Pull,
    UsedForm,
    WebhookEvent,
)
from sync.models.used_forms import KEPT as FORMS_KEPT

log = structlog.get_logger(__name__)

PIECE = 500
"""Rows of one transaction."""


@dataclass(frozen=True, slots=True)
class Retention:
    """One kind of row: its name, how long it is kept, and which rows are older than a moment."""

    name: str
    kept: timedelta
    older_than: Callable[[datetime], QuerySet[Any]]

    def rows(self) -> QuerySet[Any]:
        """Return the rows that may go now."""
        return self.older_than(timezone.now() - self.kept)

    def prune(self) -> int:
        """Delete them, a piece at a time; return how many there were."""
        return sum(self._pieces())

    def _pieces(self) -> Iterator[int]:
        while some := list(self.rows().order_by("pk").values_list("pk", flat=True)[:PIECE]):
            self.rows().filter(pk__in=some).delete()
            yield len(some)


def _previews(before: datetime) -> QuerySet[Any]:
    return ExportRun.objects.filter(state=ExportRun.State.DRAFT, created_at__lt=before)


def _requests(before: datetime) -> QuerySet[Any]:
    """Leave the last one that was done of each kind and unit: pages tell when that was."""
    rows = CompanyRequest.objects.annotate(unit=Coalesce("business_unit", 0))
    later = rows.filter(
        company=OuterRef("company"),
        kind=OuterRef("kind"),
        unit=OuterRef("unit"),
        state=CompanyRequest.State.DONE,
        pk__gt=OuterRef("pk"),
    )
    return rows.filter(Exists(later), finished_at__lt=before)


def _by(model: type[Model], field: str) -> Callable[[datetime], QuerySet[Any]]:
    """Return what finds the rows whose moment is before another."""
    return lambda before: model._default_manager.filter(**{f"{field}__lt": before})


DAYS = timedelta(days=1)
RETENTIONS = (
    Retention("previews", 7 * DAYS, _previews),
    Retention("requests to companies", 90 * DAYS, _requests),
    Retention("changes that QuickBooks told of", 90 * DAYS, _by(WebhookEvent, "handled_at")),
    Retention("sign-ins at Intuit that were begun", 30 * DAYS, _by(ConnectAttempt, "created_at")),
    Retention("links to connect", 90 * DAYS, _by(ConnectLink, "expires_at")),
    Retention("forms that were sent", FORMS_KEPT, _by(UsedForm, "used_at")),
    Retention("pulls", 90 * DAYS, _by(Pull, "finished_at")),
    Retention("tasks of workers", 30 * DAYS, _by(Task, "stopped")),
    Retention("sessions that lapsed", 0 * DAYS, _by(Session, "expire_date")),
    Retention("wrong passwords", 30 * DAYS, _by(AccessAttempt, "attempt_time")),
    Retention("lock-outs", 90 * DAYS, _by(AccessFailureLog, "attempt_time")),
    Retention("sign-ins", 90 * DAYS, _by(AccessLog, "attempt_time")),
)


def due() -> list[tuple[Retention, int]]:
    """Return how many rows of each kind may go now, in one query."""
    parts = [
        each.rows().order_by().values(of_kind=Value(place)).annotate(due=Count("pk"))
        for place, each in enumerate(RETENTIONS)
    ]
    first, *rest = (part.values_list("of_kind", "due") for part in parts)
    counts = dict(first.union(*rest, all=True))
    return [(each, counts.get(place, 0)) for place, each in enumerate(RETENTIONS)]


def prune() -> dict[str, int]:
    """Delete what nobody needs any more; return how many rows of each kind went.

    A kind that cannot be pruned keeps no other from being pruned.
    """
    counts: dict[str, int] = {}

    def of_kind(retention: Retention) -> None:
        counts[retention.name] = retention.prune()

    apart(RETENTIONS, of_kind)
    log.info("pruned", rows=counts)
    return counts

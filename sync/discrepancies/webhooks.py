"""Taking in what Intuit tells of changes: stored and answered at once, looked at by a worker."""

from collections.abc import Sequence
from functools import partial

from django.utils import timezone

from sync.company import pacing
from sync.company.isolation import together_or_apart
from sync.company.requests import ask
from sync.company.wake import enqueue
from sync.discrepancies.drift import drift
from sync.discrepancies.refunds.bookkeeping.documents import ENTITIES
from sync.discrepancies.refunds.reading import proof
from sync.models import QuickBooksCompany, WebhookEvent
from sync.quickbooks.webhooks import Notice

WATCHED = {"invoice", "payment"}
ADJUSTING = {entity.lower() for entity in ENTITIES}
# What we export ourselves is told to us too; that it was made is no change of it.
NO_CHANGE = {"create", "emailed"}


def receive(notices: list[Notice]) -> int:
    """Store what is news of companies that we know, and have a worker look; return how much."""
    realms = {notice.realm_id for notice in notices}
    companies = QuickBooksCompany.objects.filter(realm_id__in=realms)
    known = dict(companies.values_list("realm_id", "pk"))
    stored = together_or_apart(notices, partial(_store, known)).done
    events = [event for some in stored for event in some]
    for company_id in {event.company_id for event in events}:
        enqueue("sync.tasks.look_at_changes", company_id)
    return len(events)


def _store(known: dict[str, int], notices: Sequence[Notice]) -> list[WebhookEvent]:
    events = [
        WebhookEvent(
            company_id=known[notice.realm_id],
            key=notice.key,
            entity=notice.entity,
            qbo_id=notice.qbo_id[:50],
            operation=notice.operation,
        )
        for notice in notices
        if notice.realm_id in known and _concerns_us(notice)
    ]
    return WebhookEvent.objects.bulk_create(events, batch_size=500, ignore_conflicts=True)


def _concerns_us(notice: Notice) -> bool:
    if notice.entity in WATCHED:
        return notice.operation not in NO_CHANGE
    return notice.entity in ADJUSTING


def look_at_changes(company_id: int) -> int:
    """Ask for what unhandled events call for; return how many there are.

    While reads are kept for exports they wait: a sweep asks for it again.
    """
    events = WebhookEvent.objects.filter(company=company_id, handled_at__isnull=True)
    entities = set(events.values_list("entity", flat=True))
    company = QuickBooksCompany.objects.get(pk=company_id)
    if not entities or not company.is_connected or pacing.is_kept_for_exports():
        return 0
    if entities & ADJUSTING or "payment" in entities:
        ask(company, proof.KIND)
        adjusting = events.filter(entity__in=ADJUSTING)
        adjusting.update(handled_at=timezone.now())  # proof reads all that changed, by itself
    # After proof: a payment that was changed to adjust a refund needs no second look.
    if entities & WATCHED:
        ask(company, drift.KIND)
    return events.count()


def forgotten() -> list[int]:
    """Return the companies of which something told was not looked at."""
    waiting = WebhookEvent.objects.filter(handled_at__isnull=True)
    return sorted(set(waiting.values_list("company", flat=True)))

"""Waking a company's relay: the queue only carries the wish; the rows say what there is to do."""

from datetime import datetime

from django.db import transaction
from django_q.models import Schedule
from django_q.tasks import async_task


def wake(company_id: int) -> None:
    """Have a worker drain this company once the current transaction has committed."""
    transaction.on_commit(lambda: enqueue_relay(company_id))


def enqueue_relay(company_id: int) -> None:
    """Put the wish into the queue now; lost or doubled, it changes nothing."""
    async_task("sync.tasks.relay", company_id)


def tell_ended(company_id: int) -> None:
    """Have a worker tell people that the connection has ended; the nightly task makes up for it."""
    transaction.on_commit(lambda: async_task("sync.tasks.tell", company_id))


def wake_at(company_id: int, when: datetime) -> None:
    """Have a worker drain this company at that time; asked again, the later wish counts.

    Names are not unique: two that ask at once may leave two wishes, and both are gone once due.
    """
    name = f"Wake company {company_id}"
    if not Schedule.objects.filter(name=name).update(next_run=when):
        Schedule.objects.create(
            name=name,
            func="sync.tasks.relay",
            args=str(company_id),
            schedule_type=Schedule.ONCE,
            next_run=when,
        )


def spread_defaults() -> None:
    """Have a worker propose anew everywhere once the current transaction has committed."""
    transaction.on_commit(lambda: async_task("sync.tasks.spread_defaults"))

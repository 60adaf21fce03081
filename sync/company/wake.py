"""Waking a company's relay: the queue only carries the wish; the rows say what there is to do.

So a queue that is away loses nothing: what was decided stands, and the sweep wakes it later.
"""

import time
from datetime import datetime

import structlog
from django.db import OperationalError, transaction
from django.utils import timezone
from django_q.brokers import get_broker
from django_q.models import Schedule
from django_q.tasks import async_task
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

# What a queue that is away raises: Redis, or the table that stands in for it.
QUEUE_IS_AWAY = (RedisError, OperationalError)
# Seconds that such a queue is left alone: what wakes many companies waits for it once.
LEFT_ALONE = 10.0
_away = {"until": 0.0}


def wake(company_id: int) -> None:
    """Have a worker drain this company once the current transaction has committed."""
    transaction.on_commit(lambda: enqueue_relay(company_id))


def enqueue_relay(company_id: int) -> None:
    """Put the wish into the queue now; lost or doubled, it changes nothing."""
    enqueue("sync.tasks.relay", company_id)


def enqueue(task: str, *ids: int) -> bool:
    """Have a worker do a task soon; where the queue is away, what the clock runs makes up for it.

    Returns whether the queue took it. Never raises for that: whoever asks has stored what is to be
    done, and must not hear that it failed.
    """
    if time.monotonic() < _away["until"]:
        return False
    try:
        async_task(task, *ids)
    except QUEUE_IS_AWAY as away:
        _away["until"] = time.monotonic() + LEFT_ALONE
        log.warning("queue_is_away", task=task, error=type(away).__name__)
        return False
    return True


def is_queue_there() -> bool:
    """Say whether the queue answers."""
    return _waiting() is not None


def is_queue_empty() -> bool:
    """Say whether nothing waits in the queue; one that is away is not empty."""
    return _waiting() == 0


def _waiting() -> int | None:
    try:
        return int(get_broker().queue_size())
    except QUEUE_IS_AWAY:
        return None


def tell_ended(company_id: int) -> None:
    """Have a worker tell people that the connection has ended; the nightly task makes up for it."""
    transaction.on_commit(lambda: enqueue("sync.tasks.tell", company_id))


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


def wake_due() -> None:
    """Wake the companies whose time has come: django-q2 looks at its schedules twice a minute."""
    due = Schedule.objects.filter(func="sync.tasks.relay", next_run__lte=timezone.now())
    for pk, company_id in list(due.values_list("pk", "args")):
        if due.filter(pk=pk).delete()[0]:  # by one of those who look
            enqueue_relay(int(company_id))


def spread_defaults() -> None:
    """Have a worker propose anew everywhere once the current transaction has committed."""
    transaction.on_commit(lambda: enqueue("sync.tasks.spread_defaults"))

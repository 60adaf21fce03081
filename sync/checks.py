"""System checks: what is misconfigured is said at start, with an id and a hint."""

from collections.abc import Sequence
from ipaddress import ip_network
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004 - Django's own name
from django.db import DEFAULT_DB_ALIAS, connections

from sync.models import triggers
from sync.operations import schema

ENVIRONMENTS = ("simulator", "sandbox", "production")
LEAST_AT_ONCE = 2


@register("paidup")
def check_environment(**kwargs: Any) -> list[CheckMessage]:
    """Refuse an environment that does not exist."""
    if settings.QUICKBOOKS_ENVIRONMENT in ENVIRONMENTS:
        return []
    return [
        Error(
            f"QUICKBOOKS_ENVIRONMENT is {settings.QUICKBOOKS_ENVIRONMENT!r}.",
            hint=f"Use one of {', '.join(ENVIRONMENTS)}.",
            id="paidup.E001",
        )
    ]


@register("paidup")
def check_lanes(**kwargs: Any) -> list[CheckMessage]:
    """Refuse a lane that does not exist, and lanes without room for a write beside a read."""
    errors: list[CheckMessage] = []
    if settings.QUICKBOOKS_BULK_LANES not in {"batch", "both"}:
        errors.append(Error("QUICKBOOKS_BULK_LANES must be batch or both.", id="paidup.E002"))
    if settings.QUICKBOOKS_REQUESTS_AT_ONCE < LEAST_AT_ONCE:
        words = "QUICKBOOKS_REQUESTS_AT_ONCE must be 2 or more: one write and one read."
        errors.append(Error(words, id="paidup.E006"))
    return errors


@register("paidup")
def check_queue(**kwargs: Any) -> list[CheckMessage]:
    """Refuse queue settings under which a task runs twice at once or never ends."""
    queue = settings.Q_CLUSTER
    wrong = [
        f"{name} must be {value!r}"
        for name, value in {
            "bulk": 1,
            "queue_limit": 1,
            "ack_failures": True,
            "max_attempts": 1,
            "save_limit": -1,
            "catch_up": False,
        }.items()
        if queue.get(name) != value
    ]
    if queue.get("retry", 0) < 4 * queue.get("timeout", 0):
        wrong.append("retry must be at least four times timeout")
    return [Error(f"Q_CLUSTER: {'; '.join(wrong)}.", id="paidup.E003")] if wrong else []


@register("paidup")
def check_times(**kwargs: Any) -> list[CheckMessage]:
    """Refuse a send that may outlive its lease."""
    if settings.QUICKBOOKS_SEND_DEADLINE < settings.QUICKBOOKS_LEASE:
        return []
    return [
        Error(
            "QUICKBOOKS_SEND_DEADLINE must be shorter than QUICKBOOKS_LEASE.",
            hint="A send has to end while its process still holds the company.",
            id="paidup.E004",
        )
    ]


@register("paidup", deploy=True)
def check_proxies(**kwargs: Any) -> list[CheckMessage]:
    """Refuse proxies that are no addresses, or everybody; warn of a site without any."""
    hint = "Name the addresses or networks of the proxies before this site, or unix for a socket."
    try:
        networks = [ip_network(name) for name in settings.TRUSTED_PROXIES if name != "unix"]
    except ValueError as wrong:
        return [Error(f"TRUSTED_PROXIES: {wrong}.", hint=hint, id="paidup.E007")]
    if any(network.prefixlen == 0 for network in networks):
        words = "TRUSTED_PROXIES trusts everybody: anyone could write whom a request comes from."
        return [Error(words, hint=hint, id="paidup.E008")]
    if settings.SECURE and not settings.TRUSTED_PROXIES:
        words = "TRUSTED_PROXIES is not set: behind a proxy everybody seems to call from one place."
        return [Warning(words, hint=hint, id="paidup.W009")]
    return []


@register(Tags.database)
def check_triggers(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Warn of a database without the triggers that keep sums right, or with older ones.

    An error would stop `migrate` as well, which is what puts them right.
    """
    return [
        Warning(
            f"Database {alias!r} lacks the trigger {trigger.name} as it is meant:"
            " stored sums can be wrong.",
            hint="Run manage.py migrate, then manage.py prove_sums.",
            id="paidup.W005",
        )
        for alias in databases or []
        if "sync_verdict" in connections[alias].introspection.table_names()
        for trigger in triggers.differing(alias)
    ]


@register(Tags.database)
def check_schema(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Warn of tables that are otherwise than the models say, where all migrations were applied.

    What is not migrated yet is said by `doctor` and the pages; an error would stop `migrate`.
    """
    return [
        Warning(
            f"The database is not as the models say: {words}.",
            hint="Somebody changed it by hand, or restored a part of it: restore the whole.",
            id="paidup.W010",
        )
        for alias in databases or []
        if alias == DEFAULT_DB_ALIAS and not schema.difference()
        for words in schema.unlike_models(alias)
    ]

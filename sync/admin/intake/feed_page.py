"""What the page of a source shows: how it stands, its pulls, what waits, was refused or differs."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from sync.admin.common.base import row_numbers
from sync.admin.lists.list_admin import count_up_to, in_words, moment_words
from sync.intake.sources import connecting
from sync.intake.sources.registry import sources
from sync.intake.sources.sums import MOST_ROWS
from sync.models import Delivery, Feed, ImportRow, Listed, Pull
from sync.words import day, later, money, number, told

PULLS, REFUSED = 12, 50


def context_of(feed: Feed, chosen: str) -> dict[str, Any]:
    """Return a feed with its pulls, and the sums of one of them."""
    pulls = list(feed.pulls.select_related("asked_by").order_by("-id")[:PULLS])
    running = next((pull for pull in pulls if pull.state == Pull.State.RUNNING), None)
    shown = _shown(pulls, feed, chosen)
    source = sources().get(feed.source)
    refused = Listed.objects.filter(feed=feed).exclude(code="")
    waiting = waiting_of(feed)
    narrowed = urlencode({"unit": str(feed.business_unit_id), "state__exact": "waiting"})
    return {
        "feed": feed,
        "source_label": told(source.label) if source else feed.source,
        "call_path": reverse("source_call", args=[feed.pk])
        if source and source.capabilities.calls
        else "",
        "running": running,
        "pulls": [_line(pull, feed) for pull in pulls],
        "shown": shown,
        "sums": _sums(shown) if shown else [],
        "pulled_at": moment_words(shown.began_at, feed.business_unit) if shown else "",
        "most_sums": MOST_ROWS,
        "refused": refused.order_by("kind", "pk")[:REFUSED],
        "refused_count": in_words(count_up_to(refused)),
        "waiting_count": in_words(count_up_to(waiting)),
        "waiting_link": f"{reverse('admin:sync_delivery_changelist')}?{narrowed}",
        "next_words": next_words(feed),
        "missing": connecting.missing(feed) if feed.state != Feed.State.DISCONNECTED else "",
        "findings": list(map(told, feed.looked.get("findings", []))),
        "looked_words": moment_words(feed.looked_at, feed.business_unit),
    }


def waiting_of(feed: Feed) -> QuerySet[Delivery]:
    """Return what of a feed waits for something that is not here."""
    return Delivery.objects.filter(
        business_unit=feed.business_unit_id, source=feed.source, state=Delivery.State.WAITING
    )


def next_words(feed: Feed) -> str:
    """Say when it is pulled next."""
    if feed.state != Feed.State.ACTIVE:
        return feed.get_state_display()
    if feed.stopped_code:
        return _("waits for a person")
    return moment_words(feed.next_at, feed.business_unit)


KINDS = {
    Delivery.Kind.CUSTOMER.value: later("customers"),
    Delivery.Kind.INVOICE.value: later("invoices"),
    Delivery.Kind.PAYMENT.value: later("payments"),
    Delivery.Kind.REFUND.value: later("refunds"),
}


def counts_words(pull: Pull) -> str:
    """Say what a pull brought, by kind: payments: new 3, waiting 1."""
    parts = []
    for kind, counts in sorted(pull.counts.items()):
        ends = ", ".join(
            f"{ImportRow.Outcome(status).label.lower()} {number(count)}"
            for status, count in sorted(counts.items())
        )
        parts.append(f"{KINDS[kind]}: {ends}" if kind in KINDS else ends)
    return "; ".join(parts) or _("nothing")


def _sums(pull: Pull) -> list[dict[str, Any]]:
    """Return the days of a pull with what makes each differ, in words."""
    return [_sum(row) for row in pull.sums]


def _sum(row: dict[str, Any]) -> dict[str, Any]:
    def amount(figure: str) -> str:
        return money(Decimal(figure), row["currency"])

    return row | {
        "day": day(date.fromisoformat(row["day"])),
        "kind": KINDS[row["kind"]],
        **{side: amount(row[side]) for side in ("before", "listed", "here")},
        "named": [
            (name, amount(there), amount(here), told(why))
            for name, there, here, why in row["named"]
        ],
    }


def _shown(pulls: list[Pull], feed: Feed, chosen: str) -> Pull | None:
    if numbers := row_numbers([chosen]):
        return feed.pulls.filter(pk=numbers[0]).first()
    return next((pull for pull in pulls if pull.state != Pull.State.RUNNING), None)


def _what(pull: Pull) -> str:
    if pull.is_full:
        return _("everything")
    return _("since %(day)s") % {"day": day(pull.since)} if pull.since else ""


def _line(pull: Pull, feed: Feed) -> dict[str, Any]:
    return {
        "pull": pull,
        "began": moment_words(pull.began_at, feed.business_unit),
        "who": str(pull.asked_by or _("by itself")),
        "what": _what(pull),
        "counts": counts_words(pull),
        "differs": sum(bool(row["differs"]) for row in pull.sums),
    }

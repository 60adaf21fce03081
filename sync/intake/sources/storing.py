"""One page of a pull is stored: what it brings and the cursor that follows it, as one.

A kill loses the page that was not stored yet and nothing else: the next start asks for it again. A
worker that was overtaken stores nothing.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from sync.company.isolation import together_or_apart
from sync.intake.door.door import deliver
from sync.intake.door.incoming import (
    CustomerBody,
    Incoming,
    InvoiceBody,
    PaymentBody,
    RefundBody,
    Result,
    Status,
    Tombstone,
)
from sync.intake.sources.interface import Pulled, Refused
from sync.models import BusinessUnit, Delivery, Feed, FeedStream, Listed, Pull
from sync.words import stored, together

_REMEDY = stored("It is read again by the next whole pull.")


class Overtaken(Exception):
    """Another worker went on, or the pull was ended: nothing of this page is stored."""


def store(pull: Pull, row: FeedStream, page: Pulled, *, kinds: Sequence[str], calls: int) -> None:
    """Take a page in, and move the stream's cursor past it."""
    with transaction.atomic():
        _move(pull, row, page)
        unit = pull.feed.business_unit
        known = _without_unknown_tombstones(unit, pull.feed, page.deliveries)
        became = _through_the_door(unit, known)
        _list(pull.feed, row.passing or pull.pk, became, page.refused)
        if page.done:
            _end_pass(pull, row, kinds, is_whole=page.is_whole)
        _count(pull, became, page)
        pull.calls += calls
        noted = {name: getattr(pull, name) for name in ("counts", "begun", "ended", "calls")}
        if not Pull.objects.filter(pk=pull.pk, state=Pull.State.RUNNING).update(**noted):
            raise Overtaken
        Feed.objects.filter(pk=pull.feed_id).update(seen_at=timezone.now())


def is_aside(pull: Pull, row: FeedStream) -> bool:
    """Say whether a pull since a date goes beside what the stream has read to its end before."""
    return pull.since is not None and row.passed_at is not None


def _move(pull: Pull, row: FeedStream, page: Pulled) -> None:
    serial = row.serial
    row.serial += 1
    if is_aside(pull, row):
        row.aside = None if page.done else page.cursor
    else:
        row.cursor = page.cursor
    if row.stream not in pull.begun:
        pull.begun = [*pull.begun, row.stream]
    names = ("serial", "cursor", "aside", "passing", "is_whole")
    moved = {name: getattr(row, name) for name in names}
    if not FeedStream.objects.filter(pk=row.pk, serial=serial).update(**moved):
        raise Overtaken


def _end_pass(pull: Pull, row: FeedStream, kinds: Sequence[str], *, is_whole: bool) -> None:
    """Note that a stream is read to its end, and what a whole reading did not see."""
    pull.ended = [*pull.ended, row.stream]
    if is_aside(pull, row):
        return
    if row.is_whole and is_whole:
        unseen = Listed.objects.filter(feed=pull.feed, kind__in=kinds, seen_in__lt=row.passing)
        unseen.filter(is_gone=False).update(is_gone=True)
        row.whole_at = timezone.now()
    row.passing, row.is_whole, row.passed_at = 0, False, timezone.now()
    row.save(update_fields=["passing", "is_whole", "passed_at", "whole_at"])


def _without_unknown_tombstones(
    unit: BusinessUnit, feed: Feed, deliveries: Sequence[Incoming]
) -> list[Incoming]:
    """Leave out what is said to be gone and never was here."""
    gone = [one.external_id for one in deliveries if isinstance(one.body, Tombstone)]
    rows = Delivery.objects.filter(business_unit=unit, source=feed.source, external_id__in=gone)
    known = set(rows.values_list("kind", "external_id")) if gone else set()
    return [
        one
        for one in deliveries
        if not isinstance(one.body, Tombstone) or (one.kind.value, one.external_id) in known
    ]


def _through_the_door(
    unit: BusinessUnit, deliveries: Sequence[Incoming]
) -> list[tuple[Incoming, Result | str]]:
    """Deliver all; what nobody expected takes out one, with words in place of a result."""

    def take(some: Sequence[Incoming]) -> list[tuple[Incoming, Result | str]]:
        return list(zip(some, deliver(unit, some), strict=True))

    if not deliveries:
        return []
    apart = together_or_apart(deliveries, take, unit=unit.pk)
    apart.raise_if_general()
    out: list[tuple[Incoming, Result | str]] = [
        (one, trouble.words(_REMEDY)) for one, trouble in apart.out
    ]
    return [pair for pairs in apart.done for pair in pairs] + out


def _list(
    feed: Feed,
    seen_in: int,
    became: Iterable[tuple[Incoming, Result | str]],
    refused: Iterable[Refused],
) -> None:
    """Keep what the source lists of each, whatever became of it here."""
    listed: dict[tuple[str, str], Listed] = {}
    currency = feed.business_unit.currency
    for one, result in became:
        code, words = _refusal(result)
        entry = Listed(
            feed=feed, kind=one.kind, external_id=one.external_id, code=code, words=words,
            seen_in=seen_in, **_money(one, currency),
        )  # fmt: skip
        listed[entry.kind, entry.external_id] = entry
    _upsert(listed.values(), ["day", "amount", "currency", "code", "words", "seen_in", "is_gone"])
    # Of what cannot be read, what was listed before stands.
    unread = {
        (one.kind.value, one.external_id): Listed(
            feed=feed, kind=one.kind, external_id=one.external_id[:200], code=one.code,
            words=one.words, seen_in=seen_in,
        )
        for one in refused
    }  # fmt: skip
    _upsert(unread.values(), ["code", "words", "seen_in", "is_gone"])


def _upsert(rows: Iterable[Listed], names: Sequence[str]) -> None:
    Listed.objects.bulk_create(
        list(rows),
        update_conflicts=True,
        unique_fields=["feed", "kind", "external_id"],
        update_fields=names,
        batch_size=500,
    )


def _refusal(result: Result | str) -> tuple[str, str]:
    if isinstance(result, str):
        return "UNEXPECTED", result
    if result.status != Status.REFUSED:
        return "", ""
    return result.problems[0].code.value, together(*(each.words for each in result.problems))


def _money(one: Incoming, currency: str) -> Mapping[str, Any]:
    """Return the day, amount and currency that a delivery says; void is nothing."""
    body = one.body
    if isinstance(body, InvoiceBody):
        day, amount, said = body.issued_on, body.total, body.currency
        is_void = body.voided
    elif isinstance(body, PaymentBody):
        day, amount, said = body.received_on, body.amount, body.currency
        is_void = body.voided
    elif isinstance(body, RefundBody):
        day, amount, said, is_void = body.refunded_on, body.amount, "", False
    elif isinstance(body, CustomerBody):
        return {}
    else:
        return {"amount": Decimal(0)}
    is_money = amount.is_finite() and abs(amount) < Decimal(10) ** 12
    return {
        "day": day,
        "amount": Decimal(0) if is_void or not is_money else amount,
        "currency": (said or currency)[:3],
    }


def _count(pull: Pull, became: Iterable[tuple[Incoming, Result | str]], page: Pulled) -> None:
    counts = {kind: Counter(of) for kind, of in pull.counts.items()}
    for one, result in became:
        status = "refused" if isinstance(result, str) else result.status.value
        counts.setdefault(one.kind.value, Counter())[status] += 1
    for refused in page.refused:
        counts.setdefault(refused.kind.value, Counter())["refused"] += 1
    if page.outside:
        counts.setdefault("outside", Counter())["not_ours"] += page.outside
    pull.counts = {kind: dict(of) for kind, of in counts.items()}

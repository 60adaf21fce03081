"""What the door remembers: the stamp and digest of what each thing last said."""

from collections import defaultdict
from collections.abc import Container, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from sync.intake.door import checking
from sync.intake.door.chunk import Chunk, Key
from sync.intake.door.incoming import Incoming, Kind, Result, Status
from sync.models import BusinessUnit, Delivery


def order(version: int | None, observed_at: datetime, digest: str) -> tuple[int, datetime, str]:
    """Return by what the newer of two deliveries is told."""
    # Of two that a source dates alike, any fixed rule ends in one state.
    return (-1 if version is None else version, observed_at, digest)


def seen_again(
    chunk: Chunk, incoming: Sequence[Incoming]
) -> tuple[dict[Key, Result], Container[Key]]:
    """Return what is as it was taken in before, and of what anything is stored.

    It keeps that the same was seen again.
    """
    stored: dict[Key, list[Any]] = {
        (kind, source, name): found
        for kind, source, rows in _rows(chunk.unit, incoming)
        for name, *found in rows.values_list("external_id", "pk", "digest", "document_id", "state")
    }
    results: dict[Key, Result] = {}
    same: dict[tuple[int | None, datetime], list[int]] = defaultdict(list)
    for one in incoming:
        found = stored.get(one.key)
        if found is None or found[3] != Delivery.State.APPLIED or one.digest() != found[1]:
            continue
        results[one.key] = Result(Status.UNCHANGED, document_id=found[2])
        same[one.version, one.observed_at].append(found[0])
    for (version, observed_at), pks in same.items() if not chunk.is_dry else ():
        Delivery.objects.filter(_is_older(version, observed_at), pk__in=pks).update(
            version=version, observed_at=observed_at
        )
    return results, stored


def _is_older(version: int | None, observed_at: datetime) -> Q:
    """Return the deliveries of which this one is newer, as `order` says."""
    earlier = Q(version=version, observed_at__lt=observed_at)
    return earlier if version is None else earlier | Q(version=None) | Q(version__lt=version)


def known(unit: BusinessUnit, incoming: Sequence[Incoming]) -> dict[Key, Delivery]:
    """Return what is stored of each thing."""
    rows = [row for *_, found in _rows(unit, incoming) for row in found]
    return {(row.kind, row.source, row.external_id): row for row in rows}


def _rows(
    unit: BusinessUnit, incoming: Sequence[Incoming]
) -> Iterator[tuple[Kind, str, QuerySet[Delivery]]]:
    wanted: dict[tuple[Kind, str], set[str]] = defaultdict(set)
    for one in incoming:
        if checking.is_text(one.external_id):
            wanted[one.kind, one.source].add(one.external_id)
    for (kind, source), ids in wanted.items():
        rows = Delivery.objects.filter(
            business_unit=unit, kind=kind, source=source, external_id__in=ids
        )
        yield kind, source, rows

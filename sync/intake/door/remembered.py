"""What the door remembers: the stamp and digest of what each thing last said."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db.models import QuerySet

from sync.intake.door import checking
from sync.intake.door.chunk import Chunk, Key
from sync.intake.door.incoming import Incoming, Kind, Result, Status
from sync.models import BusinessUnit, Delivery


def order(version: int | None, observed_at: datetime, digest: str) -> tuple[int, datetime, str]:
    """Return by what the newer of two deliveries is told."""
    # Of two that a source dates alike, any fixed rule ends in one state.
    return (-1 if version is None else version, observed_at, digest)


def seen_again(chunk: Chunk, incoming: Sequence[Incoming]) -> dict[Key, Result]:
    """Return what is as it was taken in before, and keep that it was seen so again."""
    stored = {
        key: (pk, version, observed_at, digest, document_id)
        for rows in _rows(chunk.unit, incoming)
        for *key_parts, pk, version, observed_at, digest, document_id in rows.filter(
            state=Delivery.State.APPLIED
        ).values_list(
            "kind", "source", "external_id", "pk", "version", "observed_at", "digest",
            "document_id",
        )
        for key in [tuple(key_parts)]
    }  # fmt: skip
    results: dict[Key, Result] = {}
    newer: dict[tuple[int | None, datetime], list[int]] = defaultdict(list)
    for one in incoming:
        found = stored.get(one.key)
        if found is None or one.digest() != found[3]:
            continue
        results[one.key] = Result(Status.UNCHANGED, document_id=found[4])
        if order(one.version, one.observed_at, "") > order(found[1], found[2], ""):
            newer[one.version, one.observed_at].append(found[0])
    for (version, observed_at), pks in newer.items() if not chunk.is_dry else ():
        Delivery.objects.filter(pk__in=pks).update(version=version, observed_at=observed_at)
    return results


def known(unit: BusinessUnit, incoming: Sequence[Incoming]) -> dict[Key, Delivery]:
    """Return what is stored of each thing."""
    rows = [row for found in _rows(unit, incoming) for row in found]
    return {(row.kind, row.source, row.external_id): row for row in rows}


def _rows(unit: BusinessUnit, incoming: Sequence[Incoming]) -> Iterator[QuerySet[Delivery]]:
    wanted: dict[tuple[Kind, str], set[str]] = defaultdict(set)
    for one in incoming:
        if checking.is_text(one.external_id):
            wanted[one.kind, one.source].add(one.external_id)
    for (kind, source), ids in wanted.items():
        yield Delivery.objects.filter(
            business_unit=unit, kind=kind, source=source, external_id__in=ids
        )

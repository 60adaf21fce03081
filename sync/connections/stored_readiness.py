"""Readiness as it is stored with each unit: found anew where something it rests on changed.

Triggers count those changes (models/readiness_triggers.py). The numbers are read before all else,
so that what changes meanwhile outdates what is found at once.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from django.db import transaction
from django.db.models import BooleanField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet

from sync.connections import readiness
from sync.connections.readiness import Lacking
from sync.models import BusinessUnit, Invoice, InvoiceLine, UnitReadiness, triggers
from sync.models.sql import update_each, within_units

CHUNK = 100
_RULES = "quickbooks_company__rules__setup_changes"
_COUNTS = Q(readiness__found_at=F("readiness__changes"), readiness__found_by=F(_RULES))
_LACKING = ("readiness__lacking", "readiness__lacking_for_trial")


def lacking(units: Collection[int] | None = None) -> dict[int, Lacking]:
    """Return what each connected unit lacks, of those asked about: None means every one.

    One query while nothing changed; where something did, a few more for each hundred units.
    """
    found: dict[int, Lacking] = {}
    outdated: list[int] = []
    for unit_id, is_current, words, for_trial in _connected(units).values_list(
        "pk", "is_current", *_LACKING
    ):
        if is_current:
            found[unit_id] = Lacking(words, for_trial)
        else:
            outdated.append(unit_id)
    for start in range(0, len(outdated), CHUNK):
        found |= _find(outdated[start : start + CHUNK])
    return found


def renew_outdated() -> int:
    """Find anew what is outdated; say how many there were."""
    stored = _connected(None).values_list("pk", "is_current")
    ids = [unit_id for unit_id, is_current in stored if not is_current]
    for start in range(0, len(ids), CHUNK):
        _find(ids[start : start + CHUNK])
    return len(ids)


def _connected(units: Collection[int] | None) -> QuerySet[Any]:
    rows = BusinessUnit.objects.filter(quickbooks_company__isnull=False).order_by("pk")
    counts = ExpressionWrapper(_COUNTS, output_field=BooleanField())
    return within_units(units, rows.annotate(is_current=counts), "pk")


def _find(unit_ids: Sequence[int]) -> dict[int, Lacking]:
    asked = UnitReadiness.objects.filter(pk__in=unit_ids)
    rows = list(asked.annotate(rules=F(f"business_unit__{_RULES}")))
    if len(rows) < len(unit_ids):
        triggers.fill_readiness()  # made while a trigger was missing
        return _find(unit_ids)
    found = readiness.missing_in(_units(unit_ids))
    for row in rows:
        row.found_at, row.found_by = row.changes, row.rules or 0
        row.lacking, row.lacking_for_trial = found[row.pk]
    with transaction.atomic():
        # One that somebody changes or stores just now is left to them.
        free = UnitReadiness.objects.select_for_update(skip_locked=True, no_key=True)
        kept = set(free.filter(pk__in=unit_ids).order_by("pk").values_list("pk", flat=True))
        update_each(
            [row for row in rows if row.pk in kept],
            ["found_at", "found_by", "lacking", "lacking_for_trial"],
        )
    return found


def _units(unit_ids: Collection[int]) -> list[BusinessUnit]:
    units = BusinessUnit.objects.filter(pk__in=unit_ids).prefetch_related("setups")
    return list(units.select_related("quickbooks_company__discount_account"))


def wrong() -> list[int]:
    """Return the units of which what is stored counts and is not what is found now: none."""
    stored = _connected(None).filter(_COUNTS).values_list("pk", *_LACKING)
    counting = {unit_id: Lacking(*words) for unit_id, *words in stored}
    found = readiness.missing_in(_units(counting))
    lying = [unit_id for unit_id, words in counting.items() if words != found[unit_id]]
    return sorted({*lying, *_without_their_flags()})


def _without_their_flags() -> Iterator[int]:
    """Yield the units that have such lines or discounts, and are not known to have had any."""
    lines = InvoiceLine.objects.filter(invoice__business_unit=OuterRef("pk"))
    invoices = Invoice.objects.filter(business_unit=OuterRef("pk"))
    for flag, rows in (
        ("has_taxable_lines", lines.filter(taxable=True)),
        ("has_exempt_lines", lines.filter(taxable=False)),
        ("has_discounts", invoices.filter(discount_total__gt=0)),
    ):
        unknown = UnitReadiness.objects.filter(Exists(rows), **{flag: False})
        yield from unknown.values_list("pk", flat=True)

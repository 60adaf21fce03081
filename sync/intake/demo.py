"""Demo data: believable field-service companies whose invoices are in every state of payment.

Repeatable: the same seed and base date give the same rows, however many are asked for at a time.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice
from typing import TypeVar

from django.conf import settings
from django.db import transaction

from sync.intake.demo_customers import customer_key, dice, draw_customer
from sync.intake.demo_invoices import START_DAYS, Sale, invoice_number
from sync.intake.demo_stories import draw_sale
from sync.intake.demo_world import ROTATION, UNITS, Unit
from sync.models import BusinessUnit, Customer, Invoice, InvoiceLine, Payment, Refund

CHUNK = 1_000
LARGEST_SEED = 99_999_999
"""An invoice number holds the seed, and QuickBooks takes 21 characters."""
AFTER_EXPORT = "DEMO-AFTER-EXPORT"

Place = tuple[Unit, int]
Row = TypeVar("Row", Invoice, InvoiceLine, Payment, Refund)


class DemoRefused(Exception):
    """Demo data belongs only where QuickBooks is the simulator."""


@dataclass(slots=True)
class Added:
    """How many rows of each kind were added."""

    counts: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        return ", ".join(f"{number:,} {kind}" for kind, number in self.counts.items() if number)


def require_simulator() -> None:
    """Refuse where real books could receive invented sales or known passwords."""
    if settings.QUICKBOOKS_ENVIRONMENT != "simulator":
        raise DemoRefused(
            "Demo data is only for QUICKBOOKS_ENVIRONMENT=simulator; "
            f"this site uses {settings.QUICKBOOKS_ENVIRONMENT}."
        )


def seed_demo(count: int, seed: int, base: date) -> Added:
    """Add what is missing of the first `count` invoices of a seed, dated before the base date."""
    require_simulator()
    added = Added()
    units = _units(base, added)
    places = iter(_places(count))
    while chunk := list(islice(places, CHUNK)):
        with transaction.atomic():
            _add_sales(_missing(chunk, units, seed), units, seed, base, added)
    return added


def refund_exported(seed: int, base: date) -> Added:
    """Add refunds of some of the demo's payments that are in QuickBooks by now, each once."""
    require_simulator()
    exported = (
        Payment.objects.filter(
            external_id__startswith=f"D{seed}-", refunded_total=0, voided_at__isnull=True
        )
        .exclude(sync_records__isnull=True)
        .exclude(sync_records__qbo_id="")
        .distinct()
    )
    refunds = [
        refund
        for payment in exported.order_by("id")
        if (refund := _late_refund(payment, seed, base)) is not None
    ]
    Refund.objects.bulk_create(refunds)
    return Added(Counter({"refunds": len(refunds)}))


def _late_refund(payment: Payment, seed: int, base: date) -> Refund | None:
    chance = dice(seed, payment.external_id, "refund").random()
    if chance > 0.25:
        return None
    is_full = chance < 0.1 or payment.amount <= 15
    return Refund(
        payment=payment,
        amount=payment.amount if is_full else 15,
        refunded_on=base,
        reason="Customer was not satisfied" if is_full else "Goodwill after a late arrival",
        external_id=f"{AFTER_EXPORT}-{payment.external_id}",
    )


def _units(base: date, added: Added) -> dict[str, BusinessUnit]:
    stored = {}
    for unit in UNITS:
        starts = base - timedelta(days=START_DAYS)
        stored[unit.code], is_new = BusinessUnit.objects.get_or_create(
            code=unit.code,
            defaults={
                "name": unit.name,
                "currency": unit.currency,
                "timezone": unit.timezone,
                "export_start_date": starts if unit.has_start_date else None,
            },
        )
        added.counts["business units"] += is_new
    return stored


def _places(count: int) -> Iterator[Place]:
    """Deal the invoices out among the units."""
    met: Counter[str] = Counter()
    for index in range(count):
        unit = ROTATION[index % len(ROTATION)]
        yield unit, met[unit.code]
        met[unit.code] += 1


def _missing(places: list[Place], units: dict[str, BusinessUnit], seed: int) -> list[Place]:
    numbers = {invoice_number(unit, seed, ordinal): (unit, ordinal) for unit, ordinal in places}
    present = set(
        Invoice.objects.filter(
            business_unit__in=[unit.pk for unit in units.values()], number__in=numbers
        ).values_list("number", flat=True)
    )
    return [place for number, place in numbers.items() if number not in present]


def _add_sales(
    places: Iterable[Place], units: dict[str, BusinessUnit], seed: int, base: date, added: Added
) -> None:
    sales = [(unit, draw_sale(unit, seed, ordinal, base)) for unit, ordinal in places]
    wanted = {(unit, place) for unit, sale in sales for place in _customer_places(sale)}
    customers = _customers(wanted, units, seed, added)
    for unit, sale in sales:
        _settle_owners(sale, units[unit.code], unit, customers)
    rows = [sale for _, sale in sales]
    _add(Invoice, [sale.invoice for sale in rows], "invoices", added)
    _add(InvoiceLine, [line for sale in rows for line in sale.lines], "lines", added)
    _add(Payment, [payment for sale in rows for payment in sale.payments], "payments", added)
    _add(Refund, [refund for sale in rows for refund in sale.refunds], "refunds", added)


def _add(model: type[Row], rows: list[Row], kind: str, added: Added) -> None:
    model._default_manager.bulk_create(rows)
    added.counts[kind] += len(rows)


def _customer_places(sale: Sale) -> list[int]:
    return [sale.place, *sale.payers.values()]


def _settle_owners(
    sale: Sale, stored: BusinessUnit, unit: Unit, customers: dict[tuple[Unit, int], Customer]
) -> None:
    sale.invoice.business_unit = stored
    sale.invoice.customer = customers[unit, sale.place]
    for position, payment in enumerate(sale.payments):
        payment.business_unit = stored
        payment.customer = customers[unit, sale.payers.get(position, sale.place)]


def _customers(
    wanted: set[tuple[Unit, int]], units: dict[str, BusinessUnit], seed: int, added: Added
) -> dict[tuple[Unit, int], Customer]:
    present = {
        (customer.business_unit_id, customer.external_id): customer
        for customer in Customer.objects.filter(
            business_unit__in=[unit.pk for unit in units.values()],
            external_id__in={customer_key(seed, place) for _, place in wanted},
        )
    }
    found, new = {}, []
    for unit, place in sorted(wanted, key=lambda at: (at[0].code, at[1])):
        unit_id = units[unit.code].pk
        customer = present.get((unit_id, customer_key(seed, place)))
        if customer is None:
            customer = draw_customer(unit, unit_id, seed, place)
            new.append(customer)
        found[unit, place] = customer
    Customer.objects.bulk_create(new)
    added.counts["customers"] += len(new)
    return found

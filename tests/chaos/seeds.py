# ruff: noqa: RUF001 - names as people have them
"""What the office holds when the storm begins: paid invoices of a world with its own names.

Branches of one company have customers of equal names, and some equal numbers; texts have
typographic signs, references are long, and in some storms customers are billed in two currencies.
"""

import math
import random
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from sync.mappings import choices
from sync.models import (
    BusinessUnit,
    Customer,
    Invoice,
    InvoiceLine,
    ItemMapping,
    Payment,
    QuickBooksCompany,
    Reason,
    ReferenceEntry,
    Refund,
)
from tests.chaos.plan import Plan

CODES = ("riverside", "lakeside")
HEDGES = "Hedge trimming"
LONG = "Cheque of the Riverside Savings Bank, no. "


@dataclass
class Seeded:
    """What stays here until a person does something, by invoice: the reasons that may be given."""

    allowed: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    nameless: dict[int, str] = field(default_factory=dict)  # customers, with a name to take


def open_units(count: int) -> list[BusinessUnit]:
    """Make the business units."""
    return [
        BusinessUnit.objects.create(
            code=code, name=code.capitalize(), export_start_date="2026-01-01"
        )
        for code in CODES[:count]
    ]


def make_invoices(units: list[BusinessUnit], plan: Plan) -> Seeded:
    """Make paid invoices with one to three payments, and what is hard to tell apart.

    Every fourth has two payments of $50 in cash on one day; of every ten customers two are called
    the same; some are overpaid, and some of those have their excess refunded.
    """
    seeded, dice = Seeded(), plan.random("invoices")
    for unit in units:
        customers = _customers(unit, math.ceil(plan.invoices / len(units) / 2), seeded)
        for n in range(plan.invoices // len(units)):
            _invoice(unit, customers[n // 2], n, plan, dice, seeded)
    return seeded


def _customers(unit: BusinessUnit, count: int, seeded: Seeded) -> list[Customer]:
    made = Customer.objects.bulk_create(
        Customer(business_unit=unit, external_id=f"C{n}", display_name=_name(n))
        for n in range(count)
    )
    for n, customer in enumerate(made):
        if n % 11 == 5:
            seeded.nameless[customer.pk] = f"Pawel {n}"
    return made


def _name(n: int) -> str:
    if n % 11 == 5:
        return f"Paweł №{n} 😀"
    return f"Bob’s “Lawn” – {n}" if n % 7 == 3 else f"Customer {n - n % 10 // 9}"


def _invoice(
    unit: BusinessUnit, customer: Customer, n: int, plan: Plan, dice: random.Random, seeded: Seeded
) -> None:
    amounts = _amounts(n, dice)
    over = Decimal("5.00") if n % 17 == 3 else Decimal(0)
    total = sum(amounts) - over
    currency = _currency(n) if plan.character().currencies else "USD"
    invoice = Invoice.objects.create(
        business_unit=unit,
        customer=customer,
        number=f"S-{n}" if n % 25 == 24 else f"{unit.name[0]}-{n}",
        currency=currency,
        issued_on="2026-05-04",
        subtotal=total,
        total=total,
    )
    InvoiceLine.objects.create(
        invoice=invoice,
        service=HEDGES if n % 4 == 1 else "Lawn care",
        description="Front lawn – “as agreed”" if n % 3 == 0 else "",
        unit_price=total,
        amount=total,
    )
    payments = Payment.objects.bulk_create(
        Payment(
            currency=currency,
            business_unit=unit,
            customer=customer,
            invoice=invoice,
            method="Cash" if n % 4 == 0 else "Check",
            amount=amount,
            received_on="2026-05-10",
            reference=_reference(n),
        )
        for amount in amounts
    )
    if over and n % 2:
        Refund.objects.create(payment=payments[0], amount=over, refunded_on="2026-05-12")
    _allow(invoice, n, seeded, is_double=plan.character().currencies and n // 2 % 15 == 2)


def _allow(invoice: Invoice, n: int, seeded: Seeded, *, is_double: bool) -> None:
    allowed = seeded.allowed[invoice.pk]
    if n % 25 == 24:
        allowed.add(Reason.NUMBER_TAKEN)
    if n % 19 == 7 or invoice.customer_id in seeded.nameless:
        allowed.add(Reason.WOULD_BE_REFUSED)
    if is_double:
        allowed.add(Reason.CUSTOMER_CURRENCY)


def _currency(n: int) -> str:
    """Bill every fifth customer in euros, and some of these also in dollars."""
    customer = n // 2
    is_double = customer % 15 == 2 and n % 2
    return "EUR" if customer % 5 == 2 and not is_double else "USD"


def _reference(n: int) -> str:
    if n % 19 == 7:
        return f"chq №{n}"
    if n % 6 == 0:
        return f"{LONG}{n}"
    return f"chq – {n}" if n % 6 == 1 else ""


def _amounts(n: int, dice: random.Random) -> list[Decimal]:
    if n % 4 == 0:
        return [Decimal("50.00"), Decimal("50.00")]
    return [Decimal(dice.randint(600, 20000)) / 100 for _ in range(n % 3 + 1)]


def map_hedges_anew(company: QuickBooksCompany, items: tuple[str, ...]) -> None:
    """Map it to another of these items that is still active, else as all other services."""
    rows = ReferenceEntry.objects.filter(company=company, kind=ReferenceEntry.Kind.ITEM)
    left = rows.filter(active=True, qbo_id__in=items).order_by("-pk").first()
    choices.choose_item(company, HEDGES, left)


def map_hedges(company: QuickBooksCompany) -> tuple[str, ...]:
    """Map one service to an item of its own, and return the ids that the bookkeeper may touch."""
    usual = ItemMapping.objects.get(company=company, service="").item
    items = ReferenceEntry.objects.filter(
        company=company, kind=ReferenceEntry.Kind.ITEM, active=True, type=usual.type
    )
    others = list(items.exclude(pk=usual.pk).order_by("pk")[:3])
    choices.choose_item(company, HEDGES, others[0])
    return tuple(item.qbo_id for item in others)

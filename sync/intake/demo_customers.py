"""The demo's customers: believable, repeatable, none of them real."""

from random import Random

from sync.intake.demo_world import (
    BUSINESSES,
    FAMILY,
    GIVEN,
    SPECIAL_CUSTOMERS,
    STREETS,
    Unit,
)
from sync.models import Customer

EXAMPLES = (
    ("Example: $150.00 invoice, $100.00 received", "Example - $150.00 invoice, $100.00 received"),
    ("Example: $150.00 invoice, all received", "Example - $150.00 invoice, all received"),
)


def dice(*parts: object) -> Random:
    """Return a generator that gives the same numbers for the same parts, on every machine."""
    return Random(":".join(map(str, parts)))  # noqa: S311 - demo data, no secrets


def customer_key(seed: int, place: int) -> str:
    """Return the external id of a unit's customer; the examples have places below zero."""
    return f"D{seed}-X{-place}" if place < 0 else f"D{seed}-{place + 1}"


def draw_customer(unit: Unit, unit_id: int, seed: int, place: int) -> Customer:
    """Return the customer at a place, not yet stored."""
    rng = dice(seed, unit.code, "customer", place)
    given, family = rng.choice(GIVEN), rng.choice(FAMILY)
    company = f"{family} {rng.choice(BUSINESSES)}" if rng.random() < 0.25 else ""
    name, quickbooks_name = _names(place) or (company or f"{given} {family}", "")
    is_drawn = place >= len(SPECIAL_CUSTOMERS)
    return Customer(
        business_unit_id=unit_id,
        external_id=customer_key(seed, place),
        display_name=name,
        quickbooks_name=quickbooks_name,
        given_name=given if is_drawn else "",
        family_name=family if is_drawn else "",
        company_name=company if is_drawn else "",
        email=f"customer{place + 1}@{unit.code}.example" if place >= 0 else "",
        phone=f"({unit.area_code}) 555-01{rng.randrange(100):02}",
        address=f"{rng.randrange(1, 2400)} {rng.choice(STREETS)}",
        city=unit.city,
        region=unit.region,
        postal_code=unit.postal_code,
        country=unit.country,
    )


def _names(place: int) -> tuple[str, str] | None:
    if place < 0:
        return EXAMPLES[-place - 1]
    return SPECIAL_CUSTOMERS[place] if place < len(SPECIAL_CUSTOMERS) else None

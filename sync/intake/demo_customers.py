"""The demo's customers: believable, repeatable, none of them real."""

from random import Random

from sync.intake.demo_world import (
    BUSINESSES,
    FAMILY,
    GIVEN,
    KNOWN_CUSTOMERS,
    SPECIAL_CUSTOMERS,
    STREETS,
    WITHOUT_CONTACT,
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
    name, quickbooks_name = _names(unit, place) or (company or f"{given} {family}", "")
    known = _known(unit)
    is_drawn = place >= len(SPECIAL_CUSTOMERS) + len(known)
    is_bare = name in known[:WITHOUT_CONTACT]
    phone = f"({unit.area_code}) 555-01{rng.randrange(100):02}"
    return Customer(
        business_unit_id=unit_id,
        external_id=customer_key(seed, place),
        display_name=name,
        quickbooks_name=quickbooks_name,
        given_name=given if is_drawn else "",
        family_name=family if is_drawn else "",
        company_name=company if is_drawn else "",
        email=f"customer{place + 1}@{unit.code}.example" if place >= 0 and not is_bare else "",
        phone="" if is_bare else phone,
        address=f"{rng.randrange(1, 2400)} {rng.choice(STREETS)}",
        city=unit.city,
        region=unit.region,
        postal_code=unit.postal_code,
        country=unit.country,
    )


def _names(unit: Unit, place: int) -> tuple[str, str] | None:
    if place < 0:
        return EXAMPLES[-place - 1]
    special = (*SPECIAL_CUSTOMERS, *((name, "") for name in _known(unit)))
    return special[place] if place < len(special) else None


def _known(unit: Unit) -> tuple[str, ...]:
    return KNOWN_CUSTOMERS.get(unit.code, ())

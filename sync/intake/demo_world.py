"""The demo's business units, services and people: plain data."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Service:
    """Something the companies do; prices are whole dollars, from lowest to highest."""

    name: str
    descriptions: tuple[str, ...]
    lowest: int
    highest: int
    taxable: bool


@dataclass(frozen=True, slots=True)
class Unit:
    """One branch: where it is, what it does and how sales are taxed there."""

    code: str
    name: str
    prefix: str
    timezone: str
    city: str
    region: str
    postal_code: str
    country: str
    area_code: str
    currency: str
    tax_rate: Decimal
    tax_code: str
    services: tuple[str, ...]
    has_start_date: bool


SERVICES = {
    service.name: service
    for service in (
        Service(
            "Lawn care",
            ("Weekly mowing and edging", "Spring clean-up", "Aeration and overseeding"),
            45,
            320,
            taxable=True,
        ),
        Service(
            "Gutter cleaning",
            ("Gutters and downspouts, one floor", "Gutters and downspouts, two floors"),
            95,
            380,
            taxable=False,
        ),
        Service(
            "Junk hauling",
            ("Quarter truck load", "Half truck load", "Full truck load", "Hot tub removal"),
            120,
            780,
            taxable=False,
        ),
        Service(
            "Carpet cleaning",
            ("Three rooms and hallway", "Whole house", "Stain treatment", "Stairs, per flight"),
            80,
            460,
            taxable=True,
        ),
        Service(
            "Window cleaning",
            ("Inside and out", "Outside only", "Skylights"),
            90,
            340,
            taxable=True,
        ),
    )
}

UNITS = (
    Unit(
        code="riverside",
        name="Evergreen Riverside",
        prefix="RIV",
        timezone="America/Los_Angeles",
        city="Riverside",
        region="CA",
        postal_code="92501",
        country="USA",
        area_code="951",
        currency="USD",
        tax_rate=Decimal("0.08"),
        tax_code="",
        services=("Lawn care", "Gutter cleaning", "Window cleaning"),
        has_start_date=True,
    ),
    Unit(
        code="lakeshore",
        name="Evergreen Lakeshore",
        prefix="LAK",
        timezone="America/Chicago",
        city="Evanston",
        region="IL",
        postal_code="60201",
        country="USA",
        area_code="847",
        currency="USD",
        tax_rate=Decimal("0.08"),
        tax_code="",
        services=("Carpet cleaning", "Window cleaning", "Gutter cleaning"),
        has_start_date=False,
    ),
    Unit(
        code="harbor",
        name="Evergreen Harbor",
        prefix="HAR",
        timezone="America/New_York",
        city="Portsmouth",
        region="NH",
        postal_code="03801",
        country="USA",
        area_code="603",
        currency="USD",
        tax_rate=Decimal(0),
        tax_code="",
        services=("Lawn care", "Carpet cleaning", "Gutter cleaning"),
        has_start_date=True,
    ),
    Unit(
        code="heave-ho",
        name="Heave-Ho Hauling Phoenix",
        prefix="JNK",
        timezone="America/Phoenix",
        city="Phoenix",
        region="AZ",
        postal_code="85004",
        country="USA",
        area_code="602",
        currency="USD",
        tax_rate=Decimal("0.086"),
        tax_code="",
        services=("Junk hauling",),
        has_start_date=True,
    ),
    Unit(
        code="toronto",
        name="Evergreen Toronto",
        prefix="TOR",
        timezone="America/Toronto",
        city="Toronto",
        region="ON",
        postal_code="M4C 1B5",
        country="Canada",
        area_code="416",
        currency="CAD",
        tax_rate=Decimal("0.13"),
        tax_code="HST ON",
        services=("Lawn care", "Gutter cleaning", "Carpet cleaning"),
        has_start_date=True,
    ),
)

# Invoice i of the demo belongs to the unit at i modulo 20, by the first letter of its prefix: most
# of them go to the two units that a newcomer meets.
ROTATION = tuple(
    next(unit for unit in UNITS if unit.prefix.startswith(letter))
    for letter in "RLHRJLTRLHRRJLRHLTRJ"
)

STREETS = (
    "Alder Street",
    "Canyon Crest Drive",
    "Chestnut Avenue",
    "Church Street",
    "Lakeview Terrace",
    "Magnolia Avenue",
    "Mill Road",
    "Orange Grove Way",
    "Sycamore Lane",
    "Third Street",
)
GIVEN = (
    "Aaliyah",
    "Andrés",
    "Beatrice",
    "Chloé",
    "Daniel",
    "Deshawn",
    "Elena",
    "Françoise",
    "George",
    "Hannah",
    "Iris",
    "Jürgen",
    "Kavita",
    "Liam",
    "Marisol",
    "Noah",
    "Olivia",
    "Priya",
    "Quentin",
    "Renée",
    "Søren",
    "Tomás",
    "Walter",
    "Zoë",
)
FAMILY = (
    "Abbott",
    "Baker",
    "Côté",
    "D'Angelo",
    "Edwards",
    "Fernández",
    "García",
    "Hughes",
    "Ibáñez",
    "Jackson",
    "Kowalski",
    "Lefèvre",
    "Müller",
    "Nguyen",
    "Núñez",
    "O'Brien",
    "Patel",
    "Ramírez",
    "Singh",
    "Thompson",
    "Underwood",
    "Völker",
    "Whitfield",
    "Young",
)
BUSINESSES = (
    "Animal Hospital",
    "Auto Body",
    "Bakery & Café",
    "Condominiums",
    "Dental Group",
    "Property Management",
    "Self Storage",
    "Veterinary Clinic",
)

# Each unit's first customers: the names that trip bookkeeping up. The second text is what
# QuickBooks is to call them; one name with a colon has no such text, so it waits for one.
SPECIAL_CUSTOMERS = (
    ("John Smith", ""),
    ("John Smith", ""),
    ("Seán O'Connor-D'Arcy", ""),
    ("Peña & Sons Café", ""),
    ("Hillcrest HOA: Building C", "Hillcrest HOA - Building C"),
    ("Œuvre Saint-Étienne", "Oeuvre Saint-Étienne"),
    ("Parkside Rentals: Unit 12", ""),
    ('Bob "Buddy" Macklin', ""),
)

# One unit, not connected yet, has customers that a QuickBooks company may know already: the first
# ones have nothing that could contradict, the last one's name is a vendor's there.
KNOWN_CUSTOMERS = {
    "lakeshore": (
        "Thornton Hardware",
        "Greenleaf Yoga",
        "Parkside Daycare",
        "Quarry Road Brewing",
        "City Landfill",
    )
}
WITHOUT_CONTACT = 3

ROLES = ("viewer", "exporter", "accountant", "administrator")

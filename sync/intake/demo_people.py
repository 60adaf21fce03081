"""The demo's people: one of each role in each unit, some with several units, one with none."""

from dataclasses import dataclass

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.utils.crypto import salted_hmac

from accounts.models import Membership, Role, User
from sync.intake.demo import require_simulator
from sync.intake.demo_customers import dice
from sync.intake.demo_world import FAMILY, GIVEN, UNITS
from sync.models import BusinessUnit

WORDS = ("acorn", "bramble", "clover", "daisy", "elder", "fern", "gorse", "hazel")
OWNER = "admin"
EVERYWHERE = {"franchise-owner": Role.ADMINISTRATOR, "bookkeeper": Role.ACCOUNTANT}
NOBODY = "no-role"


@dataclass(frozen=True, slots=True)
class Person:
    """Who may sign in, and whether still with the demo's password."""

    username: str
    what: str
    has_demo_password: bool


@transaction.atomic
def seed_people() -> list[Person]:
    """Add the people who are missing and return them all."""
    require_simulator()
    password = demo_password()
    encoded = make_password(password)
    people = []
    for username, what, roles in _wanted():
        user, is_new = User.objects.get_or_create(
            username=username, defaults=_details(username, encoded)
        )
        if is_new:
            _give_roles(user, roles)
        people.append((user, what))
    return _with_passwords(people, password)


def demo_password() -> str:
    """Return one password for this installation's demo people: it follows from SECRET_KEY."""
    digest = salted_hmac("paidup.demo", "password").digest()
    words = [WORDS[byte % len(WORDS)] for byte in digest[:3]]
    return "-".join([*words, str(1000 + int.from_bytes(digest[3:5]) % 9000)])


def _wanted() -> list[tuple[str, str, dict[str, Role]]]:
    everywhere = [unit.code for unit in UNITS]
    wanted: list[tuple[str, str, dict[str, Role]]] = [(OWNER, "Superuser: sees everything", {})]
    for username, role in EVERYWHERE.items():
        wanted.append(
            (username, f"{role.name.capitalize()} in every unit", dict.fromkeys(everywhere, role))
        )
    for unit in UNITS:
        for role in Role:
            name = f"{unit.code}-{role.value}"
            wanted.append((name, f"{role.name.capitalize()} in {unit.name}", {unit.code: role}))
    return [*wanted, (NOBODY, "Holds no role: sees nothing", {})]


def _details(username: str, encoded: str) -> dict[str, object]:
    rng = dice("person", username)
    is_owner = username == OWNER
    return {
        "password": encoded,
        "email": f"{username}@paidup.example",
        "first_name": rng.choice(GIVEN),
        "last_name": rng.choice(FAMILY),
        "is_superuser": is_owner,
        "is_staff": True,
    }


def _give_roles(user: User, roles: dict[str, Role]) -> None:
    units = BusinessUnit.objects.in_bulk(list(roles), field_name="code")
    Membership.objects.bulk_create(
        Membership(user=user, business_unit=units[code], role=role) for code, role in roles.items()
    )


def _with_passwords(people: list[tuple[User, str]], password: str) -> list[Person]:
    """Check each stored hash once: the demo's people share one, and hashing is slow by intent."""
    holds: dict[str, bool] = {}
    for user, _ in people:
        if user.password not in holds:
            holds[user.password] = check_password(password, user.password)
    return [Person(user.username, what, holds[user.password]) for user, what in people]

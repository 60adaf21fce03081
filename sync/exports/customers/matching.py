"""Which customer in QuickBooks one of ours may be, and whether that is certain. Without a database.

Certain is only what leaves nothing to decide: exactly one customer there fits, it has the same
name, and nothing else of it contradicts. Everything else is put to a person, with the reason.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sync.quickbooks.documents import email_key, name_key, phone_key
from sync.words import both, stored

NAME, FULL_NAME, EMAIL, PHONE = "name", "full name", "email", "phone"
_SAME = {
    NAME: stored("name"),
    FULL_NAME: stored("full name"),
    EMAIL: stored("e-mail"),
    PHONE: stored("phone"),
}

SEVERAL = stored("Several customers in QuickBooks fit: choose one.")
INACTIVE = stored("It is inactive in QuickBooks: make it active there first, or create a new one.")
OTHER_CURRENCY = stored("It is kept in %(theirs)s there, and this one is in %(ours)s.")
HELD = stored("Another customer of ours is linked to it already.")
OTHER_NAME = stored("The name there is another one.")
OTHER_CONTACT = stored(
    "E-mail or phone there are others: it may be somebody else of the same name."
)
OTHER_CITY = stored("It is in %(theirs)s there, and this one in %(ours)s: it may be somebody else.")
CLAIMED = stored("Another customer of ours has this name, too: only one of them may be meant.")


@dataclass(frozen=True, slots=True)
class Ours:
    """A customer of ours, under the name it is meant to have in QuickBooks."""

    name: str
    email: str = ""
    phone: str = ""
    currency: str = ""
    city: str = ""


@dataclass(frozen=True, slots=True)
class Theirs:
    """A customer in QuickBooks; the keys are as `sync.quickbooks.documents` makes them."""

    pk: int
    name_key: str
    full_key: str = ""
    email: str = ""
    phone: str = ""
    currency: str = ""
    active: bool = True
    held_in: frozenset[int] = frozenset()
    """The units whose customers are linked to it."""
    city: str = ""

    @property
    def is_held(self) -> bool:
        return bool(self.held_in)

    def is_of_others(self, unit_id: int) -> bool:
        """Say whether it is linked, and to no customer of this unit."""
        return self.is_held and unit_id not in self.held_in


@dataclass(frozen=True, slots=True)
class Candidate:
    """One that may be meant, and in what the two agree."""

    theirs: Theirs
    agrees: tuple[str, ...]

    @property
    def is_by_name(self) -> bool:
        return self.agrees[0] in {NAME, FULL_NAME}


@dataclass(frozen=True, slots=True)
class Match:
    """The candidates of a customer, the best first; `doubt` is empty where the match is certain."""

    candidates: tuple[Candidate, ...]
    doubt: str

    @property
    def best(self) -> Candidate:
        return self.candidates[0]


def match(ours: Ours, theirs: Iterable[Theirs]) -> Match | None:
    """Match one of ours against theirs; None where none of them fits in anything."""
    found = [
        Candidate(each, agrees) for each in theirs if (agrees := tuple(_agreements(ours, each)))
    ]
    if not found:
        return None
    candidates = tuple(sorted(found, key=_rank))
    return Match(candidates, _doubt(ours, candidates))


def _agreements(ours: Ours, theirs: Theirs) -> Iterable[str]:
    key = name_key(ours.name)
    if key == theirs.name_key:
        yield NAME
    elif key and key == theirs.full_key:
        yield FULL_NAME
    if theirs.email and email_key(ours.email) == theirs.email:
        yield EMAIL
    if theirs.phone and phone_key(ours.phone) == theirs.phone:
        yield PHONE


def _rank(candidate: Candidate) -> tuple[bool, bool, int, int]:
    theirs = candidate.theirs
    return not theirs.active, not candidate.is_by_name, -len(candidate.agrees), theirs.pk


def _doubt(ours: Ours, candidates: Collection[Candidate]) -> str:
    if len(candidates) > 1:
        return SEVERAL
    [candidate] = candidates
    theirs = candidate.theirs
    if not theirs.active:
        return INACTIVE
    if theirs.currency and ours.currency and theirs.currency != ours.currency:
        return OTHER_CURRENCY.filled(theirs=theirs.currency, ours=ours.currency)
    if theirs.is_held:
        return HELD
    return _doubt_of_names(ours, candidate)


def _doubt_of_names(ours: Ours, candidate: Candidate) -> str:
    theirs = candidate.theirs
    if not candidate.is_by_name:
        return OTHER_NAME
    if _is_elsewhere(ours, theirs):
        return OTHER_CITY.filled(theirs=theirs.city, ours=ours.city)
    return OTHER_CONTACT if _contradicts(ours, candidate) else ""


def _is_elsewhere(ours: Ours, theirs: Theirs) -> bool:
    """Say whether both have a city, and not the same."""
    cities = {" ".join(city.casefold().split()) for city in (ours.city, theirs.city)}
    return len(cities - {""}) > 1


def _contradicts(ours: Ours, candidate: Candidate) -> bool:
    """Say whether both have an e-mail or phone, and none that could be compared is the same."""
    theirs = candidate.theirs
    comparable = (email_key(ours.email) and theirs.email) or (
        phone_key(ours.phone) and theirs.phone
    )
    return bool(comparable) and len(candidate.agrees) == 1


def words_of(agrees: Collection[str]) -> str:
    """Say what a match rests on: “same name and e-mail”, “same phone, other name”."""
    words = stored("same %(what)s", what=both(_SAME[name] for name in agrees))
    return (
        words if {NAME, FULL_NAME} & set(agrees) else stored("%(words)s, other name", words=words)
    )

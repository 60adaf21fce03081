"""The customers of one file: told apart by the source's id, else by their names.

A name that one customer of the unit has stands for that customer, which is shown; a name that
several have, or that the file gives to two e-mail addresses, is asked about.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models.functions import Coalesce

from sync.intake.door.incoming import CustomerBody, Incoming
from sync.intake.files.outcomes import Choice, Code, Question
from sync.intake.files.records import NOWHERE, Address, Party
from sync.models import BusinessUnit, Customer, Delivery
from sync.models.sourced import LONGEST_ID

NEW, ONE, EACH = "new", "one", "each"
CONTACT = {"email": 100, "phone": 30, "street": 500, "city": 255, "region": 255,
           "postal_code": 30, "country": 255}  # fmt: skip
MOST_CANDIDATES = 10


@dataclass(frozen=True, slots=True)
class Known:
    """A customer of ours with a name."""

    pk: int
    name: str
    email: str
    source: str


@dataclass(slots=True)
class Person:
    """One customer of the file, as all rows together say."""

    key: str
    name: str
    email: str = ""
    phone: str = ""
    address: Address = NOWHERE
    emails: set[str] = field(default_factory=set)
    same_as: int | None = None
    is_asked: bool = False
    delivered: CustomerBody | None = None

    def see(self, party: Party) -> None:
        """Take in what one more row says; of two values the same one wins in any order of rows."""
        self.email = _least(self.email, party.email)
        self.phone = _least(self.phone, party.phone)
        self.name = _least(self.name, party.name)
        if party.address != NOWHERE:
            parts = (party.address, self.address)
            self.address = min(parts, key=_parts) if self.address != NOWHERE else party.address
        if party.email and len(self.emails) < MOST_CANDIDATES:
            self.emails.add(party.email.casefold())

    def body(self) -> CustomerBody:
        """Return what is known; a contact that no customer of ours can hold is left out."""
        said = {"email": self.email, "phone": self.phone} | {
            name: getattr(self.address, name)
            for name in ("street", "city", "region", "postal_code", "country")
        }
        fitting = {name: text for name, text in said.items() if len(text) <= CONTACT[name]}
        fitting["address"] = fitting.pop("street", "")
        return CustomerBody(self.name, same_as=self.same_as, **fitting)


class People:
    """The customers of one file; `said` are a person's answers by name."""

    def __init__(
        self, unit: BusinessUnit, source: str, observed_at: datetime, said: Mapping[str, str]
    ) -> None:
        self.unit, self.source, self.observed_at, self.said = unit, source, observed_at, said
        self._people: dict[str, Person] = {}
        self._plain: dict[str, str] = {}
        self.has_matched = False
        self._ours: dict[str, list[Known]] | None = None

    def key(self, party: Party) -> str:
        """Return what the source knows a customer by."""
        if party.external_id:
            return party.external_id
        name = self._plain.get(party.name)
        if name is None:
            name = self._plain[party.name] = plain(party.name)
        by_email = self.said.get(name) == EACH and party.email
        own = f"|{party.email.casefold()}" if by_email else ""
        return f"name:{name}{own}"[:LONGEST_ID]

    def meet(self, parties: Iterable[Party]) -> list[Incoming]:
        """Take in the customers of some rows; return those that were not met before."""
        new: dict[str, Person] = {}
        for party in parties:
            key = self.key(party)
            person = self._people.get(key)
            if person is None:
                person = self._people[key] = new[key] = Person(key, party.name)
            person.see(party)
        self._match([person for person in new.values() if person.key.startswith("name:")])
        return [self._incoming(person) for person in new.values()]

    def grown(self) -> Iterator[Incoming]:
        """Yield those of whom later rows said more than the first one."""
        for person in self._people.values():
            if person.delivered != person.body():
                yield self._incoming(person, later=timedelta(microseconds=1))

    def questions(self) -> Iterator[Question]:
        """Yield what is to be asked of names."""
        for person in self._people.values():
            name = plain(person.name)
            if name in self.said or not person.key.startswith("name:"):
                continue
            if person.is_asked:
                yield self._about(name, person)
            elif len(person.emails) > 1:
                examples = tuple(sorted(person.emails))
                choices = tuple(Choice(("customers", name), way) for way in (ONE, EACH))
                yield Question(
                    Code.CUSTOMER, ("customers", name), choices,
                    column=person.name, examples=examples,
                )  # fmt: skip

    def matched(self, party: Party) -> int | None:
        """Return the customer of ours that a name was found to be."""
        return self._people[self.key(party)].same_as

    def name(self, key: str) -> str:
        """Return the name of one who was met."""
        person = self._people.get(key)
        return person.name if person else ""

    def row_key(self, party: Party) -> tuple[str, str, str]:
        """Return what the delivery of a customer is known by."""
        return Delivery.Kind.CUSTOMER.value, self.source, self.key(party)

    def _incoming(self, person: Person, later: timedelta = timedelta(0)) -> Incoming:
        person.delivered = person.body()
        return Incoming(
            source=self.source,
            external_id=person.key,
            observed_at=self.observed_at + later,
            body=person.delivered,
        )

    def _match(self, people: list[Person]) -> None:
        """Find the customers of ours that have these names; those met before are known already."""
        known = set(
            Delivery.objects.filter(
                business_unit=self.unit,
                kind=Delivery.Kind.CUSTOMER,
                source=self.source,
                external_id__in=[person.key for person in people],
            ).values_list("external_id", flat=True)
        )
        for person in people:
            if person.key not in known:
                self._choose(person, self._candidates(plain(person.name)))

    def _choose(self, person: Person, candidates: list[Known]) -> None:
        said = self.said.get(plain(person.name), "")
        if said.isdecimal() and any(one.pk == int(said) for one in candidates):
            person.same_as, self.has_matched = int(said), True
        if said == NEW or person.same_as is not None or not candidates:
            return
        of_email = [one for one in candidates if person.email and one.email == person.email]
        fitting = of_email or [one for one in candidates if not (one.email and person.email)]
        if len(fitting) == 1 and (of_email or len(candidates) == 1):
            person.same_as, self.has_matched = fitting[0].pk, True
        else:
            person.is_asked = said not in {ONE, EACH}

    def _candidates(self, name: str) -> list[Known]:
        if self._ours is None:
            self._ours = defaultdict(list)
            rows = Customer.objects.filter(business_unit=self.unit).order_by("pk")
            # A twin stands for whom it is for: what is brought finds its way by its currency.
            columns = (Coalesce("twin_of", "pk"), "display_name", "email", "source")
            for row in rows.values_list(*columns).iterator():
                self._ours[plain(row[1])].append(Known(*row))
        return self._ours.get(name, [])

    def _about(self, name: str, person: Person) -> Question:
        key = ("customers", name)
        ways = [
            Choice(key, str(one.pk), ", ".join(filter(None, (one.name, one.email, one.source))))
            for one in self._candidates(name)[:MOST_CANDIDATES]
        ]
        examples = tuple(sorted(person.emails))
        choices = (*ways, Choice(key, NEW))
        return Question(Code.CUSTOMER, key, choices, column=person.name, examples=examples)


def plain(name: str) -> str:
    """Return a name as it is compared: without case, and with single spaces."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _least(one: str, other: str) -> str:
    return min(one, other) if one and other else one or other


def _parts(address: Address) -> tuple[str, ...]:
    return address.street, address.city, address.region, address.postal_code, address.country

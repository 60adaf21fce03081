"""What a source is: where it is asked, what it answers. docs/sources.md says how one is written.

A source knows no ORM: it is given an Account, and gives Incoming, which the one door takes in.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from sync.company.isolation import Trouble, attempt
from sync.intake.door.incoming import Incoming, Kind
from sync.words import stored

Cursor = dict[str, Any]  # JSON; nobody but its source looks into it


class SourceFault(Exception):
    """A source cannot be read now; `code` is for programs.

    The text is for people, as `sync.words.stored` has it, without secrets.
    """

    code = "FAULT"
    needs_a_person = False


class SourceAway(SourceFault):
    """It does not answer, or not in its own words: the pull goes on later from where it is."""

    code = "AWAY"


class SignInRefused(SourceFault):
    """It refuses who we say we are."""

    code = "SIGN_IN_REFUSED"
    needs_a_person = True


class SourceChanged(SourceFault):
    """It no longer means what was confirmed; nothing of it is stored until a person has looked."""

    code = "CHANGED"
    needs_a_person = True


class Unreadable(Exception):
    """One object cannot be read whole: `code` and words say why. The others go on."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code, self.words = code, words


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a source can tell. Without ids nothing can be pulled, so they go without saying."""

    edited_times: bool
    """It lists what was edited since a time; otherwise every pull reads everything."""
    deletions: bool
    """It tells what was deleted; otherwise a whole reading shows what is gone."""
    refunds: bool
    calls: bool = False
    """It calls an address of ours when something changed, and is then a `Calling`."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a person enters to connect: `sealed` turns a secret into what is kept of it."""

    name: str
    label: str
    help: str = ""
    is_secret: bool = False
    pattern: str = r".{1,200}"
    sealed: Callable[[str], str] = str


@dataclass(frozen=True, slots=True)
class Place:
    """A part of the source that one unit may be fed from, such as a franchise."""

    id: str
    name: str
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class Question:
    """What the source's own answers leave to a person, with samples to decide by.

    `answer` is what is proven, empty where nothing is; `choices` are values with their words. What
    people read is as `sync.words.stored` has it, here and in all that follows.
    """

    key: str
    label: str
    choices: Sequence[tuple[str, str]]
    answer: str = ""
    samples: Sequence[str] = ()
    is_required: bool = True


@dataclass(frozen=True, slots=True)
class Look:
    """What a test found; `known` is what the source keeps to notice a later change."""

    questions: Sequence[Question] = ()
    findings: Sequence[str] = ()
    known: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Account:
    """How one unit reaches its source. `answers` and `known` are as a person confirmed them."""

    options: Mapping[str, str]
    secrets: Mapping[str, str]
    zone: ZoneInfo
    currency: str
    place: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    known: Mapping[str, Any] = field(default_factory=dict)
    beat: Callable[[], None] = lambda: None
    """To be called before each request: a slow source is not taken for a dead worker."""


@dataclass(frozen=True, slots=True)
class Ask:
    """How a pass is read: from which day on, and how much of the last one again."""

    since: date | None = None
    overlap: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Refused:
    """One object that cannot be read whole, and why."""

    kind: Kind
    external_id: str
    code: str
    words: str


@dataclass(slots=True)
class Pulled:
    """A page: what came, the cursor that follows it, and whether the pass is over.

    A Tombstone is taken in only where we hold the thing. `is_whole` says of the last page whether
    nothing can have been left out of the pass; what was not seen in a whole one is gone.
    """

    deliveries: list[Incoming]
    cursor: Cursor
    done: bool
    refused: list[Refused] = field(default_factory=list)
    outside: int = 0
    """Objects that it listed though they are another unit's, or not of the time asked for."""
    is_whole: bool = True


class Reader(Protocol):
    """A source, signed in for one unit."""

    calls: int
    """Requests made so far."""

    def pull(self, stream: str, cursor: Cursor | None, ask: Ask) -> Pulled:
        """Read one page. None begins from nothing; a finished pass's cursor begins the next one."""
        ...


class Source(Protocol):
    """One kind of system that units can be fed from."""

    name: str
    """What its documents bear as their source: at most 40 characters, never changed."""
    label: str
    capabilities: Capabilities
    streams: Mapping[str, Sequence[Kind]]
    """What is read, with the kinds of things in it: what others refer to comes first."""
    entries: Sequence[Entry]

    def places(self, account: Account) -> Sequence[Place]:
        """Sign in, and return what a unit may be fed from. Raises SourceFault."""
        ...

    def look(self, account: Account) -> Look:
        """Read what must be known before anything is pulled, and store nothing."""
        ...

    def open(self, account: Account) -> AbstractContextManager[Reader]:
        """Sign in for one unit. Raises SourceFault."""
        ...


class Calling(Source, Protocol):
    """A source that calls us when something changed. A call only wakes; what it says is pulled."""

    def is_its_own(self, account: Account, headers: Mapping[str, str], body: bytes) -> bool:
        """Say whether a call is the source's own, proven by a secret of the account."""
        ...


def read_each(
    objects: Iterable[Any],
    read: Callable[[Any], Sequence[Incoming]],
    named: Callable[[Any], tuple[Kind, str]],
) -> tuple[list[Incoming], list[Refused]]:
    """Read objects one by one; what cannot be read whole is refused by its id, the rest goes on."""
    taken: list[Incoming] = []
    refused: list[Refused] = []
    for one in objects:
        kind, name = named(one)
        try:
            became = attempt(lambda one=one: read(one), Unreadable, SourceFault, kind=kind.value)  # type: ignore[misc]
        except Unreadable as why:
            refused.append(Refused(kind, name, why.code, why.words))
            continue
        if isinstance(became, Trouble):
            words = became.words(stored("It is read again by the next pull."))
            refused.append(Refused(kind, name, "UNEXPECTED", words))
        else:
            taken += became
    return taken, refused

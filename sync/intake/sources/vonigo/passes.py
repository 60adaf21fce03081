"""One pass over a list of Vonigo's, page after page, and whether it can have missed anything.

Pages are read until one is empty: a tenant may give fewer than were asked for. Where the ids come
in rising order, an edit moves nothing between pages. Where they do not, a pass counts once another
one has seen exactly the same.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from sync.intake.sources.interface import Ask, Cursor

MOST_TRIES = 4
MOST_PAGES = 20_000


@dataclass(slots=True)
class Pass:
    """What is known while a list is read."""

    start: str
    """From when on it is read, ISO; empty is all of it."""
    mark: str
    """Where the last pass left off, for one that comes to nothing."""
    began: str
    page: int = 1
    last: int = 0
    is_rising: bool = True
    seen: int = 0
    print: str = ""
    before: str = ""
    tries: int = 1
    first: str = ""

    def see(self, ids: Sequence[str]) -> None:
        """Note the ids of a page."""
        for name in ids:
            number = int(name or 0)
            self.is_rising = self.is_rising and number > self.last
            self.last = number
            self.seen += 1
            self.print = _mixed(self.print, name)
        self.first = ids[0] if ids else ""
        self.page += 1

    def is_over(self, ids: Sequence[str]) -> bool:
        """Say whether this page ends the list: it is empty, or the last one came again."""
        return not ids or (self.page > 1 and ids[0] == self.first) or self.page > MOST_PAGES

    @property
    def is_steady(self) -> bool:
        """Say whether nothing can have moved between its pages."""
        return self.is_rising or self.print == self.before

    def again(self) -> Cursor:
        """Return the cursor of another pass over the same."""
        return asdict(
            Pass(self.start, self.mark, self.began, before=self.print, tries=self.tries + 1)
        )

    def start_moment(self) -> datetime | None:
        """Return from when on it is read."""
        return datetime.fromisoformat(self.start) if self.start else None


def begin(cursor: Cursor | None, ask: Ask, zone: ZoneInfo, now: datetime) -> Pass:
    """Go on with a pass, or begin the next one where the last left off."""
    if cursor is not None and "mark" not in cursor:
        cursor = None
    if cursor is not None and "page" in cursor:
        return Pass(**cursor)
    mark = cursor["mark"] if cursor else ""
    start = datetime.fromisoformat(mark) - ask.overlap if mark else None
    if cursor is None and ask.since is not None:
        start = datetime.combine(ask.since, time(), tzinfo=zone)
    return Pass(
        start=start.astimezone(UTC).isoformat() if start else "",
        mark=mark,
        began=now.isoformat(),
    )


def ended(this: Pass) -> Cursor:
    """Return the cursor from which the next pass begins."""
    return {"mark": this.began if this.is_steady else this.mark}


def _mixed(so_far: str, name: str) -> str:
    """Return a print of the ids so far that does not depend on their order."""
    digest = int.from_bytes(hashlib.sha256(name.encode()).digest()[:16], "big")
    return f"{(int(so_far or '0', 16) + digest) % (1 << 128):x}"

"""What the dates and amounts of one column prove of how they are written."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from sync.intake.files.values.amounts import take_apart
from sync.intake.files.values.dates import DAY, MONTH, YEAR, Numeric, take_number, take_numeric

ENOUGH = 5
"""So many different dates in order prove how they are meant."""


FEW_YEARS = 3
"""Of one file; a column whose last numbers lie further apart may have its days there."""
MANY_YEARS = 15
"""No file goes on for so many: last numbers that lie further apart are days."""
EARLY = 20
"""A first number below this is rather a day than a year of a file that somebody brings now."""


def _span(numbers: set[int]) -> int:
    return max(numbers) - min(numbers)


@dataclass(slots=True)
class Run:
    """Whether different dates only rise, or only fall, from row to row."""

    last: tuple[int, int, int] | None = None
    rises: int = 0
    falls: int = 0

    def see(self, day: tuple[int, int, int]) -> None:
        """Take the next date in."""
        if self.last is not None:
            self.rises += day > self.last
            self.falls += day < self.last
        self.last = day

    @property
    def only_goes_on(self) -> bool:
        """Say whether several dates only rise, or only fall."""
        return min(self.rises, self.falls) == 0 and self.rises + self.falls > 1

    @property
    def is_in_order(self) -> bool:
        """Say whether enough dates stand in one order."""
        return min(self.rises, self.falls) == 0 and self.rises + self.falls >= ENOUGH


@dataclass(slots=True)
class DateEvidence:
    """What the dates of one column prove; each proof is an example of the file."""

    proofs: dict[str, str] = field(default_factory=dict)
    open_example: str = ""
    firsts: set[int] = field(default_factory=set)
    lasts: set[int] = field(default_factory=set)
    has_long_years: bool = False
    has_dots: bool = False
    runs: dict[str, Run] = field(default_factory=lambda: {DAY: Run(), MONTH: Run()})

    numbers: int = 0
    number: str = ""
    """An example of numbers that may stand for days."""
    others: int = 0
    stored: date | None = None
    """An example of stored dates whose day and month can be exchanged."""
    as_stored: Run = field(default_factory=Run)
    as_turned: Run = field(default_factory=Run)
    is_sure: bool = False
    """Whether a stored date, or a text that a spreadsheet would have taken for one, is as meant."""

    def see(self, text: str) -> None:
        """Take one value in."""
        read = take_numeric(text)
        if read is None:
            number = take_number(text)
            if number is None:
                self.others += 1
            else:
                self.see_number(number)
            return
        self.others += 1
        self._see_short(read)
        self.has_dots |= read.sign == "."
        self.is_sure |= max(read.first, read.second) <= 12
        if read.sign == "." or read.first > 12 >= read.second:
            self.proofs.setdefault(DAY, text)
        elif read.second > 12 >= read.first:
            self.proofs.setdefault(MONTH, text)
        elif read.first != read.second:
            self.open_example = self.open_example or text
        self.runs[DAY].see((read.year, read.second, read.first))
        self.runs[MONTH].see((read.year, read.first, read.second))

    def see_number(self, value: Decimal) -> None:
        """Take in a number in place of a date: it may be the day's, as spreadsheets count."""
        self.numbers += 1
        self.number = self.number or str(value)

    def _see_short(self, read: Numeric) -> None:
        """Take in the outer numbers of a date: either may be a year of two digits."""
        if read.is_short:
            self.firsts.add(read.first)
            self.lasts.add(read.year)
        else:
            self.has_long_years = True

    @property
    def starts_with_year(self) -> bool:
        """Say whether 26-02-13 has its year first: its last numbers can be nothing but days."""
        return self.can_start_with_year and self._varies and _span(self.lasts) > MANY_YEARS

    @property
    def may_start_with_year(self) -> bool:
        """Say whether both its first and its last numbers can be years: 22/01/20, 22/07/24."""
        is_open = self.can_start_with_year and self._varies and not self.starts_with_year
        return is_open and min(self.firsts) >= EARLY and _span(self.lasts) > FEW_YEARS

    @property
    def can_start_with_year(self) -> bool:
        """Say whether years first is possible at all; a dot or a month last proves the contrary."""
        if self.has_long_years or self.has_dots or MONTH in self.proofs or not self.lasts:
            return False
        are_days = max(self.lasts) % 100 <= 31
        return max(self.firsts) > 12 and _span(self.firsts) <= 1 and are_days

    @property
    def _varies(self) -> bool:
        return len(self.lasts) > 1

    def see_stored(self, day: date) -> None:
        """Take in a date that is stored as one."""
        self.is_sure |= day.day > 12
        if not self.is_sure:
            self.as_stored.see((day.year, day.month, day.day))
            self.as_turned.see((day.year, day.day, day.month))
        if self.stored is None and day.day != day.month:
            self.stored = day

    @property
    def may_be_swapped(self) -> bool:
        """Say whether a spreadsheet may have read these days in another order than they were.

        It takes 1/2 for a day in its own order, and leaves 13/2 as a text where that is none.
        """
        is_in_order = self.as_stored.only_goes_on and not self.as_turned.only_goes_on
        is_open = not self.is_sure and not is_in_order
        return self.stored is not None and len(self.proofs) == 1 and is_open

    @property
    def counts_days(self) -> bool:
        """Say whether the column has numbers in place of dates and no date as text."""
        return self.numbers > 0 and self.others == 0

    @property
    def order(self) -> str:
        """Return what stands first, empty where nothing or too much is proven."""
        if self.starts_with_year:
            return YEAR
        if self.may_start_with_year:
            return ""
        if self.proofs:
            return next(iter(self.proofs)) if len(self.proofs) == 1 else ""
        in_order = [order for order, run in self.runs.items() if run.is_in_order]
        return in_order[0] if len(in_order) == 1 else ""

    @property
    def proof(self) -> str:
        """Return the example that proves it, empty where the order of the rows does."""
        return next(iter(self.proofs.values()), "")


@dataclass(slots=True)
class MarkEvidence:
    """What the amounts of one column prove of their decimal mark."""

    proofs: dict[str, str] = field(default_factory=dict)
    open_example: str = ""
    example: str = ""
    whole: int = 0
    large: int = 0
    others: int = 0
    has_value: bool = False

    def see(self, text: str) -> None:
        """Take one written amount in."""
        written = take_apart(text)
        if written is None:
            return
        self.example = self.example or text
        if written.mark in {".", ","}:
            self.proofs.setdefault(written.mark, text)
        elif written.mark == "?":
            self.open_example = self.open_example or text
        self._count(written.digits, is_bare=text.strip().lstrip("-").isdecimal())

    def see_number(self, value: Decimal) -> None:
        """Take one stored number in."""
        digits = str(abs(value))
        self.example = self.example or digits
        self._count(digits, is_bare=value == value.to_integral_value())

    def _count(self, digits: str, *, is_bare: bool) -> None:
        if not self.has_value and digits.strip("0.,"):
            self.has_value, self.example = True, digits
        self.whole += is_bare
        self.others += not is_bare
        self.large += is_bare and len(digits) >= 4

    @property
    def mark(self) -> str:
        """Return the proven mark, empty where nothing or too much is proven."""
        return next(iter(self.proofs)) if len(self.proofs) == 1 else ""

    @property
    def may_be_cents(self) -> bool:
        """Say whether these may be cents: whole numbers only, most of four figures or more."""
        return not self.others and self.large * 2 > self.whole

"""Dates as people write them: what stands first is proven per column, never assumed."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from decimal import Decimal

from sync.intake.files.outcomes import Code
from sync.intake.files.values.amounts import PLAIN_SIGNS

DAY, MONTH, YEAR = "day", "month", "year"
COUNTED_FROM = {"from_1900": date(1899, 12, 30), "from_1904": date(1904, 1, 1)}
"""The two ways in which Excel counts days."""
LARGEST_NUMBER = 100_000
NUMBER_OF_A_DAY = re.compile(r"\A(\d{5})(?:\.\d{1,12})?\Z", re.ASCII)
EARLIEST, LATEST = 1970, 2099
NAMES = (
    "jan january januar janvier enero januari gennaio ene gen janv jänner jän",
    "feb february februar fevrier février febrero februari febbraio fév fev févr",
    "mar march märz maerz mars marzo maart mrt mär mrz",
    "apr april avril abril aprile avr abr",
    "may mai mayo mei maggio mag",
    "jun june juni juin junio giugno giu",
    "jul july juli juillet julio luglio lug juil",
    "aug august août aout agosto augustus ago aoû",
    "sep sept september septembre septiembre settembre set",
    "oct october oktober octobre octubre ottobre okt ott",
    "nov november novembre noviembre",
    "dec december dezember décembre decembre diciembre dicembre dez déc dic",
)
MONTHS = {name: number for number, names in enumerate(NAMES, 1) for name in names.split()}
CLOCK = (
    r"(?:(?:T| ?- |,? (?:at|à|um|a las|alle|om) |[ ,]+)"
    r"(\d{1,2})[:h](\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?"
    r"\s*([AaPp]\.?[Mm]\.?|[AaPp](?![A-Za-z]))?(?: Uhr| uur| h)?"
    r"\s*(Z|(?:GMT|UTC)?[+-]\d{2}(?::?\d{2})?|[A-Z]{3,4})?(?: \([^()\d]{3,40}\))?)?"
)
HOURS = {
    "Z": 0, "UTC": 0, "GMT": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6,
    "PST": -8, "PDT": -7, "CET": 1, "CEST": 2, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13,
}  # fmt: skip
"""Zones by the letters behind a time, in hours from UTC."""
YEAR_FIRST = re.compile(rf"\A(\d{{4}})([-/.])(\d{{1,2}})\2(\d{{1,2}}){CLOCK}\Z")
YEAR_LAST = re.compile(rf"\A(\d{{1,2}})([-/.])(\d{{1,2}})\2(\d{{4}}|\d{{2}}){CLOCK}\Z")
WEEKDAY = re.compile(r"\A[^\W\d_]{2,10}\.?,? (?=\d{1,4}([-/.])\d{1,2}\1\d)")
"""A day's name before a date of numbers."""
COMPACT = re.compile(
    r"\A((?:19|20)\d{2})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})()(Z|[+-]\d{4})?)?\Z"
)
NAMED = re.compile(
    rf"\A(?:[^\W\d_]{{2,9}}\.?,? )?"
    rf"(?:([^\W\d_]{{3,9}})\.? (\d{{1,2}})(?:st|nd|rd|th)?(?:,? |,)"
    rf"|(\d{{1,2}})(?:st|nd|rd|th|er|[.º°])?[ /-]?(?:de )?([^\W\d_]{{3,9}})\.?,?[ /-]?(?:de )?)"
    rf"(\d{{4}}|\d{{2}}){CLOCK}\Z"
)


@dataclass(frozen=True, slots=True)
class Numeric:
    """The first two numbers of a date with its year last, and the sign between them."""

    first: int
    second: int
    sign: str
    year: int
    is_short: bool
    """Whether its year has two digits."""


def take_numeric(text: str) -> Numeric | None:
    """Return what tells the order of a date that leaves it open; None for every other form."""
    found = YEAR_LAST.match(_plain(text))
    if not found:
        return None
    year = found[4]
    return Numeric(int(found[1]), int(found[3]), found[2], _full(year), len(year) == 2)


def read_date(text: str, order: str, zone: tzinfo, *, is_utc: bool = False) -> date | Code:
    """Return the day in the unit's zone, or the code of what is wrong.

    A time with an offset, or in a column of UTC times, becomes the day it was in the zone; a time
    without one is the day as written.
    """
    body = _plain(text)
    for pattern, read in ((YEAR_FIRST, _year_first), (YEAR_LAST, _year_last), (NAMED, _named)):
        found = pattern.match(body)
        if found:
            parts = read(found, order)
            return parts if isinstance(parts, Code) else _settle(parts, found, zone, is_utc=is_utc)
    compact = COMPACT.match(body)
    if compact:
        year, month, day = (int(part) for part in compact.groups()[:3])
        return _settle((year, month, day), compact, zone, is_utc=is_utc)
    return Code.NOT_A_DATE


def with_year(day: str, year: int) -> str:
    """Return a day as people write it with a year, the given one where it has none."""
    return day if has_year(day) else f"{day.replace('-', '/')}/{year}"


def has_year(day: str) -> bool:
    """Say whether a day as people write it names its year."""
    return day.count("/") + day.count("-") > 1


def from_number(value: Decimal, way: str) -> date | Code:
    """Return the day that a spreadsheet's number stands for, counted as `way` says."""
    if not 0 < value < LARGEST_NUMBER:
        return Code.NOT_A_DATE
    return day_of(COUNTED_FROM[way] + timedelta(days=int(value)), UTC)


def take_number(text: str) -> Decimal | None:
    """Return a number that may stand for a day between 1990 and 2060; None for all else."""
    found = NUMBER_OF_A_DAY.match(text.strip())
    return Decimal(found[0]) if found and 32874 <= int(found[1]) <= 58806 else None


def day_of(value: date, zone: tzinfo, *, is_utc: bool = False) -> date | Code:
    """Return the day of a stored date or time."""
    if isinstance(value, datetime):
        if is_utc or value.tzinfo:
            value = value.replace(tzinfo=value.tzinfo or UTC).astimezone(zone)
        value = value.date()
    return value if EARLIEST <= value.year <= LATEST else Code.NOT_A_DATE


def _plain(text: str) -> str:
    return WEEKDAY.sub("", " ".join(text.translate(PLAIN_SIGNS).split()))


Parts = tuple[int, int, int]


def _year_first(found: re.Match[str], order: str) -> Parts | Code:
    return int(found[1]), int(found[3]), int(found[4])


def _year_last(found: re.Match[str], order: str) -> Parts | Code:
    first, second, year = int(found[1]), int(found[3]), _full(found[4])
    if order == YEAR:
        is_short = len(found[4]) == 2
        return (_full(found[1]), second, int(found[4])) if is_short else Code.OTHER_DATE_ORDER
    day, month = (first, second) if (order or DAY) == DAY else (second, first)
    if month > 12 and day <= 12:
        return Code.OTHER_DATE_ORDER
    return year, month, day


def _named(found: re.Match[str], order: str) -> Parts | Code:
    month = MONTHS.get((found[1] or found[4]).casefold())
    if month is None:
        return Code.NOT_A_DATE
    return _full(found[5]), month, int(found[2] or found[3])


def _full(year: str) -> int:
    return int(year) if len(year) == 4 else 2000 + int(year)


def _settle(parts: Parts, found: re.Match[str], zone: tzinfo, *, is_utc: bool) -> date | Code:
    hour, minute, second, half, offset = found.groups()[-5:]
    if hour is None or not (offset or is_utc):
        return _day(*parts)
    try:
        clock = datetime(*parts, _hour(int(hour), half), int(minute), int(second or 0), tzinfo=UTC)
        moment = clock.replace(tzinfo=_offset(offset))
        return day_of(moment, zone)
    except (ValueError, OverflowError, KeyError):
        return Code.NOT_A_DATE


def _hour(hour: int, half: str | None) -> int:
    if not half:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError(hour)
    return hour % 12 + (12 if half[0] in "pP" else 0)


def _offset(text: str | None) -> timezone:
    if text is None:
        return UTC
    if text.isalpha():
        return timezone(timedelta(hours=HOURS[text]))
    text = text.removeprefix("GMT").removeprefix("UTC")
    minutes = int(text[1:3]) * 60 + (int(text[-2:]) if len(text) > 3 else 0)
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))


def _day(year: int, month: int, day: int) -> date | Code:
    if not EARLIEST <= year <= LATEST:
        return Code.NOT_A_DATE
    try:
        return date(year, month, day)
    except ValueError:
        return Code.NOT_A_DATE

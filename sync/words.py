"""How amounts, dates and counts are written on a screen, in the language of who reads them.

Never for what is sent to QuickBooks or written into a file: that is English and ISO. What is stored
in words is made by `stored`: it is English, and each reader is told it in her own language.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache, wraps
from typing import (
    TYPE_CHECKING,
    Any,
    ParamSpec,
    Protocol,
    TypeAlias,
    TypeVar,
    runtime_checkable,
)  # fmt: skip

from django.utils import dateformat, formats
from django.utils.timezone import localtime
from django.utils.translation import get_language, gettext, ngettext, override

if TYPE_CHECKING:  # it is used as a text; only `join` and `json` need a str() around it

    def later(message: str) -> str: ...
else:
    from django.utils.translation import gettext_lazy as later

__all__ = [
    "Place", "Said", "both", "called", "customers", "day", "in_a_row", "in_english", "invoices",
    "lately", "later", "listed", "long_day", "moment", "money", "number", "payments", "plain_day",
    "plain_money", "plainly", "read", "stored", "stored_count", "together", "told", "words_of",
    "written",
]  # fmt: skip
_SIGNS = {"USD": "$", "CAD": "CA$", "GBP": "£", "EUR": "€", "AUD": "A$"}
# After the amount, and each dollar named: a bare one is Canadian there, and ours is not.
_SIGNS_FR_CA = {"USD": "$\xa0US", "CAD": "$\xa0CA", "GBP": "£", "EUR": "€", "AUD": "$\xa0AU"}
_ENGLISH = {"day": "j M Y", "long": "j F Y", "moment": "j M Y H:i T", "lately": "j M H:i T"}
_PATTERNS = {
    "en-us": {"day": "M j, Y", "long": "F j, Y", "moment": "M j, Y H:i T", "lately": "M j H:i T"},
    "es": {
        "day": "j b Y",
        "long": r"j \d\e F \d\e Y",
        "moment": "j b Y H:i T",
        "lately": "j b H:i T",
    },
    "fr-ca": {"day": "Y-m-d", "long": "j F Y", "moment": "Y-m-d H:i T", "lately": "m-d H:i T"},
}


P = ParamSpec("P")
R = TypeVar("R")


def in_english(told: Callable[P, R]) -> Callable[P, R]:
    """Have a function that makes what is stored say it in English, whoever presses the button."""

    @wraps(told)
    def in_it(*args: P.args, **kwargs: P.kwargs) -> R:
        with override("en"):
            return told(*args, **kwargs)

    return in_it


def money(amount: Decimal, currency: str) -> str:
    """Write an amount as people read it: $1,234.50, or 1 234,50 $ US."""
    minus = "-" if amount < 0 else ""
    plain = f"{abs(amount):,.2f}"
    if get_language() != "fr-ca":
        return f"{minus}{_SIGNS.get(currency, f'{currency} ')}{plain}"
    figure = plain.translate({ord(","): "\xa0", ord("."): ","})
    return f"{minus}{figure}\xa0{_SIGNS_FR_CA.get(currency, currency)}"


def number(count: int) -> str:
    """Write a count as people read it: 1,234, or 1 234."""
    return formats.number_format(count, use_l10n=True, force_grouping=True)


def payments(count: int) -> str:
    """Write how many payments."""
    return ngettext("%(count)s payment", "%(count)s payments", count) % {"count": number(count)}


def invoices(count: int) -> str:
    """Write how many invoices."""
    return ngettext("%(count)s invoice", "%(count)s invoices", count) % {"count": number(count)}


def customers(count: int) -> str:
    """Write how many customers."""
    return ngettext("%(count)s customer", "%(count)s customers", count) % {"count": number(count)}


def in_a_row(parts: Iterable[str]) -> str:
    """Write parts of a sentence one after another: a, b and c."""
    told = [str(part) for part in parts]
    if len(told) < 2:
        return "".join(told)
    return gettext("%(first)s and %(last)s") % {"first": ", ".join(told[:-1]), "last": told[-1]}


def day(value: date) -> str:
    """Write a date: 31 Mar 2026, Mar 31, 2026, 31 mar 2026 or 2026-03-31."""
    return written(value, "day")


def long_day(value: date) -> str:
    """Write a date with the whole name of its month."""
    return written(value, "long")


def moment(value: datetime) -> str:
    """Write a time with its date and zone."""
    return written(localtime(value), "moment")


def lately(value: datetime) -> str:
    """Write a time of these days: without the year, with its zone."""
    return written(localtime(value), "lately")


def written(value: date, kind: str) -> str:
    """Write a date or time as a `day`, a `long` one, a `moment` or `lately`, in its own zone."""
    return dateformat.format(value, _PATTERNS.get(get_language() or "", _ENGLISH)[kind])


def plain_money(amount: Decimal, currency: str) -> str:
    """Write an amount into what is stored in English: $1,234.50."""
    sign = _SIGNS.get(currency, f"{currency} ")
    return f"{'-' if amount < 0 else ''}{sign}{abs(amount):,.2f}"


def plain_day(value: date) -> str:
    """Write a date into what is stored in English: 31 Mar 2026."""
    return f"{value.day} {value:%b %Y}"


@runtime_checkable
class Row(Protocol):
    """A row of ours, called what it says by `said`, or else by its name."""

    @property
    def pk(self) -> Any: ...


Place: TypeAlias = str | int | Decimal | date | tuple[Decimal, str] | list[str] | Row
Places: TypeAlias = Mapping[str, Place]
# Begins what was said in a column or in JSON: no text of people or of QuickBooks does.
_MARK = "\x1e"


class Said(str):
    """An English text that knows what it is made of, and tells itself in the reader's language.

    Compared, hashed, joined, cut or written as JSON it is the English text; `str()` of it, and so a
    page, an f-string and an exception, is in the language of who reads. Without one, as in workers
    and logs, that is English.
    """

    messages: tuple[str, ...]
    places: dict[str, Place]

    def __new__(cls, messages: Iterable[str], places: Places) -> "Said":
        """Make it of a message, of one and many where `count` tells, or of "" and what joins."""
        kept = {name: _named(place) for name, place in places.items()}
        made = super().__new__(cls, _put(tuple(messages), kept, _plain_place))
        made.messages, made.places = tuple(messages), kept
        return made

    def __str__(self) -> str:
        if get_language() in (None, "en"):
            return plainly(self)
        return _put(self.messages, self.places, _told_place, translated=True)

    def __reduce__(self) -> tuple[Any, ...]:
        return Said, (self.messages, self.places)

    def filled(self, **places: Place) -> "Said":
        """Say the same with its places filled."""
        return Said(self.messages, self.places | places)

    def kept(self) -> str:
        """Return what a column or JSON holds."""
        return _MARK + json.dumps(_kept(self), ensure_ascii=False, separators=(",", ":"))


def stored(message: str, /, **places: Place) -> Said:
    """Say what is stored or told later: a message in English, with its places by name.

    A place is a text that stands as it is, another text that was said, a count, a date, an amount
    with its currency, or a row, which is called as it is called now.
    """
    return Said((message,), places) if places else _as_it_stands(message)


@lru_cache(maxsize=4096)
def _as_it_stands(message: str) -> Said:
    # Names of fields are said for each document that is made.
    return Said((message,), {})


def stored_count(one: str, many: str, count: int, /, **places: Place) -> Said:
    """Say it about a count, which is its place `%(count)s`."""
    return Said((one, many), {"count": count, **places})


def called(label: object) -> Said:
    """Say what a choice is called, as `later` has it."""
    with override("en"):
        return stored(str(label))


def together(*sentences: str) -> Said:
    """Say one sentence after another; an empty one is left out."""
    return listed(sentences, " ")


def listed(parts: Iterable[str], by: str = ", ") -> Said:
    """Say one part after another, with what stands between them in every language."""
    return Said(("", by), {str(place): part for place, part in enumerate(filter(None, parts))})


def both(parts: Iterable[str]) -> str:
    """Say parts of a sentence one after another, as `in_a_row` writes them: a, b and c."""
    first = list(parts)
    if len(first) < 2:
        return listed(first)
    return stored("%(first)s and %(last)s", first=listed(first[:-1]), last=first[-1])


def told(text: str) -> str:
    """Return what was said in the language of who reads; other text is looked up as it stands."""
    return str(text) if isinstance(text, Said) or not text else gettext(text)


def plainly(text: str) -> str:
    """Return what was said in English, for a log, a file or a command."""
    return str.__str__(text)


def words_of(error: BaseException) -> str:
    """Return what an exception says, to be stored."""
    given = error.args[0] if error.args else ""
    return given if isinstance(given, Said) else str(error)


def read(kept: str) -> str:
    """Return what a column or JSON holds, as it was said; older and other text as it is."""
    if not kept.startswith(_MARK):
        return kept
    try:
        said = _read(json.loads(kept[1:]))
    except (ValueError, TypeError, LookupError):
        return kept
    return said if isinstance(said, Said) else kept


def _put(
    messages: tuple[str, ...],
    places: Places,
    write: Callable[[Place], str],
    *,
    translated: bool = False,
) -> str:
    shown = {name: write(place) for name, place in places.items()}
    if not messages[0]:
        return messages[1].join(shown.values())
    text = messages[0]
    if len(messages) == 2:
        count = int(str(places["count"]))
        text = ngettext(*messages, count) if translated else messages[count != 1]
    elif translated:
        text = gettext(text)
    return text % shown if shown else text


def _named(place: Place) -> Place:
    """Return what a row is called, by `said` or else its name, and the day of a time."""
    if isinstance(place, datetime):
        return localtime(place).date()
    if not isinstance(place, Row):
        return place
    said: Callable[[], str] | None = getattr(place, "said", None)
    return said() if said else str(place)


def _plain_place(place: Place) -> str:
    match place:
        case str():
            return plainly(place)
        case int():
            return f"{place:,}"
        case date():
            return plain_day(place)
        case (amount, currency):
            return plain_money(Decimal(amount), str(currency))
        case list():
            return "; ".join(map(plainly, place))
        case _:
            return str(place)


def _told_place(place: Place) -> str:
    match place:
        case int():
            return number(place)
        case date():
            return day(place)
        case (amount, currency):
            return money(Decimal(amount), str(currency))
        case list():
            return "; ".join(map(str, place))
        case _:
            return str(place)


def _kept(place: Place) -> Any:
    match place:
        case Said():
            of = {name: _kept(each) for name, each in place.places.items()}
            return {"said": place.messages, "of": of}
        case Decimal():
            return {"figure": str(place)}
        case date():
            return {"day": place.isoformat()}
        case tuple():
            return {"money": [str(place[0]), place[1]]}
        case list():
            return [_kept(each) for each in place]
        case _:
            return place


def _read(kept: Any) -> Any:
    match kept:
        case {"said": list(messages), "of": dict(places)}:
            return Said(messages, {name: _read(place) for name, place in places.items()})
        case {"figure": str(figure)}:
            return Decimal(figure)
        case {"day": str(iso)}:
            return date.fromisoformat(iso)
        case {"money": [str(amount), str(currency)]}:
            return Decimal(amount), currency
        case list():
            return [_read(each) for each in kept]
        case _:
            return kept

"""What the words of a document name: this sale, another one, or none."""

import re
from collections.abc import Collection, Iterable
from functools import lru_cache

# A word that says a number follows which is a sale's.
_SALE = r"(?:INVOICE|INV|SALE|ORDER|JOB|BILL|TICKET|WORK ?ORDER|WO|ESTIMATE)S?"
_NUMBERED = re.compile(
    rf"(?<![A-Z]){_SALE}\.?\s*(?:NO\.?|NUMBER|NR\.?)?\s*[-#:]?\s*([A-Z]{{0,6}}[-/#]?\d[A-Z0-9\-/]*)"
)
_YEAR = re.compile(r"(?:19|20)\d\d")
SHORTEST, SHORTEST_NUMBER = 4, 3


def speaks_for_itself(name: str) -> bool:
    """Say whether a name means a sale wherever it stands: not a small number, nor a year."""
    has_digit = any(letter.isdigit() for letter in name)
    return has_digit and len(name) >= SHORTEST and not _YEAR.fullmatch(name)


@lru_cache(maxsize=50_000)
def _anywhere(name: str) -> re.Pattern[str]:
    # Not within a longer word, an amount, or a telephone number.
    return re.compile(
        rf"(?<![A-Z0-9.,$€£/])(?<!\d-)(?:[A-Z]{{1,6}}[-#/]?)?{re.escape(name)}(?![A-Z0-9]|[.,/-]\d)"
    )


def _numbered(words: str) -> set[str]:
    return {found.rstrip("-/") for found in _NUMBERED.findall(words)}


def _same(token: str, name: str) -> bool:
    return token == name or token.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ-#/") == name


def is_named(words: str, names: Iterable[str]) -> bool:
    """Say whether the words name a sale or payment by one of its names."""
    if not words:
        return False
    upper = words.upper()
    tokens = _numbered(upper)
    for name in names:
        given = name.upper()
        if any(_same(token, given) for token in tokens):
            return True
        if speaks_for_itself(given) and given in upper and _anywhere(given).search(upper):
            return True
    return False


def another_named(words: str, names: Collection[str], others: Iterable[str]) -> str:
    """Return another sale that the words name, empty where they name none but this."""
    if not words:
        return ""
    upper, mine = words.upper(), [name.upper() for name in names]
    for token in sorted(_numbered(upper)):
        # "Job 12 May" names no sale.
        if len(token) >= SHORTEST_NUMBER and not any(_same(token, name) for name in mine):
            return token
    for other in others:
        given = other.upper()
        is_other = given not in mine and speaks_for_itself(given) and given in upper
        if is_other and _anywhere(given).search(upper):
            return other
    return ""

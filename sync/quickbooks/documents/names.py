"""Which letters and customers' names QuickBooks takes, and by what customers are told apart.

Companies in the United States store ISO-8859-1, and a question mark for every other letter
(Intuit, REST API features, "Character sets"); elsewhere UTF-8.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from sync.words import listed, stored

LONGEST_NAME = 500
# What QuickBooks adds to the name of what was made inactive, so that the name is free.
_INACTIVE = re.compile(r" \(deleted(?: \d+)?\)\Z")
_FEWEST_DIGITS = 7
# Typographic forms, each by the plain sign that everybody types for it.
_TYPOGRAPHIC = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u2032", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u2033", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"),
        **dict.fromkeys("\u2002\u2003\u2009\u202f", " "),
        "\u2022": "-",
        "\u2026": "...",
        **dict.fromkeys("\u200b\u200c\u200d\ufeff"),
    }
)

# Curly quotes, long dashes, an ellipsis and letters that no accent tells from a plain one.
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019", "'"),
        **dict.fromkeys("\u201c\u201d", '"'),
        **dict.fromkeys("\u2013\u2014", "-"),
        "\u2026": "...",
        "Œ": "Oe",
        "œ": "oe",
        "Ł": "L",
        "ł": "l",
        "Đ": "D",
        "đ": "d",
    }
)
FORBIDDEN_IN_NAMES = {
    ":": stored("a colon"),
    "\t": stored("a tab"),
    "\n": stored("a line break"),
    "\r": stored("a line break"),
}


def plain_typography(text: str) -> str:
    """The text with plain quotes, hyphens, dots and blanks in place of typographic ones."""
    return text.translate(_TYPOGRAPHIC)


def unstorable(text: str) -> str:
    """The letters of it beyond ISO-8859-1, each once, as people can read them."""
    found = dict.fromkeys(sign for sign in text if ord(sign) > 0xFF)
    return " ".join(sign if sign.isprintable() else f"U+{ord(sign):04X}" for sign in found)


def name_key(name: str) -> str:
    """What QuickBooks compares: it takes names that differ only in case for equal."""
    return name.strip().casefold()


def name_before_inactive(name: str) -> str:
    """The name that an inactive customer had before QuickBooks marked it."""
    return _INACTIVE.sub("", name)


def email_key(email: str) -> str:
    """An address as it is compared: the first of several, in small letters."""
    return email.split(",", maxsplit=1)[0].strip().casefold()


def phone_key(phone: str) -> str:
    """A number as it is compared: its digits, without North America's leading 1."""
    digits = "".join(sign for sign in phone if sign in "0123456789")
    if len(digits) == 11:
        digits = digits.removeprefix("1")
    return digits if len(digits) >= _FEWEST_DIGITS else ""


def name_problem(display_name: str, *, latin1_only: bool = True) -> str | None:
    """Why QuickBooks would refuse this name, and what to do; None when it would not.

    `latin1_only` holds for companies in the United States.
    """
    if not display_name.strip():
        return stored("The customer has no name. Enter the name that QuickBooks should show.")
    if len(display_name) > LONGEST_NAME:
        return stored(
            "The customer name “%(name)s…” has %(count)s characters and QuickBooks "
            "takes %(longest)s. Shorten it.",
            name=display_name[:40],
            count=len(display_name),
            longest=LONGEST_NAME,
        )
    found = next(
        (words for sign, words in FORBIDDEN_IN_NAMES.items() if sign in display_name), None
    )
    if found:
        return stored(
            "The customer name “%(name)s” has %(found)s in it, which QuickBooks "
            "does not allow. Take it out of the name.",
            name=_on_one_line(display_name),
            found=found,
        )
    plain = plain_typography(display_name) if latin1_only else display_name
    strange = _strange_characters(plain, latin1_only=latin1_only)
    if strange:
        return stored(
            "The customer name “%(name)s” has characters that QuickBooks cannot "
            "store: %(strange)s. Write it with plain letters.",
            name=display_name,
            strange=strange,
        )
    return None


def _on_one_line(name: str) -> str:
    return " ".join(name.split())


def _strange_characters(name: str, *, latin1_only: bool) -> str:
    found = dict.fromkeys(sign for sign in name if _is_strange(sign, latin1_only=latin1_only))
    return " ".join(sign if sign.isprintable() else f"U+{ord(sign):04X}" for sign in found)


def _is_strange(sign: str, *, latin1_only: bool) -> bool:
    code = ord(sign)
    is_control = code < 0x20 or 0x7F <= code <= 0x9F or 0xD800 <= code <= 0xDFFF
    return is_control or (latin1_only and code > 0xFF)


@dataclass(frozen=True, slots=True)
class FittedName:
    """A name that QuickBooks takes in place of one it does not, and how it came to be."""

    name: str
    rule: str


def fit_name(
    name: str, number: str, is_taken: Callable[[str], bool], *, latin1_only: bool = True
) -> FittedName | None:
    """Change a name by the rule that people are shown; None where the rule gives none.

    `number` tells the customer from others: it is added where the name is taken or is cut.
    """
    changes: list[tuple[str, Callable[[str], str]]] = [
        (stored("a colon becomes a hyphen"), _without_colons),
        (stored("tabs and line breaks become a space"), _without_breaks),
        (
            stored("letters that QuickBooks cannot store become plain ones"),
            lambda text: _in_plain_letters(text, latin1_only=latin1_only),
        ),
    ]
    fitted, rules = name.strip(), []
    for words, change in changes:
        if (changed := change(fitted)) != fitted:
            fitted = changed
            rules.append(words)
    if len(fitted) > LONGEST_NAME or is_taken(fitted):
        is_cut = len(fitted) > LONGEST_NAME
        rules.append(
            stored(
                "it is cut to %(longest)s characters with the customer's number",
                longest=LONGEST_NAME,
            )
            if is_cut
            else stored("the customer's number is added, as the name is taken")
        )
        ending = f" ({number})"
        fitted = fitted[: LONGEST_NAME - len(ending)].rstrip() + ending
        if is_taken(fitted):
            return None
    if name_problem(fitted, latin1_only=latin1_only):
        return None
    return FittedName(fitted, listed(rules, "; "))


def _without_colons(name: str) -> str:
    return re.sub(r"\s*:\s+", " - ", name).replace(":", "-").strip()


def _without_breaks(name: str) -> str:
    return _on_one_line(name) if any(sign in name for sign in "\t\r\n") else name


def _in_plain_letters(name: str, *, latin1_only: bool) -> str:
    return "".join(
        _plain_letter(sign, latin1_only=latin1_only)
        if _is_strange(sign, latin1_only=latin1_only)
        else sign
        for sign in name
    ).strip()


def _plain_letter(sign: str, *, latin1_only: bool) -> str:
    """The same letter without what cannot be stored; itself where nothing would be left of it."""
    if unicodedata.category(sign) in {"Cc", "Cf"}:
        return ""
    parts = unicodedata.normalize("NFKD", sign.translate(_PLAIN))
    return "".join(p for p in parts if not _is_strange(p, latin1_only=latin1_only)) or sign

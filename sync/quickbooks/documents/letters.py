"""The letters that a company can store.

Companies in the United States store ISO-8859-1, and a question mark for every other letter
(Intuit, REST API features, "Character sets"); elsewhere UTF-8.
"""

from __future__ import annotations

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


def plain_typography(text: str) -> str:
    """The text with plain quotes, hyphens, dots and blanks in place of typographic ones."""
    return text.translate(_TYPOGRAPHIC)


def unstorable(text: str) -> str:
    """The letters of it beyond ISO-8859-1, each once, as people can read them."""
    found = dict.fromkeys(sign for sign in text if ord(sign) > 0xFF)
    return " ".join(sign if sign.isprintable() else f"U+{ord(sign):04X}" for sign in found)

"""Which customers' names QuickBooks takes."""

from __future__ import annotations

LONGEST_NAME = 500
_FORBIDDEN = {":": "a colon", "\t": "a tab", "\n": "a line break", "\r": "a line break"}


def name_problem(display_name: str, *, latin1_only: bool = True) -> str | None:
    """Why QuickBooks would refuse this name, and what to do; None when it would not.

    `latin1_only` holds for companies in the United States, which store ISO-8859-1.
    """
    if not display_name.strip():
        return "The customer has no name. Enter the name that QuickBooks should show."
    if len(display_name) > LONGEST_NAME:
        return (
            f"The customer name “{display_name[:40]}…” has {len(display_name)} characters and "
            f"QuickBooks takes {LONGEST_NAME}. Shorten it."
        )
    found = next((words for sign, words in _FORBIDDEN.items() if sign in display_name), None)
    if found:
        return (
            f"The customer name “{_on_one_line(display_name)}” has {found} in it, which "
            "QuickBooks does not allow. Take it out of the name."
        )
    strange = _strange_characters(display_name, latin1_only=latin1_only)
    if strange:
        return (
            f"The customer name “{display_name}” has characters that QuickBooks cannot "
            f"store: {strange}. Write it with plain letters."
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

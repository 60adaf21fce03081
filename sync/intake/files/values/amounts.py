"""Amounts as people write them: the decimal mark proven per column, nothing ever rounded."""

import re
from dataclasses import dataclass
from decimal import Decimal

from sync.intake.files.outcomes import Code

STEPS = {places: Decimal(1).scaleb(-places) for places in (2, 4)}
LARGEST = Decimal(10) ** 12
SYMBOLS = re.compile(
    r"(?i)\A(?:[a-z]{1,3}\s?\$|[$€£¥₹₩₪₺₽฿₫₱]|[a-z]{3}|kr\.?|fr\.?|rs\.?|zł|kč|r)?\s*"
    r"(.*?)"
    r"\s*(?:[$€£¥₹₩₪₺₽฿₫₱]|[a-z]{3}|kr\.?|fr\.?|zł|kč)?\Z"
)
PLAIN = re.compile(r"\A\d{1,12}\Z", re.ASCII)
ONE_MARK = re.compile(r"\A(\d{0,15})([.,])(\d{1,15})\Z")
GROUPED = re.compile(r"\A\d{1,3}(?:([.,' ])\d{3})(?:\1\d{3})*(?:([.,])(\d{1,15}))?\Z")
LAKH = re.compile(r"\A\d{1,2}(?:,\d{2})+,\d{3}(?:(\.)(\d{1,15}))?\Z")
PLAIN_SIGNS = {0xFF01 + at: 0x21 + at for at in range(94)} | {
    ord("\u2212"): "-",
    ord("\u2019"): "'",
    ord("\u00a0"): " ",
    ord("\u202f"): " ",
    ord("\u2009"): " ",
    ord("\u3000"): " ",
}
"""Full-width signs and typographic ones; no others, for a small raised 2 is no digit."""
USUAL = re.compile(r"\A(-?)\$?(\d{1,3}(?:,\d{3}){0,3}|\d{1,12})\.(\d{1,2})\Z", re.ASCII)
"""The form that most files have, looked for first."""
WHOLE = re.compile(r"(\d)[.,](?:-{1,2}|[–—])(?=\D*\Z)")  # noqa: RUF001
"""No cents, as the Swiss and others write it: "50.-"."""
BEFORE_A_DASH = frozenset({"$", "€", "£", "c$", "a$", "us$"})
"""Excel's accounting form writes zero as "$ -"."""
NOTHING = frozenset({"", "-", "–", "—", "n/a", "na", "none", "null", "--", "#n/a"})  # noqa: RUF001


@dataclass(frozen=True, slots=True)
class Written:
    """An amount taken apart: its sign and its digits, with the mark it proves, or may have."""

    is_negative: bool
    digits: str
    mark: str
    """`.` or `,` where the form proves it, `?` where one mark stands before three digits."""


def take_apart(text: str) -> Written | None:
    """Return the parts of an amount, None for what is none."""
    usual = USUAL.match(text)
    if usual:
        return Written(usual[1] != "", f"{usual[2]}.{usual[3]}", ".")
    body = text.translate(PLAIN_SIGNS).strip()
    if body.endswith("-") and body[:-1].rstrip().casefold() in BEFORE_A_DASH:
        return Written(is_negative=False, digits="0", mark="")
    body = WHOLE.sub(r"\1", body)
    is_negative = False
    if body.startswith("(") and body.endswith(")"):
        is_negative, body = True, body[1:-1].strip()
    if body.startswith(("-", "+")):
        is_negative, body = is_negative or body[0] == "-", body[1:].strip()
    elif body.endswith("-"):
        is_negative, body = True, body[:-1].strip()
    if not body[:1].isdigit() or not body[-1:].isdigit():
        bare = SYMBOLS.match(body)
        body = bare.group(1) if bare else body
    if body.startswith("(") and body.endswith(")"):
        is_negative, body = True, body[1:-1].strip()
    if body.startswith(("-", "+")):
        is_negative, body = is_negative or body[0] == "-", body[1:].strip()
    if not body.isascii() or not body:
        return None
    mark = _mark(body)
    return None if mark is None else Written(is_negative, body, mark)


def _mark(body: str) -> str | None:
    """Return the proven mark, `?` where it may be either, empty without one, None for no number."""
    if PLAIN.match(body):
        return ""
    one = ONE_MARK.match(body)
    if one:
        whole, mark, rest = one.groups()
        if len(rest) == 3 and 1 <= len(whole) <= 3 and not whole.startswith("0"):
            return "?"
        return mark
    grouped = GROUPED.match(body)
    if grouped:
        group, mark, _ = grouped.groups()
        if mark:
            return mark if mark != group else None
        return {".": ",", ",": "."}.get(group, "")
    return "." if LAKH.match(body) else None


def read_amount(text: str, mark: str, places: int = 2) -> Decimal | Code:
    """Return the exact amount under a column's decimal mark, or the code of what is wrong."""
    if mark == "." and (usual := USUAL.match(text)):
        return check_places(Decimal(f"{usual[1]}{usual[2].replace(',', '')}.{usual[3]}"), places)
    written = take_apart(text)
    if written is None:
        return Code.NOT_A_NUMBER
    if written.mark in {".", ","} and written.mark != (mark or "."):
        return Code.OTHER_DECIMAL_MARK
    whole = written.digits.replace("'", "").replace(" ", "")
    if (mark or ".") == ",":
        whole = whole.replace(".", "").replace(",", ".")
    else:
        whole = whole.replace(",", "")
    value = Decimal(whole)
    return check_places(-value if written.is_negative else value, places)


def check_places(value: Decimal, places: int = 2) -> Decimal | Code:
    """Return the value with its places, or say that it has more or is too large; never round."""
    if not value.is_finite() or abs(value) >= LARGEST:
        return Code.TOO_LARGE
    scaled = value.quantize(STEPS[places])
    return scaled if scaled == value else Code.TOO_MANY_DECIMALS


def is_nothing(text: str) -> bool:
    """Say whether a cell of amounts or dates means that there is none."""
    return text.strip().casefold() in NOTHING

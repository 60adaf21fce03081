"""A tie-out as files in the person's language: every document with what was found, the totals."""

from collections.abc import Iterator
from decimal import Decimal

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from sync.models import TieOut
from sync.spreadsheets import Cell, csv_lines, workbook
from sync.words import later

COLUMNS = {
    "kind": later("Document"),
    "name": later("Number"),
    "qbo_id": later("QuickBooks id"),
    "customer": later("Customer"),
    "invoice": later("Invoice"),
    "outcome": later("Outcome"),
    "currency": later("Currency"),
    "ours": later("Here"),
    "theirs": later("In QuickBooks"),
    "words": later("What differs"),
}
TOTALS = {
    "group": later("By"),
    "name": later("Name"),
    "currency": later("Currency"),
    "ours": later("Here"),
    "theirs": later("In QuickBooks"),
    "difference": later("Difference"),
}
_AMOUNTS = {"ours", "theirs", "difference"}
_CODES = {
    "invoice": later("invoice"), "payment": later("payment"), "matched": later("matched"),
    "missing": later("missing"), "extra": later("extra"), "different": later("different"),
    "accepted": later("accepted"),
}  # fmt: skip


def as_csv(made: TieOut) -> str:
    """Return every document as CSV, safe to open in a spreadsheet."""
    return "".join(csv_lines(_rows(COLUMNS, made.lines)))


def as_xlsx(made: TieOut) -> bytes:
    """Return documents, totals and the sign-off as a workbook."""
    return workbook(
        [
            (_("Documents"), _rows(COLUMNS, made.lines)),
            (_("Totals"), _rows(TOTALS, made.totals)),
            (_("Sign-off"), _sign_off(made)),
        ]
    )


def _rows(columns: dict[str, str], lines: list[dict[str, str]]) -> Iterator[list[Cell]]:
    yield list(map(str, columns.values()))
    for line in lines:
        yield [_cell(name, line[name]) for name in columns]


def _cell(name: str, text: str) -> Cell:
    if name in _AMOUNTS:
        return Decimal(text)
    if name in {"kind", "outcome"}:
        return str(_CODES.get(text, text))
    return str(text)


def _sign_off(made: TieOut) -> Iterator[list[Cell]]:
    period = _("%(first)s to %(last)s") % {"first": made.first_day, "last": made.last_day}
    yield [_("Business unit"), str(made.business_unit)]
    yield [_("Period"), period]
    yield [_("Compared"), f"{made.done_at:%Y-%m-%d %H:%M} UTC" if made.done_at else _("not yet")]
    for name, number in made.own_counts.items():
        yield [capfirst(str(_CODES.get(name, name))), int(number)]
    yield [_("Signed by"), made.signer_name or _("nobody yet")]
    yield [_("Signed at"), f"{made.signed_at:%Y-%m-%d %H:%M} UTC" if made.signed_at else ""]
    yield [_("Note"), made.sign_note]

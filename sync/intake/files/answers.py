"""What a person said about a file: kept as JSON, remembered by the header's signature."""

import json
from dataclasses import dataclass, field, fields

from sync.intake.files.outcomes import Code, FileRefused

Said = dict[str, str]


@dataclass(frozen=True, slots=True)
class Answers:
    """Each field is a question's first key; a mapping's keys are columns, words or rows."""

    sheet: str = ""
    header_row: str = ""
    encoding: str = ""
    delimiter: str = ""
    kind: str = ""
    columns: Said = field(default_factory=dict)
    """Header to field, or to `ignore`."""
    dates: Said = field(default_factory=dict)
    """Column to `day`, `month` or `year`: what stands first."""
    decimals: Said = field(default_factory=dict)
    """Column to `.` or `,`."""
    swapped: Said = field(default_factory=dict)
    """Column to `as_stored` or `turned`: whether a spreadsheet exchanged day and month."""
    cents: Said = field(default_factory=dict)
    """Column to `yes` or `no`: whether its whole numbers are cents."""
    types: Said = field(default_factory=dict)
    """A word of the type column to what it stands for."""
    paid: str = ""
    """`no`, or `yes`: a date of payment makes a payment."""
    paid_method: str = ""
    paid_lines: str = ""
    """`whole` or `no`: what a date of payment on a later line of an invoice stands for."""
    tips: str = ""
    """`inside` the amount, or `beside` it."""
    receipts: str = ""
    """`of_each` or `of_all`: what an amount is that several rows of one receipt repeat."""
    difference: str = ""
    """`tax` or `other_charge`: what a total has beyond its subtotal where no column tells."""
    refunds: str = ""
    """`received` or `left_out`: what becomes of money that went back on a day not told."""
    tax: str = ""
    """`exclusive` or `inclusive` prices."""
    customer: str = ""
    """Whose rows without a customer are."""
    numbers: str = ""
    """`pad` or `keep` numbers that seem to have lost zeros in front."""
    splits: dict[str, Said] = field(default_factory=dict)
    """Row to invoice number to amount."""
    cells: dict[str, Said] = field(default_factory=dict)
    """Row to column to what stands there in place of what the file has: corrected by a person."""

    @classmethod
    def from_json(cls, text: str) -> "Answers":
        """Read answers; refuses what is not of this shape, naming it."""
        try:
            given = json.loads(text) if text.strip() else {}
        except (ValueError, RecursionError):
            raise FileRefused(Code.BAD_ANSWER, "JSON") from None
        if not isinstance(given, dict):
            raise FileRefused(Code.BAD_ANSWER, "JSON")
        known = {part.name for part in fields(cls)}
        for name, value in given.items():
            if name not in known or not _fits(name, value):
                raise FileRefused(Code.BAD_ANSWER, str(name)[:100])
        return cls(**given)

    def to_json(self) -> str:
        """Write what was answered, and nothing else."""
        said = {part.name: getattr(self, part.name) for part in fields(self)}
        return json.dumps({name: value for name, value in said.items() if value}, sort_keys=True)


def _fits(name: str, value: object) -> bool:
    if name in {"splits", "cells"}:
        return (
            isinstance(value, dict)
            and all(_is_said(part) for part in value.values())
            and (name == "splits" or all(_is_row(row) for row in value))
        )
    if name in {"columns", "dates", "swapped", "decimals", "cents", "types"}:
        return _is_said(value)
    return isinstance(value, str)


def _is_row(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 8


def _is_said(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(part, str) for part in value.values())


def taking(answers: Answers, key: tuple[str, ...], answer: str) -> Answers:
    """Return the answers with one more: what a choice's key and answer say."""
    given = json.loads(answers.to_json())
    place = given
    for part in key[:-1]:
        place = place.setdefault(part, {})
    place[key[-1]] = answer
    return Answers.from_json(json.dumps(given))

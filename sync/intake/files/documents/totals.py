"""An invoice's sums: as stated, checked against its lines; refused where they contradict."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from sync.intake.files.columns.fields import Field
from sync.intake.files.columns.meanings import BEFORE_TAX
from sync.intake.files.columns.names import bare
from sync.intake.files.documents.lines import YES, ZERO, Lines, fits, split_cell, taxes_among
from sync.intake.files.outcomes import Code, Reason
from sync.intake.files.records import Line, LineKind
from sync.intake.files.values.cells import Cells, Values

Money = Callable[[Sequence[Values], Field, list[Reason]], Decimal | None]


@dataclass(frozen=True, slots=True)
class Stated:
    """What the rows state of an invoice's sums; None where they do not."""

    total: Decimal | None
    subtotal: Decimal | None
    discount: Decimal | None
    tax: Decimal | None

    @property
    def net(self) -> Decimal | None:
        """Return what the lines must come to, None where nothing tells."""
        if self.subtotal is not None or self.total is None:
            return self.subtotal
        return self.total - (self.tax or ZERO)


@dataclass(frozen=True, slots=True)
class Sums:
    """What an invoice comes to."""

    total: Decimal
    lines: tuple[Line, ...]
    subtotal: Decimal | None
    discount: Decimal | None
    tax: Decimal | None
    is_inclusive: bool


UNTAXED = re.compile(r"(?i)exempt|none|^no[n ]|^non?$|zero|free|\b0(?:\.0+)? ?%|out of scope")


def _is_untold(line: Line) -> bool:
    """Say whether a line has a tax that may be due, without its amount."""
    if line.tax_amount is not None:
        return False
    if line.taxable is not None:
        return line.taxable
    return line.tax_code != "" and UNTAXED.search(line.tax_code) is None


class Totals:
    """Adds up the rows of an invoice; `mode` is a person's word for prices with or without tax."""

    def __init__(
        self, cells: Cells, money: Money, mode: str, *, difference: str, is_difference_asked: bool
    ) -> None:
        self.cells, self.money, self.mode = cells, money, mode
        self.difference, self.is_difference_asked = difference, is_difference_asked
        self.lines = Lines(cells)
        self.has_tax_line = False

    def of(
        self, rows: Sequence[Values], problems: list[Reason], notes: list[Reason]
    ) -> Sums | None:
        """Return the sums, None where there is no total to be found."""
        stated, lines, is_whole = self._read(rows, problems, notes)
        extras = self.lines.beside(rows, problems)
        tax, off = stated.tax or ZERO, abs(stated.discount or ZERO)
        net = sum((line.amount for line in lines), ZERO)
        beside = sum((line.amount for line in extras), ZERO)
        if not lines:
            alone = (stated.total or ZERO) - tax - beside + off
            net = alone if stated.subtotal is None else stated.subtotal
        total = stated.total
        if total is None:
            if not lines and stated.subtotal is None:
                if not problems:
                    problems.append(Reason(Code.MISSING, self._label()))
                return None
            total = self._worked_out(rows[0], net + beside - off, lines, stated, problems)
        if tax < 0 <= total:
            problems.append(self._reason(Code.NEGATIVE_TAX, rows[0]))
        found = fits(total, net + beside, tax, off, self._modes(rows[0], tax))
        if found is None and not lines and stated.tax is None and not problems:
            rest = total - (net + beside - off)
            stated, found = self._named(rows[0], stated, rest, extras, problems), (False, off)
        if found is None and is_whole:
            shown = f"{net + beside} - {off} + {tax} ≠ {total}"
            problems.append(Reason(Code.DOES_NOT_ADD_UP, self._label(), shown))
        is_inside, taken = found or (False, off)
        if extras and not lines:
            lines = [Line(net)]
        whole = (*lines, *extras)
        inside = is_inside and bool(tax)
        return Sums(total, whole, stated.subtotal, taken or None, stated.tax, inside)

    def _named(
        self,
        row: Values,
        stated: Stated,
        rest: Decimal,
        extras: list[Line],
        problems: list[Reason],
    ) -> Stated:
        """Name what a total has beyond its subtotal where no column does: tax, or another charge.

        Where a column says that the subtotal is before tax it is tax; else a person says so.
        """
        part = Field.SUBTOTAL
        is_tax = self.difference == "tax" or self.cells.has(Field.TAX_CODE)
        if is_tax or BEFORE_TAX.search(bare(self.cells.mapping.label(part))):
            return replace(stated, tax=rest)
        if self.difference == "other_charge":
            extras.append(Line(rest, description="Other charges", kind=LineKind.ADJUSTMENT))
        else:
            code = Code.DIFFERENCE if self.is_difference_asked else Code.DOES_NOT_ADD_UP
            problems.append(self.cells.reason(code, part, row))
        return stated

    def _tax(
        self,
        rows: Sequence[Values],
        lines: list[Line],
        total: Decimal | None,
        off: Decimal,
        problems: list[Reason],
    ) -> Decimal | None:
        """Return the tax that a column states: once, on each row again, or of each line."""
        part = Field.TAX_TOTAL
        if len(rows) == 1 or len(lines) < 2 or not self.cells.has(part):
            return self.money(rows, part, problems)
        found = [self.cells.money(row, part, problems) for row in rows]
        taxes = [one for one in found if one is not None]
        if len(taxes) < 2:
            return taxes[0] if taxes else None
        net = sum((line.amount for line in lines), ZERO) - off
        is_of_lines = len(set(taxes)) > 1 or (total == net + sum(taxes) != net + taxes[0])
        if not is_of_lines:
            return taxes[0]
        if len(taxes) == len(lines):
            for line, own in zip(lines, taxes, strict=True):
                line.tax_amount = own
        return sum(taxes, ZERO)

    def _read(
        self, rows: Sequence[Values], problems: list[Reason], notes: list[Reason]
    ) -> tuple[Stated, list[Line], bool]:
        """Return what is stated, the lines, and whether all of these could be read."""
        before = len(problems)
        lines = self.lines.of(rows, problems)
        total, subtotal, discount = (
            self.money(rows, part, problems)
            for part in (Field.TOTAL, Field.SUBTOTAL, Field.DISCOUNT_TOTAL)
        )
        taxes = taxes_among(lines, self.money(rows, Field.TAX_TOTAL, []))
        self.has_tax_line = bool(taxes)
        among = sum((line.amount for line in taxes), ZERO) if taxes else None
        lines = [line for line in lines if all(line is not one for one in taxes)]
        tax = self._tax(rows, lines, total, abs(discount or ZERO), problems)
        if total is None and self.cells.has(Field.LINE_TOTAL):
            gross = [self.cells.money(row, Field.LINE_TOTAL, problems) for row in rows]
            total = sum((part for part in gross if part is not None), ZERO)
        of_lines = [line.tax_amount for line in lines if line.tax_amount is not None]
        second = self.money(rows, Field.TAX_TOTAL_2, problems)
        if second is not None:
            tax = (tax or ZERO) + second
        if tax is None and of_lines:
            tax = sum(of_lines, ZERO)
        if among is not None and tax != among:
            tax = among + (tax or ZERO)
        stated = Stated(total, subtotal, discount, tax)
        if not lines and not self.lines.have_amounts:
            lines = self._without_amounts(rows, stated, problems, notes)
        return stated, lines, len(problems) == before

    def _modes(self, row: Values, tax: Decimal | None) -> tuple[bool, ...]:
        """Return whether tax may be inside the prices: as stated, as a person said, or either."""
        word = self.cells.text(row, Field.INCLUSIVE, [])
        if word:
            return (word.casefold() in YES,)
        if self.cells.has(Field.LINE_TOTAL) or self.has_tax_line or not tax:
            return (False,)
        return (self.mode == "inclusive",) if self.mode else (False, True)

    def _worked_out(
        self,
        row: Values,
        net: Decimal,
        lines: Sequence[Line],
        stated: Stated,
        problems: list[Reason],
    ) -> Decimal:
        """Return the total of lines; whether tax is inside them must be told."""
        untold = next((line for line in lines if _is_untold(line)), None)
        if untold and stated.tax is None:
            label = self.cells.mapping.label(Field.LINE_TAX)
            problems.append(Reason(Code.MISSING, label, untold.tax_code[:100] or "taxable"))
        modes = self._modes(row, stated.tax)
        if len(modes) > 1 and stated.subtotal is None:
            problems.append(self._reason(Code.TAX_MODE, row))
        return net if modes[0] else net + (stated.tax or ZERO)

    def _without_amounts(
        self,
        rows: Sequence[Values],
        stated: Stated,
        problems: list[Reason],
        notes: list[Reason],
    ) -> list[Line]:
        """Make lines of a cell that names them all, or one of the words beside a total."""
        net = stated.net
        cell = self.cells.text(rows[0], Field.LINES, problems)
        if cell:
            gross = None if net is None else net + abs(stated.discount or ZERO)
            lines = split_cell(cell, net) or split_cell(cell, gross)
            if not lines:
                notes.append(self.cells.reason(Code.LINES_LEFT_OUT, Field.LINES, rows[0]))
            return lines or []
        service, description = (
            self.cells.text(rows[0], part, problems) for part in (Field.SERVICE, Field.DESCRIPTION)
        )
        if (service or description) and net is not None and len(rows) == 1:
            return [Line(net, service, description)]
        return []

    def _reason(self, code: Code, row: Values) -> Reason:
        part = next(
            (part for part in (Field.TAX_TOTAL, Field.LINE_TAX) if self.cells.has(part)),
            Field.TAX_TOTAL,
        )
        return self.cells.reason(code, part, row)

    def _label(self) -> str:
        part = Field.TOTAL if self.cells.has(Field.TOTAL) else Field.LINE_AMOUNT
        return self.cells.mapping.label(part)

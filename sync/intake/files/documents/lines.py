"""The lines of an invoice, and whether they add up to what it states."""

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from itertools import product

from sync.intake.files.columns.fields import LINE_FIELDS, Field
from sync.intake.files.columns.meanings import is_total
from sync.intake.files.columns.names import RATE, meaning
from sync.intake.files.outcomes import Code, Reason
from sync.intake.files.records import Line, LineKind
from sync.intake.files.values.cells import Cells, Values

CENT = Decimal("0.01")
LARGEST_TAX = Decimal("0.3")
"""Of what is taxed; no tax on sales has a higher rate."""
ZERO = Decimal("0.00")
YES = frozenset({"y", "yes", "true", "1", "ja", "oui", "sí", "si", "taxable", "t"})
IN_A_CELL = re.compile(
    r"\s*(.+?) \((-?\d+(?:\.\d{1,4})?), (-?)\$?([\d,]*\d(?:\.\d{1,4})?)\)(?:, |\Z)"
)
PAYMENT_LINE = re.compile(
    r"\bpayments?\b|\bpaid\b|\bdeposit\b|\bretainer\b|\bzahlung|\banzahlung|\bpaiement|\bacompte|"
    r"\bpagos?\b|\banticipo"
)
TAXES = frozenset({Field.TAX_TOTAL, Field.TAX_TOTAL_2})
BESIDE = {
    Field.SHIPPING: LineKind.SHIPPING,
    Field.SURCHARGE: LineKind.SURCHARGE,
    Field.ADJUSTMENT: LineKind.ADJUSTMENT,
    Field.TIP: LineKind.TIP,
}
"""Amounts of an invoice beside its lines, which become lines."""


class Lines:
    """Reads the lines of rows."""

    def __init__(self, cells: Cells) -> None:
        self.cells = cells
        self.are_there = any(cells.has(part) for part in LINE_FIELDS)
        self.have_amounts = any(
            cells.has(part) for part in (Field.LINE_AMOUNT, Field.PRICE, Field.LINE_TOTAL)
        )
        self.are_confirmed = cells.has(Field.TOTAL)
        self.are_alone = cells.mapping.layout is None and not self.are_confirmed
        self.inclusive_answer = ""

    def of(self, rows: Sequence[Values], problems: list[Reason]) -> list[Line]:
        """Return a line for each row that has one."""
        if not self.have_amounts:
            return []
        lines: list[Line] = []
        for row in rows:
            line = self._line(row, problems)
            if line is not None and not self._is_sum(row, line, lines, problems):
                lines.append(line)
        return lines

    def _is_sum(
        self, row: Values, line: Line, above: Sequence[Line], problems: list[Reason]
    ) -> bool:
        """Say whether a line is the sum of those above it; a payment among them is refused."""
        name = line.service or line.description
        if line.quantity is not None or line.unit_price is not None:
            return False
        if above and is_total(name):
            if line.amount == sum((one.amount for one in above), ZERO):
                return True
            problems.append(self.cells.reason(Code.DOES_NOT_ADD_UP, self._named(line), row))
        if line.amount < 0 and self.are_alone and PAYMENT_LINE.search(name.casefold()):
            problems.append(self.cells.reason(Code.PAYMENT_LINE, self._named(line), row))
        return False

    @staticmethod
    def _named(line: Line) -> Field:
        return Field.SERVICE if line.service else Field.DESCRIPTION

    def _line(self, row: Values, problems: list[Reason]) -> Line | None:
        cells = self.cells
        own: list[Reason] = []
        service = cells.text(row, Field.SERVICE, problems)
        description = cells.text(row, Field.DESCRIPTION, problems)
        quantity = cells.fine(row, Field.QUANTITY, problems) if cells.has(Field.QUANTITY) else None
        price = cells.fine(row, Field.PRICE, problems) if cells.has(Field.PRICE) else None
        tax = self._sum(row, (Field.LINE_TAX, Field.LINE_TAX_2), problems)
        amount = self._amount(row, tax, own)
        if amount is None and price is not None:
            amount, own = self._worked_out(row, quantity, price, own)
        problems += own
        if amount is None:
            if not (service or description) or own:
                return None
            amount = ZERO
        amount = self._after_discount(row, amount, quantity, price, problems)
        return Line(
            amount,
            service,
            description,
            quantity,
            price,
            self._taxable(row, problems),
            cells.text(row, Field.TAX_CODE, problems),
            tax,
        )

    def _amount(self, row: Values, tax: Decimal | None, problems: list[Reason]) -> Decimal | None:
        if self.cells.has(Field.LINE_AMOUNT):
            return self.cells.money(row, Field.LINE_AMOUNT, problems)
        if self.cells.has(Field.LINE_TOTAL):
            gross = self.cells.money(row, Field.LINE_TOTAL, problems)
            return None if gross is None else gross - (tax or ZERO)
        return None

    def _worked_out(
        self, row: Values, quantity: Decimal | None, price: Decimal, own: list[Reason]
    ) -> tuple[Decimal | None, list[Reason]]:
        """Multiply where the amount is a formula that was never worked out, or is not there."""
        if any(reason.code != Code.FORMULA for reason in own):
            return None, own
        rate = ZERO
        if self.cells.has(Field.DISCOUNT_RATE):
            rate = self.cells.fine(row, Field.DISCOUNT_RATE, own) or ZERO
        exact = price * (Decimal(1) if quantity is None else quantity) * (100 - rate) / 100
        if exact != exact.quantize(CENT):
            return None, [self.cells.reason(Code.TOO_MANY_DECIMALS, Field.PRICE, row)]
        return exact.quantize(CENT), []

    def _after_discount(
        self,
        row: Values,
        amount: Decimal,
        quantity: Decimal | None,
        price: Decimal | None,
        problems: list[Reason],
    ) -> Decimal:
        """Take the line's discount off where its own figures show that it is still on."""
        off = ZERO
        if self.cells.has(Field.LINE_DISCOUNT):
            off = self.cells.money(row, Field.LINE_DISCOUNT, problems) or ZERO
        rate = None
        if self.cells.has(Field.DISCOUNT_RATE):
            rate = self.cells.fine(row, Field.DISCOUNT_RATE, problems)
        if price is None or (quantity is None and not off):
            return amount
        whole = (price * (1 if quantity is None else quantity)).quantize(CENT, ROUND_HALF_UP)
        if rate:
            off = (whole * rate / 100).quantize(CENT, ROUND_HALF_UP)
        if off and amount == whole and self.cells.has(Field.LINE_AMOUNT):
            return amount - abs(off)
        if amount not in {whole, whole - abs(off)} and not self.are_confirmed:
            problems.append(self.cells.reason(Code.DOES_NOT_ADD_UP, Field.LINE_AMOUNT, row))
        return amount

    def _taxable(self, row: Values, problems: list[Reason]) -> bool | None:
        word = self.cells.text(row, Field.TAXABLE, problems)
        return word.casefold() in YES if word else None

    def _sum(self, row: Values, parts: tuple[Field, ...], problems: list[Reason]) -> Decimal | None:
        found = [
            value
            for part in parts
            if self.cells.has(part) and (value := self.cells.money(row, part, problems)) is not None
        ]
        return sum(found, ZERO) if found else None

    def beside(self, rows: Sequence[Values], problems: list[Reason]) -> list[Line]:
        """Return the amounts that stand beside the lines, as lines of their kind."""
        lines = []
        for part, kind in BESIDE.items():
            if self.cells.has(part):
                amount = self.cells.money(rows[0], part, problems)
                if amount:
                    lines.append(Line(amount, description=kind.value.capitalize(), kind=kind))
        return lines


def taxes_among(lines: Sequence[Line], stated: Decimal | None) -> list[Line]:
    """Return the lines that are tax: with a rate, as stated, or a share that a tax can have.

    A bookkeeper's work may be called Taxes as well.
    """
    named = [line for line in lines if _is_called_tax(line)]
    if not named or sum((line.amount for line in named), ZERO) == stated:
        return named
    rated = [line for line in named if RATE.search(line.service or line.description)]
    bare = sum((line.amount for line in named), ZERO) - sum((line.amount for line in rated), ZERO)
    rest = sum((line.amount for line in lines), ZERO) - sum((line.amount for line in named), ZERO)
    return named if abs(bare) <= abs(rest) * LARGEST_TAX else rated


def _is_called_tax(line: Line) -> bool:
    """Say whether a line may be a tax by its name: "Sales Tax", "GST 5%"."""
    if line.quantity not in {None, Decimal(1)} or line.tax_amount is not None:
        return False
    return meaning(line.service or line.description) in TAXES


def split_cell(text: str, target: Decimal | None) -> list[Line] | None:
    """Return the lines written in one cell, None unless they are read whole and reach the target.

    What stands behind the quantity is the price of one or of all; the target tells which.
    """
    parts, end = [], 0
    for found in IN_A_CELL.finditer(text):
        if found.start() != end:
            return None
        end = found.end()
        price = Decimal(found[3] + found[4].replace(",", ""))
        parts.append((found[1], Decimal(found[2]), price))
    if not parts or end != len(text) or target is None:
        return None
    each = [
        Line((quantity * price).quantize(CENT), name, "", quantity, price)
        for name, quantity, price in parts
        if quantity * price == (quantity * price).quantize(CENT)
    ]
    whole = [Line(price.quantize(CENT), name, "", quantity) for name, quantity, price in parts]
    for lines in (each, whole):
        if len(lines) == len(parts) and sum(line.amount for line in lines) == target:
            return lines
    return None


def fits(
    total: Decimal,
    net: Decimal,
    tax: Decimal,
    discount: Decimal,
    modes: Sequence[bool],
) -> tuple[bool, Decimal] | None:
    """Return whether tax is inside and the discount still to take off, None if nothing adds up."""
    for is_inside, off in product(modes, dict.fromkeys((discount, ZERO))):
        if net - off + (ZERO if is_inside else tax) == total:
            return is_inside, off
    return None

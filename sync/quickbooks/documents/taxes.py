"""What QuickBooks works out as sales tax, to be known before anything is sent.

Staff say: outside the United States tax is rounded on each line and then added, 31 lines of 1.59,
two of them eleven times, at 12 % being 9.71. Where it rounds in the United States is not written
down, so both are worked out, and the first invoice tells.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sync.quickbooks.documents.shapes import Entity, TaxLineDocument

CENT = Decimal("0.01")
BY_LINE, BY_DOCUMENT = "line", "document"
ROUNDINGS = (BY_LINE, BY_DOCUMENT)


@dataclass(frozen=True, slots=True)
class Rate:
    """A tax rate in QuickBooks and what it charges, in percent."""

    id: str
    percent: Decimal


@dataclass(frozen=True, slots=True)
class TaxedLine:
    """A line as taxes see it: its net amount, and the tax that its price has in it, if it has."""

    net: Decimal
    rates: tuple[Rate, ...]
    inclusive: Decimal | None = None


def to_cents(amount: Decimal) -> Decimal:
    """Half a cent counts as one, as in QuickBooks."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def taxes_by_rate(lines: Sequence[TaxedLine], rounding: str) -> dict[str, Decimal]:
    """The tax of each rate, by its id; a rate with nothing to charge is left out."""
    found: dict[str, Decimal] = {}
    for line in lines:
        left = line.inclusive
        for place, rate in enumerate(line.rates, 1):
            tax = line.net * rate.percent / 100
            if rounding == BY_LINE or left is not None:
                tax = to_cents(tax)
            if left is not None:  # the last rate takes what is left of the price
                tax = left if place == len(line.rates) else tax
                left -= tax
            found[rate.id] = found.get(rate.id, Decimal(0)) + tax
    nets = nets_by_rate(lines)
    return {id_: to_cents(tax) for id_, tax in found.items() if nets[id_]}


def nets_by_rate(lines: Sequence[TaxedLine]) -> dict[str, Decimal]:
    """What each rate is charged on, by its id."""
    nets: dict[str, Decimal] = {}
    for line in lines:
        for rate in line.rates:
            nets[rate.id] = nets.get(rate.id, Decimal(0)) + line.net
    return nets


def expected_taxes(lines: Sequence[TaxedLine]) -> dict[str, Decimal]:
    """The whole tax by where it is rounded."""
    return {r: sum(taxes_by_rate(lines, r).values(), Decimal(0)) for r in ROUNDINGS}


def less_discount(lines: Sequence[TaxedLine], discount: Decimal) -> list[TaxedLine]:
    """Outside the United States a discount lowers what is taxed, line by line in proportion."""
    whole = sum((line.net for line in lines), Decimal(0))
    if not discount or not whole:
        return list(lines)
    lowered, left = [], discount
    for line in lines[:-1]:
        share = to_cents(discount * line.net / whole)
        left -= share
        lowered.append(replace(line, net=line.net - share, inclusive=None))
    return [*lowered, replace(lines[-1], net=lines[-1].net - left, inclusive=None)]


def splits_alike(net: Decimal, tax: Decimal, rates: Sequence[Rate]) -> bool:
    """Whether QuickBooks finds this net amount in the price of a line."""
    percent = sum((rate.percent for rate in rates), Decimal(0))
    return to_cents((net + tax) * 100 / (100 + percent)) == net


def tax_lines(lines: Sequence[TaxedLine], total: Decimal) -> tuple[TaxLineDocument, ...] | None:
    """One tax line a rate that come to our total, as near as can be to what QuickBooks expects.

    None where no rate could bear it.
    """
    expected, nets = taxes_by_rate(lines, BY_LINE), nets_by_rate(lines)
    whole = sum(expected.values(), Decimal(0))
    if not whole:
        return None if total else ()
    amounts = {
        id_: to_cents(tax * total / whole) if whole != total else tax
        for id_, tax in expected.items()
    }
    largest = max(amounts, key=lambda id_: amounts[id_])
    amounts[largest] += total - sum(amounts.values(), Decimal(0))
    return tuple(TaxLineDocument(id_, tax, nets[id_]) for id_, tax in amounts.items())


def charged_rates(invoice: Entity) -> dict[str, str] | None:
    """The rates that QuickBooks charged on an invoice, in percent by id; None if it is not told."""
    detail = _mapping(invoice.get("TxnTaxDetail"))
    lines = [_mapping(line) for line in detail.get("TaxLine") or []]
    found = {}
    for line in lines:
        inner = _mapping(line.get("TaxLineDetail"))
        id_, percent = _mapping(inner.get("TaxRateRef")).get("value"), inner.get("TaxPercent")
        if id_ is None or percent is None:
            return None
        found[str(id_)] = str(percent)
    total = detail.get("TotalTax")
    return found if found or not total else None


def charged_code(invoice: Entity) -> str:
    """The code that QuickBooks put an invoice under, empty where it names none."""
    detail = _mapping(invoice.get("TxnTaxDetail"))
    return str(_mapping(detail.get("TxnTaxCodeRef")).get("value") or "")


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}

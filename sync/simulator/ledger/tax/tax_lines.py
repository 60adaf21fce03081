"""The TaxLine entries of a document: made, spread over another total, read from a client."""

from collections.abc import Iterable
from decimal import Decimal

from sync.simulator.ledger.books import faults
from sync.simulator.ledger.books.books import Document, ref_value
from sync.simulator.ledger.books.money import ZERO, cents, plain
from sync.simulator.wire import Json


def tax_line(rate: Document, net: Decimal, amount: Decimal, *, overridden: bool = False) -> Json:
    """One rate's tax on what it is charged on."""
    return {
        "Amount": cents(amount),
        "DetailType": "TaxLineDetail",
        "TaxLineDetail": {
            "TaxRateRef": {"value": rate.id},
            "PercentBased": not overridden,
            "TaxPercent": plain(Decimal(rate.body["RateValue"])),
            "NetAmountTaxable": cents(net),
        },
    }


def share(rate: Document, net: Decimal) -> Decimal:
    """What a rate charges on an amount, unrounded."""
    return Decimal(net * rate.body["RateValue"] / 100)


def total_of(lines: Iterable[Json]) -> Decimal:
    """The tax of all lines together."""
    return sum((line["Amount"] for line in lines), ZERO)


def prorate(lines: list[Json], total: Decimal) -> list[Json]:
    """Spread another total over the tax lines in proportion, the last taking the remainder."""
    before = total_of(lines)
    if not lines or before == total:
        return lines
    left = total
    spread = []
    for position, line in enumerate(lines, 1):
        part = left if position == len(lines) else cents(total * line["Amount"] / (before or 1))
        left -= part
        spread.append(line | {"Amount": cents(part)})
    return spread


def given_amounts(given: Json, rates: Iterable[str]) -> dict[str, Decimal]:
    """The amounts that a client sets by rate: PercentBased false, each rate of the codes once."""
    allowed, amounts = set(rates), {}
    for line in given.get("TaxLine") or []:
        detail = line.get("TaxLineDetail") or {}
        rate = ref_value(detail, "TaxRateRef")
        if rate is None:
            raise faults.required("TaxLine.TaxLineDetail.TaxRateRef")
        if rate not in allowed:
            raise faults.business(f"Tax rate {rate} is not one of the tax codes on the lines.")
        if rate in amounts:
            raise faults.business(f"Tax rate {rate} is on more than one tax line.")
        if detail.get("PercentBased") is False:
            if "Amount" not in line:
                raise faults.required("TaxLine.Amount")
            amounts[rate] = cents(line["Amount"])
    return amounts


def check_sum(given: Json, amounts: dict[str, Decimal], computed: Iterable[Json]) -> None:
    """Refuse a total that is not the sum of its tax lines."""
    total = given.get("TotalTax")
    by_rate = {line["TaxLineDetail"]["TaxRateRef"]["value"]: line["Amount"] for line in computed}
    added = sum((by_rate | amounts).values(), ZERO)
    if amounts and total is not None and cents(total) != cents(added):
        raise faults.business("The total tax is not the sum of the tax lines.")

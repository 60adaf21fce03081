"""Sales tax outside the United States: by the tax code of each line."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from sync.simulator.ledger.books import faults
from sync.simulator.ledger.books.books import Books, Document
from sync.simulator.ledger.books.draft import Draft
from sync.simulator.ledger.books.money import ZERO, cents
from sync.simulator.ledger.tax.codes import sales_rates
from sync.simulator.ledger.tax.inclusive import taxes_in
from sync.simulator.ledger.tax.override import (
    check_bare_total,
    overriding_total,
    with_given_lines,
)
from sync.simulator.ledger.tax.tax_lines import prorate, share, tax_line, total_of
from sync.simulator.ledger.tax.taxed import Taxed
from sync.simulator.wire import Json


def by_line(books: Books, draft: Draft, sold: Iterable[Taxed]) -> Json:
    """Tax by the lines' codes, one tax line for each rate."""
    lines: list[Json] = []
    if draft.body.get("GlobalTaxCalculation") != "NotApplicable":
        lines = _lines(books, sold)
    check_bare_total(books, draft, total_of(lines))
    lines = with_given_lines(books, draft, lines)
    total = total_of(lines)
    wanted = overriding_total(books, draft) if lines else None
    if wanted is not None:
        lines, total = prorate(lines, wanted), wanted
    return {"TotalTax": cents(total)} | ({"TaxLine": lines} if lines else {})


def _lines(books: Books, sold: Iterable[Taxed]) -> list[Json]:
    nets: dict[str, Decimal] = defaultdict(lambda: ZERO)
    taxes: dict[str, Decimal] = defaultdict(lambda: ZERO)
    found: dict[str, Document] = {}
    for each in sold:
        if not each.code and books.preference("TaxPrefs", "UsingSalesTax"):
            raise faults.business(
                "Make sure all your transactions have a GST/HST rate before you save."
            )
        rates = sales_rates(books, books.live("TaxCode", each.code))
        for rate_id, tax in _taxes(books, each, rates).items():
            nets[rate_id] += each.net
            taxes[rate_id] += tax
        found |= {rate.id: rate for rate in rates}
    return [tax_line(found[id_], net, taxes[id_]) for id_, net in nets.items() if net]


def _taxes(books: Books, sold: Taxed, rates: list[Document]) -> dict[str, Decimal]:
    """A line's tax by rate; rounded line by line, unless the switch says otherwise."""
    if sold.gross is not None:
        return taxes_in(sold, rates)
    shares = {rate.id: share(rate, sold.net) for rate in rates}
    if books.switches.tax_rounding == "per_document":
        return shares
    return {rate_id: cents(tax) for rate_id, tax in shares.items()}

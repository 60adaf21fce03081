"""Prices that include their tax: the net amount of a line, and the tax in it by rate."""

from decimal import Decimal

from sync.simulator.ledger.books.books import Books, Document, ref_value
from sync.simulator.ledger.books.draft import Draft
from sync.simulator.ledger.books.money import ZERO, cents
from sync.simulator.ledger.tax.codes import sales_rates
from sync.simulator.ledger.tax.tax_lines import share
from sync.simulator.ledger.tax.taxed import Taxed
from sync.simulator.wire import Json


def net_of_line(books: Books, draft: Draft, line: Json, detail: Json) -> Taxed:
    """What a line sells: net as sent, or worked out of TaxInclusiveAmt.

    Where prices include tax and only Amount is sent, that is the net amount (assumed).
    """
    code = ref_value(detail, "TaxCodeRef") or ""
    net = cents(line["Amount"])
    if books.is_us or draft.body.get("GlobalTaxCalculation") != "TaxInclusive":
        detail.pop("TaxInclusiveAmt", None)
        return Taxed(code, net)
    rates = sales_rates(books, books.live("TaxCode", code))
    if "TaxInclusiveAmt" in detail:
        gross = cents(detail["TaxInclusiveAmt"])
        percent = sum((Decimal(rate.body["RateValue"]) for rate in rates), ZERO)
        net = cents(gross * 100 / (100 + percent))
    else:
        gross = cents(net + sum((cents(share(rate, net)) for rate in rates), ZERO))
    detail["TaxInclusiveAmt"] = gross
    return Taxed(code, net, gross)


def taxes_in(sold: Taxed, rates: list[Document]) -> dict[str, Decimal]:
    """The tax in a line's gross price by rate id, the last rate taking the remainder."""
    left = cents((sold.gross or ZERO) - sold.net)
    taxes = {}
    for position, rate in enumerate(rates, 1):
        taxes[rate.id] = left if position == len(rates) else cents(share(rate, sold.net))
        left -= taxes[rate.id]
    return taxes

"""Sales tax in the United States: worked out by address (AST), or by a group code."""

from collections.abc import Iterable
from decimal import Decimal

from sync.simulator.ledger.books import faults
from sync.simulator.ledger.books.books import Books, Document, ref_value
from sync.simulator.ledger.books.draft import Draft
from sync.simulator.ledger.books.money import CENT, ZERO, cents
from sync.simulator.ledger.tax.codes import PSEUDO, sales_rates
from sync.simulator.ledger.tax.override import overriding_total, with_given_lines
from sync.simulator.ledger.tax.tax_lines import prorate, share, tax_line, total_of
from sync.simulator.ledger.tax.taxed import Taxed
from sync.simulator.wire import Json


def automatic(books: Books, draft: Draft, sold: Iterable[Taxed]) -> Json:
    """Tax by the rates of the place it is shipped to, else of the company."""
    group = _group_of_place(books, draft)
    net = _taxable(sold) if _customer_taxable(books, draft) else ZERO
    lines = _lines(books, group, net)
    if lines:
        drift = books.switches.tax_drift_cents * CENT
        lines = prorate(lines, cents(total_of(lines) + drift))
    return _detail(books, draft, group, lines)


def manual(books: Books, draft: Draft, sold: Iterable[Taxed]) -> Json:
    """Tax by the group code that the document names; none without one."""
    code_id = group_code(draft)
    if code_id == "CustomSalesTax":
        raise faults.custom_sales_tax()
    code = books.live("TaxCode", code_id) if code_id and code_id not in PSEUDO else None
    return _detail(books, draft, code, _lines(books, code, _taxable(sold)))


def group_code(draft: Draft) -> str | None:
    """The group code of a document; a sparse update that names none leaves it."""
    code = ref_value(draft.body.get("TxnTaxDetail") or {}, "TxnTaxCodeRef")
    if code is None and draft.old is not None and draft.given.get("sparse"):
        return ref_value(draft.old.body.get("TxnTaxDetail") or {}, "TxnTaxCodeRef")
    return code


def _taxable(sold: Iterable[Taxed]) -> Decimal:
    return sum((each.net for each in sold if each.code == "TAX"), ZERO)


def _lines(books: Books, code: Document | None, net: Decimal) -> list[Json]:
    rates = sales_rates(books, code) if net else []
    return [tax_line(rate, net, share(rate, net)) for rate in rates]


def _group_of_place(books: Books, draft: Draft) -> Document | None:
    state = (draft.body.get("ShipAddr") or {}).get("CountrySubDivisionCode")
    for code in books.every("TaxCode"):
        if state and code.hidden.get("state") == state:
            return code
    home = books.preference("TaxPrefs", "TaxGroupCodeRef") or {}
    return books.live("TaxCode", home["value"]) if "value" in home else None


def _customer_taxable(books: Books, draft: Draft) -> bool:
    customer = books.get("Customer", ref_value(draft.body, "CustomerRef") or "")
    return customer is None or bool(customer.body.get("Taxable", True))


def _detail(books: Books, draft: Draft, code: Document | None, lines: list[Json]) -> Json:
    lines = with_given_lines(books, draft, lines)
    total = total_of(lines)
    wanted = overriding_total(books, draft) if lines else None
    if wanted is not None:
        lines, total = prorate(lines, wanted), wanted
    head = {"TxnTaxCodeRef": {"value": code.id}} if code else {}
    return head | {"TotalTax": cents(total)} | ({"TaxLine": lines} if lines else {})

"""Sales tax: US manual rates, US automatic tax, and rates by line elsewhere."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from sync.simulator.ledger.books import faults
from sync.simulator.ledger.books.books import Books, Document, ref_value
from sync.simulator.ledger.books.draft import Draft
from sync.simulator.ledger.books.money import CENT, ZERO, cents, plain
from sync.simulator.wire import Json

PSEUDO = ("TAX", "NON")


def set_line_code(books: Books, detail: Json) -> None:
    """Give a sales line its tax code, and refuse one that the country does not have."""
    code = ref_value(detail, "TaxCodeRef")
    if books.is_us:
        if code is None:
            code = "TAX" if is_automatic(books) else "NON"
        if code not in PSEUDO:
            raise faults.wrong_tax_code(code)
    elif code in PSEUDO:
        raise faults.invalid_reference("Tax codes", str(code), "TaxCodeRef")
    if code is not None:
        detail["TaxCodeRef"] = {"value": code}


def is_automatic(books: Books) -> bool:
    """Whether QuickBooks works the tax out itself (AST, switched on and set up)."""
    return books.is_us and bool(books.preference("TaxPrefs", "PartnerTaxEnabled"))


def set_tax(books: Books, draft: Draft, taxable: dict[str, Decimal]) -> Decimal:
    """Write TxnTaxDetail from the net amounts by line code, and give the total tax."""
    given = draft.given.get("TxnTaxDetail") or {}
    override = given.get("TotalTax") if not (draft.old and _repeated(draft, given)) else None
    if is_automatic(books):
        detail = _automatic(books, draft, taxable, override)
    elif books.is_us:
        detail = _manual(books, draft, taxable, override)
    else:
        detail = _by_line(books, draft, taxable, override)
    draft.body["TxnTaxDetail"] = detail
    total: Decimal = detail["TotalTax"]
    return total


def _repeated(draft: Draft, given: Json) -> bool:
    """Whether the client only sent back the tax it had read."""
    old = draft.old.body.get("TxnTaxDetail", {}) if draft.old else {}
    return bool(given.get("TotalTax") == old.get("TotalTax"))


def _automatic(
    books: Books, draft: Draft, taxable: dict[str, Decimal], override: Decimal | None
) -> Json:
    group = _automatic_group(books, draft)
    net = taxable.get("TAX", ZERO) if _customer_taxable(books, draft) else ZERO
    rates = rates_of(books, group, "SalesTaxRateList") if group else []
    lines = [_tax_line(rate, net) for rate in rates if net]
    total = sum((line["Amount"] for line in lines), ZERO)
    if override is not None and books.switches.tax_override == "honour":
        lines = _prorate(lines, cents(override))
        total = cents(override)
    elif net:
        total = cents(total + books.switches.tax_drift_cents * CENT)
        lines = _prorate(lines, total)
    return _detail(group, cents(total), lines)


def _automatic_group(books: Books, draft: Draft) -> Document | None:
    state = (draft.body.get("ShipAddr") or {}).get("CountrySubDivisionCode")
    for code in books.every("TaxCode"):
        if state and code.hidden.get("state") == state:
            return code
    home = books.preference("TaxPrefs", "TaxGroupCodeRef") or {}
    return books.live("TaxCode", home["value"]) if "value" in home else None


def _customer_taxable(books: Books, draft: Draft) -> bool:
    customer = books.get("Customer", ref_value(draft.body, "CustomerRef") or "")
    return customer is None or bool(customer.body.get("Taxable", True))


def _manual(
    books: Books, draft: Draft, taxable: dict[str, Decimal], override: Decimal | None
) -> Json:
    code_id = ref_value(draft.body.get("TxnTaxDetail") or {}, "TxnTaxCodeRef")
    if code_id == "CustomSalesTax":
        raise faults.custom_sales_tax()
    code = books.live("TaxCode", code_id) if code_id and code_id not in PSEUDO else None
    net = taxable.get("TAX", ZERO)
    rates = rates_of(books, code, "SalesTaxRateList")
    lines = [_tax_line(rate, net) for rate in rates if net]
    total = sum((line["Amount"] for line in lines), ZERO)
    if override is not None:
        total = cents(override)
        lines = _prorate(lines, total)
    return _detail(code, cents(total), lines)


def _by_line(
    books: Books, draft: Draft, taxable: dict[str, Decimal], override: Decimal | None
) -> Json:
    if draft.body.get("GlobalTaxCalculation") == "NotApplicable":
        return {"TotalTax": ZERO}
    if books.preference("TaxPrefs", "UsingSalesTax") and "" in taxable:
        raise faults.business(
            "Make sure all your transactions have a GST/HST rate before you save."
        )
    nets: dict[str, Decimal] = defaultdict(lambda: ZERO)
    rates: dict[str, Document] = {}
    for code_id, net in taxable.items():
        for rate in rates_of(books, books.live("TaxCode", code_id), "SalesTaxRateList"):
            rates[rate.id] = rate
            nets[rate.id] += net
    lines = [_tax_line(rates[rate_id], net) for rate_id, net in nets.items() if net]
    total = sum((line["Amount"] for line in lines), ZERO)
    if override is not None:
        total = cents(override)
        lines = _prorate(lines, total)
    return _detail(None, cents(total), lines)


def _detail(code: Document | None, total: Decimal, lines: list[Json]) -> Json:
    head = {"TxnTaxCodeRef": {"value": code.id}} if code else {}
    return head | {"TotalTax": total} | ({"TaxLine": lines} if lines else {})


def rates_of(books: Books, code: Document | None, side: str) -> list[Document]:
    """The rates a tax code charges on sales or purchases."""
    entries: Iterable[Json] = []
    if code is not None:
        entries = (code.body.get(side) or {}).get("TaxRateDetail", [])
    found = (books.live("TaxRate", entry["TaxRateRef"]["value"]) for entry in entries)
    return [rate for rate in found if rate is not None]


def _tax_line(rate: Document, net: Decimal) -> Json:
    percent = rate.body["RateValue"]
    return {
        "Amount": cents(net * percent / 100),
        "DetailType": "TaxLineDetail",
        "TaxLineDetail": {
            "TaxRateRef": {"value": rate.id},
            "PercentBased": True,
            "TaxPercent": plain(Decimal(percent)),
            "NetAmountTaxable": cents(net),
        },
    }


def _prorate(lines: list[Json], total: Decimal) -> list[Json]:
    """Spread another total over the tax lines in proportion, the last taking the remainder."""
    before = sum((line["Amount"] for line in lines), ZERO)
    if not lines or before == total:
        return lines
    left = total
    spread = []
    for position, line in enumerate(lines, 1):
        share = left if position == len(lines) else cents(total * line["Amount"] / (before or 1))
        left -= share
        spread.append(line | {"Amount": cents(share)})
    return spread

"""Tax codes and their rates, and which code a sales line may have."""

from collections.abc import Iterable

from sync.simulator.ledger.books import faults
from sync.simulator.ledger.books.books import Books, Document, ref_value
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


def sales_rates(books: Books, code: Document | None) -> list[Document]:
    """The rates a tax code charges on sales."""
    entries: Iterable[Json] = []
    if code is not None:
        entries = (code.body.get("SalesTaxRateList") or {}).get("TaxRateDetail", [])
    found = (books.live("TaxRate", entry["TaxRateRef"]["value"]) for entry in entries)
    return [rate for rate in found if rate is not None]

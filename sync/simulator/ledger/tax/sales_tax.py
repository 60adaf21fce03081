"""The sales tax of a document: worked out anew, or left where nothing it rests on changed."""

from collections.abc import Callable
from decimal import Decimal
from zlib import crc32

from sync.simulator.ledger.books.books import Books, ref_value
from sync.simulator.ledger.books.draft import Draft
from sync.simulator.ledger.tax.elsewhere import by_line
from sync.simulator.ledger.tax.override import AUTOMATIC, ELSEWHERE, MANUAL, is_repeated, kind_of
from sync.simulator.ledger.tax.taxed import Taxed
from sync.simulator.ledger.tax.united_states import automatic, group_code, manual
from sync.simulator.wire import Json

WAYS: dict[str, Callable[[Books, Draft, list[Taxed]], Json]] = {
    AUTOMATIC: automatic,
    MANUAL: manual,
    ELSEWHERE: by_line,
}


def set_tax(books: Books, draft: Draft, sold: list[Taxed]) -> Decimal:
    """Write TxnTaxDetail from what the lines sell, and give the total tax."""
    basis = _basis(books, draft, sold)
    kept = _kept(draft, basis)
    draft.hidden["tax_basis"] = basis
    draft.body["TxnTaxDetail"] = kept or WAYS[kind_of(books)](books, draft, sold)
    total: Decimal = draft.body["TxnTaxDetail"]["TotalTax"]
    return total


def _kept(draft: Draft, basis: str) -> Json | None:
    """The tax as it was, where the client sends none or sends back what it had read."""
    if draft.old is None or draft.old.hidden.get("tax_basis") != basis:
        return None
    if draft.given.get("TxnTaxDetail") is not None and not is_repeated(draft):
        return None
    old: Json = draft.old.body["TxnTaxDetail"]
    return old


def _basis(books: Books, draft: Draft, sold: list[Taxed]) -> str:
    """All that the tax is worked out from, in short."""
    place = (draft.body.get("ShipAddr") or {}).get("CountrySubDivisionCode")
    group = group_code(draft) if kind_of(books) == MANUAL else None
    calculation = draft.body.get("GlobalTaxCalculation") or "TaxExcluded"
    lines = " ".join([f"{each.code}:{each.net}:{each.gross}" for each in sold])
    text = f"{ref_value(draft.body, 'CustomerRef')} {place} {group} {calculation} {lines}"
    return f"{crc32(text.encode()):08x}"

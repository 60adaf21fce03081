"""TAX, NON and CustomSalesTax: tax codes that stand beside a US company's own."""

from sync.simulator.ledger.books.books import Books, Document
from sync.simulator.ledger.reading.query import Query
from sync.simulator.wire import to_json

KIND = "TaxCode"
PSEUDO = ("TAX", "NON", "CustomSalesTax")
BARE = frozenset({"TAX", "NON"})  # recorded without these two:
LEFT_OUT = frozenset({"Active", "SyncToken"})


def shown(books: Books, document: Document) -> str:
    """A document's text; TAX and NON without what recordings do not have."""
    if document.kind != KIND or document.id not in BARE or not _are_bare(books):
        return books.text(document)
    return to_json({k: v for k, v in document.body.items() if k not in LEFT_OUT})


def pseudo_rows(books: Books, query: Query) -> list[str]:
    """The pseudo-codes, which QuickBooks gives in addition to the page that was asked for."""
    if query.entity != KIND or not books.is_us or query.conditions or query.start > 1:
        return []
    found = (books.live(KIND, code) for code in PSEUDO)
    return [shown(books, each) for each in found if each is not None]


def are_hidden(books: Books, query: Query) -> bool:
    """Whether a condition keeps TAX and NON out: one on Active, which they do not have."""
    asked = any(condition.name == "Active" for condition in query.conditions)
    return query.entity == KIND and asked and _are_bare(books)


def _are_bare(books: Books) -> bool:
    return bool(books.switches.pseudo_tax_codes == "bare")

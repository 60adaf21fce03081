"""CompanyCurrency: the currencies a company does business in."""

from sync.simulator.ledger.books import faults
from sync.simulator.ledger.books.books import Books
from sync.simulator.ledger.books.draft import Draft
from sync.simulator.ledger.books.money import CURRENCIES


def complete_currency(books: Books, draft: Draft) -> None:
    """Check a currency: a code that exists, once in the company."""
    draft.require("Code")
    if not books.multicurrency:
        raise faults.business("Multicurrency must be turned on to use another currency.")
    code = draft.body["Code"] = draft.body["Code"].upper()
    if code not in CURRENCIES or code == books.home_currency:
        raise faults.enumeration("Code", code)
    other = books.named("CompanyCurrency", code)
    if other is not None and other.id != (draft.old.id if draft.old else None):
        raise faults.duplicate_name("currency")
    draft.body["Name"] = CURRENCIES[code]
    draft.default(Active=True)

"""A company set up like another one: its lists and settings as they were read there."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from sync.simulator.ledger.books.books import TRANSACTIONS, Books, Document
from sync.simulator.ledger.books.money import ZERO
from sync.simulator.ledger.books.schema import KINDS
from sync.simulator.ledger.lists.account import CLASSIFICATIONS
from sync.simulator.wire import Json

VARIANT = "as_read"
SINGLE = ("CompanyInfo", "Preferences")
# What is computed from, should a row not tell it.
AMOUNTS = {
    "Account": ("CurrentBalance", "CurrentBalanceWithSubAccounts"),
    "Customer": ("Balance", "BalanceWithJobs"),
    "Vendor": ("Balance",),
}


def place_rows(books: Books, kind: str, rows: Iterable[Json]) -> int:
    """Place entries of a list or settings under the ids that they have; return how many.

    They are not checked. ValueError for what is no list, or a row without an id.
    """
    if kind not in KINDS or kind in TRANSACTIONS:
        raise ValueError(f"{kind} is no list that can be placed")
    placed = [_document(books, kind, row) for row in rows]
    for document in placed:
        books.put(document)
    ids = (int(document.id) for document in placed if document.id.isdigit())
    books.raise_last_id(kind, max(ids, default=0))
    return len(placed)


def _document(books: Books, kind: str, row: Json) -> Document:
    id_ = "1" if kind in SINGLE else str(row.get("Id") or "")
    if not id_:
        raise ValueError(f"a {kind} without an Id")
    times = {"CreateTime": books.stamp, "LastUpdatedTime": books.stamp}
    usual: Json = {"domain": "QBO", "sparse": False, "SyncToken": "0", "MetaData": times}
    usual |= dict.fromkeys(AMOUNTS.get(kind, ()), ZERO)
    if kind == "Account":
        usual["Classification"] = CLASSIFICATIONS.get(str(row.get("AccountType")), "Asset")
    state = "inactive" if row.get("Active") is False else "active"
    return Document(kind, id_, usual | row | {"Id": id_}, state)


def place_taxes(books: Books, codes: Mapping[str, str]) -> None:
    """Have tax codes charged in the states named, where QuickBooks works the tax out by itself."""
    for id_, state in codes.items():
        code = books.live("TaxCode", id_)
        if code is None:
            raise ValueError(f"there is no tax code {id_}")
        books.put(replace(code, hidden=code.hidden | {"state": state}))

"""Currencies of a company, and their rates to the home currency on each day."""

from datetime import date
from decimal import Decimal

from sync.simulator.ledger.books import faults
from sync.simulator.ledger.books.books import Books, Document
from sync.simulator.wire import Json

RATE = "ExchangeRate"


def currency(books: Books, code: str, element: str = "CurrencyRef") -> Document:
    """A currency that the company uses, or the fault for one it does not."""
    found = books.named("CompanyCurrency", code)
    if found is None:
        raise faults.invalid_reference("Currency", code, element)
    return found


def rate_on(books: Books, code: str, day: str) -> Document | None:
    """The rate in force on a day: the latest that was set for it or for a day before."""
    row = books.connection.execute(
        "SELECT MAX(id) FROM ledger_document"
        " WHERE realm_id = ? AND kind = ? AND id BETWEEN ? AND ?",
        (books.realm_id, RATE, f"{code}:", f"{code}:{day}"),
    ).fetchone()
    newest = max([row[0] or "", *_unwritten(books, code, day)])
    return books.get(RATE, newest) if newest else None


def _unwritten(books: Books, code: str, day: str) -> list[str]:
    return [each.id for each in books.unwritten(RATE) if f"{code}:" <= each.id <= f"{code}:{day}"]


def set_rate(books: Books, code: str, day: date, rate: Decimal) -> Document:
    """Set the rate of a day; a later day without one of its own takes it too."""
    id_ = f"{code}:{day.isoformat()}"
    old = books.get(RATE, id_)
    body = rate_body(books, code, day.isoformat(), rate)
    if old is not None:
        body["SyncToken"] = str(int(old.body["SyncToken"]) + 1)
    document = Document(RATE, id_, body)
    books.put(document)
    return document


def rate_body(books: Books, code: str, day: str, rate: Decimal) -> Json:
    """A rate as the API shows it, which has no Id."""
    return {
        "domain": "QBO",
        "sparse": False,
        "SyncToken": "0",
        "SourceCurrencyCode": code,
        "TargetCurrencyCode": books.home_currency,
        "Rate": rate,
        "AsOfDate": day,
        "MetaData": {"LastUpdatedTime": books.stamp},
    }

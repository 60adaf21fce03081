"""Change data capture: what changed since a moment, deleted transactions included."""

from datetime import datetime, timedelta

from sync.simulator.ledger.books import faults
from sync.simulator.ledger.books.books import Books
from sync.simulator.ledger.books.schema import KINDS
from sync.simulator.ledger.reading.search import ELSEWHERE
from sync.simulator.wire import PACIFIC

MOST = 1000
LOOK_BACK = timedelta(days=30)
# Assumed: Intuit's list was not recovered.
UNSUPPORTED = {"TaxCode", "TaxRate", "TaxAgency", "ExchangeRate"}


def changes_since(books: Books, entities: str, since: str) -> str:
    """The CDCResponse for comma-separated entities, as JSON text."""
    if not entities:
        raise faults.required("entities")
    if not since:
        raise faults.required("changedSince")
    moment = _moment(since)
    if books.switches.cdc_look_back == "refuse" and books.now - moment > LOOK_BACK:
        raise faults.business("changedSince may be at most 30 days ago.")
    left = MOST
    parts = []
    for name in entities.split(","):
        kind = _kind(name.strip())
        rows = _changed(books, kind, moment, left)
        left -= len(rows)
        parts.append(_part(kind, rows))
    return f'[{{"QueryResponse":[{",".join(parts)}]}}]'


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise faults.query_invalid(f"Invalid date '{text}' for changedSince") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=PACIFIC)


def _kind(name: str) -> str:
    for kind in (*KINDS, *ELSEWHERE):
        if kind.lower() == name.lower() and kind not in UNSUPPORTED:
            return kind
    raise faults.query_invalid(f"invalid context declaration: {name}")


def _changed(books: Books, kind: str, moment: datetime, most: int) -> list[str]:
    micros = int(moment.timestamp()) * 1_000_000
    rows = books.connection.execute(
        "SELECT body FROM ledger_document WHERE realm_id = ? AND kind = ? AND updated >= ?"
        " ORDER BY updated DESC, seq DESC LIMIT ?",
        (books.realm_id, kind, micros, most),
    )
    return [row[0] for row in rows]


def _part(kind: str, rows: list[str]) -> str:
    if not rows:
        return "{}"
    listed = ",".join(rows)
    return f'{{"{kind}":[{listed}],"startPosition":1,"maxResults":{len(rows)}}}'

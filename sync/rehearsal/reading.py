"""Reading lists and a month's documents of a company, page by page: each side by the same code."""

from collections.abc import Callable, Sequence
from typing import Any

from sync.quickbooks.client import Client
from sync.quickbooks.documents import SALES_AND_MONEY, Chart, postings_of
from sync.quickbooks.lists import Place, Reading
from sync.rehearsal.beside import Beside, Side
from sync.rehearsal.month import Month

Row = dict[str, Any]
Note = Callable[[Sequence[Row]], None]


def read_month(  # noqa: PLR0913 - the two sides differ in all of them
    client: Client,
    month: Month,
    beside: Beside,
    side: Side,
    chart: Chart,
    *,
    note: Note = lambda _rows: None,
) -> None:
    """Read all that bears money of customers in a month; raise ListIncomplete and DocumentError.

    `note` is shown every row as it came.
    """
    where = f"TxnDate >= '{month.first}' AND TxnDate <= '{month.last}'"
    for entity in SALES_AND_MONEY:

        def keep(rows: Sequence[Row], entity: str = entity) -> None:
            ids = [str(row["Id"]) for row in rows]
            postings = (each for row in rows for each in postings_of(entity, row, chart))
            beside.keep(side, entity, ids, postings)
            note(rows)

        def forget(entity: str = entity) -> None:
            beside.forget(side, entity)

        read_list(client, entity, keep, where=where, forget=forget)


def read_list(
    client: Client,
    entity: str,
    keep: Callable[[Sequence[Row]], None],
    *,
    where: str = "",
    forget: Callable[[], None] = lambda: None,
) -> None:
    """Read a list whole, each page handed on as it comes; raise ListIncomplete.

    Where it must be begun anew, what was handed on is to be forgotten.
    """
    ids: set[str] = set()

    def take(rows: Sequence[Row]) -> None:
        once = {str(row["Id"]): row for row in rows}
        ids.update(once)
        keep(list(once.values()))

    reading = Reading(client, entity, take, ids.__len__, where, checks_one_page=False)
    place: Place | None = Place()
    while place is not None:
        passes = place.passes
        place = reading.step(place)
        if place is not None and place.passes != passes:
            ids.clear()
            forget()

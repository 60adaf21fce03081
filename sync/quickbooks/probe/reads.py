"""What queries, lists of changes and reports answer."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta

from sync.quickbooks.client import ChangesTruncated, QuickBooksFault, quote
from sync.quickbooks.faults import Fault
from sync.quickbooks.probe.bench import Bench, Body, CannotAsk, words_of
from sync.quickbooks.probe.findings import Found

UPDATED = "MetaData.LastUpdatedTime"
FAR_BACK = timedelta(days=60)
# Fewer rows with one stamp, or fewer readings, could come in one order by chance.
FEWEST_EQUAL, READINGS = 4, 5
REPORT = "TransactionList"


def order_by_id(bench: Bench) -> Found:
    """Sorting by Id."""
    return _refused(bench.refused("SELECT * FROM Customer ORDERBY Id MAXRESULTS 1"))


def id_ranges(bench: Bench) -> Found:
    """A range of ids."""
    return _refused(bench.refused("SELECT * FROM Customer WHERE Id > '0' MAXRESULTS 1"))


def _refused(fault: Fault | None, otherwise: str = "allow") -> Found:
    if fault is not None:
        return Found("refuse", words_of(fault))
    return Found(otherwise, "The query was answered.")


def equal_stamps(bench: Bench) -> Found:
    """Whether rows of one second come in the same order each time."""
    made: list[Body] = bench.kept.get("batch", [])
    by_stamp: dict[str, set[str]] = defaultdict(set)
    for each in made:
        by_stamp[each["MetaData"]["LastUpdatedTime"]].add(each["Id"])
    equal = max(by_stamp.values(), key=len, default=set())
    if len(equal) < FEWEST_EQUAL:
        raise CannotAsk("No documents were made within one second.")
    where = f"CustomerRef = {quote(bench.customer['Id'])}"
    orders = set()
    for _ in range(READINGS):
        rows = bench.client.page("Payment", 1, where, UPDATED)
        orders.add(tuple(row["Id"] for row in rows if row["Id"] in equal))
    value = "steady" if len(orders) == 1 else "shuffled"
    return Found(value, f"{len(equal)} rows, {READINGS} readings, {len(orders)} different orders.")


def query_characters(bench: Bench) -> Found:
    """A letter beyond ISO-8859-1 in a query."""
    bench.need_us()
    statement = "SELECT * FROM Customer WHERE DisplayName = 'Łódź 東'"
    return _refused(bench.refused(statement), "accept")


def changes_far_back(bench: Bench) -> Found:
    """Changes since more than thirty days."""
    try:
        bench.client.changes(["PaymentMethod"], datetime.now(UTC) - FAR_BACK)
    except ChangesTruncated:
        pass
    except QuickBooksFault as refusal:
        if not refusal.fault.is_about_the_question:
            raise
        return Found("refuse", words_of(refusal.fault))
    return Found("any", "It was answered.")


def report_rows(bench: Bench) -> Found:
    """Whether a report's rows come in the same order each time."""
    if not bench.kept.get("batch"):
        raise CannotAsk("There are no documents to report.")
    asked = {"customer": bench.customer["Id"], "date_macro": "This Year"}
    orders = set()
    for _ in range(READINGS):
        told = bench.client.report(REPORT, asked)
        rows = (told.get("Rows") or {}).get("Row") or []
        orders.add(tuple(str(row.get("ColData", [{}])[1:2]) for row in rows))
    longest = max(map(len, orders))
    if longest < FEWEST_EQUAL:
        raise CannotAsk("The report has too few rows.")
    value = "sorted" if len(orders) == 1 else "any_order"
    return Found(value, f"{longest} rows, {READINGS} readings, {len(orders)} different orders.")


def shapes(bench: Bench) -> Found:
    """Whether answers carry what recordings have."""
    has = "CustomExtensions" in bench.invoice()["Line"][0]
    return Found("recorded" if has else "lean", f"An invoice's line has CustomExtensions: {has}.")


def pseudo_tax_codes(bench: Bench) -> Found:
    """Whether TAX and NON have Active and SyncToken."""
    bench.need_us()
    rows = bench.client.query("SELECT * FROM TaxCode").get("TaxCode", [])
    pseudo = [row for row in rows if row.get("Id") in {"TAX", "NON"}]
    if not pseudo:
        raise CannotAsk("TAX and NON are not listed.")
    is_whole = all("Active" in row and "SyncToken" in row for row in pseudo)
    return Found("whole" if is_whole else "bare", f"Both have both: {is_whole}.")


def lower_case(bench: Bench) -> Found:
    """Entity names in lower case."""
    return _refused(bench.refused("SELECT * FROM customer MAXRESULTS 1"), "answered")


def payments_by_number(bench: Bench) -> Found:
    """Payments by their number, which a search for them must not rest on."""
    return _refused(bench.refused("SELECT * FROM Payment WHERE DocNumber = 'PRB-1'"))


def lists_without_size(bench: Bench) -> Found:
    """How many rows come where no number is asked for."""
    some = next((e for e in ("Customer", "Item", "Account") if bench.client.count(e) > 100), None)
    if some is None:
        raise CannotAsk("No list has more than 100 rows.")
    rows = bench.client.query(f"SELECT * FROM {some}").get(some, [])  # noqa: S608 - a name of ours
    return Found(len(rows), f"{len(rows)} rows came.")

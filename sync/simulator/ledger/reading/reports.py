"""The two reports a tie-out needs: CustomerBalance and TransactionList."""

import random
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sync.simulator.ledger.books import faults
from sync.simulator.ledger.books.books import TRANSACTIONS, Books, Document
from sync.simulator.ledger.books.money import ZERO
from sync.simulator.ledger.books.references import named
from sync.simulator.wire import Json, long_time, to_json

TYPE_NAMES = {
    "SalesReceipt": "Sales Receipt",
    "CreditMemo": "Credit Memo",
    "RefundReceipt": "Refund",
    "JournalEntry": "Journal Entry",
    "Purchase": "Expense",
}
MACROS = ("today", "this month", "last month", "this year", "last year", "all")
Params = Mapping[str, str]


def run_report(books: Books, name: str, params: Params) -> str:
    """A report by name, as JSON text."""
    maker = REPORTS.get(name.lower())
    if maker is None:
        raise faults.unsupported_operation(f"reports/{name}")
    return to_json(maker(books, params))


def _header(books: Books, name: str, start: str | None, end: str) -> Json:
    header: Json = {"Time": long_time(books.now), "ReportName": name}
    if start is not None:
        header["StartPeriod"] = start
    return header | {
        "EndPeriod": end,
        "Currency": books.home_currency,
        "Option": [{"Name": "NoReportData", "Value": "false"}],
    }


def _column(title: str, kind: str, key: str) -> Json:
    return {
        "ColTitle": title,
        "ColType": kind,
        "MetaData": [{"Name": "ColKey", "Value": key}],
    }


def _amount(amount: Decimal) -> str:
    return format(Decimal(amount).quantize(Decimal("0.01")), "f")


def customer_balance(books: Books, params: Params) -> Json:
    """What each customer owes today: one row a customer that owes or has credit, and the total."""
    chosen = {part for part in params.get("customer", "").split(",") if part}
    rows, total = [], ZERO
    for customer in books.every("Customer"):
        balance = Decimal(customer.body["Balance"])
        if not balance or (chosen and customer.id not in chosen):
            continue
        total += balance
        shown = {"value": customer.body["FullyQualifiedName"], "id": customer.id}
        rows.append({"ColData": [shown, {"value": _amount(balance)}], "type": "Data"})
    rows.sort(key=lambda row: str(row["ColData"][0]["value"]).casefold())  # type: ignore[index]
    _mix(books, rows)
    summary = {"ColData": [{"value": "TOTAL"}, {"value": _amount(total)}]}
    end = params.get("report_date") or books.today.isoformat()
    return {
        "Header": _header(books, "CustomerBalance", None, end),
        "Columns": {
            "Column": [_column("", "Customer", "cust"), _column("Total", "Money", "total")]
        },
        "Rows": {"Row": [*rows, {"Summary": summary, "type": "Section", "group": "GrandTotal"}]},
    }


def _mix(books: Books, rows: list[Any]) -> None:
    """Put rows in any order, as reports have them since version 2."""
    if books.switches.report_rows == "any_order":
        random.shuffle(rows)


def transaction_list(books: Books, params: Params) -> Json:
    """Every transaction dated in the period, oldest first, with its amount."""
    start, end = _period(books, params)
    customer = params.get("customer")
    wanted = {part.strip() for part in params.get("transaction_type", "").split(",") if part}
    found = [
        document
        for kind in TRANSACTIONS
        if not wanted or kind in wanted or "Receive" + kind in wanted
        for document in books.every(kind)
        if start <= document.body["TxnDate"] <= end and customer in (None, document.customer)
    ]
    found.sort(key=lambda document: (document.body["TxnDate"], int(document.id)))
    _mix(books, found)
    columns = [
        _column("Date", "Date", "tx_date"),
        _column("Transaction Type", "String", "txn_type"),
        _column("Num", "String", "doc_num"),
        _column("Posting", "Boolean", "is_no_post"),
        _column("Name", "String", "name"),
        _column("Memo/Description", "String", "memo"),
        _column("Account", "String", "account_name"),
        _column("Split", "String", "other_account"),
        _column("Amount", "Money", "subt_nat_amount"),
    ]
    return {
        "Header": _header(books, "TransactionList", start, end),
        "Columns": {"Column": columns},
        "Rows": {"Row": [_transaction_row(books, document) for document in found]},
    }


def _period(books: Books, params: Params) -> tuple[str, str]:
    start, end = params.get("start_date"), params.get("end_date")
    if start or end:
        return _day(start, "0001-01-01"), _day(end, books.today.isoformat())
    today = books.today
    first = today.replace(day=1)
    before = first - timedelta(days=1)
    match params.get("date_macro", "this month").lower():
        case "today":
            days = today, today
        case "last month":
            days = before.replace(day=1), before
        case "this year":
            days = today.replace(month=1, day=1), today.replace(month=12, day=31)
        case "last year":
            year = today.year - 1
            days = date(year, 1, 1), date(year, 12, 31)
        case "all":
            days = date.min, date.max
        case _:
            days = first, today
    return days[0].isoformat(), days[1].isoformat()


def _day(text: str | None, otherwise: str) -> str:
    if not text:
        return otherwise
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise faults.query_invalid(f"Invalid date '{text}'") from None


def _transaction_row(books: Books, document: Document) -> Json:
    body = document.body
    kind = TYPE_NAMES.get(document.kind, document.kind)
    if document.kind == "Purchase" and body["PaymentType"] == "Check":
        kind = "Check"
    account = (body.get("DepositToAccountRef") or body.get("AccountRef") or {}).get("value")
    held = books.get("Account", account) if account else None
    party = books.get("Customer", document.customer) if document.customer else None
    sign = -1 if document.kind in {"CreditMemo", "RefundReceipt", "Purchase"} else 1
    cells: list[Json] = [
        {"value": body["TxnDate"]},
        {"value": kind, "id": document.id},
        {"value": body.get("DocNumber") or body.get("PaymentRefNum") or ""},
        {"value": "Yes"},
        {"value": party.body["DisplayName"], "id": party.id} if party else {"value": ""},
        {"value": body.get("PrivateNote", "")},
        {"value": named(books, held)["name"], "id": held.id} if held else {"value": ""},
        {"value": ""},
        {"value": _amount(sign * Decimal(body["TotalAmt"]))},
    ]
    return {"ColData": cells, "type": "Data"}


REPORTS: dict[str, Callable[[Books, Params], Json]] = {
    "customerbalance": customer_balance,
    "transactionlist": transaction_list,
}

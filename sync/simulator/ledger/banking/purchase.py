"""Purchase: an expense or a check."""

from sync.simulator.ledger.books import faults
from sync.simulator.ledger.books.books import Books, ref_value
from sync.simulator.ledger.books.draft import Draft, complete_header, number_lines
from sync.simulator.ledger.books.money import ZERO, cents, plain
from sync.simulator.ledger.books.references import find, name_party
from sync.simulator.ledger.sales.lines import check_product
from sync.simulator.wire import Json

PURCHASE_ACCOUNTS = {
    "Cash": {"Bank", "Other Current Asset"},
    "Check": {"Bank"},
    "CreditCard": {"Credit Card"},
}
PURCHASE_TARGETS = {
    "AccountBasedExpenseLineDetail": "AccountRef",
    "ItemBasedExpenseLineDetail": "ItemRef",
}


def complete_purchase(books: Books, draft: Draft) -> None:
    """Check an expense or check."""
    draft.require("PaymentType", "AccountRef", "Line")
    complete_header(books, draft)
    account = find(books, "Account", str(ref_value(draft.body, "AccountRef")))
    if account.body["AccountType"] not in PURCHASE_ACCOUNTS[draft.body["PaymentType"]]:
        raise faults.business("The account does not fit the payment type.")
    _name_payee(books, draft)
    lines = [_purchase_line(books, line) for line in draft.body["Line"]]
    number_lines(draft, lines)
    draft.body["Line"] = lines
    draft.body["TotalAmt"] = cents(sum((line["Amount"] for line in lines), ZERO))
    draft.default(Credit=False)
    draft.default(PurchaseEx={"any": []})
    if draft.body["PaymentType"] == "Check":
        draft.default(PrintStatus="NotSet")
    else:
        draft.body.pop("PrintStatus", None)


def _name_payee(books: Books, draft: Draft) -> None:
    payee = draft.body.get("EntityRef")
    if payee is not None:
        draft.body["EntityRef"] = name_party(books, payee)


def _purchase_line(books: Books, given: Json) -> Json:
    line = dict(given)
    kind = line.get("DetailType")
    if kind is None:
        raise faults.required("Line.DetailType")
    if kind not in PURCHASE_TARGETS:
        raise faults.business(f"A Purchase cannot have a line of type {kind}.")
    if "Amount" not in line:
        raise faults.required("Line.Amount")
    detail = dict(line.get(kind) or {})
    if PURCHASE_TARGETS[kind] not in detail:
        raise faults.required(f"Line.{kind}.{PURCHASE_TARGETS[kind]}")
    check_product(line["Amount"], detail)
    for name in {"Qty", "UnitPrice"} & detail.keys():
        detail[name] = plain(detail[name])
    detail.setdefault("BillableStatus", "NotBillable")
    if books.is_us:
        detail.setdefault("TaxCodeRef", {"value": "NON"})
    line.pop("LinkedTxn", None)
    more: Json = {"CustomExtensions": []} if books.switches.shapes == "recorded" else {}
    return line | {"Amount": cents(line["Amount"]), kind: detail} | more

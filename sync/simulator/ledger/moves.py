"""Deposit, Purchase and JournalEntry: the other transactions that a sales ledger meets."""

from decimal import Decimal

from sync.simulator.ledger import faults
from sync.simulator.ledger.accounts import is_receivable, undeposited_funds
from sync.simulator.ledger.books import Books, Document, ref_value
from sync.simulator.ledger.draft import Draft, complete_header, number_lines
from sync.simulator.ledger.money import ZERO, cents, plain
from sync.simulator.ledger.payments import is_deposited
from sync.simulator.ledger.references import find, named
from sync.simulator.ledger.sales import check_product
from sync.simulator.wire import Json

DEPOSITABLE = {"Payment", "SalesReceipt", "RefundReceipt", "JournalEntry", "Transfer"}
PURCHASE_ACCOUNTS = {
    "Cash": {"Bank", "Other Current Asset"},
    "Check": {"Bank"},
    "CreditCard": {"Credit Card"},
}
PURCHASE_TARGETS = {
    "AccountBasedExpenseLineDetail": "AccountRef",
    "ItemBasedExpenseLineDetail": "ItemRef",
}
Link = tuple[str, str]


def complete_deposit(books: Books, draft: Draft) -> None:
    """Check a bank deposit: direct lines, and payments taken out of undeposited funds."""
    draft.require("DepositToAccountRef", "Line")
    complete_header(books, draft)
    draft.body.pop("DocNumber", None)
    account = find(books, "Account", str(ref_value(draft.body, "DepositToAccountRef")))
    if account.body["AccountType"] not in {"Bank", "Other Current Asset"}:
        raise faults.business("A deposit goes to a bank or other current asset account.")
    lines = [_deposit_line(books, draft, line) for line in draft.body["Line"]]
    number_lines(draft, lines)
    draft.body["Line"] = lines
    cash = (draft.body.get("CashBack") or {}).get("Amount") or ZERO
    total = cents(sum((line["Amount"] for line in lines), ZERO) - cash)
    if total < 0:
        raise faults.business("Transaction amount must be 0 or greater.")
    draft.body["TotalAmt"] = total
    if books.multicurrency:
        draft.body["HomeTotalAmt"] = cents(total * draft.body["ExchangeRate"])


def _deposit_line(books: Books, draft: Draft, given: Json) -> Json:
    line = dict(given)
    links = line.get("LinkedTxn", [])
    if links:
        return _linked_line(books, draft, line, links[0])
    if "Amount" not in line:
        raise faults.required("Line.Amount")
    detail = line.get("DepositLineDetail") or {}
    if "AccountRef" not in detail:
        raise faults.required("Line.DepositLineDetail.AccountRef")
    line["Amount"] = cents(line["Amount"])
    line["DetailType"] = "DepositLineDetail"
    line.pop("LinkedTxn", None)
    return line


def _linked_line(books: Books, draft: Draft, line: Json, link: Json) -> Json:
    kind = link.get("TxnType", "")
    if kind not in DEPOSITABLE:
        raise faults.enumeration("LinkedTxn.TxnType", kind)
    if "TxnLineId" not in link:
        raise faults.required("Line.LinkedTxn.TxnLineId")
    source = books.live(kind, str(link.get("TxnId", "")))
    if source is None:
        raise faults.not_found()
    mine = (kind, source.id) in deposit_links(draft.old.body if draft.old else {})
    if is_deposited(source) and not mine:
        raise faults.business("The transaction you are trying to deposit has been deposited.")
    held = ref_value(source.body, "DepositToAccountRef")
    funds = undeposited_funds(books)
    if kind != "JournalEntry" and held != funds.id:
        raise faults.business("The transaction you are trying to deposit is not undeposited.")
    sign = -1 if kind == "RefundReceipt" else 1
    amount = Decimal(line["Amount"] if "Amount" in line else source.body["TotalAmt"])
    if kind != "JournalEntry" and cents(abs(amount)) != abs(source.body["TotalAmt"]):
        raise faults.business("A deposit takes the whole amount of a linked transaction.")
    detail = (line.get("DepositLineDetail") or {}) | {"AccountRef": named(funds)}
    kept: Json = {name: line[name] for name in ("Id", "Description") if name in line}
    return kept | {
        "Amount": cents(sign * abs(amount)),
        "LinkedTxn": [{"TxnId": source.id, "TxnType": kind, "TxnLineId": link["TxnLineId"]}],
        "DetailType": "DepositLineDetail",
        "DepositLineDetail": detail,
    }


def deposit_links(body: Json) -> set[Link]:
    """Kinds and ids of what a deposit took to the bank."""
    return {
        (link["TxnType"], link["TxnId"])
        for line in body.get("Line", [])
        for link in line.get("LinkedTxn", [])
    }


def link_deposit(books: Books, old: Document | None, new: Document | None) -> None:
    """Write the deposit's link on each payment it took, and remove it where it was let go."""
    before = deposit_links(old.body) if old else set()
    after = deposit_links(new.body) if new else set()
    deposit = new or old
    if deposit is None:
        return
    for kind, id_ in sorted(before ^ after):
        source = books.live(kind, id_)
        if source is None:
            continue
        links = [link for link in source.body.get("LinkedTxn", []) if link["TxnType"] != "Deposit"]
        if (kind, id_) in after:
            links.append({"TxnId": deposit.id, "TxnType": "Deposit"})
        books.amend(source, LinkedTxn=links)
        books.tell(kind, id_, "Update")


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
    if payee is None:
        return
    kinds = [payee["type"]] if payee.get("type") else ["Vendor", "Customer", "Employee"]
    found = next((party for kind in kinds if (party := books.live(kind, payee["value"]))), None)
    if found is None:
        raise faults.invalid_reference("Names", payee["value"], "EntityRef")
    draft.body["EntityRef"] = named(found) | {"type": found.kind}


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
    return line | {"Amount": cents(line["Amount"]), kind: detail}


def complete_journal(books: Books, draft: Draft) -> None:
    """Check a journal entry: debits equal credits, and A/R lines name a customer."""
    draft.require("Line")
    complete_header(books, draft)
    if "DocNumber" not in draft.body:
        last = int(books.sequence("journal") or 0) + 1
        books.set_sequence("journal", str(last))
        draft.body["DocNumber"] = str(last)
    lines = [_journal_line(books, line) for line in draft.body["Line"]]
    sides = {"Debit": ZERO, "Credit": ZERO}
    for line in lines:
        if line["DetailType"] == "JournalEntryLineDetail":
            sides[line["JournalEntryLineDetail"]["PostingType"]] += line["Amount"]
    if sides["Debit"] != sides["Credit"]:
        raise faults.business("The debits and credits of a journal entry must be equal.")
    number_lines(draft, lines)
    draft.body["Line"] = lines
    draft.body["TotalAmt"] = cents(sides["Debit"])
    draft.default(Adjustment=False)


def _journal_line(books: Books, given: Json) -> Json:
    line = dict(given)
    line.pop("LinkedTxn", None)
    if line.get("DetailType") == "DescriptionOnly":
        return line
    line["DetailType"] = "JournalEntryLineDetail"
    detail = dict(line.get("JournalEntryLineDetail") or {})
    for name in ("PostingType", "AccountRef"):
        if name not in detail:
            raise faults.required(f"Line.JournalEntryLineDetail.{name}")
    line["Amount"] = cents(line.get("Amount", ZERO))
    if line["Amount"] < 0:
        raise faults.out_of_range("Line.Amount")
    entity = detail.get("Entity") or {}
    party_id = ref_value(entity, "EntityRef")
    if is_receivable(books, detail["AccountRef"]["value"]) and party_id is None:
        raise faults.business("When you use Accounts Receivable, you must choose a customer.")
    if party_id is not None:
        kind = entity.get("Type", "Customer")
        detail["Entity"] = {"Type": kind, "EntityRef": named(find(books, kind, party_id))}
    line["JournalEntryLineDetail"] = detail
    return line

"""Deposit: direct lines, and payments taken out of undeposited funds."""

from decimal import Decimal

from sync.simulator.ledger.books import faults
from sync.simulator.ledger.books.books import Books, Document, ref_value
from sync.simulator.ledger.books.draft import Draft, complete_header, number_lines
from sync.simulator.ledger.books.money import ZERO, cents
from sync.simulator.ledger.books.postings import undeposited_funds
from sync.simulator.ledger.books.references import find, name_party, named
from sync.simulator.ledger.payments.applying import bump
from sync.simulator.ledger.payments.payment import is_deposited
from sync.simulator.wire import Json

DEPOSITABLE = {"Payment", "SalesReceipt", "RefundReceipt", "JournalEntry", "Transfer"}
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
    bare = books.switches.shapes == "recorded"
    number_lines(draft, [line for line in lines if not (bare and "LinkedTxn" in line)])
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
    if "Entity" in detail:
        line["DepositLineDetail"] = detail | {"Entity": name_party(books, detail["Entity"])}
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
    linked = {"TxnId": source.id, "TxnType": kind, "TxnLineId": link["TxnLineId"]}
    taken: Json = {"Amount": cents(sign * abs(amount)), "LinkedTxn": [linked]}
    if books.switches.shapes == "recorded":
        return taken
    detail = (line.get("DepositLineDetail") or {}) | {"AccountRef": named(books, funds)}
    kept: Json = {name: line[name] for name in ("Id", "Description") if name in line}
    return kept | {
        **taken,
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
        bare = not links and books.switches.shapes == "recorded"
        touched = books.amend(source, LinkedTxn=None if bare else links)
        if books.switches.deposited_payment == "bump":
            bump(books, touched)
        if books.switches.deposited_payment != "keep":
            books.tell(kind, id_, "Update")

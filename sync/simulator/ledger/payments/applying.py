"""How payments are applied: open balances and links on both sides."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from sync.simulator.ledger.books import faults
from sync.simulator.ledger.books.books import Books, Document
from sync.simulator.ledger.books.money import ZERO, cents
from sync.simulator.ledger.books.postings import is_receivable, journal_lines, purchase_lines
from sync.simulator.wire import Json

KIND_OF_TYPE = {
    "Invoice": "Invoice",
    "CreditMemo": "CreditMemo",
    "JournalEntry": "JournalEntry",
    "Expense": "Purchase",
    "Check": "Purchase",
    "CreditCardCredit": "Purchase",
    "Purchase": "Purchase",
}
Key = tuple[str, str]


def applications(body: Json) -> dict[Key, Decimal]:
    """What a payment applies to each document; kinds and ids as keys, amounts never negative."""
    result: dict[Key, Decimal] = defaultdict(lambda: ZERO)
    for line in body.get("Line", []):
        for link in line.get("LinkedTxn", []):
            kind = KIND_OF_TYPE.get(link.get("TxnType", ""))
            if kind is not None:
                result[kind, str(link["TxnId"])] += line["Amount"]
    return dict(result)


def open_amount(books: Books, target: Document, customer: str) -> Decimal:
    """What is left to pay (positive) or to use up (negative) on a document for a customer."""
    if target.kind == "Invoice":
        return Decimal(target.body["Balance"])
    if target.kind == "CreditMemo":
        return -Decimal(target.body["RemainingCredit"])
    used = Decimal(target.hidden.get("applied", {}).get(customer, 0))
    return _gross(books, target, customer) - used


def _gross(books: Books, target: Document, customer: str) -> Decimal:
    """What a purchase or journal entry puts on a customer's account, before any payment."""
    lines: Iterable[tuple[str, str | None, Decimal]]
    if target.kind == "Purchase":
        sign = -1 if target.body.get("Credit") else 1
        lines = ((a, c, sign * amount) for a, c, amount in purchase_lines(target.body))
    else:
        lines = journal_lines(target.body)
    mine = (
        amount
        for account, who, amount in lines
        if who == customer and is_receivable(books, account)
    )
    return sum(mine, ZERO)


def apply(books: Books, old: Document | None, new: Document | None) -> None:
    """Move the balances and links of everything an old or new payment is applied to."""
    before = applications(old.body) if old else {}
    after = applications(new.body) if new else {}
    payment = new or old
    if payment is None:
        return
    for kind, id_ in {**before, **after}:
        target = books.live(kind, id_)
        if target is None:
            continue
        change = after.get((kind, id_), ZERO) - before.get((kind, id_), ZERO)
        linked = (kind, id_) in after
        if change or linked != ((kind, id_) in before):
            _relink(books, target, payment, change, linked=linked)


def _relink(
    books: Books, target: Document, payment: Document, change: Decimal, *, linked: bool
) -> None:
    links = [link for link in links_of(target) if link != _link(payment)]
    if linked:
        links.append(_link(payment))
    target = replace(target, hidden=target.hidden | {"links": links})
    silent = target.kind == "CreditMemo" and books.switches.credit_memo_links == "none"
    changes: Json = {} if silent else {"LinkedTxn": links}
    if target.kind in {"Invoice", "CreditMemo"}:
        changes |= _balances(books, target, change)
    else:
        customer = str(payment.customer)
        sign = 1 if _gross(books, target, customer) >= 0 else -1
        used = dict(target.hidden.get("applied", {}))
        used[customer] = Decimal(used.get(customer, 0)) + sign * change
        target = replace(target, hidden=target.hidden | {"applied": used})
    touched = books.amend(target, **changes)
    if books.switches.applied_payment == "bump":
        bump(books, touched)
    books.tell(target.kind, target.id, "Update")


def _link(payment: Document) -> Json:
    return {"TxnId": payment.id, "TxnType": "Payment"}


def links_of(document: Document) -> list[Json]:
    """What is applied to a document, also where its body does not tell."""
    links: list[Json] = document.body.get("LinkedTxn") or document.hidden.get("links") or []
    return links


def _balances(books: Books, target: Document, change: Decimal) -> Json:
    balance = cents(target.body["Balance"] - change)
    changes: Json = {"Balance": balance}
    if target.kind == "CreditMemo":
        changes["RemainingCredit"] = balance
    if books.multicurrency:
        changes["HomeBalance"] = cents(balance * target.body["ExchangeRate"])
    return changes


def bump(books: Books, document: Document) -> Document:
    """Stage a document with its next SyncToken and the time of this change."""
    return books.amend(
        document,
        SyncToken=str(int(document.body["SyncToken"]) + 1),
        MetaData=document.body["MetaData"] | {"LastUpdatedTime": books.stamp},
    )


def payments_of(books: Books, document: Document) -> list[Document]:
    """The payments applied to a document."""
    links = [link for link in links_of(document) if link["TxnType"] == "Payment"]
    found = [books.live("Payment", link["TxnId"]) for link in links]
    return [payment for payment in found if payment is not None]


def release(books: Books, document: Document, *, refuse: bool) -> None:
    """Take a document that is to go off the payments applied to it; their money stays unapplied."""
    for payment in payments_of(books, document):
        if refuse:
            raise faults.business(
                "This transaction is linked to others. Remove the links before you continue."
            )
        lines = [line for line in payment.body["Line"] if not _concerns(line, document)]
        lines, unapplied = _fit(books, payment, lines)
        changed = bump(books, books.amend(payment, Line=lines, UnappliedAmt=unapplied))
        apply(books, payment, changed)
        books.tell("Payment", payment.id, "Update")


def _fit(books: Books, payment: Document, lines: list[Json]) -> tuple[list[Json], Decimal]:
    """Cut the last lines back until they need no more money than the payment and its credits."""
    customer = str(payment.customer)
    left = Decimal(payment.body["TotalAmt"])
    charges = []
    for line in lines:
        link = line["LinkedTxn"][0]
        target = books.live(KIND_OF_TYPE[link["TxnType"]], link["TxnId"])
        if target is not None and is_credit(books, target, customer):
            left += line["Amount"]
        else:
            charges.append(line)
    fitted = [line for line in lines if line not in charges]
    for line in charges:
        amount = min(line["Amount"], left)
        left -= amount
        if amount:
            fitted.append(line | {"Amount": cents(amount)})
    return fitted, cents(left)


def is_credit(books: Books, target: Document, customer: str) -> bool:
    """Whether a document lowers what a customer owes."""
    if target.kind in {"Invoice", "CreditMemo"}:
        return target.kind == "CreditMemo"
    return _gross(books, target, customer) < 0


def _concerns(line: Json, document: Document) -> bool:
    return any(
        KIND_OF_TYPE.get(link["TxnType"]) == document.kind and link["TxnId"] == document.id
        for link in line.get("LinkedTxn", [])
    )

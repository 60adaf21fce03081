"""Create, update, delete and void: one road for every entity."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sync.simulator.ledger.banking.deposit import complete_deposit, link_deposit
from sync.simulator.ledger.banking.journal_entry import complete_journal
from sync.simulator.ledger.banking.purchase import complete_purchase
from sync.simulator.ledger.books import faults
from sync.simulator.ledger.books.books import NAME_PROPERTY, TRANSACTIONS, Books, Document
from sync.simulator.ledger.books.characters import storable
from sync.simulator.ledger.books.draft import Draft, check_open, is_closed
from sync.simulator.ledger.books.money import ZERO
from sync.simulator.ledger.books.postings import move_branch, post
from sync.simulator.ledger.books.references import resolve
from sync.simulator.ledger.books.schema import KINDS, read_entity
from sync.simulator.ledger.lists.account import complete_account
from sync.simulator.ledger.lists.currency import complete_currency
from sync.simulator.ledger.lists.item import complete_item
from sync.simulator.ledger.lists.named import complete_company, complete_named, complete_tree
from sync.simulator.ledger.lists.naming import carry_name, mark_deactivated
from sync.simulator.ledger.lists.parties import complete_party
from sync.simulator.ledger.lists.preferences import complete_preferences
from sync.simulator.ledger.payments.applying import apply, bump, links_of, release
from sync.simulator.ledger.payments.autoapply import auto_apply
from sync.simulator.ledger.payments.payment import check_deposited, complete_payment, is_deposited
from sync.simulator.ledger.sales.sale import complete_sale
from sync.simulator.ledger.sales.stock import move_stock
from sync.simulator.wire import Json

COMPLETE: dict[str, Callable[[Books, Draft], None]] = {
    "Customer": complete_party,
    "Vendor": complete_party,
    "Employee": complete_party,
    "Item": complete_item,
    "Account": complete_account,
    "PaymentMethod": complete_named,
    "Term": complete_named,
    "CompanyCurrency": complete_currency,
    "Class": complete_tree,
    "Department": complete_tree,
    "CompanyInfo": complete_company,
    "Preferences": complete_preferences,
    "Invoice": complete_sale,
    "SalesReceipt": complete_sale,
    "CreditMemo": complete_sale,
    "RefundReceipt": complete_sale,
    "Payment": complete_payment,
    "Deposit": complete_deposit,
    "Purchase": complete_purchase,
    "JournalEntry": complete_journal,
}
USER = "9341450000000901"  # who connected the company, as MetaData names them
SINGLE = ("CompanyInfo", "Preferences")
VOIDABLE = ("Invoice", "SalesReceipt", "Payment", "CreditMemo", "RefundReceipt", "Purchase")
ENVELOPE = ("Id", "SyncToken", "MetaData", "domain", "sparse")
KEPT_BY_FULL_UPDATE = ("TxnDate", "DocNumber", "CurrencyRef", "ExchangeRate", "Active", "LinkedTxn")
NO_OPTIONS: frozenset[str] = frozenset()


def create(books: Books, kind: str, raw: Any, include: frozenset[str] = NO_OPTIONS) -> Document:
    """Make an entity, or raise the fault that QuickBooks would answer."""
    if kind not in COMPLETE or kind in SINGLE:
        raise faults.unsupported_operation(f"create {kind}")
    given = storable(books, read_entity(kind, raw))
    body = {k: v for k, v in given.items() if v is not None and k not in ENVELOPE}
    draft = Draft(kind, resolve(books, kind, body, None), given, include=include)
    COMPLETE[kind](books, draft)
    head: Json = {"domain": "QBO", "sparse": False, "Id": "", "SyncToken": "0"}
    head["MetaData"] = _times(books, kind)
    document = _document(books, draft, head | {"Id": books.next_id(kind)})
    _settle(books, None, document)
    books.tell(kind, document.id, "Create")
    if kind == "Invoice":
        auto_apply(books, document)
    return books.get(kind, document.id) or document


def update(books: Books, kind: str, raw: Any, include: frozenset[str] = NO_OPTIONS) -> Document:
    """Change an entity, fully or (`sparse`) only in what was sent."""
    if kind not in COMPLETE:
        raise faults.unsupported_operation(f"update {kind}")
    given = storable(books, read_entity(kind, raw))
    old = current(books, kind, raw)
    if _passes_over(books, old):
        return old
    sent = {k: v for k, v in given.items() if k not in ENVELOPE}
    body = (old.body if given.get("sparse") or kind in SINGLE else _kept(kind, old.body)) | sent
    body = {k: v for k, v in body.items() if v is not None and k not in ENVELOPE}
    draft = Draft(kind, resolve(books, kind, body, old), given, old, dict(old.hidden), include)
    COMPLETE[kind](books, draft)
    check_deposited(draft)
    mark_deactivated(books, draft)
    head = {name: old.body[name] for name in ENVELOPE if name in old.body}
    document = _document(books, draft, head)
    if document.body == old.body:
        return old
    bumped = bump(books, document)
    _settle(books, old, bumped)
    if kind in NAME_PROPERTY:
        carry_name(books, old, bumped)
    if kind == "Customer":
        move_branch(books, old, bumped)
    books.tell(kind, old.id, "Update")
    return books.get(kind, old.id) or bumped


def _passes_over(books: Books, old: Document) -> bool:
    """Whether an update is answered with 200 and does nothing: a payment in closed books."""
    if old.kind != "Payment" or books.switches.closed_payment_update != "ignored":
        return False
    return is_closed(books, old.body["TxnDate"])


def _kept(kind: str, old: Json) -> Json:
    """What a full update leaves when the client does not send it: computed and automatic values."""
    known = KINDS[kind]
    return {k: v for k, v in old.items() if k in KEPT_BY_FULL_UPDATE or known[k].read_only}


def _times(books: Books, kind: str) -> Json:
    times: Json = {"CreateTime": books.stamp}
    if kind in TRANSACTIONS and books.switches.shapes == "recorded":
        times["LastModifiedByRef"] = {"value": USER}
    return times | {"LastUpdatedTime": books.stamp}


def _document(books: Books, draft: Draft, head: Json) -> Document:
    body = {k: v for k, v in draft.body.items() if v is not None}
    state = "inactive" if body.get("Active") is False else "active"
    document = Document(draft.kind, head["Id"], head | body, state, draft.hidden)
    books.put(document)
    return document


def current(books: Books, kind: str, raw: Any) -> Document:
    """The entity that a request changes, if its Id and SyncToken are right."""
    id_ = raw.get("Id") if isinstance(raw, dict) else None
    if kind in SINGLE:
        id_ = "1"
    if id_ in (None, ""):
        raise faults.required("Id")
    if not str(id_).isdigit():
        raise faults.invalid_id(id_)
    document = books.get(kind, str(id_))
    if document is None or (kind, document.id) in books.fresh:
        raise faults.not_found()
    if document.state == "deleted":
        raise faults.deleted_by_another()
    token = raw.get("SyncToken")
    if token in (None, "") and kind not in SINGLE:
        raise faults.required("SyncToken")
    if token not in (None, "") and str(token) != document.body["SyncToken"]:
        raise faults.stale()
    return document


def _settle(books: Books, old: Document | None, new: Document | None) -> None:
    """Carry a change over to balances, links and stock."""
    kind = (new or old or Document("", "", {})).kind
    if kind not in TRANSACTIONS:
        return
    if old and new and new.customer != old.customer and links_of(old):
        raise faults.business("The customer of a linked transaction cannot be changed.")
    post(books, old, new)
    move_stock(books, old, new)
    if kind == "Payment":
        apply(books, old, new)
    if kind == "Deposit":
        link_deposit(books, old, new)


def delete(books: Books, kind: str, raw: Any) -> Document:
    """Delete a transaction; what was applied to it stays as unapplied money."""
    if kind not in TRANSACTIONS:
        raise faults.unsupported_operation(f"delete {kind}")
    old = _removable(books, kind, raw, books.switches.delete_paid)
    _settle(books, old, None)
    times = old.body["MetaData"] | {"LastUpdatedTime": books.stamp}
    rest = {"domain": "QBO", "status": "Deleted", "Id": old.id, "MetaData": times}
    gone = Document(kind, old.id, rest, "deleted")
    books.put(gone)
    books.tell(kind, old.id, "Delete")
    return gone


def void(books: Books, kind: str, raw: Any) -> Document:
    """Set a transaction's amounts to nothing and note that it was voided."""
    if kind not in VOIDABLE:
        raise faults.unsupported_operation(f"void {kind}")
    old = _removable(books, kind, raw, books.switches.void_paid)
    if not old.body["TotalAmt"] and str(old.body.get("PrivateNote", "")).startswith("Voided"):
        return old
    body = {k: v for k, v in old.body.items() if k not in {"Deposit", "DepositToAccountRef"}}
    if kind != "Invoice" and "DepositToAccountRef" in old.body:
        body["DepositToAccountRef"] = old.body["DepositToAccountRef"]
    note = old.body.get("PrivateNote")
    body["PrivateNote"] = f"Voided - {note}"[:4000] if note else "Voided"
    for name in ("TotalAmt", "Balance", "RemainingCredit", "UnappliedAmt", "HomeTotalAmt"):
        if name in body:
            body[name] = ZERO
    if "HomeBalance" in body:
        body["HomeBalance"] = ZERO
    if "TxnTaxDetail" in body:
        kept = {k: v for k, v in body["TxnTaxDetail"].items() if k == "TxnTaxCodeRef"}
        body["TxnTaxDetail"] = kept | {"TotalTax": ZERO}
    body["Line"] = [] if kind == "Payment" else [_void_line(line) for line in body["Line"]]
    hidden = old.hidden | {"applied": {}, "links": []}
    voided = bump(books, replace(old, body=body, hidden=hidden))
    _settle(books, old, voided)
    books.tell(kind, old.id, "Void")
    return books.get(kind, old.id) or voided


def _void_line(line: Json) -> Json:
    voided = dict(line)
    if "Amount" in voided:
        voided["Amount"] = ZERO
    detail = dict(voided.get("SalesItemLineDetail") or {})
    if "Qty" in detail:
        detail["Qty"] = ZERO
        voided["SalesItemLineDetail"] = detail
    return voided


def _removable(books: Books, kind: str, raw: Any, paid: str) -> Document:
    """The document that is to go; `paid` says what becomes of one with payments: refuse, unlink."""
    old = current(books, kind, raw)
    check_open(books, old.body["TxnDate"])
    if is_deposited(old):
        raise faults.deposited()
    release(books, old, refuse=paid == "refuse")
    return books.get(kind, old.id) or old

"""Payment: money received, applied to invoices, credits and other open amounts."""

from decimal import Decimal

from sync.simulator.ledger.books import faults
from sync.simulator.ledger.books.books import Books, Document, ref_value
from sync.simulator.ledger.books.draft import Draft, check_customer_currency, complete_header
from sync.simulator.ledger.books.money import ZERO, cents
from sync.simulator.ledger.books.postings import is_receivable, undeposited_funds
from sync.simulator.ledger.payments.applying import (
    KIND_OF_TYPE,
    applications,
    is_credit,
    open_amount,
)
from sync.simulator.wire import Json

GREATEST = Decimal(999_999_999)
DEPOSIT_TYPES = {"Bank", "Other Current Asset"}


def complete_payment(books: Books, draft: Draft) -> None:
    """Check a payment and fill in what QuickBooks computes."""
    draft.require("CustomerRef", "TotalAmt")
    if books.multicurrency:
        draft.require("CurrencyRef")
    draft.body["TotalAmt"] = _amount(draft.body["TotalAmt"], "TotalAmt")
    complete_header(books, draft)
    draft.body.pop("DocNumber", None)
    check_customer_currency(books, draft)
    _check_accounts(books, draft)
    lines = _read_lines(draft)
    _check_lines(books, draft, lines)
    draft.body["Line"] = lines
    if books.switches.shapes == "lean":
        draft.default(LinkedTxn=[])
    draft.default(ProcessPayment=False)
    for name in ("PaymentMethodRef", "DepositToAccountRef"):
        if name in draft.body:
            draft.body[name] = {"value": draft.body[name]["value"]}


def _amount(value: Decimal, element: str) -> Decimal:
    if value < 0 or value > GREATEST:
        raise faults.out_of_range(element)
    return cents(value)


def _check_accounts(books: Books, draft: Draft) -> None:
    account = books.get("Account", ref_value(draft.body, "DepositToAccountRef") or "")
    if account is None and not draft.body["TotalAmt"]:
        draft.body.pop("DepositToAccountRef", None)  # links credits to charges, moves no money
    elif account is None:
        draft.body["DepositToAccountRef"] = {"value": undeposited_funds(books).id}
    elif account.body["AccountType"] not in DEPOSIT_TYPES:
        raise faults.business("The deposit account must be a bank or other current asset account.")
    debtors = ref_value(draft.body, "ARAccountRef")
    if debtors is not None and not is_receivable(books, debtors):
        raise faults.business("ARAccountRef must be an accounts receivable account.")


def check_deposited(draft: Draft) -> None:
    """Refuse a change to what a bank deposit holds: amount, account or customer."""
    if draft.old is None or not is_deposited(draft.old):
        return
    for name in ("TotalAmt", "DepositToAccountRef", "CustomerRef"):
        old, new = draft.old.body.get(name), draft.body.get(name)
        if isinstance(old, dict) and isinstance(new, dict):
            old, new = old["value"], new["value"]
        if old != new:
            raise faults.deposited()


def is_deposited(payment: Document) -> bool:
    """Whether a bank deposit holds this payment."""
    return any(link["TxnType"] == "Deposit" for link in payment.body.get("LinkedTxn", []))


def _read_lines(draft: Draft) -> list[Json]:
    lines = []
    for line in draft.body.get("Line") or []:
        if "Amount" not in line:
            raise faults.required("Line.Amount")
        amount = _amount(line["Amount"], "Line.Amount")
        links = [
            {"TxnId": str(link["TxnId"]), "TxnType": link["TxnType"]}
            for link in line.get("LinkedTxn", [])
            if "TxnId" in link and "TxnType" in link
        ]
        if not links:
            raise faults.required("Line.LinkedTxn")
        if links[0]["TxnType"] not in KIND_OF_TYPE:
            raise faults.enumeration("LinkedTxn.TxnType", links[0]["TxnType"])
        lines.append({"Amount": amount, "LinkedTxn": links})
    return lines


def _check_lines(books: Books, draft: Draft, lines: list[Json]) -> None:
    before = applications(draft.old.body) if draft.old else {}
    used = ZERO
    for line in lines:
        sign, key = _check_line(books, draft, line, before)
        before[key] = before.get(key, ZERO) - line["Amount"]
        used += sign * line["Amount"]
    total: Decimal = draft.body["TotalAmt"]
    if used > total:
        raise faults.business(
            "The amount applied to transactions is greater than the amount of the payment."
        )
    draft.body["UnappliedAmt"] = cents(total - max(used, ZERO))


def _check_line(
    books: Books, draft: Draft, line: Json, before: dict[tuple[str, str], Decimal]
) -> tuple[int, tuple[str, str]]:
    link = line["LinkedTxn"][0]
    kind = KIND_OF_TYPE[link["TxnType"]]
    target = books.live(kind, link["TxnId"])
    if target is None or (kind, target.id) in books.fresh:
        raise faults.not_found()
    customer = str(ref_value(draft.body, "CustomerRef"))
    if target.customer is not None and target.customer != customer:
        raise faults.business(
            "The transaction that you are trying to link belongs to another customer."
        )
    left = open_amount(books, target, customer)
    sign = -1 if is_credit(books, target, customer) else 1
    room = abs(left) + before.get((kind, target.id), ZERO)
    if line["Amount"] > room:
        if books.switches.over_apply == "refuse":
            raise faults.business(
                "The amount applied is greater than the open balance of the transaction."
            )
        line["Amount"] = cents(room)
    line["LineEx"] = _kept_line_ex(draft, line) or _line_ex(target, room)
    return sign, (kind, target.id)


def _kept_line_ex(draft: Draft, line: Json) -> Json | None:
    """What an unchanged line said before: the balance at the time it was applied."""
    for old in draft.old.body["Line"] if draft.old else []:
        if old["Amount"] == line["Amount"] and old["LinkedTxn"] == line["LinkedTxn"]:
            kept: Json | None = old.get("LineEx")
            return kept
    return None


def _line_ex(target: Document, balance: Decimal) -> Json:
    values = {
        "txnId": target.id,
        "txnOpenBalance": format(Decimal(balance).quantize(Decimal("0.01")), "f"),
        "txnReferenceNumber": target.body.get("DocNumber", ""),
    }
    return {
        "any": [
            {
                "name": "{http://schema.intuit.com/finance/v3}NameValue",
                "declaredType": "com.intuit.schema.finance.v3.NameValue",
                "scope": "javax.xml.bind.JAXBElement$GlobalScope",
                "value": {"Name": name, "Value": value},
                "nil": False,
                "globalScope": True,
                "typeSubstituted": False,
            }
            for name, value in values.items()
        ]
    }

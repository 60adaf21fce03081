"""What QuickBooks does by itself with a customer's credits when a new invoice comes in."""

from decimal import Decimal

from sync.simulator.ledger.books.books import Books, Document
from sync.simulator.ledger.books.money import ZERO, cents
from sync.simulator.ledger.payments.applying import apply, bump
from sync.simulator.wire import Json

NOTE = "Created by QB Online to link credits to charges."


def auto_apply(books: Books, invoice: Document) -> None:
    """Use unapplied payments and credit memos up on the invoice, as the preferences say."""
    if books.preference("SalesFormsPrefs", "AutoApplyPayments"):
        for payment in list(books.of_customer("Payment", str(invoice.customer))):
            _use_payment(books, payment, _now(books, invoice))
    if books.preference("SalesFormsPrefs", "AutoApplyCredit"):
        for credit in list(books.of_customer("CreditMemo", str(invoice.customer))):
            _use_credit(books, credit, _now(books, invoice))


def _now(books: Books, invoice: Document) -> Document:
    return books.get("Invoice", invoice.id) or invoice


def _use_payment(books: Books, payment: Document, invoice: Document) -> None:
    amount = min(payment.body["UnappliedAmt"], invoice.body["Balance"])
    if amount <= 0 or payment.body["CurrencyRef"] != invoice.body["CurrencyRef"]:
        return
    changed = books.amend(
        payment,
        Line=[*payment.body["Line"], _line(invoice, amount)],
        UnappliedAmt=cents(payment.body["UnappliedAmt"] - amount),
    )
    apply(books, payment, bump(books, changed))
    books.tell("Payment", payment.id, "Update")


def _use_credit(books: Books, credit: Document, invoice: Document) -> None:
    amount = min(credit.body["RemainingCredit"], invoice.body["Balance"])
    if amount <= 0 or credit.body["CurrencyRef"] != invoice.body["CurrencyRef"]:
        return
    times = {"CreateTime": books.stamp, "LastUpdatedTime": books.stamp}
    body: Json = {
        "domain": "QBO",
        "sparse": False,
        "Id": books.next_id("Payment"),
        "SyncToken": "0",
        "MetaData": times,
        "TxnDate": books.today.isoformat(),
        "CurrencyRef": invoice.body["CurrencyRef"],
        "PrivateNote": NOTE,
        "CustomerRef": invoice.body["CustomerRef"],
        "TotalAmt": ZERO,
        "UnappliedAmt": ZERO,
        "ProcessPayment": False,
        "Line": [_line(invoice, amount), _line(credit, amount)],
    }
    if "ExchangeRate" in invoice.body:
        body["ExchangeRate"] = invoice.body["ExchangeRate"]
    link = Document("Payment", body["Id"], body)
    books.put(link)
    apply(books, None, link)
    books.tell("Payment", link.id, "Create")


def _line(target: Document, amount: Decimal) -> Json:
    return {
        "Amount": cents(amount),
        "LinkedTxn": [{"TxnId": target.id, "TxnType": target.kind}],
    }

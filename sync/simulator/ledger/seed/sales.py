"""A year of believable sales for a newly made company."""

import random
from datetime import timedelta
from decimal import Decimal

from sync.simulator.ledger.books.books import Books, Document
from sync.simulator.ledger.books.money import cents
from sync.simulator.ledger.writing.operations import create, void
from sync.simulator.wire import Json

SOLD = ("3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "17", "18", "19", "20")
INVOICES = 37
METHODS = ("1", "2", "3", "4", "7")


def seed_sales(books: Books, chance: random.Random) -> None:
    """Invoices unpaid, part paid, paid, overpaid and void; credits, receipts, refunds, deposits."""
    customers = [each.id for each in books.every("Customer")]
    paid: list[Document] = []
    for position in range(INVOICES):
        customer = (
            customers[position % len(customers)] if position < 24 else chance.choice(customers)
        )
        age = 360 - position * 5 - chance.randint(0, 4)
        invoice = _invoice(books, chance, customer, str(1001 + position), age)
        paid += _payments(books, chance, invoice, age, state=position % 8)
    _deposits(books, paid)
    _receipts(books, chance, customers)
    _credits(books, chance, customers)
    _spending(books, chance)


def _day(books: Books, age: int) -> str:
    return (books.today - timedelta(days=max(age, 0))).isoformat()


def _line(books: Books, chance: random.Random) -> Json:
    item = books.get("Item", chance.choice(SOLD))
    if item is None:
        raise LookupError("the sample items are missing")
    quantity = Decimal(chance.randint(1, 4))
    price = Decimal(item.body["UnitPrice"])
    code = "TAX" if item.body["Taxable"] else "NON"
    if not books.is_us:
        code = "3" if item.body["Taxable"] else "2"
    detail = {"ItemRef": {"value": item.id}, "Qty": quantity, "UnitPrice": price}
    return {
        "Description": item.body["Name"],
        "Amount": cents(quantity * price),
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": detail | {"TaxCodeRef": {"value": code}},
    }


def _sale(books: Books, chance: random.Random, customer: str, age: int) -> Json:
    body: Json = {
        "CustomerRef": {"value": customer},
        "TxnDate": _day(books, age),
        "Line": [_line(books, chance) for _ in range(chance.randint(1, 3))],
    }
    if books.is_us:
        body["TxnTaxDetail"] = {"TxnTaxCodeRef": {"value": "2"}}
    return body


def _invoice(books: Books, chance: random.Random, customer: str, number: str, age: int) -> Document:
    body = _sale(books, chance, customer, age)
    return create(books, "Invoice", body | {"DocNumber": number})


def _payments(
    books: Books, chance: random.Random, invoice: Document, age: int, state: int
) -> list[Document]:
    """Pay an invoice as its state says: 0 and 1 not at all, 2 in part, 3 void, the rest fully."""
    total = Decimal(invoice.body["TotalAmt"])
    if state < 2 or not total:
        return []
    if state == 3:
        void(books, "Invoice", {"Id": invoice.id, "SyncToken": invoice.body["SyncToken"]})
        return []
    if state == 2:
        return [_pay(books, chance, invoice, cents(total / 2), age - 3)]
    if state == 4:
        first = cents(total / 3)
        return [
            _pay(books, chance, invoice, first, age - 2),
            _pay(books, chance, invoice, total - first, age - 9),
        ]
    if state == 5:
        return [_pay(books, chance, invoice, total + Decimal(20), age - 4)]
    return [_pay(books, chance, invoice, total, age - 4)]


def _pay(
    books: Books, chance: random.Random, invoice: Document, amount: Decimal, age: int
) -> Document:
    due = min(amount, Decimal(invoice.body["TotalAmt"]))
    link = {"TxnId": invoice.id, "TxnType": "Invoice"}
    body: Json = {
        "CustomerRef": {"value": invoice.customer},
        "CurrencyRef": {"value": invoice.body["CurrencyRef"]["value"]},
        "TotalAmt": amount,
        "TxnDate": _day(books, age),
        "PaymentMethodRef": {"value": chance.choice(METHODS)},
        "PaymentRefNum": str(chance.randint(1000, 9999)),
        "Line": [{"Amount": due, "LinkedTxn": [link]}],
    }
    return create(books, "Payment", body)


def _deposits(books: Books, payments: list[Document]) -> None:
    """Take the older payments to the bank, three at a time."""
    for start in range(0, len(payments) // 2, 3):
        group = payments[start : start + 3]
        lines = [
            {
                "Amount": payment.body["TotalAmt"],
                "LinkedTxn": [{"TxnId": payment.id, "TxnType": "Payment", "TxnLineId": "0"}],
            }
            for payment in group
        ]
        day = max(payment.body["TxnDate"] for payment in group)
        body = {"DepositToAccountRef": {"value": "35"}, "TxnDate": day, "Line": lines}
        create(books, "Deposit", body)


def _receipts(books: Books, chance: random.Random, customers: list[str]) -> None:
    for position in range(8):
        sale = _sale(books, chance, chance.choice(customers), 200 - position * 20)
        method = {"PaymentMethodRef": {"value": chance.choice(METHODS)}}
        create(books, "SalesReceipt", sale | method | {"DocNumber": str(1101 + position)})
    for position in range(2):
        sale = _sale(books, chance, chance.choice(customers), 60 - position * 10)
        source = {"DepositToAccountRef": {"value": "35"}, "DocNumber": str(1121 + position)}
        create(books, "RefundReceipt", sale | source)


def _credits(books: Books, chance: random.Random, customers: list[str]) -> None:
    for position in range(4):
        sale = _sale(books, chance, chance.choice(customers), 90 - position * 15)
        create(books, "CreditMemo", sale | {"DocNumber": str(1131 + position)})


def _spending(books: Books, chance: random.Random) -> None:
    vendors = [each.id for each in books.every("Vendor")]
    for position in range(6):
        detail = {"AccountRef": {"value": chance.choice(("20", "28", "56"))}}
        line = {
            "Amount": Decimal(chance.randint(2000, 30000)) / 100,
            "DetailType": "AccountBasedExpenseLineDetail",
            "AccountBasedExpenseLineDetail": detail,
        }
        body: Json = {
            "PaymentType": ("Check", "Cash", "CreditCard")[position % 3],
            "AccountRef": {"value": ("35", "35", "41")[position % 3]},
            "EntityRef": {"value": chance.choice(vendors), "type": "Vendor"},
            "TxnDate": _day(books, 150 - position * 20),
            "Line": [line],
        }
        create(books, "Purchase", body)
    entry = [
        {
            "Amount": Decimal(5000),
            "DetailType": "JournalEntryLineDetail",
            "JournalEntryLineDetail": {"PostingType": side, "AccountRef": {"value": account}},
        }
        for side, account in (("Debit", "35"), ("Credit", "34"))
    ]
    create(books, "JournalEntry", {"TxnDate": _day(books, 365), "Line": entry})

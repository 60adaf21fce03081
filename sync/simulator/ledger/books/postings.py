"""The accounts that QuickBooks finds by itself, and what each document posts to accounts."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from sync.simulator.ledger.books import faults
from sync.simulator.ledger.books.books import Books, Document, ref_value
from sync.simulator.ledger.books.money import ZERO, cents
from sync.simulator.wire import Json

BALANCE_SHEET = {"Asset", "Liability", "Equity"}


@dataclass(frozen=True, slots=True)
class Posting:
    """An amount, debits positive, in the document's currency; A/R postings name the customer."""

    account: str
    amount: Decimal
    customer: str | None = None


def undeposited_funds(books: Books) -> Document:
    """The account that holds payments not yet deposited, whatever it is called."""
    return _remembered(books, "undeposited", "AccountSubType", "UndepositedFunds")


def receivable(books: Books) -> Document:
    """The company's first Accounts Receivable account."""
    return _remembered(books, "receivable", "AccountType", "Accounts Receivable")


def _remembered(books: Books, series: str, prop: str, value: str) -> Document:
    known = books.sequence(f"account:{series}")
    account = books.live("Account", known) if known else None
    if account is None:
        found = (a for a in books.every("Account") if a.body.get(prop) == value)
        account = next(found, None)
        if account is None:
            raise faults.business(f"The company has no {value} account.")
        books.set_sequence(f"account:{series}", account.id)
    return account


def post(books: Books, old: Document | None, new: Document | None) -> None:
    """Move account and customer balances by what the new document posts beyond the old one."""
    accounts: dict[str, Decimal] = defaultdict(lambda: ZERO)
    customers: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for document, sign in ((old, -1), (new, 1)):
        for posting in postings(books, document) if document else ():
            rate = document.body.get("ExchangeRate", 1) if document else 1
            accounts[posting.account] += sign * cents(posting.amount * rate)
            if posting.customer is not None:
                customers[posting.customer] += sign * posting.amount
    for account, amount in accounts.items():
        _move_account(books, account, amount)
    for customer, amount in customers.items():
        move_customer(books, customer, amount)


def _move_account(books: Books, id_: str, amount: Decimal) -> None:
    account = books.get("Account", id_)
    if not amount or account is None or account.body.get("Classification") not in BALANCE_SHEET:
        return
    balance = cents(account.body["CurrentBalance"] + amount)
    books.amend(account, CurrentBalance=balance)
    above: Document | None = books.get("Account", id_)
    while above is not None:
        total = cents(above.body["CurrentBalanceWithSubAccounts"] + amount)
        books.amend(above, CurrentBalanceWithSubAccounts=total)
        parent = ref_value(above.body, "ParentRef")
        above = books.get("Account", parent) if parent else None


def move_customer(books: Books, id_: str, amount: Decimal) -> None:
    """Move a customer's balance, and the balance with sub-customers of all above."""
    customer = books.get("Customer", id_)
    if not amount or customer is None:
        return
    books.amend(customer, Balance=cents(customer.body["Balance"] + amount))
    above = books.get("Customer", id_)
    while above is not None:
        books.amend(above, BalanceWithJobs=cents(above.body["BalanceWithJobs"] + amount))
        parent = ref_value(above.body, "ParentRef")
        above = books.get("Customer", parent) if parent else None


def move_branch(books: Books, old: Document, new: Document) -> None:
    """Take a customer's balance from the parents it leaves to those it comes under."""
    balance = new.body["BalanceWithJobs"]
    before, after = ref_value(old.body, "ParentRef"), ref_value(new.body, "ParentRef")
    if not balance or before == after:
        return
    for parent_id, amount in ((before, -balance), (after, balance)):
        above = books.get("Customer", parent_id) if parent_id else None
        while above is not None:
            books.amend(above, BalanceWithJobs=cents(above.body["BalanceWithJobs"] + amount))
            higher = ref_value(above.body, "ParentRef")
            above = books.get("Customer", higher) if higher else None


def postings(books: Books, document: Document) -> Iterator[Posting]:
    """What a document posts to balance-sheet accounts and to its customer."""
    body = document.body
    match document.kind:
        case "Invoice":
            yield from _receivable(books, body, body["TotalAmt"])
            yield from _tax(books, body, -1)
            if body.get("Deposit"):
                yield from _receivable(books, body, -body["Deposit"])
                yield Posting(_deposit_account(books, body), body["Deposit"])
        case "CreditMemo":
            yield from _receivable(books, body, -body["TotalAmt"])
            yield from _tax(books, body, 1)
        case "Payment":
            yield from _receivable(books, body, -body["TotalAmt"])
            yield Posting(_deposit_account(books, body), body["TotalAmt"])
        case "SalesReceipt":
            yield Posting(_deposit_account(books, body), body["TotalAmt"])
            yield from _tax(books, body, -1)
        case "RefundReceipt":
            yield Posting(_deposit_account(books, body), -body["TotalAmt"])
            yield from _tax(books, body, 1)
        case "Deposit":
            yield from _deposit(books, body)
        case "Purchase":
            yield from _purchase(books, body)
        case "JournalEntry":
            yield from _journal(books, body)


def _receivable(books: Books, body: Json, amount: Decimal) -> Iterator[Posting]:
    account = ref_value(body, "ARAccountRef") or receivable(books).id
    yield Posting(account, amount, ref_value(body, "CustomerRef"))


def _deposit_account(books: Books, body: Json) -> str:
    return ref_value(body, "DepositToAccountRef") or undeposited_funds(books).id


def _tax(books: Books, body: Json, sign: int) -> Iterator[Posting]:
    tax = (body.get("TxnTaxDetail") or {}).get("TotalTax") or ZERO
    if tax:
        try:
            payable = _remembered(books, "tax", "AccountSubType", "SalesTaxPayable")
        except faults.RequestFault:  # a company without a tax account keeps no such balance
            return
        yield Posting(payable.id, sign * tax)


def _deposit(books: Books, body: Json) -> Iterator[Posting]:
    yield Posting(body["DepositToAccountRef"]["value"], body["TotalAmt"])
    cash = body.get("CashBack") or {}
    if cash.get("Amount") and "AccountRef" in cash:
        yield Posting(cash["AccountRef"]["value"], cash["Amount"])
    for line in body["Line"]:
        detail = line.get("DepositLineDetail") or {}
        source = ref_value(detail, "AccountRef") or undeposited_funds(books).id
        party = detail.get("Entity") or {}
        owes = is_receivable(books, source) and party.get("type", "").lower() == "customer"
        yield Posting(source, -line["Amount"], party["value"] if owes else None)


def _purchase(books: Books, body: Json) -> Iterator[Posting]:
    sign = -1 if body.get("Credit") else 1
    yield Posting(body["AccountRef"]["value"], -sign * body["TotalAmt"])
    for account, customer, amount in purchase_lines(body):
        debtor = customer if is_receivable(books, account) else None
        yield Posting(account, sign * amount, debtor)


def purchase_lines(body: Json) -> Iterator[tuple[str, str | None, Decimal]]:
    """Account, customer and amount of a purchase's account lines."""
    party = body.get("EntityRef") or {}
    payee = party.get("value") if party.get("type") == "Customer" else None
    for line in body["Line"]:
        detail = line.get("AccountBasedExpenseLineDetail")
        if detail:
            customer = ref_value(detail, "CustomerRef") or payee
            yield detail["AccountRef"]["value"], customer, line["Amount"]


def _journal(books: Books, body: Json) -> Iterator[Posting]:
    for account, customer, amount in journal_lines(body):
        debtor = customer if is_receivable(books, account) else None
        yield Posting(account, amount, debtor)


def journal_lines(body: Json) -> Iterator[tuple[str, str | None, Decimal]]:
    """Account, customer and signed amount (debits positive) of a journal entry's lines."""
    for line in body["Line"]:
        detail = line.get("JournalEntryLineDetail")
        if detail:
            entity = detail.get("Entity") or {}
            customer = ref_value(entity, "EntityRef") if entity.get("Type") == "Customer" else None
            sign = 1 if detail["PostingType"] == "Debit" else -1
            yield detail["AccountRef"]["value"], customer, sign * line.get("Amount", ZERO)


def is_receivable(books: Books, account: str) -> bool:
    """Whether an account is Accounts Receivable."""
    found = books.get("Account", account)
    return found is not None and found.body.get("AccountType") == "Accounts Receivable"

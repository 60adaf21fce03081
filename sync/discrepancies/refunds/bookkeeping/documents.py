"""Reading each kind of document into its effects on the books, from all its lines."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from decimal import Decimal

from sync.discrepancies.refunds.bookkeeping.accounts import Accounts, Role
from sync.discrepancies.refunds.bookkeeping.fields import (
    ZERO,
    Effect,
    Kind,
    Row,
    adjustment,
    amount_of,
    lines_of,
    links_of,
    payee_of,
    ref,
    ties_of,
)
from sync.discrepancies.refunds.bookkeeping.journal import journal_effects
from sync.models import Adjustment

Effects = dict[Effect, Decimal]
Read = tuple[Kind, Iterable[tuple[str, Effects]]]


def read_document(entity: str, row: Row, accounts: Accounts) -> list[Adjustment]:
    """Return what a document does to the books of each customer; empty where it bears on none."""
    kind, parts = _READERS[entity](row, accounts)
    found = []
    for customer, effects in parts:
        if any(amount > 0 for amount in effects.values()):
            made = adjustment(
                entity, row, kind, customer, effects, home_currency=accounts.home_currency
            )
            if made is not None:
                made.is_spent = _is_spent(entity, row)
                found.append(made)
    return found


def _is_spent(entity: str, row: Row) -> bool:
    if entity != "CreditMemo" or row.get("Balance") is None:
        return False
    return amount_of(row, "Balance") < amount_of(row, "TotalAmt")


def _sold(row: Row, accounts: Accounts) -> Decimal:
    """Return what of a sales form is sales and their tax: all but lines kept elsewhere."""
    elsewhere = ZERO
    for line in lines_of(row):
        detail = line.get("SalesItemLineDetail")
        if detail is not None and _line_role(detail, accounts) is not Role.INCOME:
            elsewhere += amount_of(line, "Amount")
    return max(ZERO, amount_of(row, "TotalAmt") - elsewhere)


def _line_role(detail: Row, accounts: Accounts) -> Role:
    account = ref(detail, "ItemAccountRef")
    return accounts.role(account) if account else accounts.product_role(ref(detail, "ItemRef"))


def _credit_memo(row: Row, accounts: Accounts) -> Read:
    effects = {Effect.SALE_CREDIT: _sold(row, accounts)}
    return Kind.CREDIT_MEMO, [(ref(row, "CustomerRef"), effects)]


def _refund_receipt(row: Row, accounts: Accounts) -> Read:
    is_paid = accounts.role(ref(row, "DepositToAccountRef")) is Role.MONEY
    effects = {
        Effect.PAYOUT: amount_of(row, "TotalAmt") if is_paid else ZERO,
        Effect.SALE_CREDIT: _sold(row, accounts),
    }
    return Kind.REFUND_RECEIPT, [(ref(row, "CustomerRef"), effects)]


def _paid_for(role: Role, amount: Decimal) -> Effects:
    """Return what paying an amount to an account does."""
    if role is Role.RECEIVABLE:
        return {Effect.PAYOUT: amount, Effect.RECEIVABLE_OPEN: amount}
    if role is Role.INCOME:
        return {Effect.PAYOUT: amount, Effect.SALE_CREDIT: amount}
    return {}


def _summed(parts: Iterable[tuple[str, Effects]]) -> list[tuple[str, Effects]]:
    sums: dict[str, Effects] = defaultdict(lambda: defaultdict(Decimal))
    for customer, effects in parts:
        for effect, amount in effects.items():
            sums[customer][effect] += amount
    return list(sums.items())


def _purchase(row: Row, accounts: Accounts) -> Read:
    """An expense or a check: each line is paid out of its one account."""
    kind = Kind.CHECK if row.get("PaymentType") == "Check" else Kind.EXPENSE
    if row.get("Credit") is True or accounts.role(ref(row, "AccountRef")) is not Role.MONEY:
        return kind, []  # money that came back to us, or none
    payee, parts = payee_of(row), []
    for line in lines_of(row):
        detail = line.get("AccountBasedExpenseLineDetail") or {}
        role = accounts.role(ref(detail, "AccountRef"))
        named = ref(detail, "CustomerRef")
        customer = (named or payee) if role is Role.RECEIVABLE else (payee or named)
        parts.append((customer, _paid_for(role, amount_of(line, "Amount"))))
    summed = _summed(parts)
    tax = amount_of(row.get("TxnTaxDetail") or {}, "TotalTax")
    if tax and len(summed) == 1 and summed[0][1].get(Effect.SALE_CREDIT):
        for effect in (Effect.PAYOUT, Effect.SALE_CREDIT):
            summed[0][1][effect] += tax
    return kind, summed


def _journal(row: Row, accounts: Accounts) -> Read:
    return Kind.JOURNAL_ENTRY, journal_effects(row, accounts)


def _deposit(row: Row, accounts: Accounts) -> Read:
    """A bank deposit: a negative line is money that left again."""
    parts = []
    if accounts.role(ref(row, "DepositToAccountRef")) is Role.MONEY:
        for line in lines_of(row):
            detail, amount = line.get("DepositLineDetail") or {}, amount_of(line, "Amount")
            if amount < 0 and not line.get("LinkedTxn"):
                role = accounts.role(ref(detail, "AccountRef"))
                parts.append((payee_of(detail, "Entity"), _paid_for(role, -amount)))
    return Kind.DEPOSIT, _summed(parts)


def _invoice(row: Row, accounts: Accounts) -> Read:
    """An invoice of a product that is kept in a bank account: how a bounced check is charged."""
    bounced = ZERO
    for line in lines_of(row):
        detail = line.get("SalesItemLineDetail")
        if detail is not None and _line_role(detail, accounts) is Role.MONEY:
            bounced += amount_of(line, "Amount")
    effects = {Effect.PAYOUT: bounced, Effect.RECEIVABLE_OPEN: bounced}
    return Kind.INVOICE, [(ref(row, "CustomerRef"), effects)]


_READERS: dict[str, Callable[[Row, Accounts], Read]] = {
    "CreditMemo": _credit_memo,
    "RefundReceipt": _refund_receipt,
    "Purchase": _purchase,
    "JournalEntry": _journal,
    "Deposit": _deposit,
    "Invoice": _invoice,
}
ENTITIES = ("CreditMemo", "RefundReceipt", "Purchase", "JournalEntry", "Deposit")
"""What is entered to adjust a refund; invoices are read only where a bounce may be one."""


def linked_credits(row: Row, accounts: Accounts) -> Adjustment | None:
    """Return a payment of nothing that ties credits and payouts together; None for any other.

    QuickBooks makes one where it applies a credit. By itself it pays nothing back.
    """
    ties = [f"{entity}:{qbo_id}" for entity, qbo_id, _ in links_of(row)]
    if amount_of(row, "TotalAmt") or len(ties) < 2:
        return None
    return adjustment(
        "Payment",
        row,
        Kind.CREDITS_LINKED,
        ref(row, "CustomerRef"),
        {},
        home_currency=accounts.home_currency,
        ties=ties_of(row),
    )


def names_in(entity: str, row: Row) -> tuple[set[str], set[str]]:
    """Return the accounts and the products that a document posts to."""
    accounts = {ref(row, "DepositToAccountRef"), ref(row, "AccountRef")}
    products = set()
    for line in lines_of(row):
        for name in (
            "AccountBasedExpenseLineDetail",
            "JournalEntryLineDetail",
            "DepositLineDetail",
        ):
            accounts.add(ref(line.get(name) or {}, "AccountRef"))
        detail = line.get("SalesItemLineDetail") or {}
        accounts.add(ref(detail, "ItemAccountRef"))
        products.add(ref(detail, "ItemRef"))
    return accounts - {""}, products - {""}

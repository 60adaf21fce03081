"""Account: the chart of accounts."""

from sync.simulator.ledger.books import faults
from sync.simulator.ledger.books.books import Books, ref_value
from sync.simulator.ledger.books.draft import Draft
from sync.simulator.ledger.books.money import ZERO, currency_ref
from sync.simulator.ledger.lists.named import complete_tree

CLASSIFICATIONS = {
    "Bank": "Asset",
    "Accounts Receivable": "Asset",
    "Other Current Asset": "Asset",
    "Fixed Asset": "Asset",
    "Other Asset": "Asset",
    "Accounts Payable": "Liability",
    "Credit Card": "Liability",
    "Other Current Liability": "Liability",
    "Long Term Liability": "Liability",
    "Equity": "Equity",
    "Income": "Revenue",
    "Other Income": "Revenue",
    "Cost of Goods Sold": "Expense",
    "Expense": "Expense",
    "Other Expense": "Expense",
}
USUAL_SUBTYPES = {
    "Bank": "Checking",
    "Accounts Receivable": "AccountsReceivable",
    "Other Current Asset": "EmployeeCashAdvances",
    "Fixed Asset": "FurnitureAndFixtures",
    "Other Asset": "Licenses",
    "Accounts Payable": "AccountsPayable",
    "Credit Card": "CreditCard",
    "Other Current Liability": "OtherCurrentLiabilities",
    "Long Term Liability": "NotesPayable",
    "Equity": "OpeningBalanceEquity",
    "Income": "ServiceFeeIncome",
    "Other Income": "OtherMiscellaneousIncome",
    "Cost of Goods Sold": "SuppliesMaterialsCogs",
    "Expense": "OtherMiscellaneousServiceCost",
    "Other Expense": "OtherMiscellaneousExpense",
}


def complete_account(books: Books, draft: Draft) -> None:
    """Check an account: its type, and a number that is not taken."""
    body = draft.body
    if not body.get("AccountType") and body.get("AccountSubType") in USUAL_SUBTYPES.values():
        subtypes = {subtype: kind for kind, subtype in USUAL_SUBTYPES.items()}
        body["AccountType"] = subtypes[body["AccountSubType"]]
    draft.require("AccountType")
    if body["AccountType"] not in CLASSIFICATIONS:
        raise faults.enumeration("AccountType", body["AccountType"])
    complete_tree(books, draft)
    parent = books.get("Account", ref_value(body, "ParentRef") or "")
    if parent is not None and parent.body["AccountType"] != body["AccountType"]:
        raise faults.business("A sub-account must be of its parent's type.")
    body["Classification"] = CLASSIFICATIONS[body["AccountType"]]
    draft.default(AccountSubType=USUAL_SUBTYPES[body["AccountType"]])
    draft.default(CurrentBalance=ZERO)
    draft.default(CurrentBalanceWithSubAccounts=ZERO)
    draft.default(CurrencyRef=currency_ref(books.home_currency))
    _check_account_number(books, draft)


def _check_account_number(books: Books, draft: Draft) -> None:
    number = draft.body.get("AcctNum")
    own = draft.old.id if draft.old else None
    if number is None or (draft.old and draft.old.body.get("AcctNum") == number):
        return
    for account in books.every("Account"):
        if account.id != own and account.body.get("AcctNum") == number:
            raise faults.duplicate_name("account number")

"""The short lists: Item, Account, PaymentMethod, Term, Class, Department, tax codes and rates."""

from sync.simulator.ledger import faults
from sync.simulator.ledger.books import Books, ref_value
from sync.simulator.ledger.draft import Draft
from sync.simulator.ledger.money import ZERO, currency_ref
from sync.simulator.ledger.parties import place_in_tree

WHOSE = {
    "Item": "product or service",
    "Account": "account",
    "PaymentMethod": "payment method",
    "Term": "term",
    "Class": "class",
    "Department": "location",
}
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
CHILD_FLAGS = {
    "Item": "SubItem",
    "Account": "SubAccount",
    "Class": "SubClass",
    "Department": "SubDepartment",
}


def complete_named(books: Books, draft: Draft) -> None:
    """Check a PaymentMethod or Term: a name that is not taken."""
    draft.require("Name")
    draft.body["Name"] = draft.body["Name"].strip()
    draft.default(Active=True)
    if draft.kind == "PaymentMethod":
        draft.default(Type="NON_CREDIT_CARD")
    else:
        _complete_term(draft)
    _refuse_taken(books, draft, draft.body["Name"])


def _complete_term(draft: Draft) -> None:
    body = draft.body
    if "DueDays" in body and not 0 <= body["DueDays"] <= 999:
        raise faults.out_of_range("DueDays")
    if "DueDays" not in body and "DayOfMonthDue" not in body:
        raise faults.required("DueDays")
    body["Type"] = "STANDARD" if "DueDays" in body else "DATE_DRIVEN"


def complete_tree(books: Books, draft: Draft) -> None:
    """Check a Class, Department, Item or Account: its name and its place below its parent."""
    draft.require("Name")
    name = draft.body["Name"] = draft.body["Name"].strip()
    if ":" in name or "\t" in name or "\n" in name or (draft.kind == "Account" and '"' in name):
        raise faults.bad_name(name)
    draft.default(Active=True)
    flag = CHILD_FLAGS[draft.kind]
    if draft.given.get(flag) is False and "ParentRef" not in draft.given:
        draft.body.pop("ParentRef", None)
    place_in_tree(books, draft, "Name", 4)
    draft.body[flag] = "ParentRef" in draft.body
    if draft.kind in {"Class", "Department", "Account"}:
        draft.body.pop("Level", None)
    _refuse_taken(books, draft, draft.body["FullyQualifiedName"])


def _refuse_taken(books: Books, draft: Draft, name: str) -> None:
    other = books.named(draft.kind, name)
    if other is not None and other.id != (draft.old.id if draft.old else None):
        raise faults.duplicate_name(WHOSE[draft.kind])


def complete_item(books: Books, draft: Draft) -> None:
    """Check an item: its type and the accounts that type needs."""
    complete_tree(books, draft)
    body = draft.body
    draft.default(Type="NonInventory" if "ExpenseAccountRef" in body else "Service")
    kind = body["Type"]
    if kind == "Category":
        body.pop("UnitPrice", None)
        return
    if kind in {"Service", "NonInventory"} and "ExpenseAccountRef" not in body:
        draft.require("IncomeAccountRef")
    if kind == "Inventory":
        draft.require("IncomeAccountRef", "ExpenseAccountRef", "AssetAccountRef", "InvStartDate")
        draft.require("QtyOnHand")
    _check_accounts(books, draft)
    draft.default(Taxable=False)
    draft.default(UnitPrice=ZERO)
    draft.default(PurchaseCost=ZERO)
    body["TrackQtyOnHand"] = kind == "Inventory"


def _check_accounts(books: Books, draft: Draft) -> None:
    wanted = {"IncomeAccountRef": {"Income", "Other Income"}}
    if draft.body["Type"] == "Inventory":
        wanted["AssetAccountRef"] = {"Other Current Asset"}
        wanted["ExpenseAccountRef"] = {"Cost of Goods Sold"}
    for name, types in wanted.items():
        account = books.get("Account", ref_value(draft.body, name) or "")
        if account is not None and account.body["AccountType"] not in types:
            raise faults.business(
                f"{name} must be an account of type {' or '.join(sorted(types))}."
            )


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


def complete_company(books: Books, draft: Draft) -> None:
    """CompanyInfo has nothing to compute."""
    del books
    draft.require("CompanyName")

"""Item: products and services."""

from sync.simulator.ledger.books import faults
from sync.simulator.ledger.books.books import Books, ref_value
from sync.simulator.ledger.books.draft import Draft
from sync.simulator.ledger.books.money import ZERO
from sync.simulator.ledger.lists.named import complete_tree


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

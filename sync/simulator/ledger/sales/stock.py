"""Quantities on hand of inventory items, moved by sales and returns."""

from collections import defaultdict
from decimal import Decimal

from sync.simulator.ledger.books.books import Books, Document, ref_value
from sync.simulator.ledger.books.money import ZERO, plain

OUT = {"Invoice": -1, "SalesReceipt": -1, "CreditMemo": 1, "RefundReceipt": 1}


def move_stock(books: Books, old: Document | None, new: Document | None) -> None:
    """Change QtyOnHand by what the new document sells beyond the old one."""
    moved: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for document, sign in ((old, -1), (new, 1)):
        if document is None or document.kind not in OUT:
            continue
        for line in document.body["Line"]:
            detail = line.get("SalesItemLineDetail") or {}
            item_id = ref_value(detail, "ItemRef")
            if item_id is not None and detail.get("Qty"):
                moved[item_id] += sign * OUT[document.kind] * detail["Qty"]
    for item_id, quantity in moved.items():
        item = books.get("Item", item_id)
        if quantity and item is not None and item.body.get("Type") == "Inventory":
            books.amend(item, QtyOnHand=plain(Decimal(item.body["QtyOnHand"]) + quantity))

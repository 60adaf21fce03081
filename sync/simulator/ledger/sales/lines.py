"""The lines of a sales document: items, groups, discounts, and what of them is taxed."""

from collections.abc import Callable
from decimal import Decimal

from sync.simulator.ledger.books import faults
from sync.simulator.ledger.books.books import Books, Document, ref_value
from sync.simulator.ledger.books.draft import Draft, check_feature, number_lines
from sync.simulator.ledger.books.money import ZERO, cents, plain
from sync.simulator.ledger.books.references import named
from sync.simulator.ledger.tax.codes import set_line_code
from sync.simulator.ledger.tax.inclusive import net_of_line
from sync.simulator.ledger.tax.taxed import Taxed
from sync.simulator.wire import Json

DETAILS = {
    "SalesItemLineDetail",
    "DiscountLineDetail",
    "DescriptionOnly",
    "GroupLineDetail",
    "SubTotalLineDetail",
}


def complete_lines(books: Books, draft: Draft) -> list[Taxed]:
    """Rebuild the lines; give what each sells and its tax code ("" where it has none)."""
    sold: list[Taxed] = []
    lines = []
    for given in draft.body["Line"]:
        line = dict(given)
        kind = line.get("DetailType")
        if kind is None:
            raise faults.required("Line.DetailType")
        if kind not in DETAILS:
            raise faults.business(f"A {draft.kind} cannot have a line of type {kind}.")
        if kind == "SubTotalLineDetail":
            continue
        if kind == "SalesItemLineDetail":
            sold.append(_complete_item_line(books, draft, line))
        elif kind == "GroupLineDetail":
            _complete_group(books, draft, line, sold)
        line.pop("LinkedTxn", None)
        lines.append(line)
    if not lines:
        raise faults.required("Line")
    subtotal = amount_of(lines, is_sale)
    _complete_discounts(books, lines, subtotal)
    if not books.is_us or draft.body.get("ApplyTaxAfterDiscount"):
        off = amount_of(lines, is_discount)
        sold = _spread_discount(off, sold)
    number_lines(draft, lines)
    end = {"Amount": cents(subtotal), "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}
    discounts = [line for line in lines if is_discount(line)]
    draft.body["Line"] = [line for line in lines if line not in discounts] + [end] + discounts
    if books.switches.shapes == "recorded":
        draft.body["Line"] = [{**line, "CustomExtensions": []} for line in draft.body["Line"]]
    return sold


def amount_of(lines: list[Json], chosen: Callable[[Json], bool]) -> Decimal:
    """The sum of the lines of one sort."""
    return sum((line.get("Amount", ZERO) for line in lines if chosen(line)), ZERO)


def is_sale(line: Json) -> bool:
    """Whether a line sells something."""
    return line["DetailType"] in {"SalesItemLineDetail", "GroupLineDetail"}


def _complete_item_line(books: Books, draft: Draft, line: Json) -> Taxed:
    if "Amount" not in line:
        raise faults.required("Line.Amount")
    detail = dict(line.get("SalesItemLineDetail") or {})
    item = books.get("Item", ref_value(detail, "ItemRef") or "")
    if item is None:
        line["DetailType"] = "DescriptionOnly"  # a line without an item is only documentation
        line.pop("SalesItemLineDetail", None)
        line.pop("Amount")
        line["DescriptionLineDetail"] = {}
        return Taxed("NON", ZERO)
    _check_item(draft, item)
    check_product(line["Amount"], detail)
    for name in ("Qty", "UnitPrice"):
        if name in detail:
            detail[name] = plain(detail[name])
    line_features = Draft(draft.kind, detail, detail)
    check_feature(
        books, line_features, ["ClassRef"], "AccountingInfoPrefs", "ClassTrackingPerTxnLine"
    )
    set_line_code(books, detail)
    _name_account(books, item, detail)
    sold = net_of_line(books, draft, line, detail)
    line["Amount"] = sold.net
    line["SalesItemLineDetail"] = detail
    return sold


def _name_account(books: Books, item: Document, detail: Json) -> None:
    """Show the account that the item's sales go to."""
    account = item.body.get("IncomeAccountRef")
    if account is not None and books.switches.shapes == "recorded":
        detail["ItemAccountRef"] = account


def _check_item(draft: Draft, item: Document) -> None:
    if item.body.get("Type") == "Category":
        raise faults.business("A category cannot be used on a transaction.")
    started = item.body.get("InvStartDate")
    if item.body.get("Type") == "Inventory" and started and draft.body["TxnDate"] < started:
        raise faults.before_inventory_start()


def check_product(amount: Decimal, detail: Json) -> None:
    """Refuse a line whose amount is not quantity times price, where both are given and not 0."""
    quantity, price = detail.get("Qty"), detail.get("UnitPrice")
    amounts = [cents(each) for each in (amount, detail.get("TaxInclusiveAmt")) if each is not None]
    if quantity and price and cents(quantity * price) not in amounts:
        raise faults.wrong_amount(amount, "Line.Amount")


def _complete_group(books: Books, draft: Draft, line: Json, sold: list[Taxed]) -> None:
    detail = dict(line.get("GroupLineDetail") or {})
    inner = [dict(each) for each in detail.get("Line", [])]
    sold += [_complete_item_line(books, draft, each) for each in inner]
    number_lines(draft, inner)
    detail["Line"] = inner
    line["GroupLineDetail"] = detail
    line["Amount"] = cents(sum((each.get("Amount", ZERO) for each in inner), ZERO))


def is_discount(line: Json) -> bool:
    """Whether a line takes something off."""
    return bool(line["DetailType"] == "DiscountLineDetail")


def _complete_discounts(books: Books, lines: list[Json], subtotal: Decimal) -> None:
    for line in filter(is_discount, lines):
        if not books.preference("SalesFormsPrefs", "AllowDiscount"):
            raise faults.business("Discounts are turned off for this company.")
        detail = dict(line.get("DiscountLineDetail") or {})
        if detail.get("PercentBased"):
            percent = detail.get("DiscountPercent", ZERO)
            line["Amount"] = cents(subtotal * percent / 100)
            detail["DiscountPercent"] = plain(Decimal(percent))
        if "Amount" not in line:
            raise faults.required("Line.Amount")
        line["Amount"] = cents(line["Amount"])
        account = books.preference("SalesFormsPrefs", "DefaultDiscountAccount")
        found = books.get("Account", str(account)) if account else None
        if "DiscountAccountRef" not in detail and found is not None:
            detail["DiscountAccountRef"] = named(books, found)
        line["DiscountLineDetail"] = detail


def _spread_discount(discount: Decimal, sold: list[Taxed]) -> list[Taxed]:
    """Lower the taxable amounts in proportion, to the cent."""
    before = sum((each.net for each in sold), ZERO)
    if not before or not discount:
        return sold
    left, lowered = discount, []
    for position, each in enumerate(sold, 1):
        share = left if position == len(sold) else cents(discount * each.net / before)
        left -= share
        lowered.append(Taxed(each.code, each.net - share))
    return lowered

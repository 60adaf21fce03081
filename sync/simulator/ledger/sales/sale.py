"""Sales documents: Invoice, SalesReceipt, CreditMemo, RefundReceipt."""

from collections import defaultdict
from decimal import Decimal

from sync.simulator.ledger.books import faults
from sync.simulator.ledger.books.books import Books, Document, ref_value
from sync.simulator.ledger.books.draft import (
    Draft,
    check_customer_currency,
    check_email,
    check_feature,
    complete_header,
    due_date,
    number_addresses,
    number_lines,
)
from sync.simulator.ledger.books.money import ZERO, cents, plain
from sync.simulator.ledger.books.postings import undeposited_funds
from sync.simulator.ledger.books.references import named
from sync.simulator.ledger.tax.sales_tax import set_line_code, set_tax
from sync.simulator.wire import Json

DETAILS = {
    "SalesItemLineDetail",
    "DiscountLineDetail",
    "DescriptionOnly",
    "GroupLineDetail",
    "SubTotalLineDetail",
}


def complete_sale(books: Books, draft: Draft) -> None:
    """Check a sales document and fill in what QuickBooks computes."""
    draft.require("Line")
    if draft.kind in {"Invoice", "CreditMemo"}:
        draft.require("CustomerRef")
    if draft.kind == "RefundReceipt":
        draft.require("DepositToAccountRef")
    complete_header(books, draft)
    check_customer_currency(books, draft)
    _check_features(books, draft)
    _complete_addresses(books, draft)
    taxable = _complete_lines(books, draft)
    tax = set_tax(books, draft, taxable)
    _complete_totals(books, draft, tax)
    _complete_rest(books, draft)


def _check_features(books: Books, draft: Draft) -> None:
    check_feature(books, draft, ["ClassRef"], "AccountingInfoPrefs", "ClassTrackingPerTxn")
    check_feature(books, draft, ["Deposit"], "SalesFormsPrefs", "AllowDeposit")
    if draft.body.get("EmailStatus") == "NeedToSend" and not draft.body.get("BillEmail"):
        raise faults.required("BillEmail")
    if draft.body.get("BillEmail"):
        check_email(draft.body["BillEmail"].get("Address", ""))


def _complete_addresses(books: Books, draft: Draft) -> None:
    customer = books.get("Customer", ref_value(draft.body, "CustomerRef") or "")
    for name in ("BillAddr", "ShipAddr"):
        if customer is not None and name in customer.body:
            draft.default(**{name: customer.body[name]})
    number_addresses(books, draft)


def _complete_lines(books: Books, draft: Draft) -> dict[str, Decimal]:
    """Rebuild the lines; give the net taxable amount by line tax code ("" where it has none)."""
    nets: dict[str, Decimal] = defaultdict(lambda: ZERO)
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
            code = _complete_item_line(books, draft, line)
            nets[code] += line.get("Amount", ZERO)
        elif kind == "GroupLineDetail":
            _complete_group(books, draft, line, nets)
        line.pop("LinkedTxn", None)
        lines.append(line)
    if not lines:
        raise faults.required("Line")
    subtotal = sum((line.get("Amount", ZERO) for line in lines if _is_sale(line)), ZERO)
    _complete_discounts(books, lines, subtotal)
    if not books.is_us or draft.body.get("ApplyTaxAfterDiscount"):
        off = sum((line["Amount"] for line in lines if _is_discount(line)), ZERO)
        _spread_discount(off, nets)
    number_lines(draft, lines)
    end = {"Amount": cents(subtotal), "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}
    discounts = [line for line in lines if _is_discount(line)]
    draft.body["Line"] = [line for line in lines if line not in discounts] + [end] + discounts
    return dict(nets)


def _is_sale(line: Json) -> bool:
    return line["DetailType"] in {"SalesItemLineDetail", "GroupLineDetail"}


def _complete_item_line(books: Books, draft: Draft, line: Json) -> str:
    if "Amount" not in line:
        raise faults.required("Line.Amount")
    detail = dict(line.get("SalesItemLineDetail") or {})
    item = books.get("Item", ref_value(detail, "ItemRef") or "")
    if item is None:
        line["DetailType"] = "DescriptionOnly"  # a line without an item is only documentation
        line.pop("SalesItemLineDetail", None)
        line.pop("Amount")
        line["DescriptionLineDetail"] = {}
        return "NON"
    _check_item(draft, item)
    check_product(line["Amount"], detail)
    line["Amount"] = cents(line["Amount"])
    for name in ("Qty", "UnitPrice"):
        if name in detail:
            detail[name] = plain(detail[name])
    line_features = Draft(draft.kind, detail, detail)
    check_feature(
        books, line_features, ["ClassRef"], "AccountingInfoPrefs", "ClassTrackingPerTxnLine"
    )
    set_line_code(books, detail)
    line["SalesItemLineDetail"] = detail
    return ref_value(detail, "TaxCodeRef") or ""


def _check_item(draft: Draft, item: Document) -> None:
    if item.body.get("Type") == "Category":
        raise faults.business("A category cannot be used on a transaction.")
    started = item.body.get("InvStartDate")
    if item.body.get("Type") == "Inventory" and started and draft.body["TxnDate"] < started:
        raise faults.before_inventory_start()


def check_product(amount: Decimal, detail: Json) -> None:
    """Refuse a line whose amount is not quantity times price, where both are given and not 0."""
    quantity, price = detail.get("Qty"), detail.get("UnitPrice")
    if quantity and price and cents(quantity * price) != cents(amount):
        raise faults.wrong_amount(amount, "Line.Amount")


def _complete_group(books: Books, draft: Draft, line: Json, nets: dict[str, Decimal]) -> None:
    detail = dict(line.get("GroupLineDetail") or {})
    inner = [dict(each) for each in detail.get("Line", [])]
    for each in inner:
        nets[_complete_item_line(books, draft, each)] += each.get("Amount", ZERO)
    number_lines(draft, inner)
    detail["Line"] = inner
    line["GroupLineDetail"] = detail
    line["Amount"] = cents(sum((each.get("Amount", ZERO) for each in inner), ZERO))


def _is_discount(line: Json) -> bool:
    return bool(line["DetailType"] == "DiscountLineDetail")


def _complete_discounts(books: Books, lines: list[Json], subtotal: Decimal) -> None:
    for line in filter(_is_discount, lines):
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
            detail["DiscountAccountRef"] = named(found)
        line["DiscountLineDetail"] = detail


def _spread_discount(discount: Decimal, nets: dict[str, Decimal]) -> None:
    """Lower the taxable amounts in proportion, to the cent."""
    before = sum(nets.values(), ZERO)
    if not before:
        return
    left = discount
    codes = list(nets)
    for position, code in enumerate(codes, 1):
        share = left if position == len(codes) else cents(discount * nets[code] / before)
        nets[code] -= share
        left -= share


def _complete_totals(books: Books, draft: Draft, tax: Decimal) -> None:
    lines = draft.body["Line"]
    sold = sum((line.get("Amount", ZERO) for line in lines if _is_sale(line)), ZERO)
    off = sum((line["Amount"] for line in lines if _is_discount(line)), ZERO)
    total = cents(sold - off + tax)
    if total < 0:
        raise faults.business("Transaction amount must be 0 or greater.")
    draft.body["TotalAmt"] = total
    if books.multicurrency:
        draft.body["HomeTotalAmt"] = cents(total * draft.body["ExchangeRate"])
    if draft.kind in {"Invoice", "CreditMemo"}:
        _complete_balance(books, draft, total)
    else:
        draft.body["Balance"] = ZERO
        if draft.kind == "SalesReceipt":
            draft.default(DepositToAccountRef=named(undeposited_funds(books)))


def _complete_balance(books: Books, draft: Draft, total: Decimal) -> None:
    deposit = cents(draft.body.get("Deposit") or ZERO)
    applied = applied_to(draft.old) if draft.old else ZERO
    balance = cents(total - deposit - applied)
    if balance < 0:
        raise faults.business("The amount applied to this transaction is greater than its total.")
    draft.body["Balance"] = balance
    if deposit:
        draft.body["Deposit"] = deposit
    else:
        draft.body.pop("Deposit", None)
    if books.multicurrency:
        draft.body["HomeBalance"] = cents(balance * draft.body["ExchangeRate"])
    if draft.kind == "CreditMemo":
        draft.body["RemainingCredit"] = balance


def applied_to(document: Document) -> Decimal:
    """How much payments or credits have taken off a document's balance."""
    body = document.body
    return cents(body["TotalAmt"] - (body.get("Deposit") or ZERO) - body["Balance"])


def _complete_rest(books: Books, draft: Draft) -> None:
    draft.default(PrintStatus="NeedToPrint")
    draft.default(EmailStatus="NotSet")
    draft.default(ApplyTaxAfterDiscount=False)
    draft.default(CustomField=[])
    draft.body["CustomField"] = custom_fields(books, draft.body["CustomField"])
    if books.is_us:
        draft.body.pop("GlobalTaxCalculation", None)
    else:
        draft.default(GlobalTaxCalculation="TaxExcluded")
    if draft.kind == "Invoice":
        _complete_invoice(books, draft)


def _complete_invoice(books: Books, draft: Draft) -> None:
    draft.default(
        AllowOnlinePayment=False, AllowOnlineCreditCardPayment=False, AllowOnlineACHPayment=False
    )
    draft.body["AllowIPNPayment"] = False
    draft.body.pop("ARAccountRef", None)
    draft.body.setdefault("LinkedTxn", [])
    if not draft.body.get("Deposit"):
        draft.body.pop("DepositToAccountRef", None)
    customer = books.get("Customer", str(ref_value(draft.body, "CustomerRef")))
    theirs = ref_value(customer.body, "SalesTermRef") if customer else None
    term = ref_value(draft.body, "SalesTermRef")
    if term is None and theirs is not None and draft.old is None:
        term = theirs
        found = books.get("Term", theirs)
        if found is not None:
            draft.body["SalesTermRef"] = named(found)
    draft.default(DueDate=due_date(books, draft.body, term))


def custom_fields(books: Books, given: list[Json]) -> list[Json]:
    """The company's custom fields for sales forms, with the values sent for them."""
    sent = {field.get("DefinitionId"): field for field in given}
    defined = books.preferences.get("SalesFormsPrefs", {}).get("CustomField", [])
    names = [
        (entry["Name"].rsplit("CustomName", 1)[1], entry["StringValue"])
        for group in defined
        for entry in group.get("CustomField", [])
        if "SalesCustomName" in entry["Name"]
    ]
    fields = []
    for definition, name in names:
        value = sent.get(definition, {}).get("StringValue")
        entry = {"DefinitionId": definition, "Name": name, "Type": "StringType"}
        fields.append(entry if value is None else entry | {"StringValue": value})
    return fields

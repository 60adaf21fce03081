"""Sales documents: Invoice, SalesReceipt, CreditMemo, RefundReceipt."""

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
)
from sync.simulator.ledger.books.money import ZERO, cents
from sync.simulator.ledger.books.postings import undeposited_funds
from sync.simulator.ledger.books.references import named
from sync.simulator.ledger.sales.lines import amount_of, complete_lines, is_discount, is_sale
from sync.simulator.ledger.tax.sales_tax import set_tax
from sync.simulator.wire import Json


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
    tax = set_tax(books, draft, complete_lines(books, draft))
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


def _complete_totals(books: Books, draft: Draft, tax: Decimal) -> None:
    lines = draft.body["Line"]
    total = cents(amount_of(lines, is_sale) - amount_of(lines, is_discount) + tax)
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
            draft.default(DepositToAccountRef=named(books, undeposited_funds(books)))


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
    online = bool(books.preference("SalesFormsPrefs", "ETransactionPaymentEnabled"))
    draft.default(
        AllowOnlinePayment=online, AllowOnlineCreditCardPayment=online, AllowOnlineACHPayment=online
    )
    if books.switches.shapes == "recorded":
        draft.default(FreeFormAddress=True)
        draft.default(ShipFromAddr=_ship_from(books))
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
            draft.body["SalesTermRef"] = named(books, found)
    draft.default(DueDate=due_date(books, draft.body, term))


def _ship_from(books: Books) -> Json | None:
    """The company's own address in the two lines that a form shows."""
    company = books.get("CompanyInfo", "1")
    address = company.body.get("CompanyAddr") if company else None
    if address is None:
        return None
    city, state, code = (
        address.get(name, "") for name in ("City", "CountrySubDivisionCode", "PostalCode")
    )
    shown = {name: address[name] for name in ("Id", "Line1") if name in address}
    return shown | {"Line2": f"{city}, {state}  {code}"}


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

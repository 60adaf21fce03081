"""The bodies that create a customer, an invoice and a payment, and the bytes of any body.

A body has only the fields we mean. Numbers are exact: the standard JSON encoder knows only floats
and strings for a Decimal.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sync.quickbooks import library
from sync.quickbooks.documents.names import FORBIDDEN_IN_NAMES, name_problem
from sync.quickbooks.documents.shapes import (
    Address,
    CustomerDocument,
    DocumentError,
    InvoiceDocument,
    LineDocument,
    PaymentDocument,
)
from sync.words import stored

# Both lengths are Intuit's: DocNumber by its reference, PaymentRefNum by the shortest one seen.
LONGEST_NUMBER = 21
LONGEST_REFERENCE = 21
EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")

# A paid invoice must ask nobody for money: no link to pay it, and no mail by QuickBooks.
ASKS_NOBODY: dict[str, bool | str] = {
    "AllowOnlinePayment": False,
    "AllowOnlineCreditCardPayment": False,
    "AllowOnlineACHPayment": False,
    "AllowIPNPayment": False,
    "EmailStatus": "NotSet",
}

Body = dict[str, Any]
# Made once: json.dumps would make an encoder for each of the words.
_text = json.JSONEncoder(ensure_ascii=False).encode


def customer_body(doc: CustomerDocument) -> Body:
    """A new customer, marked in Notes."""
    _check_customer(doc)
    return library.part(
        library.Customer,
        DisplayName=doc.display_name,
        **_given(
            GivenName=doc.given_name, FamilyName=doc.family_name, CompanyName=doc.company_name
        ),
        **_contact(doc),
        **_ref_if("CurrencyRef", doc.currency),
        Notes=doc.marker,
    )


def invoice_body(doc: InvoiceDocument) -> Body:
    """A new invoice, marked in PrivateNote; every line says how it is taxed."""
    _check_invoice(doc)
    body = library.part(
        library.Invoice,
        DocNumber=doc.number,
        CustomerRef=_ref(doc.customer_id),
        TxnDate=doc.issued_on.isoformat(),
        **_ref_if("SalesTermRef", doc.term_id),
        **_given(DueDate=doc.due_on.isoformat() if doc.due_on else ""),
        Line=[*map(_line, doc.lines), *_discount_lines(doc)],
        TxnTaxDetail=_tax_detail(doc),
        **({"ApplyTaxAfterDiscount": True} if doc.taxes_after_discount else {}),
        **_ship_to(doc.ship_to),
        **_ref_if("ClassRef", doc.class_id),
        **_ref_if("DepartmentRef", doc.department_id),
        **_ref_if("CurrencyRef", doc.currency),
        **_rate_if(doc.exchange_rate),
        **_given(GlobalTaxCalculation=doc.global_tax),
        PrivateNote=doc.marker,
    )
    return {**body, **ASKS_NOBODY}  # the library knows four of the five


def payment_body(doc: PaymentDocument) -> Body:
    """A new payment at the gross amount, applied to one invoice as far as `applied` goes."""
    _check_payment(doc)
    return library.part(
        library.Payment,
        CustomerRef=_ref(doc.customer_id),
        TotalAmt=doc.amount,
        TxnDate=doc.received_on.isoformat(),
        **_applied_lines(doc),
        **_ref_if("PaymentMethodRef", doc.method_id),
        **_ref_if("DepositToAccountRef", doc.deposit_account_id),
        **_given(PaymentRefNum=fit_reference(doc.reference)),
        **_ref_if("CurrencyRef", doc.currency),
        **_rate_if(doc.exchange_rate),
        PrivateNote=_note(doc),
    )


def fit_reference(reference: str) -> str:
    """What QuickBooks shows of a reference: the last 21 characters, which tell it from others."""
    return reference[-LONGEST_REFERENCE:]


def _note(doc: PaymentDocument) -> str:
    is_whole = fit_reference(doc.reference) == doc.reference
    # It stands in the books and is looked for there: the same in every language.
    return doc.marker if is_whole else f"{doc.marker} Reference: {doc.reference}"


def _line(line: LineDocument) -> Body:
    return library.part(
        library.SalesItemLine,
        DetailType="SalesItemLineDetail",
        Amount=line.amount,
        **_given(Description=line.description),
        SalesItemLineDetail=library.part(
            library.SalesItemLineDetail,
            ItemRef=_ref(line.item_id),
            **_price(line),
            TaxCodeRef=_ref(line.tax_code_id),
            **_inclusive(line),
            **_ref_if("ClassRef", line.class_id),
        ),
    )


def _tax_detail(doc: InvoiceDocument) -> Body:
    lines = [
        library.part(
            library.TaxLine,
            Amount=line.amount,
            DetailType="TaxLineDetail",
            TaxLineDetail=library.part(
                library.TaxLineDetail,
                TaxRateRef=_ref(line.rate_id),
                PercentBased=False,
                NetAmountTaxable=line.net,
            ),
        )
        for line in doc.tax_lines
    ]
    return library.part(
        library.TxnTaxDetail,
        TotalTax=doc.tax_total,
        **_ref_if("TxnTaxCodeRef", doc.tax_code_id),
        **({"TaxLine": lines} if lines else {}),
    )


def invoice_update_body(doc: InvoiceDocument, invoice_id: str, sync_token: str) -> Body:
    """A sparse update of an invoice to what it is to be: all lines are replaced by these."""
    taxes = {"ApplyTaxAfterDiscount": doc.taxes_after_discount} if doc.discount else {}
    head = {"Id": invoice_id, "SyncToken": sync_token, "sparse": True}
    return {**invoice_body(doc), **taxes, **head}


def tax_update_body(invoice_id: str, sync_token: str, total: Decimal, code_id: str = "") -> Body:
    """A sparse update of an invoice that sets its tax alone.

    Intuit's own sample of an overridden tax is such an update.
    """
    detail = library.part(library.TxnTaxDetail, TotalTax=total, **_ref_if("TxnTaxCodeRef", code_id))
    return {"Id": invoice_id, "SyncToken": sync_token, "sparse": True, "TxnTaxDetail": detail}


def _inclusive(line: LineDocument) -> Body:
    return {} if line.inclusive_amount is None else {"TaxInclusiveAmt": line.inclusive_amount}


def _price(line: LineDocument) -> Body:
    """Quantity and price only when they make the amount: QuickBooks refuses them otherwise."""
    if line.quantity is None or line.unit_price is None:
        return {}
    if line.quantity * line.unit_price != line.amount:
        return {}
    return {"Qty": line.quantity, "UnitPrice": line.unit_price}


def _discount_lines(doc: InvoiceDocument) -> list[Body]:
    if not doc.discount:
        return []
    detail = library.part(
        library.DiscountLineDetail,
        PercentBased=False,
        **_ref_if("DiscountAccountRef", doc.discount_account_id),
    )
    return [
        library.part(
            library.DiscountLine,
            DetailType="DiscountLineDetail",
            Amount=doc.discount,
            DiscountLineDetail=detail,
        )
    ]


def _applied_lines(doc: PaymentDocument) -> Body:
    if not doc.applied:
        return {}
    invoice = library.part(library.LinkedTxn, TxnId=doc.invoice_id, TxnType="Invoice")
    return {"Line": [library.part(library.PaymentLine, Amount=doc.applied, LinkedTxn=[invoice])]}


def _contact(doc: CustomerDocument) -> Body:
    email = {"PrimaryEmailAddr": library.part(library.EmailAddress, Address=doc.email)}
    phone = {"PrimaryPhone": library.part(library.PhoneNumber, FreeFormNumber=doc.phone)}
    address = _address(Address(doc.line1, doc.city, doc.region, doc.postal_code, doc.country))
    return {
        **(email if doc.email else {}),
        **(phone if doc.phone else {}),
        **({"BillAddr": address} if address else {}),
    }


def _ship_to(address: Address) -> Body:
    """Where it is shipped to, which automated tax goes by; QuickBooks knows it where we do not."""
    return {"ShipAddr": _address(address)} if address.region else {}


def _address(address: Address) -> Body:
    return library.part(
        library.Address,
        **_given(
            Line1=address.line1,
            City=address.city,
            CountrySubDivisionCode=address.region,
            PostalCode=address.postal_code,
            Country=address.country,
        ),
    )


def _check_customer(doc: CustomerDocument) -> None:
    """Refuse what QuickBooks does; without the texts, as an error may end in a log."""
    if name_problem(doc.display_name, latin1_only=False):
        raise DocumentError(
            stored("QuickBooks does not take this customer's name. Correct the name.")
        )
    parts = {
        stored("given name"): doc.given_name,
        stored("family name"): doc.family_name,
        stored("company name"): doc.company_name,
    }
    for what, text in parts.items():
        if any(sign in text for sign in FORBIDDEN_IN_NAMES):
            raise DocumentError(
                stored(
                    "The customer's %(what)s has a colon, a tab or a line break in it, which "
                    "QuickBooks does not allow. Take it out.",
                    what=what,
                )
            )
    emails = doc.email.split(",") if doc.email else []
    if not all(EMAIL.fullmatch(email.strip()) for email in emails):
        raise DocumentError(
            stored(
                "QuickBooks does not take the customer's e-mail address: it needs an @ and, "
                "after it, a dot. Correct the address."
            )
        )


def _check_invoice(doc: InvoiceDocument) -> None:
    if not 0 < len(doc.number) <= LONGEST_NUMBER:
        raise DocumentError(
            stored(
                "Invoice number “%(number)s” has %(count)s characters; QuickBooks takes 1 to "
                "%(longest)s. Change the number.",
                number=doc.number,
                count=len(doc.number),
                longest=LONGEST_NUMBER,
            )
        )
    if not doc.lines:
        raise DocumentError(
            stored("Invoice %(number)s has no lines. Add what was sold.", number=doc.number)
        )
    comes_to = sum((line.amount for line in doc.lines), Decimal(0)) - doc.discount + doc.tax_total
    if comes_to != doc.total:
        raise DocumentError(
            stored(
                "Invoice %(number)s says %(total)s, but its lines, discount and tax come to "
                "%(comes_to)s. Correct the invoice.",
                number=doc.number,
                total=str(doc.total),
                comes_to=comes_to,
            )
        )


def _check_payment(doc: PaymentDocument) -> None:
    if doc.amount <= 0 or not 0 <= doc.applied <= doc.amount:
        raise DocumentError(
            stored(
                "A payment of %(amount)s cannot apply %(applied)s to an invoice. Correct the "
                "payment.",
                amount=doc.amount,
                applied=doc.applied,
            )
        )
    if doc.applied and not doc.invoice_id:
        raise DocumentError(
            stored("A payment is applied to an invoice that is not in QuickBooks yet.")
        )


def _ref(value: str) -> Body:
    return library.part(library.Ref, value=value)


def _ref_if(name: str, value: str) -> Body:
    return {name: _ref(value)} if value else {}


def _rate_if(rate: Decimal | None) -> Body:
    return {} if rate is None else {"ExchangeRate": rate}


def _given(**texts: str) -> Body:
    return {name: text for name, text in texts.items() if text}


def dump(body: Mapping[str, Any]) -> bytes:
    """The same bytes for the same document, each Decimal a number with the digits it has."""
    return _written(body).encode("utf-8")


def _written(value: Any) -> str:
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, str):
        return _text(value)
    if value is None or isinstance(value, bool | int):
        return json.dumps(value)
    if isinstance(value, Mapping):
        return "{" + ",".join(_member(key, item) for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_written, value)) + "]"
    raise TypeError(f"{type(value).__name__} is not sent to QuickBooks")


def _member(key: Any, value: Any) -> str:
    if not isinstance(key, str):
        raise TypeError("a property's name is a string")
    return f"{_text(key)}:{_written(value)}"


def _number(value: Decimal) -> str:
    if not value.is_finite():
        raise ValueError("only a finite amount can be sent to QuickBooks")
    return format(value, "f")

"""Confirmed content and a company's mappings, put together as what QuickBooks is sent."""

from datetime import date
from decimal import Decimal
from typing import Protocol

from sync.exports.documents.confirmed_content import Content
from sync.mappings.mappings import Mappings
from sync.models import QuickBooksCompany, SyncRecord
from sync.quickbooks.documents import (
    CustomerDocument,
    InvoiceDocument,
    LineDocument,
    PaymentDocument,
    customer_body,
    invoice_body,
    payment_body,
    us_tax,
)

Document = CustomerDocument | InvoiceDocument | PaymentDocument
ENTITY = {
    SyncRecord.Kind.CUSTOMER: "Customer",
    SyncRecord.Kind.INVOICE: "Invoice",
    SyncRecord.Kind.PAYMENT: "Payment",
}


class NotMapped(Exception):
    """A word of ours has no counterpart in QuickBooks; the text names it and what to do."""


class Parents(Protocol):
    """The QuickBooks ids of what a document refers to, empty where it refers to none."""

    @property
    def customer_id(self) -> str: ...

    @property
    def invoice_id(self) -> str: ...


def document_of(record: SyncRecord, mappings: Mappings, parents: Parents) -> Document:
    """Return a record's document as QuickBooks takes it."""
    if record.kind == SyncRecord.Kind.CUSTOMER:
        return _customer(record)
    if record.kind == SyncRecord.Kind.INVOICE:
        return _invoice(record, mappings, parents.customer_id)
    return _payment(record, mappings, parents.customer_id, parents.invoice_id)


def body_of(document: Document) -> dict[str, object]:
    """Return the body that creates the document."""
    if isinstance(document, CustomerDocument):
        return customer_body(document)
    if isinstance(document, InvoiceDocument):
        return invoice_body(document)
    return payment_body(document)


def _currency(company: QuickBooksCompany, content: Content) -> str:
    return content["currency"] if company.is_multicurrency else ""


def _customer(record: SyncRecord) -> CustomerDocument:
    content = record.content
    return CustomerDocument(
        display_name=content["display_name"],
        given_name=content["given_name"],
        family_name=content["family_name"],
        company_name=content["company_name"],
        email=content["email"],
        phone=content["phone"],
        line1=content["address"],
        city=content["city"],
        region=content["region"],
        postal_code=content["postal_code"],
        country=content["country"],
        currency=_currency(record.company, content),
        marker=record.marker,
    )


def _invoice(record: SyncRecord, mappings: Mappings, customer_id: str) -> InvoiceDocument:
    content, company = record.content, record.company
    issued_on = date.fromisoformat(content["issued_on"])
    due_on = date.fromisoformat(content["due_on"]) if content["due_on"] else None
    class_id = mappings.class_id if company.tracks_classes_per_line else ""
    codes = [_tax_code(line, mappings) for line in content["lines"]]
    discount = Decimal(content["discount_total"])
    if discount and not mappings.discount_account_id:
        raise NotMapped("No account is chosen for discounts. Choose one in the mappings.")
    return InvoiceDocument(
        number=content["number"],
        customer_id=customer_id,
        issued_on=issued_on,
        due_on=due_on,
        term_id=mappings.term_id(issued_on, due_on),
        lines=tuple(
            _line(line, us_tax.line_code(code) if company.is_us else code, mappings, class_id)
            for line, code in zip(content["lines"], codes, strict=True)
        ),
        discount=discount,
        discount_account_id=mappings.discount_account_id or "",
        tax_total=Decimal(content["tax_total"]),
        tax_code_id=us_tax.invoice_code(codes) if company.is_us else "",
        class_id=mappings.class_id if company.tracks_classes_per_transaction else "",
        department_id=mappings.department_id if company.tracks_departments else "",
        currency=_currency(company, content),
        global_tax="" if company.is_us else "TaxExcluded",
        marker=record.marker,
        total=Decimal(content["total"]),
    )


def _tax_code(line: Content, mappings: Mappings) -> str:
    code = mappings.tax_code_id(line["tax_code"], line["taxable"])
    if not code:
        word = line["tax_code"] or ("taxable" if line["taxable"] else "exempt")
        raise NotMapped(f"The tax code “{word}” has no counterpart in QuickBooks. Map it.")
    return code


def _line(line: Content, tax_code_id: str, mappings: Mappings, class_id: str) -> LineDocument:
    item_id = mappings.item_id(line["service"])
    if not item_id:
        raise NotMapped(f"The service “{line['service']}” has no item in QuickBooks. Map it.")
    return LineDocument(
        item_id=item_id,
        description=line["description"],
        quantity=Decimal(line["quantity"]),
        unit_price=Decimal(line["unit_price"]),
        amount=Decimal(line["amount"]),
        tax_code_id=tax_code_id,
        class_id=class_id,
    )


def _payment(
    record: SyncRecord, mappings: Mappings, customer_id: str, invoice_id: str
) -> PaymentDocument:
    content = record.content
    mapped = mappings.method(content["method"])
    if mapped is None:
        raise NotMapped(
            f"The payment method “{content['method']}” has no counterpart in QuickBooks. Map it."
        )
    method_id, deposit_account_id = mapped
    return PaymentDocument(
        customer_id=customer_id,
        amount=Decimal(content["amount"]),
        applied=Decimal(content["applied"]),
        invoice_id=invoice_id,
        received_on=date.fromisoformat(content["received_on"]),
        method_id=method_id,
        deposit_account_id=deposit_account_id,
        reference=content["reference"],
        currency=_currency(record.company, content),
        marker=record.marker,
    )

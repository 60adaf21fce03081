"""The one place that makes a record's document: confirmed content, with today's mappings.

It makes them for sending, sending again, adopting and comparing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sync.exports.documents.confirmed_content import (
    InvoiceContent,
    LineContent,
    PaymentContent,
    as_it_stands_there,
)
from sync.exports.documents.taxing import of_exempt_customer, with_taxes
from sync.mappings.mappings import CompanyMappings, Mappings
from sync.models import QuickBooksCompany, SyncRecord
from sync.quickbooks.documents import (
    Address,
    CustomerDocument,
    DocumentError,
    InvoiceDocument,
    LineDocument,
    PaymentDocument,
    customer_body,
    invoice_body,
    payment_body,
    plain_typography,
    unstorable,
)
from sync.words import stored, words_of

State, Kind = SyncRecord.State, SyncRecord.Kind
Document = CustomerDocument | InvoiceDocument | PaymentDocument
ENTITY = {
    Kind.CUSTOMER: "Customer",
    Kind.INVOICE: "Invoice",
    Kind.PAYMENT: "Payment",
}


class NotMapped(Exception):
    """A word of ours has no counterpart in QuickBooks; the text names it and what to do."""


@dataclass(frozen=True, slots=True)
class Parents:
    """What a document refers to: QuickBooks ids, and whether it may go after what it waits for."""

    customer_id: str
    invoice_id: str
    are_exported: bool
    is_exempt: bool = False  # the customer, as QuickBooks last said


def parents_of(records: Sequence[SyncRecord]) -> dict[int, Parents]:
    """Return what each record refers to in QuickBooks, by record."""
    customers = _there(records, "customer")
    invoices = _there(records, "invoice")
    found = {}
    for record in records:
        customer = customers.get(record.content.get("customer"), _NOT_THERE)
        invoice = invoices.get(record.content.get("invoice"), _NOT_THERE)
        before = {Kind.INVOICE: customer, Kind.PAYMENT: invoice}.get(Kind(record.kind))
        found[record.pk] = Parents(
            record.customer_there or customer.qbo_id,
            invoice.qbo_id,
            are_exported=before is None or before.state == State.EXPORTED,
            is_exempt=customer.is_exempt,
        )
    return found


class _There(NamedTuple):
    """What is known of a document in QuickBooks that others refer to."""

    qbo_id: str
    state: str
    is_exempt: bool


_NOT_THERE = _There("", "", is_exempt=False)


def _there(records: Sequence[SyncRecord], name: str) -> dict[int | None, _There]:
    """Return what is known of the customers or invoices referred to that are in QuickBooks."""
    companies = {record.company_id for record in records}
    wanted = {record.content[name] for record in records if name in record.content}
    rows = SyncRecord.objects.filter(company__in=companies, **{f"{name}__in": wanted})
    known = rows.exclude(qbo_id="").values_list(name, *_There._fields)
    return {pk: _There(*what) for pk, *what in known}


def documents(
    records: Sequence[SyncRecord],
    parents: Mapping[int, Parents] | None = None,
    mappings: CompanyMappings | None = None,
) -> dict[int, Document | str]:
    """Return the document of each record of a company as we would send it, or why it has none.

    Without `parents` it is to be compared: that its customer is exempt by now is no matter then.
    """
    if not records:
        return {}
    if parents is None:
        known = parents_of(records)
        parents = {pk: replace(each, is_exempt=False) for pk, each in known.items()}
    mappings = mappings or CompanyMappings(records[0].company)
    made: dict[int, Document | str] = {}
    for record in records:
        document = make(record, mappings.of(record.business_unit), parents[record.pk])
        made[record.pk] = document.words if isinstance(document, Problem) else document
    return made


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a document cannot be made: a mapping is missing, or QuickBooks would refuse it."""

    words: str
    is_mapping: bool


@dataclass(frozen=True, slots=True)
class ToMake:
    """What a document would be made of before it has a record."""

    company: QuickBooksCompany
    kind: SyncRecord.Kind
    content: Any
    marker: str = ""


def make(record: SyncRecord | ToMake, mappings: Mappings, parents: Parents) -> Document | Problem:
    """Return a record's document with its body checked, or why it cannot be made."""
    try:
        document = _document_of(record, mappings, parents)
        body_of(document)
    except (DocumentError, NotMapped) as problem:
        return Problem(words_of(problem), is_mapping=isinstance(problem, NotMapped))
    return document


def _document_of(record: SyncRecord | ToMake, mappings: Mappings, parents: Parents) -> Document:
    """Return a record's document as QuickBooks takes it."""
    if record.kind == Kind.CUSTOMER:
        return _customer(record)
    if record.kind == Kind.INVOICE:
        return _invoice(record, mappings, parents)
    return _payment(record, mappings, parents.customer_id, parents.invoice_id)


def body_of(document: Document) -> dict[str, object]:
    """Return the body that creates the document."""
    if isinstance(document, CustomerDocument):
        return customer_body(document)
    if isinstance(document, InvoiceDocument):
        return invoice_body(document)
    return payment_body(document)


def _currency(company: QuickBooksCompany, currency: str) -> str:
    return currency if company.is_multicurrency else ""


def _rate(content: InvoiceContent | PaymentContent) -> Decimal | None:
    return Decimal(content["rate"]) if "rate" in content else None


def lacks_rate(record: SyncRecord) -> bool:
    """Say whether it is in another currency than the company's, and its rate was not known."""
    is_worth_something = record.kind != Kind.CUSTOMER and "rate" not in record.content
    return is_worth_something and record.company.is_foreign(record.content["currency"])


def _storable(company: QuickBooksCompany, what: str, text: str) -> str:
    """Return a text as the company stores it; raise DocumentError where letters would be lost."""
    if not company.is_us or text.isascii():
        return text
    plain = plain_typography(text)
    if lost := unstorable(plain):
        raise DocumentError(
            stored(
                "The %(what)s has characters that QuickBooks cannot store: %(lost)s. Write it "
                "with plain letters.",
                what=what,
                lost=lost,
            )
        )
    return plain


def _customer(record: SyncRecord | ToMake) -> CustomerDocument:
    content, company = record.content, record.company
    return CustomerDocument(
        display_name=_storable(company, stored("customer's name"), content["display_name"]),
        given_name=_storable(company, stored("given name"), content["given_name"]),
        family_name=_storable(company, stored("family name"), content["family_name"]),
        company_name=_storable(company, stored("company name"), content["company_name"]),
        email=_storable(company, stored("customer's e-mail address"), content["email"]),
        phone=_storable(company, stored("customer's phone number"), content["phone"]),
        line1=_storable(company, stored("customer's address"), content["address"]),
        city=_storable(company, stored("customer's city"), content["city"]),
        region=_storable(company, stored("customer's state or province"), content["region"]),
        postal_code=_storable(company, stored("customer's postal code"), content["postal_code"]),
        country=_storable(company, stored("customer's country"), content["country"]),
        currency=_currency(company, content["currency"]),
        marker=record.marker,
    )


def _invoice(record: SyncRecord | ToMake, mappings: Mappings, parents: Parents) -> InvoiceDocument:
    content = as_it_stands_there(record.content)
    company = record.company
    issued_on = date.fromisoformat(content["issued_on"])
    due_on = date.fromisoformat(content["due_on"]) if content["due_on"] else None
    class_id = mappings.class_id if company.tracks_classes_per_line else ""
    codes = [_tax_code(line, mappings) for line in content["lines"]]
    ship_to = {k: _storable(company, stored("customer's address"), v) for k, v in _place(content)}
    made = InvoiceDocument(
        number=_storable(company, stored("invoice number"), content["number"]),
        customer_id=parents.customer_id,
        issued_on=issued_on,
        due_on=due_on,
        term_id=mappings.term_id(issued_on, due_on),
        lines=tuple(
            _line(company, line, code, mappings, class_id)
            for line, code in zip(content["lines"], codes, strict=True)
        ),
        discount=_discount(content, company, mappings),
        discount_account_id=mappings.discount_account_id or "",
        tax_total=Decimal(content["tax_total"]),
        class_id=mappings.class_id if company.tracks_classes_per_transaction else "",
        department_id=mappings.department_id if company.tracks_departments else "",
        currency=_currency(company, content["currency"]),
        exchange_rate=_rate(content),
        global_tax="" if company.is_us else "TaxExcluded",
        ship_to=Address(**ship_to),
        marker=record.marker,
        total=Decimal(content["total"]),
    )
    if parents.is_exempt:
        return of_exempt_customer(made)
    return with_taxes(made, content, company, mappings, codes)


def _discount(content: InvoiceContent, company: QuickBooksCompany, mappings: Mappings) -> Decimal:
    discount = Decimal(content["discount_total"])
    if discount and not mappings.discount_account_id:
        raise NotMapped(stored("No account is chosen for discounts. Choose one in the mappings."))
    if discount and company.preference("SalesFormsPrefs", "AllowDiscount") is False:
        raise DocumentError(
            stored(
                "The QuickBooks company takes no discounts on invoices: switch them on there, "
                "under Account and settings, Sales, and check the connection."
            )
        )
    return discount


def _place(content: InvoiceContent) -> Iterable[tuple[str, str]]:
    place = content.get("ship_to")
    return [] if place is None else [(name, str(text)) for name, text in place.items()]


def _tax_code(line: LineContent, mappings: Mappings) -> str:
    code = mappings.tax_code_id(line["tax_code"], line["taxable"])
    if not code:
        alone = stored("taxable") if line["taxable"] else stored("exempt")
        word = line["tax_code"] or alone
        raise NotMapped(
            stored("The tax code “%(word)s” has no counterpart in QuickBooks. Map it.", word=word)
        )
    return code


def _line(
    company: QuickBooksCompany,
    line: LineContent,
    tax_code_id: str,
    mappings: Mappings,
    class_id: str,
) -> LineDocument:
    item_id = mappings.item_id(line["service"])
    if not item_id:
        raise NotMapped(
            stored(
                "The service “%(service)s” has no item in QuickBooks. Map it.",
                service=line["service"],
            )
        )
    return LineDocument(
        item_id=item_id,
        description=_storable(company, stored("description of a line"), line["description"]),
        quantity=Decimal(line["quantity"]),
        unit_price=Decimal(line["unit_price"]),
        amount=Decimal(line["amount"]),
        tax_code_id=tax_code_id,
        class_id=class_id,
    )


def _payment(
    record: SyncRecord | ToMake, mappings: Mappings, customer_id: str, invoice_id: str
) -> PaymentDocument:
    content: PaymentContent = record.content
    mapped = mappings.method(content["method"])
    if mapped is None:
        raise NotMapped(
            stored(
                "The payment method “%(method)s” has no counterpart in QuickBooks. Map it.",
                method=content["method"],
            )
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
        reference=_storable(record.company, stored("payment's reference"), content["reference"]),
        currency=_currency(record.company, content["currency"]),
        exchange_rate=_rate(content),
        marker=record.marker,
    )

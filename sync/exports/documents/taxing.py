"""How an invoice says its tax: in the form that each kind of company is best known to keep.

United States, automated: lines are TAX or NON, with the code and our total. Without automation:
one place's code and our total. Elsewhere: each line's code, and a tax line a rate that come to
ours. Whether QuickBooks keeps it is proven by the first invoice of each key (tax_gate.py).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from sync.exports.documents.confirmed_content import InvoiceContent
from sync.mappings.mappings import Mappings
from sync.models import QuickBooksCompany, TaxMode
from sync.quickbooks.documents import (
    EXEMPT,
    DocumentError,
    InvoiceDocument,
    LineDocument,
    Rate,
    TaxedLine,
    expected_taxes,
    less_discount,
    splits_alike,
    tax_lines,
    us_invoice_code,
    us_line_code,
)
from sync.words import stored

AUTOMATIC, MANUAL, ELSEWHERE = "automatic", "manual", "elsewhere"
LONGEST_KEY = 200
NO_TAXED_LINE = stored(
    "The invoice has %(tax)s of tax, but no line of it is taxed, and QuickBooks charges "
    "no tax on exempt lines. Say which lines are taxed, or correct the tax."
)
NO_RATES = stored(
    "What the tax codes of this invoice charge in QuickBooks is not known here. "
    "Check the connection, so that the rates are read."
)
EXEMPT_CUSTOMER = stored(
    "The customer is exempt from sales tax in QuickBooks, which would charge none, "
    "and this invoice has a tax of %(tax)s. Correct the invoice; or make the "
    "customer taxable there, and check the customer again."
)
NO_PLACE = stored(
    "Taxed lines of this invoice name no sales tax, and this QuickBooks company "
    "does not work it out itself. Map taxable lines to the sales tax of a place."
)


def with_taxes(
    document: InvoiceDocument,
    content: InvoiceContent,
    company: QuickBooksCompany,
    mappings: Mappings,
    codes: Sequence[str],
) -> InvoiceDocument:
    """Return the document with its tax; `codes` are those the lines are mapped to, one a line.

    Raises DocumentError where QuickBooks could not hold this tax in any form.
    """
    if company.is_us:
        made = _in_us(document, company, mappings, codes)
    else:
        made = _elsewhere(document, content, mappings, codes)
    mode = mappings.tax_modes.get(made.tax_key) if made.tax_key else None
    if mode is not None and mode.liability_item is not None:
        return _as_liability(document, company, mappings, mode.liability_item.qbo_id)
    return made


def of_exempt_customer(document: InvoiceDocument) -> InvoiceDocument:
    """Return the invoice of a customer whom QuickBooks charges no sales tax: with none.

    Raises DocumentError where it has some.
    """
    if document.tax_total:
        raise DocumentError(EXEMPT_CUSTOMER.filled(tax=f"{document.tax_total:.2f}"))
    lines = [replace(line, tax_code_id=EXEMPT) for line in document.lines]
    return replace(document, lines=tuple(lines), global_tax="")


def kind_of(company: QuickBooksCompany) -> str:
    """Return which of three ways of sales tax a company has."""
    if not company.is_us:
        return ELSEWHERE
    return AUTOMATIC if company.has_automated_tax else MANUAL


def _in_us(
    document: InvoiceDocument,
    company: QuickBooksCompany,
    mappings: Mappings,
    codes: Sequence[str],
) -> InvoiceDocument:
    code, kind = us_invoice_code(codes), kind_of(company)
    lines = [replace(line, tax_code_id=us_line_code(line.tax_code_id)) for line in document.lines]
    document = replace(document, lines=tuple(lines), tax_code_id=code, global_tax="")
    if all(line.tax_code_id == EXEMPT for line in lines):
        if document.tax_total:
            raise DocumentError(NO_TAXED_LINE.filled(tax=document.tax_total))
        return document
    if kind == MANUAL and not code and document.tax_total and company.uses_sales_tax:
        raise DocumentError(NO_PLACE)
    region = document.ship_to.region.strip().casefold()
    key = _key(kind, [code] if code else [], region, has_discount=bool(document.discount))
    if kind == AUTOMATIC:
        known = _learned(mappings, kind, code, region, key)
        code = code or (known.code if known else "") or _usual_code(company, region)
        rates = _rates_learned(known)
    else:
        rates = mappings.rates(code) if code else ()
    return _taxed_or_not(replace(document, tax_code_id=code, tax_key=key), rates)


def _taxed_or_not(document: InvoiceDocument, rates: tuple[Rate, ...] | None) -> InvoiceDocument:
    """Say what is expected, and whether a discount lowers it, as it seems to do here."""
    if rates is None:
        return document
    whole = [
        TaxedLine(line.amount, () if line.tax_code_id == EXEMPT else rates)
        for line in document.lines
    ]
    expected = expected_taxes(whole)
    if document.discount and document.tax_total not in expected.values():
        lowered = expected_taxes(less_discount(whole, document.discount))
        if document.tax_total in lowered.values():
            return replace(document, expected_taxes=lowered, taxes_after_discount=True)
    return _said(replace(document, expected_taxes=expected))


def _said(document: InvoiceDocument) -> InvoiceDocument:
    """Nothing needs proof where no tax is expected and none is ours."""
    expected = document.expected_taxes
    if expected is not None and not document.tax_total and not any(expected.values()):
        return replace(document, tax_key="")
    return document


def _learned(mappings: Mappings, kind: str, code: str, region: str, key: str) -> TaxMode | None:
    """Return what an invoice told of automated tax there, be it one with or without a discount."""
    codes = [code] if code else []
    keys = (key, *(_key(kind, codes, region, has_discount=other) for other in (False, True)))
    found = (mappings.tax_modes.get(each) for each in keys)
    return next((mode for mode in found if mode is not None and mode.rates is not None), None)


def _rates_learned(mode: TaxMode | None) -> tuple[Rate, ...] | None:
    if mode is None or mode.rates is None:
        return None
    return tuple(Rate(id_, Decimal(percent)) for id_, percent in mode.rates.items())


def _usual_code(company: QuickBooksCompany, region: str) -> str:
    """Return the company's own sales tax for what stays at its place: another's would be wrong."""
    home = company.told("Region").strip().casefold()
    return company.usual_sales_tax if region in {"", home} else ""


def _elsewhere(
    document: InvoiceDocument, content: InvoiceContent, mappings: Mappings, codes: Sequence[str]
) -> InvoiceDocument:
    by_line = [mappings.rates(code) for code in codes]
    has_discount = bool(document.discount)
    charging = {c for c, r in zip(codes, by_line, strict=True) if r is None or r}
    key = _key(ELSEWHERE, charging, "", has_discount=has_discount)
    rates = [found for found in by_line if found is not None]
    if len(rates) < len(by_line):
        if document.tax_total:
            raise DocumentError(NO_RATES)
        return replace(document, tax_key=key)
    lines = [
        TaxedLine(line.amount, of_line) for line, of_line in zip(document.lines, rates, strict=True)
    ]
    inclusive = _inclusive(document, content, lines)
    if inclusive is not None:
        key = _key(ELSEWHERE, charging, "", is_inclusive=True)
        document, lines = inclusive
    else:
        lines = less_discount(lines, document.discount)
    by_rate = tax_lines(lines, document.tax_total)
    if by_rate is None:
        raise DocumentError(NO_TAXED_LINE.filled(tax=document.tax_total))
    expected = expected_taxes(lines)
    return _said(replace(document, tax_lines=by_rate, tax_key=key, expected_taxes=expected))


def _inclusive(
    document: InvoiceDocument, content: InvoiceContent, lines: Sequence[TaxedLine]
) -> tuple[InvoiceDocument, list[TaxedLine]] | None:
    """Return the document with prices that include their tax, where QuickBooks splits them alike.

    Where it would not, net amounts with tax lines are what keeps to the cent.
    """
    taxes = [line["tax_amount"] for line in content["lines"] if "tax_amount" in line]
    if not content.get("prices_include_tax") or len(taxes) < len(lines) or document.discount:
        return None
    amounts = [Decimal(tax) for tax in taxes]
    together = zip(lines, amounts, strict=True)
    if sum(amounts) != document.tax_total or not all(
        splits_alike(line.net, tax, line.rates) for line, tax in together
    ):
        return None
    priced: list[LineDocument] = [
        replace(line, inclusive_amount=line.amount + tax)
        for line, tax in zip(document.lines, amounts, strict=True)
    ]
    split = [replace(ln, inclusive=tax) for ln, tax in zip(lines, amounts, strict=True)]
    return replace(document, lines=tuple(priced), global_tax="TaxInclusive"), split


def _as_liability(
    document: InvoiceDocument, company: QuickBooksCompany, mappings: Mappings, item_id: str
) -> InvoiceDocument:
    """Return it with exempt lines and the tax as a line of its own, as an accountant chose."""
    exempt = EXEMPT if company.is_us else mappings.tax_code_id("", False)  # noqa: FBT003 - a value
    if not exempt:
        raise DocumentError(
            stored("No tax code is mapped for exempt lines. Choose one in the mappings.")
        )
    tax = LineDocument(
        item_id=item_id,
        description="Sales tax",  # goes into the books: the same in every language
        quantity=None,
        unit_price=None,
        amount=document.tax_total,
        tax_code_id=exempt,
        class_id=document.lines[0].class_id if document.lines else "",
    )
    lines = [replace(line, tax_code_id=exempt) for line in document.lines]
    lines += [tax] if document.tax_total else []
    return replace(document, lines=tuple(lines), tax_total=Decimal(0), tax_code_id="")


def _key(
    kind: str,
    codes: Sequence[str] | set[str],
    region: str,
    *,
    has_discount: bool = False,
    is_inclusive: bool = False,
) -> str:
    form = "discount" if has_discount else "inclusive" if is_inclusive else ""
    key = "|".join([kind, " ".join(sorted(codes)), region, form])
    if len(key) <= LONGEST_KEY:
        return key
    return f"{kind}|{hashlib.sha256(key.encode()).hexdigest()}"


def name_of_key(key: str, mappings: Mappings) -> str:
    """Return a key as people read it: the tax codes, the place and the form."""
    kind, codes, *rest = [*key.split("|"), "", ""]
    names = ", ".join(mappings.tax_name(code) for code in codes.split())
    alone = stored("Automated sales tax") if kind == AUTOMATIC else stored("Sales tax")
    words, (region, form) = names or alone, rest[:2]
    if region:
        words = stored("%(tax)s in %(region)s", tax=words, region=region.upper())
    if form == "discount":
        return stored("%(tax)s, less a discount", tax=words)
    return stored("%(tax)s, in the price", tax=words) if form == "inclusive" else words

"""The words of ours that need a meaning in QuickBooks: which units use, and how each is named."""

from collections.abc import Iterable

from sync.models import (
    BusinessUnit,
    Invoice,
    InvoiceLine,
    Payment,
    QuickBooksCompany,
    SharedChange,
    TaxMode,
)
from sync.words import stored


def services(units: Iterable[BusinessUnit]) -> list[str]:
    """Return the services on the units' invoice lines."""
    lines = InvoiceLine.objects.filter(invoice__business_unit__in=units).exclude(service="")
    return list(lines.values_list("service", flat=True).distinct().order_by("service"))


def methods(units: Iterable[BusinessUnit]) -> list[str]:
    """Return the methods of the units' payments."""
    payments = Payment.objects.filter(business_unit__in=units).exclude(method="")
    return list(payments.values_list("method", flat=True).distinct().order_by("method"))


def tax_codes(units: Iterable[BusinessUnit]) -> list[tuple[str, bool]]:
    """Return our tax codes, each with whether its lines are taxable; those without are left out."""
    lines = InvoiceLine.objects.filter(invoice__business_unit__in=units).exclude(tax_code="")
    pairs = lines.values_list("tax_code", "taxable")
    return list(pairs.distinct().order_by("tax_code", "taxable"))


def days_until_due(unit: BusinessUnit, most: int = 200) -> list[int]:
    """Return how many days after its date each of the unit's newest invoices is due."""
    dated = Invoice.objects.filter(business_unit=unit, voided_at=None).exclude(due_on=None)
    dates = dated.order_by("-id").values_list("issued_on", "due_on")[:most]
    return [(due_on - issued_on).days for issued_on, due_on in dates if due_on]


def service_words(service: str) -> str:
    """Name what a service is mapped by."""
    return stored("Service %(name)s", name=service) if service else stored("Any other service")


def method_words(word: str) -> str:
    """Name what a payment method is mapped by."""
    if word:
        return stored("Payment method %(name)s", name=word)
    return stored("Any other payment method")


def tax_words(code: str, *, taxable: bool) -> str:
    """Name what a tax code is mapped by."""
    match bool(code), taxable:
        case True, True:
            return stored("Tax code %(name)s of taxable lines", name=code)
        case True, False:
            return stored("Tax code %(name)s of exempt lines", name=code)
        case False, True:
            return stored("Tax code of taxable lines")
        case _:
            return stored("Tax code of exempt lines")


def choice_words(company: QuickBooksCompany, kind: str, word: str, *, taxable: bool) -> str:
    """Return what a choice is about, as people read it."""
    match kind:
        case SharedChange.Kind.ITEM:
            return service_words(word)
        case SharedChange.Kind.METHOD:
            return method_words(word)
        case SharedChange.Kind.TAX:
            return tax_words(word, taxable=taxable)
        case SharedChange.Kind.DISCOUNT:
            return stored("Account that discounts are taken from")
    mode = TaxMode.objects.filter(company=company, key=word).first()
    return stored("Whose tax counts: %(whose)s", whose=mode or word)

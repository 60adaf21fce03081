"""The words of ours that need a meaning in QuickBooks: which units use, and how each is named."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import BooleanField, CharField, Value

from sync.models import (
    BusinessUnit,
    Invoice,
    InvoiceLine,
    Payment,
    SharedChange,
    TaxMode,
)
from sync.words import stored


@dataclass(frozen=True, slots=True)
class LocalTerms:
    """The words that units use, each once and in order; a tax code with whether it is of taxable
    lines.
    """

    services: list[str]
    methods: list[str]
    tax_codes: list[tuple[str, bool]]


def used_by(units: Iterable[BusinessUnit]) -> LocalTerms:
    """Return what stands on the units' lines and payments, in one query."""
    lines = InvoiceLine.objects.filter(invoice__business_unit__in=units).order_by()
    payments = Payment.objects.filter(business_unit__in=units).order_by()
    no_code, no_tax = Value("", CharField()), Value(False, BooleanField())  # noqa: FBT003
    said = lines.values_list("service", "tax_code", "taxable", Value("line", CharField())).union(
        payments.values_list("method", no_code, no_tax, Value("payment", CharField()))
    )
    rows = list(said)
    return LocalTerms(
        services=sorted({word for word, _, _, of in rows if word and of == "line"}),
        methods=sorted({word for word, _, _, of in rows if word and of == "payment"}),
        tax_codes=sorted({(code, taxable) for _, code, taxable, _ in rows if code}),
    )


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


def choice_words(kind: str, word: str, *, taxable: bool, mode: TaxMode | None) -> str:
    """Return what a choice is about, as people read it; `mode` is the tax mode of that word."""
    match kind:
        case SharedChange.Kind.ITEM:
            return service_words(word)
        case SharedChange.Kind.METHOD:
            return method_words(word)
        case SharedChange.Kind.TAX:
            return tax_words(word, taxable=taxable)
        case SharedChange.Kind.DISCOUNT:
            return stored("Account that discounts are taken from")
    return stored("Whose tax counts: %(whose)s", whose=mode or word)

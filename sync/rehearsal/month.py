"""Which month, of which units, and which of their documents belong to it: all by document date."""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Self

from django.db.models import Exists, Min, OuterRef, Q, QuerySet

from sync.connections.readiness import lacking_in
from sync.models import BusinessUnit, Customer, Invoice, Payment, QuickBooksCompany


class RehearsalRefused(Exception):
    """It cannot be rehearsed, and nothing was; the text is for who asked."""


@dataclass(frozen=True, slots=True)
class Month:
    """A month, by its first and last day."""

    first: date
    last: date

    @classmethod
    def of(cls, text: str) -> Self:
        """Read it as YYYY-MM; raise RehearsalRefused for anything else."""
        year, dash, month = text.partition("-")
        is_month = bool(dash) and (len(year), len(month)) == (4, 2) and (year + month).isdecimal()
        if not is_month or not (1 <= int(month) <= 12 and int(year) > 0):
            raise RehearsalRefused(f"{text} is no month: write it like 2026-05.")
        first = date(int(year), int(month), 1)
        return cls(first, first.replace(day=calendar.monthrange(first.year, first.month)[1]))

    def __str__(self) -> str:
        return f"{self.first:%B %Y}"

    @property
    def days(self) -> tuple[date, date]:
        return self.first, self.last


def may_rehearse(unit: BusinessUnit, month: Month) -> list[BusinessUnit]:
    """Return the units to rehearse: all that post to the company, as its books are of them all."""
    company = unit.quickbooks_company
    if company is None or not company.is_connected:
        raise RehearsalRefused(f"{unit} is not connected to QuickBooks.")
    if month.last >= unit.today():
        raise RehearsalRefused(f"{month} is not over: a month is rehearsed once it is.")
    units = list(BusinessUnit.objects.filter(quickbooks_company=company).order_by("pk"))
    for each in units:
        if lacking := lacking_in(each, company):
            raise RehearsalRefused(f"{each} could export nothing: {' '.join(lacking)}")
    return units


@dataclass(frozen=True, slots=True)
class Documents:
    """What of our documents the books of a month rest on.

    An invoice is among them that is dated in it, or has a payment dated in it, with all its
    payments: it goes whole, and what is dated outside is not compared.
    """

    customers: QuerySet[Customer]
    invoices: QuerySet[Invoice]
    payments: QuerySet[Payment]

    @property
    def first_invoice(self) -> date | None:
        """Return the day of the earliest invoice, None where there is none."""
        first: date | None = self.invoices.aggregate(first=Min("issued_on"))["first"]
        return first


def documents_of(units: Sequence[BusinessUnit], month: Month) -> Documents:
    """Return the documents of units for a month."""
    payments = Payment.objects.filter(business_unit__in=units)
    paid_in_it = payments.filter(invoice=OuterRef("pk"), received_on__range=month.days)
    invoices = Invoice.objects.filter(business_unit__in=units).filter(
        Q(issued_on__range=month.days) | Exists(paid_in_it)
    )
    of_them = payments.filter(
        Q(Exists(invoices.filter(pk=OuterRef("invoice"))))
        | Q(invoice=None, received_on__range=month.days)
    )
    customers = Customer.objects.filter(business_unit__in=units).filter(
        Q(Exists(invoices.filter(customer=OuterRef("pk"))))
        | Q(Exists(of_them.filter(customer=OuterRef("pk"))))
    )
    return Documents(customers, invoices, of_them)


def company_of(unit: BusinessUnit) -> QuickBooksCompany:
    """Return the company of a unit that may be rehearsed."""
    if unit.quickbooks_company is None:
        raise RehearsalRefused(f"{unit} is not connected to QuickBooks.")
    return unit.quickbooks_company

"""Finding documents by what people have at hand.

Part of a number or a name, an amount, a check's number, an id in QuickBooks, an e-mail address.
Each is looked up by itself, by an index where it can be, and at most `MOST` are kept: joining
before matching reads every row (2,400 ms instead of 250 ms at a million).
"""

import re
from collections.abc import Iterable, Set
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from itertools import chain
from operator import or_
from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.access import Capability
from sync.admin.common.base import units_held
from sync.models import BusinessUnit, Customer, Invoice, Payment, SyncRecord
from sync.models.search_keys import Capitals, EndDigits, beginning, equal
from sync.models.sql import within_units
from sync.words import later

MOST = 200
SHORT = 3  # letters; of fewer, only what begins with them is found
LONGEST = 100
HELP = later("Number, name, amount, check or e-mail")
_AMOUNT = re.compile(
    r"(?:[A-Z]{0,2}[$€£]|[A-Z]{3})? ?(\d{1,12}|\d{1,3}(?:,\d{3}){1,3})(\.\d{1,2})?"
)
_QUICKBOOKS_ID = re.compile(r"\d{1,20}", re.ASCII)
Kind = SyncRecord.Kind


@dataclass(frozen=True, slots=True)
class Found:
    """Ids of what a text is about.

    Where it is an amount, lists look for it themselves, and so find all of it; what it leads to of
    the other kind is the latest: payments of invoices of that total, and the other way round.
    """

    customers: frozenset[int] = frozenset()
    invoices: frozenset[int] = frozenset()
    payments: frozenset[int] = frozenset()
    amount: Decimal | None = None
    of_that_total: frozenset[int] = frozenset()
    of_that_amount: frozenset[int] = frozenset()
    is_cut: bool = False

    def among_payments(self) -> Q:
        """Return the condition for payments."""
        return (
            Q(customer__in=self.customers)
            | Q(invoice__in=self.invoices | self.of_that_total)
            | Q(pk__in=self.payments)
            | self._of_amount("amount")
        )

    def among_invoices(self) -> Q:
        """Return the condition for invoices: their own, and those that such a payment is of."""
        paying = Payment.objects.filter(pk__in=self.payments | self.of_that_amount)
        paid = filter(None, paying.order_by().values_list("invoice", flat=True))
        return (
            Q(customer__in=self.customers)
            | Q(pk__in=self.invoices.union(paid))
            | self._of_amount("total")
        )

    def among_records(self, record: str = "") -> Q:
        """Return the condition for rows that have a record of such a document at the path."""
        conditions = {
            "customer": self.customers,
            "invoice": self.invoices | self.of_that_total,
            "payment": self.payments | self.of_that_amount,
            "invoice__customer": self.customers,
            "payment__customer": self.customers,
            "payment__invoice": self.invoices,
        }
        alike = (Q(**{f"{record}{path}__in": ids}) for path, ids in conditions.items() if ids)
        return reduce(or_, alike, Q(pk__in=[]))

    def _of_amount(self, field: str) -> Q:
        return Q(pk__in=[]) if self.amount is None else Q(**{field: self.amount})


def amount_in(text: str) -> Decimal | None:
    """Read an amount exactly: 235.98, $1,380, CA$50.00; None where it is none."""
    read = _AMOUNT.fullmatch(text.upper())
    return Decimal(f"{read[1].replace(',', '')}{read[2] or ''}") if read else None


def find(held: Set[int] | None, term: str) -> Found:
    """Find what the text is about, in the units of these ids; None for all."""
    text = term.strip().removeprefix("#").strip()
    if not text or len(text) > LONGEST:
        return Found()
    of_units = _Units(
        within_units(held, Customer.objects.order_by()),
        within_units(held, Invoice.objects.all()),
        within_units(held, Payment.objects.all()),
    )
    by_id = _by_quickbooks_id(held, text)
    lists = {
        Kind.CUSTOMER: [_ids(_named(of_units.customers, text))],
        Kind.INVOICE: [_ids(rows) for rows in _numbered(of_units.invoices, text)],
        Kind.PAYMENT: [_ids(beginning(of_units.payments, Capitals("reference"), text))],
    }
    kept = {kind: frozenset(chain(by_id[kind], *found)) for kind, found in lists.items()}
    amount = amount_in(text)
    totals, amounts = Invoice.objects.none(), Payment.objects.none()
    if amount is not None:
        totals = of_units.invoices.filter(total=amount).order_by("-issued_on")
        amounts = of_units.payments.filter(amount=amount).order_by("-received_on")
    return Found(
        customers=kept[Kind.CUSTOMER],
        invoices=kept[Kind.INVOICE],
        payments=kept[Kind.PAYMENT],
        amount=amount,
        of_that_total=frozenset(_ids(totals)),
        of_that_amount=frozenset(_ids(amounts)),
        is_cut=any(len(ids) > MOST for ids in chain(*lists.values())),
    )


@dataclass(frozen=True, slots=True)
class _Units:
    customers: QuerySet[Customer]
    invoices: QuerySet[Invoice]
    payments: QuerySet[Payment]


def _ids(rows: QuerySet[Any]) -> list[int]:
    return list(rows.values_list("pk", flat=True)[: MOST + 1])


def _named(customers: QuerySet[Customer], text: str) -> QuerySet[Customer]:
    if len(text) < SHORT:
        return customers.filter(display_name__istartswith=text)
    named = Q(display_name__icontains=text)
    return customers.filter(named | Q(email__istartswith=text) if "@" in text else named)


def _numbered(invoices: QuerySet[Invoice], text: str) -> Iterable[QuerySet[Invoice]]:
    yield beginning(invoices, Capitals("number"), text)
    yield invoices.filter(quickbooks_number=text).order_by()
    digits = text.lstrip("0")
    if digits.isdecimal():
        by_digits = equal if len(text) < SHORT else beginning
        yield by_digits(invoices, EndDigits("number"), digits)


def _by_quickbooks_id(held: Set[int] | None, text: str) -> dict[str, list[int]]:
    """Return ids of documents by kind whose id in QuickBooks is the text."""
    found: dict[str, list[int]] = {kind: [] for kind in Kind.values}
    if not _QUICKBOOKS_ID.fullmatch(text):
        return found
    units = within_units(held, BusinessUnit.objects.order_by(), "pk")
    companies = set(
        units.exclude(quickbooks_company=None).values_list("quickbooks_company", flat=True)
    )
    records = within_units(held, SyncRecord.objects.order_by()).filter(
        company__among=companies, kind__in=Kind.values, qbo_id=text
    )
    for kind, *ids in records.values_list("kind", "customer", "invoice", "payment"):
        found[kind] += filter(None, ids)
    return found


def found_by(request: HttpRequest, term: str) -> Found:
    """Find it in the units that the person sees, once a request; say when there is more."""
    known: dict[str, Found] = request.__dict__.setdefault("found", {})
    if term not in known:
        known[term] = find(units_held(request, Capability.VIEW), term)
        if known[term].is_cut and not _is_typing(request):
            messages.warning(
                request,
                _("More than %(MOST)s match “%(term)s”; these are only some. Type more of it.")
                % {"MOST": MOST, "term": term},
            )
    return known[term]


def _is_typing(request: HttpRequest) -> bool:
    """Say whether a field is asked for while somebody types: nobody reads a message then."""
    return request.resolver_match is not None and request.resolver_match.url_name in {
        "autocomplete",
        "find",
    }


def search_documents(request: HttpRequest, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
    """Keep the payments, invoices or customers that the text is about."""
    found = found_by(request, term)
    if rows.model is Customer:
        return rows.filter(pk__in=found.customers)
    return rows.filter(found.among_invoices() if rows.model is Invoice else found.among_payments())


def search_records(
    request: HttpRequest, rows: QuerySet[Any], term: str, record: str = ""
) -> QuerySet[Any]:
    """Keep the rows whose record, at the path given, is of what the text is about."""
    return rows.filter(found_by(request, term).among_records(record))

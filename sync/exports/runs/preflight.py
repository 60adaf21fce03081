"""Whether units of work can go whole: each of their documents is made and checked before the first.

What QuickBooks would refuse of a payment must be known before its invoice is there: otherwise an
open invoice stands there that was paid.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import TypeAlias

from django.db.models import QuerySet

from sync.exports.documents import units_of_work
from sync.exports.documents.build import Parents, Problem, ToMake, make
from sync.exports.documents.tax_gate import tax_stop
from sync.exports.documents.units_of_work import UnitOfWork
from sync.exports.rules.eligibility import Blocked
from sync.exports.rules.reasons import customer_currency_words, no_rate_words
from sync.mappings.mappings import CompanyMappings, Mappings
from sync.mappings.rates import CurrencyDay, known
from sync.models import Invoice, QuickBooksCompany, Reason, SyncRecord
from sync.words import stored

State, Kind = SyncRecord.State, SyncRecord.Kind
_There: TypeAlias = set[tuple[str, int | None]]
# Stand for what is not in QuickBooks yet.
_LATER = Parents(customer_id="0", invoice_id="0", are_exported=True)


def cannot_go_whole(
    company: QuickBooksCompany, work: Mapping[int, UnitOfWork], mappings: CompanyMappings
) -> dict[int, Blocked]:
    """Return why units of work cannot go whole, by invoice.

    `company` is with its discount account. A fixed number of queries, and some for each business
    unit whose mappings are not loaded yet.
    """
    return in_other_currencies(company, work) | bodies_against(company, work, mappings)


def in_other_currencies(
    company: QuickBooksCompany, work: Mapping[int, UnitOfWork]
) -> dict[int, Blocked]:
    """Return why units of work cannot go with their customers, by invoice; the first one goes."""
    currencies = customer_currencies(company, work)
    found = {
        invoice_id: take_currency(company, work[invoice_id].invoice, currencies)
        for invoice_id in sorted(work)
    }
    return {invoice_id: why for invoice_id, why in found.items() if why is not None}


def bodies_against(
    company: QuickBooksCompany, work: Mapping[int, UnitOfWork], mappings: CompanyMappings
) -> dict[int, Blocked]:
    """Return what the bodies alone tell of why units of work cannot go whole, by invoice."""
    there = _left_already(company, work)
    exempt = exempt_among(company, {unit.invoice.customer_id for unit in work.values()})
    found: dict[int, Blocked] = {}
    for invoice_id, unit in work.items():
        parents = replace(_LATER, is_exempt=unit.invoice.customer_id in exempt)
        why = _of_bodies(company, unit, there, mappings.of(unit.invoice.business_unit), parents)
        why = why or _of_rates(company, unit, there)
        if why is not None:
            found[invoice_id] = why
    return found


def _of_bodies(
    company: QuickBooksCompany,
    unit: UnitOfWork,
    there: _There,
    mappings: Mappings,
    parents: Parents,
) -> Blocked | None:
    """Say which of its documents cannot be made, or would be refused."""
    for record in _to_write(company, unit, there):
        made = make(record, mappings, parents)
        if isinstance(made, Problem):
            code = Reason.NOT_MAPPED if made.is_mapping else Reason.WOULD_BE_REFUSED
            return Blocked(code, made.words)
        if words := tax_stop(made, mappings):
            return Blocked(Reason.TAX_DIFFERS, words)
    return None


def exempt_among(company: QuickBooksCompany, customers: Collection[int]) -> set[int | None]:
    """Return those of the customers that QuickBooks charges no sales tax."""
    rows = exempt_in(company).filter(customer__in=customers)
    return set(rows.values_list("customer", flat=True))


def exempt_in(company: QuickBooksCompany) -> QuerySet[SyncRecord]:
    """Return the records of the customers that QuickBooks charges no sales tax."""
    return SyncRecord.objects.filter(company=company, is_exempt=True).exclude(qbo_id="")


def customer_currencies(
    company: QuickBooksCompany, work: Mapping[int, UnitOfWork]
) -> dict[int, str]:
    """Return the currency of the customers that have one in QuickBooks, or are to get one."""
    if not company.is_multicurrency:
        return {}
    customers = {unit.invoice.customer_id for unit in work.values()}
    rows = SyncRecord.objects.filter(company=company, customer__in=customers)
    kept = (
        (pk, content.get("currency")) for pk, content in rows.values_list("customer", "content")
    )
    return {pk or 0: currency for pk, currency in kept if currency}


def take_currency(
    company: QuickBooksCompany, invoice: Invoice, currencies: dict[int, str]
) -> Blocked | None:
    """Say why its customer is not there in its currency; a new one takes that of the first."""
    if not company.is_multicurrency:
        return None
    kept_in = currencies.setdefault(invoice.customer_id, invoice.currency)
    if kept_in == invoice.currency:
        return None
    return Blocked(Reason.CUSTOMER_CURRENCY, customer_currency_words(invoice, kept_in))


def _of_rates(company: QuickBooksCompany, unit: UnitOfWork, there: _There) -> Blocked | None:
    """Say which rate is missing that one of its documents needs."""
    is_there = (Kind.INVOICE.value, unit.invoice.pk) in there
    missing = rates_missing(company, unit, is_invoice_there=is_there)
    if not missing:
        return None
    first = min(missing, key=lambda each: each.day)
    if first in known(company, missing):
        return Blocked(Reason.NO_RATE, no_rate_words(company, first.currency, first.day))
    return Blocked(
        Reason.NO_RATE,
        stored(
            "The exchange rate of %(currency)s on %(day)s is being read from QuickBooks. "
            "Look again in a minute.",
            currency=first.currency,
            day=first.day,
        ),
    )


def rates_missing(
    company: QuickBooksCompany, unit: UnitOfWork, *, is_invoice_there: bool = False
) -> set[CurrencyDay]:
    """Return the rates that a unit of work needs and that are not known."""
    return {
        wanted
        for wanted, content in units_of_work.foreign_days(company, unit)
        if "rate" not in content and not (is_invoice_there and content is unit.content)
    }


def _left_already(company: QuickBooksCompany, work: Mapping[int, UnitOfWork]) -> _There:
    """Return the customers and invoices that are in QuickBooks, or may be."""
    rows = SyncRecord.objects.filter(company=company).exclude(
        state__in=[State.PENDING, State.FAILED], qbo_id=""
    )
    customers = rows.filter(customer__in={unit.invoice.customer_id for unit in work.values()})
    invoices = rows.filter(invoice__in=work)
    return {
        *((Kind.CUSTOMER.value, pk) for pk in customers.values_list("customer", flat=True)),
        *((Kind.INVOICE.value, pk) for pk in invoices.values_list("invoice", flat=True)),
    }


def _to_write(company: QuickBooksCompany, unit: UnitOfWork, there: _There) -> Iterator[ToMake]:
    """Yield what is to be made for each document of the unit that is still to be written."""
    if (Kind.CUSTOMER.value, unit.invoice.customer_id) not in there:
        yield ToMake(company, Kind.CUSTOMER, unit.customer)
    if (Kind.INVOICE.value, unit.invoice.pk) not in there:
        yield ToMake(company, Kind.INVOICE, unit.content)
    for content in unit.payment_contents.values():
        yield ToMake(company, Kind.PAYMENT, content)

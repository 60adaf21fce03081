"""Whether units of work can go whole: each of their documents is made and checked before the first.

What QuickBooks would refuse of a payment must be known before its invoice is there: otherwise an
open invoice stands there that was paid.
"""

from collections.abc import Iterator, Mapping

from sync.exports.documents.build import Parents, Problem, make
from sync.exports.documents.tax_gate import tax_stop
from sync.exports.documents.units_of_work import UnitOfWork
from sync.exports.rules.eligibility import Blocked, Reason
from sync.mappings.mappings import Mappings
from sync.models import QuickBooksCompany, SyncRecord

State, Kind = SyncRecord.State, SyncRecord.Kind
# Stand for what is not in QuickBooks yet.
_LATER = Parents(customer_id="0", invoice_id="0", are_exported=True)


def cannot_go_whole(
    company: QuickBooksCompany, work: Mapping[int, UnitOfWork]
) -> dict[int, Blocked]:
    """Return why units of work cannot go whole, by invoice.

    `company` is with its discount account. A fixed number of queries, and some for each business
    unit.
    """
    there = _left_already(company, work)
    mappings: dict[int, Mappings] = {}
    found: dict[int, Blocked] = {}
    for invoice_id, unit in work.items():
        business_unit = unit.invoice.business_unit_id
        if business_unit not in mappings:
            mappings[business_unit] = Mappings.of(company, unit.invoice.business_unit)
        for record in _to_write(company, unit, there):
            made = make(record, mappings[business_unit], _LATER)
            if isinstance(made, Problem):
                code = Reason.NOT_MAPPED if made.is_mapping else Reason.WOULD_BE_REFUSED
                found[invoice_id] = Blocked(code, made.words)
                break
            if words := tax_stop(made, mappings[business_unit]):
                found[invoice_id] = Blocked(Reason.TAX_DIFFERS, words)
                break
    return found


def _left_already(
    company: QuickBooksCompany, work: Mapping[int, UnitOfWork]
) -> set[tuple[str, int | None]]:
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


def _to_write(
    company: QuickBooksCompany, unit: UnitOfWork, there: set[tuple[str, int | None]]
) -> Iterator[SyncRecord]:
    """Yield a record, not stored, for each document of the unit that is still to be written."""
    if (Kind.CUSTOMER.value, unit.invoice.customer_id) not in there:
        yield SyncRecord(company=company, kind=Kind.CUSTOMER, content=unit.customer)
    if (Kind.INVOICE.value, unit.invoice.pk) not in there:
        yield SyncRecord(company=company, kind=Kind.INVOICE, content=unit.content)
    for content in unit.payment_contents.values():
        yield SyncRecord(company=company, kind=Kind.PAYMENT, content=content)

"""Invoices of ours as they are compared: who their customers are there, and what was paid."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from sync.exports.documents.customer_names import chosen_name
from sync.exports.existing.matching import OurInvoice, OurPayment
from sync.mappings.mappings import Mappings
from sync.models import (
    Customer,
    CustomerMatch,
    Invoice,
    Party,
    Payment,
    QuickBooksCompany,
    SyncRecord,
)
from sync.quickbooks.documents import fit_reference, name_key

CERTAIN = CustomerMatch.Standing.CERTAIN
# Who a customer of ours is there, and who it might be.
Who = tuple[str, frozenset[str]]


def ours_of(company: QuickBooksCompany, invoices: Sequence[Invoice]) -> dict[int, OurInvoice]:
    """Return invoices of ours as they are compared, by invoice; load customer and unit before."""
    customers = who_there(company, {invoice.customer for invoice in invoices})
    payments = _payments_here(company, invoices)
    return {
        invoice.pk: OurInvoice(
            number_key=name_key(invoice.quickbooks_number),
            total=invoice.total,
            tax=invoice.tax_total,
            day=invoice.issued_on,
            currency=invoice.currency,
            customer=customers[invoice.customer_id][0],
            perhaps=customers[invoice.customer_id][1],
            payments=tuple(payments[invoice.pk]),
        )
        for invoice in invoices
    }


def _payments_here(
    company: QuickBooksCompany, invoices: Sequence[Invoice]
) -> dict[int, list[OurPayment]]:
    """Return the payments that are not in QuickBooks yet, by invoice."""
    units = {invoice.business_unit_id: invoice.business_unit for invoice in invoices}
    mappings = {pk: Mappings.of(company, unit) for pk, unit in units.items()}
    found: dict[int, list[OurPayment]] = defaultdict(list)
    rows = list(Payment.objects.filter(invoice__in=[i.pk for i in invoices], voided_at=None))
    there = SyncRecord.objects.filter(company=company, payment__in=[row.pk for row in rows])
    known = set(there.exclude(qbo_id="").values_list("payment", flat=True))
    for row in sorted(rows, key=lambda row: (row.received_on, row.pk)):
        if row.pk not in known:
            found[row.invoice_id or 0].append(_payment_here(row, mappings))
    return found


def _payment_here(row: Payment, mappings: Mapping[int, Mappings]) -> OurPayment:
    mapped = mappings[row.business_unit_id].method(row.method)
    method = mapped[0] if mapped else ""
    return OurPayment(row.pk, row.amount, row.received_on, method, fit_reference(row.reference))


def who_there(company: QuickBooksCompany, customers: Collection[Customer]) -> dict[int, Who]:
    """Return who customers are in QuickBooks: linked, or certainly the same; or who they might be.

    One that nobody compared yet might be whoever has its name there.
    """
    by_pk = {customer.pk: customer for customer in customers}
    records = SyncRecord.objects.filter(company=company, customer__in=by_pk).exclude(qbo_id="")
    found: dict[int, Who] = {
        pk or 0: (qbo_id, frozenset()) for pk, qbo_id in records.values_list("customer", "qbo_id")
    }
    matched = CustomerMatch.objects.filter(
        company=company, customer__in=by_pk.keys() - found.keys()
    )
    rows = list(matched.select_related("party", "chosen"))
    others = Party.objects.in_bulk({pk for row in rows for pk, _ in row.others})
    for row in rows:
        found[row.customer_id] = _who_matched(row, others)
    left = {pk: name_key(chosen_name(c)) for pk, c in by_pk.items() if pk not in found}
    named = _named(company, left.values())
    return found | {pk: ("", frozenset(named[key])) for pk, key in left.items()}


def _who_matched(row: CustomerMatch, others: Mapping[int, Party]) -> Who:
    if row.is_declined:
        return "", frozenset()
    if row.chosen is not None:
        return row.chosen.qbo_id, frozenset()
    best = row.party.qbo_id if row.party else ""
    if row.standing == CERTAIN:
        return best, frozenset()
    also = (others[pk].qbo_id for pk, _ in row.others if pk in others)
    return "", frozenset({best, *also} - {""})


def _named(company: QuickBooksCompany, keys: Iterable[str]) -> dict[str, set[str]]:
    parties = Party.objects.filter(company=company, kind=Party.Kind.CUSTOMER)
    found: dict[str, set[str]] = defaultdict(set)
    wanted = set(keys) - {""}
    if wanted:
        for key, qbo_id in parties.filter(name_key__in=wanted).values_list("name_key", "qbo_id"):
            found[key].add(qbo_id)
    return found

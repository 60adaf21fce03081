"""The sync records of what is linked: an invoice, and those of its payments that are there."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sync.exports.documents import units_of_work
from sync.exports.documents.confirmed_content import InvoiceThere
from sync.exports.documents.units_of_work import UnitOfWork
from sync.exports.remedies.link import link_to
from sync.models import BooksMatch, Payment, QuickBooksCompany, SyncRecord
from sync.quickbooks.documents import Entity, invoice_fields, marker_of

Kind = SyncRecord.Kind


@dataclass(frozen=True, slots=True)
class Made:
    """An invoice that is linked: its row and what is there, and its payments with what applies."""

    row: BooksMatch
    entity: Entity
    payments: Mapping[int, tuple[Entity, Decimal]]


@dataclass(frozen=True, slots=True)
class Linked:
    """Records of links, not saved yet: those that waited here before, and new ones."""

    waited: list[SyncRecord]
    new: list[SyncRecord]

    @property
    def every(self) -> list[SyncRecord]:
        return [*self.waited, *self.new]


def make_records(company: QuickBooksCompany, made: Sequence[Made]) -> Linked:
    """Return the records of these links; a document that waited or failed here keeps its own."""
    invoices = [each.row.invoice_id for each in made]
    work = units_of_work.load(company, invoices)
    payments = {pk for each in made for pk in each.payments}
    records = SyncRecord.objects.filter(company=company)
    known = {("invoice", r.invoice_id): r for r in records.filter(invoice__in=invoices)}
    known |= {("payment", r.payment_id): r for r in records.filter(payment__in=payments)}
    linked = Linked([], [])
    for each in made:
        for record in _records(company, work[each.row.invoice_id], each, known):
            (linked.waited if record.pk else linked.new).append(record)
    return linked


def _records(
    company: QuickBooksCompany,
    unit: UnitOfWork,
    made: Made,
    known: Mapping[tuple[str, int | None], SyncRecord],
) -> Iterable[SyncRecord]:
    invoice = known.get(("invoice", unit.invoice.pk)) or _new(company, unit, made.row)
    invoice.invoice, invoice.company = unit.invoice, company
    there = _otherwise(unit, made.entity)
    invoice.content = {
        **_without_rate(unit.content),
        "digest": unit.digest,
        **({"there": there} if there else {}),
    }
    link_to(invoice, made.entity, made.row.chosen_by)
    yield invoice
    for payment in unit.payments:
        if payment.pk in made.payments:
            entity, applied = made.payments[payment.pk]
            record = known.get(("payment", payment.pk)) or _new(company, unit, made.row, payment)
            record.company = company
            content = _without_rate(unit.payment_contents[payment.pk])
            record.content = {**content, "applied": str(applied)}
            link_to(record, entity, made.row.chosen_by)
            yield record


def _new(
    company: QuickBooksCompany, unit: UnitOfWork, row: BooksMatch, payment: Payment | None = None
) -> SyncRecord:
    document = payment or unit.invoice
    business_unit = unit.invoice.business_unit
    return SyncRecord(
        company=company,
        business_unit=business_unit,
        kind=Kind.PAYMENT if payment else Kind.INVOICE,
        invoice=None if payment else unit.invoice,
        payment=payment,
        requested_by=row.chosen_by,
        marker=marker_of(business_unit.code, company.realm_id, document.uuid),
    )


def _without_rate(content: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what a day's rate was here: there it is what somebody entered."""
    return {name: part for name, part in content.items() if name != "rate"}


def _otherwise(unit: UnitOfWork, entity: Entity) -> InvoiceThere:
    """Return what of an invoice there is another than ours, and stays so."""
    fields = invoice_fields(entity)
    there: InvoiceThere = {
        "number": fields["DocNumber"],
        "issued_on": fields["TxnDate"],
        "due_on": fields["DueDate"] or None,
    }
    same = (unit.content["number"], unit.content["issued_on"], unit.content["due_on"])
    return {} if (there["number"], there["issued_on"], there["due_on"]) == same else there

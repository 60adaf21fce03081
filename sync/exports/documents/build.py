"""Making documents of records: with what they refer to in QuickBooks, and today's mappings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sync.exports.documents.payloads import Document, NotMapped, body_of, document_of
from sync.mappings.mappings import Mappings
from sync.models import BusinessUnit, SyncRecord
from sync.quickbooks.documents import DocumentError

State, Kind = SyncRecord.State, SyncRecord.Kind


@dataclass(frozen=True, slots=True)
class Parents:
    """What a document refers to: QuickBooks ids, and whether it may go after what it waits for."""

    customer_id: str
    invoice_id: str
    are_exported: bool


def parents_of(records: Sequence[SyncRecord]) -> dict[int, Parents]:
    """Return what each record refers to in QuickBooks, by record."""
    customers = _there(records, "customer")
    invoices = _there(records, "invoice")
    found = {}
    for record in records:
        customer_id, customer_state = customers.get(record.content.get("customer"), ("", ""))
        invoice_id, invoice_state = invoices.get(record.content.get("invoice"), ("", ""))
        before = {Kind.INVOICE: customer_state, Kind.PAYMENT: invoice_state}
        is_exported = before.get(Kind(record.kind), State.EXPORTED) == State.EXPORTED
        found[record.pk] = Parents(customer_id, invoice_id, is_exported)
    return found


def _there(records: Sequence[SyncRecord], name: str) -> dict[int | None, tuple[str, str]]:
    """Return the QuickBooks id and the state of the customers or invoices referred to."""
    companies = {record.company_id for record in records}
    wanted = {record.content[name] for record in records if name in record.content}
    rows = SyncRecord.objects.filter(company__in=companies, **{f"{name}__in": wanted})
    return {
        getattr(row, f"{name}_id"): (row.qbo_id, row.state)
        for row in rows.exclude(qbo_id="").only(name, "qbo_id", "state")
    }


def documents(
    records: Sequence[SyncRecord], parents: Mapping[int, Parents] | None = None
) -> dict[int, Document | str]:
    """Return each record's document as we would send it, or why it cannot be made."""
    parents = parents_of(records) if parents is None else parents
    mappings: dict[BusinessUnit, Mappings] = {}
    made: dict[int, Document | str] = {}
    for record in records:
        unit = record.business_unit
        if unit not in mappings:
            mappings[unit] = Mappings.of(record.company, unit)
        try:
            document = document_of(record, mappings[unit], parents[record.pk])
            body_of(document)
        except (DocumentError, NotMapped) as problem:
            made[record.pk] = str(problem)
        else:
            made[record.pk] = document
    return made

"""What QuickBooks holds becomes what our records say, be it an answer or read later.

Documents are read many by one query, and compared to the cent as answers are.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from django.utils import timezone

from sync.exports.documents import build, units_of_work
from sync.exports.documents.build import ENTITY, Document
from sync.exports.documents.difference_words import words_for
from sync.models import QuickBooksCompany, SyncRecord
from sync.quickbooks.client import Client, where_in
from sync.quickbooks.documents import (
    CustomerDocument,
    Difference,
    Entity,
    InvoiceDocument,
    check_customer,
    check_invoice,
    check_payment,
    customer_fields,
    figure,
    invoice_fields,
    payment_fields,
)
from sync.words import stored

State, Kind = SyncRecord.State, SyncRecord.Kind
# What of each kind is compared, and kept as evidence of what was read back.
FIELDS = {
    Kind.CUSTOMER: customer_fields, Kind.INVOICE: invoice_fields, Kind.PAYMENT: payment_fields
}  # fmt: skip
AT_ONCE = 400
RELATED = (
    "company__discount_account", "business_unit", "customer",
    "invoice__customer", "payment__invoice__customer", "batch", "linked_by",
)  # fmt: skip


def read(client: Client, records: Iterable[SyncRecord]) -> dict[int, Entity]:
    """Return the documents of records by record; what is not there is left out."""
    found: dict[int, Entity] = {}
    by_kind: dict[str, list[SyncRecord]] = {}
    for record in records:
        if record.qbo_id:
            by_kind.setdefault(record.kind, []).append(record)
    for kind, wanted in by_kind.items():
        rows = read_ids(client, kind, {record.qbo_id for record in wanted})
        found |= {r.pk: rows[r.qbo_id] for r in wanted if r.qbo_id in rows}
    return found


def read_ids(client: Client, kind: str, ids: Collection[str]) -> dict[str, Entity]:
    """Return the documents of a kind with these ids, by id; one query for hundreds."""
    found: dict[str, Entity] = {}
    for chunk in _chunks(sorted(ids)):
        where = where_in("Id", chunk)
        if kind == Kind.CUSTOMER:
            where += " AND Active IN (true, false)"
        found |= {str(row["Id"]): row for row in client.select(ENTITY[Kind(kind)], where)}
    return found


def _chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]


def documents(records: Sequence[SyncRecord]) -> dict[int, Document | str]:
    """Return each record's document as it is to stand there, or why the two cannot be compared.

    That is as we would send it, with the figures that a person accepted as they are there.
    """
    accepted = units_of_work.accepted_there({record.pk for record in records})
    return {
        pk: stored("It cannot be compared: %(made)s", made=made)
        if isinstance(made, str)
        else _with_figures(made, accepted.get(pk, {}))
        for pk, made in build.documents(records).items()
    }


def _with_figures(document: Document, accepted: Mapping[str, str]) -> Document:
    if not isinstance(document, InvoiceDocument) or not {"total", "tax"} <= accepted.keys():
        return document
    total, tax = Decimal(accepted["total"]), Decimal(accepted["tax"])
    return replace(document, total=total, tax_total=tax)


def tax_there(entity: Entity) -> Decimal | None:
    """Return the tax that an invoice has in QuickBooks; None where it cannot be read."""
    detail = entity.get("TxnTaxDetail") or {}
    return figure(detail, "TotalTax") if "TotalTax" in detail else Decimal(0)


def applied_there(company: QuickBooksCompany, records: Iterable[SyncRecord]) -> dict[int, Decimal]:
    """Return what our payments took of the invoices among the records, by invoice."""
    ids = {record.invoice_id for record in records if record.invoice_id}
    return units_of_work.payments_of(company, ids)[1]


def differences(
    document: Document, entity: Entity, applied: Decimal = Decimal(0)
) -> list[Difference]:
    """Compare as an answer is compared; of an invoice, `applied` was taken by our payments."""
    if isinstance(document, CustomerDocument):
        return check_customer(document, entity)
    if isinstance(document, InvoiceDocument):
        return check_invoice(document, entity, applied)
    return check_payment(document, entity)


def take(record: SyncRecord, entity: Entity, differing: Sequence[Difference]) -> None:
    """Keep what QuickBooks holds as the record's: exported or, where it differs, to be checked.

    A figure that QuickBooks does not tell is None, never 0. `exported_at` is when it was first
    known to be there. The caller saves the record.
    """
    record.qbo_id, record.qbo_sync_token = str(entity["Id"]), str(entity.get("SyncToken", ""))
    record.exported_at = record.exported_at or timezone.now()
    record.read_back = read_back(record, entity)
    if record.batch is not None and record.batch.digest:
        record.written_digest = record.batch.digest
    if record.kind == Kind.CUSTOMER:
        record.is_exempt = record.company.is_us and entity.get("Taxable") is False
    else:
        record.exported_total = figure(entity, "TotalAmt")
    if record.kind == Kind.INVOICE:
        record.exported_balance = figure(entity, "Balance")
        record.balance_read_at = timezone.now()
    record.error_code, record.error, record.error_detail = "", "", ""
    record.state = State.EXPORTED
    if differing:
        words = words_for(record, entity, differing)
        record.stop(State.MISMATCH, SyncRecord.Problem.MISMATCH, words)


def read_back(record: SyncRecord, entity: Entity) -> dict[str, str]:
    """Return what QuickBooks says of a document, field by field as it is compared."""
    return FIELDS[Kind(record.kind)](entity)

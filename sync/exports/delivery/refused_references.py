"""Which of the things that a refused document refers to is gone or inactive in QuickBooks.

Its answers (610, 2500) do not say. So they are read, many by one query a kind; the customer or the
mapping that leads nowhere is stopped or marked, and what else needs it waits, and is not refused.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial

from django.db import transaction

from sync.company.isolation import apart
from sync.company.sessions import CompanySession
from sync.exports.delivery.survivors import look_for_survivors
from sync.exports.documents.build import Document, documents
from sync.exports.documents.lost_customers import lost
from sync.exports.documents.remote import RELATED, read_ids
from sync.mappings.mappings import Mappings
from sync.mappings.reference import read_again
from sync.models import QuickBooksCompany, ReferenceEntry, SyncRecord
from sync.quickbooks.documents import (
    EXEMPT,
    TAXED,
    CustomerDocument,
    Entity,
    InvoiceDocument,
    PaymentDocument,
    name_before_inactive,
    ref_id,
)
from sync.words import stored, together

State, Kind, Problem = SyncRecord.State, SyncRecord.Kind, SyncRecord.Problem
List = ReferenceEntry.Kind
# What lines of companies in the United States carry: no query finds them by their ids.
PSEUDO_CODES = {EXEMPT, TAXED}
_CUSTOMER = stored(
    "QuickBooks refused this, because its customer %(name)s is %(standing)s there. Mend the "
    "customer's link: to another customer, or to a new one. What was refused is "
    "sent again then."
)
_STAYS = stored(
    "QuickBooks refused this, because its customer %(name)s is inactive there, and a "
    "payment goes to none but its invoice's customer. Make that customer active "
    "again in QuickBooks, then retry."
)
_INVOICE = stored(
    "QuickBooks refused this, because invoice %(number)s is no longer there. Check the "
    "invoice again, then unlink it: it may be exported again with all its payments."
)
_MAPPING = stored(
    "QuickBooks refused this. %(named)s Change it in the mappings of %(unit)s, or make it "
    "active again in QuickBooks and refresh the lists; then retry."
)


def tell(session: CompanySession, ids: Collection[int]) -> None:
    """Find out what these records were refused for, and say it in them.

    Raises QuickBooksFault and TransportError; QuickBooks' own words stand until it is known.
    """
    rows = SyncRecord.objects.filter(pk__in=ids, state=State.FAILED).select_related(*RELATED)
    records = list(rows.order_by("pk"))
    made = {pk: d for pk, d in documents(records).items() if not isinstance(d, str)}
    customers = _customers(session, made.values())
    invoices = _invoices(session, made.values())
    _read_lists(session, made.values())
    told = partial(_tell, session, made, customers, invoices)
    apart(records, told, company=session.company.pk)
    lost_ids = {d.customer_id for d in made.values() if not isinstance(d, CustomerDocument)}
    look_for_survivors(session, _lost(session.company, lost_ids))


def _lost(company: QuickBooksCompany, qbo_ids: Collection[str]) -> list[SyncRecord]:
    rows = SyncRecord.objects.filter(company=company, kind=Kind.CUSTOMER, qbo_id__in=qbo_ids)
    return list(rows.filter(error_code__in=[Problem.GONE, Problem.INACTIVE]))


def _customers(session: CompanySession, made: Collection[Document]) -> dict[str, Entity]:
    ids = {d.customer_id for d in made if isinstance(d, InvoiceDocument | PaymentDocument)}
    return read_ids(session.client, Kind.CUSTOMER, ids - {""}) if ids - {""} else {}


def _invoices(session: CompanySession, made: Collection[Document]) -> dict[str, Entity]:
    ids = {d.invoice_id for d in made if isinstance(d, PaymentDocument)} - {""}
    return read_ids(session.client, Kind.INVOICE, ids) if ids else {}


def _read_lists(session: CompanySession, made: Collection[Document]) -> None:
    """Read again what of the lists the documents refer to: what is gone is marked inactive."""
    wanted: dict[List, set[str]] = defaultdict(set)
    for document in made:
        for kind, qbo_id in _entries_of(document):
            wanted[kind].add(qbo_id)
    for kind, ids in wanted.items():
        read_again(session.client, session.company, kind, sorted(ids))


def _entries_of(document: Document) -> Iterator[tuple[List, str]]:
    """Yield what of the lists of a company a document refers to."""
    found: list[tuple[List, str]] = []
    if isinstance(document, InvoiceDocument):
        for line in document.lines:
            found += [(List.ITEM, line.item_id), (List.CLASS, line.class_id)]
            if line.tax_code_id not in PSEUDO_CODES:
                found.append((List.TAX_CODE, line.tax_code_id))
        found += [
            (List.TERM, document.term_id),
            (List.CLASS, document.class_id),
            (List.DEPARTMENT, document.department_id),
            (List.ACCOUNT, document.discount_account_id),
            (List.TAX_CODE, document.tax_code_id),
        ]
    elif isinstance(document, PaymentDocument):
        found += [
            (List.PAYMENT_METHOD, document.method_id),
            (List.ACCOUNT, document.deposit_account_id),
        ]
    yield from (each for each in found if each[1])


def _tell(
    session: CompanySession,
    made: Mapping[int, Document],
    customers: Mapping[str, Entity],
    invoices: Mapping[str, Entity],
    record: SyncRecord,
) -> None:
    document = made.get(record.pk)
    if not isinstance(document, InvoiceDocument | PaymentDocument):
        return
    with transaction.atomic():
        session.lease.lock()
        why = _of_customer(record, document.customer_id, customers.get(document.customer_id))
        if why and _stays(document, invoices):
            name = customers[document.customer_id]["DisplayName"]
            why = Problem.INACTIVE, _STAYS.filled(name=name_before_inactive(str(name)))
        if not why and isinstance(document, PaymentDocument):
            why = _of_invoice(record, document, invoices)
        code, words = why or _of_mappings(session.company, record, document) or ("", "")
        if words:
            SyncRecord.objects.filter(pk=record.pk, state=State.FAILED).update(
                error_code=code, error=words
            )


def _of_customer(record: SyncRecord, qbo_id: str, there: Entity | None) -> tuple[str, str] | None:
    """Stop the customer where it is gone or inactive, so that nothing else is sent to it."""
    if (found := lost(there)) is None:
        return None
    customers = SyncRecord.objects.filter(
        company=record.company_id, kind=Kind.CUSTOMER, qbo_id=qbo_id
    )
    customers.filter(state=State.EXPORTED).update(
        state=State.MISMATCH, error_code=found.code, error=found.words
    )
    name = next(iter(customers.values_list("content__display_name", flat=True)), "")
    return Problem.UNLINKED, _CUSTOMER.filled(name=str(name), standing=found.standing)


def _stays(document: Document, invoices: Mapping[str, Entity]) -> bool:
    """Say whether it pays an invoice that its lost customer has there: no other link helps."""
    if not isinstance(document, PaymentDocument):
        return False
    return ref_id(invoices.get(document.invoice_id, {}), "CustomerRef") == document.customer_id


def _of_invoice(
    record: SyncRecord, document: PaymentDocument, invoices: Mapping[str, Entity]
) -> tuple[str, str] | None:
    if not document.invoice_id or document.invoice_id in invoices or record.payment is None:
        return None
    number = record.payment.invoice.number if record.payment.invoice else ""
    return record.error_code, _INVOICE.filled(number=number)


def _of_mappings(
    company: QuickBooksCompany, record: SyncRecord, document: Document
) -> tuple[str, str] | None:
    keys = {f"{kind} {qbo_id}" for kind, qbo_id in _entries_of(document)}
    named: Sequence[str] = Mappings.of(company, record.business_unit).inactive(keys)
    if not named:
        return None
    return Problem.MAPPING, _MAPPING.filled(named=together(*named), unit=record.business_unit)

"""An invoice leaves as it was confirmed: it is checked once more, under lock, before that.

Once an invoice is in flight its unit of work is committed and its payments follow; so only invoices
that were never sent are asked again, together with the customers that go for their sake.
"""

from collections.abc import Collection, Iterable, Sequence

from django.db.models import Min, QuerySet

from sync.company.isolation import together_or_apart
from sync.exports.documents import units_of_work
from sync.exports.rules.eligibility import blocked_rows, incomplete_units, with_reasons
from sync.exports.runs.outbox import CHANGED_WORDS, EXPORT_ANEW, MOVED_WORDS, take_back
from sync.exports.runs.preflight import cannot_go_whole
from sync.mappings.mappings import CompanyMappings
from sync.models import BusinessUnit, ExportRunItem, Payment, QuickBooksCompany, SyncRecord
from sync.models.invoices import lock_invoices

State, Kind = SyncRecord.State, SyncRecord.Kind


def still_as_confirmed(
    company: QuickBooksCompany, found: list[SyncRecord], mappings: CompanyMappings
) -> list[SyncRecord]:
    """Return the records that may go as they were confirmed, and take back the others.

    Taken back means: its records that were never sent are deleted, so that it is Not ready or
    Ready again, and its run says why.
    """
    invoices = _invoices_to_ask(company, found)
    changed = changes(company, invoices, mappings)
    if changed:  # perhaps their customers are not as they were: then none of theirs may go
        customers = [invoices[pk].content["customer"] for pk in changed]
        rest = _waiting(company, customers).exclude(invoice__in=invoices)
        changed |= changes(company, _by_invoice(rest), mappings)
    for invoice_id, (code, words) in changed.items():
        take_back(company.pk, [invoice_id], code, words)
    if not changed:
        return found
    left = set(
        SyncRecord.objects.filter(pk__in=[record.pk for record in found]).values_list(
            "pk", flat=True
        )
    )
    return [record for record in found if record.pk in left]


def _invoices_to_ask(
    company: QuickBooksCompany, found: Sequence[SyncRecord]
) -> dict[int, SyncRecord]:
    """Return the never-sent invoices among the records, and one for whose sake each customer goes.

    Each invoice was confirmed with its customer, so one tells whether that is as it was.
    """
    customers = [record.customer_id for record in found if record.kind == Kind.CUSTOMER]
    firsts = _waiting(company, customers).order_by().values("invoice__customer")
    asked = _waiting(company, customers).filter(
        pk__in=list(firsts.annotate(first=Min("pk")).values_list("first", flat=True))
    )
    return _by_invoice([*(r for r in found if r.kind == Kind.INVOICE), *asked])


def _waiting(company: QuickBooksCompany, customers: Collection[int | None]) -> QuerySet[SyncRecord]:
    """Return the never-sent invoices of these customers."""
    invoices = SyncRecord.objects.filter(
        company=company, kind=Kind.INVOICE, state=State.PENDING, qbo_id=""
    )
    return invoices.filter(invoice__customer__in=customers).prefetch_related("business_unit")


def _by_invoice(records: Iterable[SyncRecord]) -> dict[int, SyncRecord]:
    return {record.invoice_id or 0: record for record in records}


def changes(
    company: QuickBooksCompany, asked: dict[int, SyncRecord], mappings: CompanyMappings
) -> dict[int, tuple[str, str]]:
    """Return why invoices may not go as they were confirmed, by invoice; locks them."""
    if not asked:
        return {}

    def look(ids: Sequence[int]) -> dict[int, tuple[str, str]]:
        return _changes(company, {pk: asked[pk] for pk in ids}, mappings)

    tried = together_or_apart(list(asked), look, company=company.pk)
    tried.raise_if_general()
    changed = {pk: why for found in tried.done for pk, why in found.items()}
    for invoice_id, trouble in tried.out:
        words = trouble.words(EXPORT_ANEW)
        changed[invoice_id] = (ExportRunItem.Cause.UNEXPECTED, words)
    return changed


def _changes(
    company: QuickBooksCompany, asked: dict[int, SyncRecord], mappings: CompanyMappings
) -> dict[int, tuple[str, str]]:
    lock_invoices(asked)
    blocked = not_eligible(company, asked, {record.business_unit for record in asked.values()})
    work = units_of_work.load(company, asked)
    halted = cannot_go_whole(company, work, mappings)
    changed: dict[int, tuple[str, str]] = {}
    for invoice_id, record in asked.items():
        if record.business_unit.quickbooks_company_id != company.pk:
            changed[invoice_id] = (ExportRunItem.Cause.CHANGED, MOVED_WORDS)
        elif invoice_id in blocked:
            changed[invoice_id] = blocked[invoice_id]
        elif work[invoice_id].digest != record.content["digest"]:
            changed[invoice_id] = (ExportRunItem.Cause.CHANGED, CHANGED_WORDS)
        elif invoice_id in halted:
            changed[invoice_id] = (halted[invoice_id].code, halted[invoice_id].words)
    return changed


def not_eligible(
    company: QuickBooksCompany, invoice_ids: Collection[int], asked_units: Iterable[BusinessUnit]
) -> dict[int, tuple[str, str]]:
    """Return why invoices are not eligible any more, by invoice."""
    queued = Payment.objects.filter(
        invoice__in=invoice_ids, sync_records__company=company, sync_records__qbo_id=""
    )
    # The steps of a set-up were asked for when it was queued, and a trial goes before them.
    incomplete = incomplete_units(*asked_units, for_trial=True)
    rows = with_reasons(queued, incomplete, queued=True)
    words = blocked_rows(rows, incomplete)
    if not words:
        return {}
    of_payment = dict(Payment.objects.filter(pk__in=words).values_list("pk", "invoice"))
    return {of_payment[pk] or 0: (why.code, why.words) for pk, why in words.items()}

"""The outbox: the sync records that a confirmed run writes and the relay drains.

What was never sent can be taken back from it, whoever decides so.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from sync.company.isolation import together_or_apart
from sync.exports.documents import units_of_work
from sync.exports.documents.customer_names import CustomerNames
from sync.exports.documents.units_of_work import UnitOfWork
from sync.exports.rules.eligibility import blocked_among, incomplete_units
from sync.exports.runs import balances, verdicts
from sync.exports.runs.preflight import customer_currencies, take_currency
from sync.models import (
    BusinessUnit,
    Customer,
    ExportRun,
    ExportRunItem,
    Invoice,
    Payment,
    QuickBooksCompany,
    SyncRecord,
)
from sync.models.invoices import lock_invoices
from sync.models.sql import insert_each
from sync.quickbooks.documents import marker_of, name_key
from sync.words import in_english, stored

State, Kind = SyncRecord.State, SyncRecord.Kind
MOVED_WORDS = stored("Its business unit left this QuickBooks company before it was sent.")
EXPORT_ANEW = stored("It was left out: export it anew.")
CHANGED_WORDS = stored("It changed after it was shown: look at it again and export it anew.")


@in_english
def add_to_outbox(
    run: ExportRun, company: QuickBooksCompany, items: Sequence[ExportRunItem]
) -> None:
    """Give the items of a run their sync records, checked again under lock; skip what changed.

    Runs in the caller's transaction, which holds the company's row from here on, so that two
    people who press at once are served one after the other. A unit of work that meets an unexpected
    error is left out with words; raises such an error where it is not about single units.
    """
    QuickBooksCompany.objects.select_for_update(no_key=True).get(pk=company.pk)
    by_invoice: dict[int, list[ExportRunItem]] = defaultdict(list)
    for item in items:
        by_invoice[item.payment.invoice_id or 0].append(item)
    names = CustomerNames(company, run.customer_names)

    def add(ids: Sequence[int]) -> None:
        _add(run, company, {pk: by_invoice[pk] for pk in ids}, names)

    tried = together_or_apart(list(by_invoice), add, run=run.pk)
    tried.raise_if_general()
    for invoice_id, trouble in tried.out:
        _leave_out(run, invoice_id, ExportRunItem.Cause.UNEXPECTED, trouble.words(EXPORT_ANEW))


def _add(
    run: ExportRun,
    company: QuickBooksCompany,
    by_invoice: dict[int, list[ExportRunItem]],
    names: CustomerNames,
) -> None:
    lock_invoices(by_invoice)
    work = units_of_work.load(company, by_invoice.keys(), names)
    skipped = _skipped(run, company, by_invoice, work)
    for invoice_id, (code, reason) in skipped.items():
        _leave_out(run, invoice_id, code, reason)
    going = [unit for pk, unit in work.items() if pk in by_invoice.keys() - skipped.keys()]
    _create_records(run, company, going)


def _leave_out(run: ExportRun, invoice_id: int, code: str, words: str) -> None:
    items = run.items.filter(payment__invoice=invoice_id)
    items.exclude(choice=ExportRunItem.Choice.SKIPPED).skip(code, words)


def _skipped(
    run: ExportRun,
    company: QuickBooksCompany,
    by_invoice: dict[int, list[ExportRunItem]],
    work: dict[int, UnitOfWork],
) -> dict[int, tuple[str, str]]:
    """Return why invoices cannot go whole any more, by invoice."""
    if run.business_unit.quickbooks_company_id != run.company_id:
        return dict.fromkeys(by_invoice, (ExportRunItem.Cause.CHANGED, MOVED_WORDS))
    verdicts.renew(company.pk, by_invoice.keys())
    ids = [item.payment_id for items in by_invoice.values() for item in items]
    incomplete = incomplete_units(run.business_unit, for_trial=run.is_trial)
    blocked = blocked_among(ids, incomplete)
    reasons: dict[int, tuple[str, str]] = {}
    currencies = customer_currencies(company, work)
    for invoice_id in sorted(by_invoice):
        items = by_invoice[invoice_id]
        unit = work.get(invoice_id)
        why = next((blocked[i.payment_id] for i in items if i.payment_id in blocked), None)
        if why is not None:
            reasons[invoice_id] = (why.code, why.words)
        elif unit is None or any(item.digest != unit.digest for item in items):
            reasons[invoice_id] = (ExportRunItem.Cause.CHANGED, CHANGED_WORDS)
        elif (other := take_currency(company, unit.invoice, currencies)) is not None:
            reasons[invoice_id] = (other.code, other.words)
    return reasons


def _create_records(run: ExportRun, company: QuickBooksCompany, work: Sequence[UnitOfWork]) -> None:
    records = SyncRecord.objects.filter(company=company)
    customers = {
        record.customer_id: record
        for record in records.filter(customer__in={unit.invoice.customer_id for unit in work})
    }
    invoices = {
        record.invoice_id: record
        for record in records.filter(invoice__in=[unit.invoice.pk for unit in work])
    }
    known = set(
        records.filter(
            payment__in=[payment.pk for unit in work for payment in unit.payments]
        ).values_list("payment", flat=True)
    )
    new = []
    balances.expire(records.filter(pk__in=[record.pk for record in invoices.values()]))
    # A customer that waits with another run, paused perhaps or in bulk, goes with this one now.
    waiting = [r.pk for r in customers.values() if r.state == State.PENDING]
    joined = {"run": run} | ({"is_single": True} if run.is_single else {})
    records.filter(pk__in=waiting).update(**joined)
    for unit in work:
        customer, invoice = unit.invoice.customer_id, unit.invoice.pk
        # An invoice that is there has its customer there, also where ours was unlinked since.
        if customer not in customers and invoice not in invoices:
            customers[customer] = _customer_record(run, company, unit)
            new.append(customers[customer])
        if invoice not in invoices:
            invoices[invoice] = _invoice_record(run, company, unit, customers[customer])
            new.append(invoices[invoice])
        new += [
            _payment_record(run, company, unit, payment, invoices[invoice])
            for payment in unit.payments
            if payment.pk not in known
        ]
    insert_each(SyncRecord, new, _columns())


def _columns() -> list[str]:
    return [field.name for field in SyncRecord._meta.concrete_fields if not field.primary_key]


def _record(
    run: ExportRun,
    company: QuickBooksCompany,
    unit: BusinessUnit,
    document: Customer | Invoice | Payment,
    **values: object,
) -> SyncRecord:
    return SyncRecord(
        company=company,
        business_unit=unit,
        run=run,
        is_single=run.is_single,
        requested_by=run.requested_by,
        queued_at=timezone.now(),
        marker=marker_of(unit.code, company.realm_id, document.uuid),
        **values,
    )


def _customer_record(run: ExportRun, company: QuickBooksCompany, unit: UnitOfWork) -> SyncRecord:
    return _record(
        run,
        company,
        run.business_unit,
        unit.invoice.customer,
        kind=Kind.CUSTOMER,
        customer=unit.invoice.customer,
        content=unit.customer,
        name_key=name_key(unit.customer["display_name"]),
        is_sendable=True,
    )


def _invoice_record(
    run: ExportRun, company: QuickBooksCompany, unit: UnitOfWork, customer: SyncRecord
) -> SyncRecord:
    return _record(
        run,
        company,
        run.business_unit,
        unit.invoice,
        kind=Kind.INVOICE,
        invoice=unit.invoice,
        content=unit.content | {"digest": unit.digest},
        is_sendable=customer.state == State.EXPORTED,
    )


def _payment_record(
    run: ExportRun,
    company: QuickBooksCompany,
    unit: UnitOfWork,
    payment: Payment,
    invoice: SyncRecord,
) -> SyncRecord:
    return _record(
        run,
        company,
        run.business_unit,
        payment,
        kind=Kind.PAYMENT,
        payment=payment,
        content=unit.payment_contents[payment.pk],
        customer_there=invoice.customer_there,
    )


@in_english
def take_back(company_id: int, invoice_ids: Collection[int], code: str, words: str) -> None:
    """Take out of a company's outbox what was never sent of these invoices; their runs say why.

    That is their own records, those of their payments, and customers that no invoice needs any
    more. What is in QuickBooks or may be there stays. Runs in the caller's transaction.
    """
    # By lists of ids: through a join, SQLite would read every record.
    payments = list(Payment.objects.filter(invoice__in=invoice_ids).values_list("pk", flat=True))
    taken = _never_sent(company_id).filter(Q(invoice__in=invoice_ids) | Q(payment__in=payments))
    leave_runs(taken, code, words)
    taken.delete()
    _drop_idle_customers(company_id, invoice_ids)


def leave_runs(records: QuerySet[SyncRecord], code: str, words: str) -> None:
    """Have the runs that sent these payments, or were to, leave them out and say why."""
    theirs = records.filter(payment=OuterRef("payment"), run=OuterRef("run"))
    ExportRunItem.objects.filter(Exists(theirs)).skip(code, words)


def _never_sent(company_id: int) -> QuerySet[SyncRecord]:
    return SyncRecord.objects.filter(
        company=company_id, state__in=[State.PENDING, State.FAILED], qbo_id=""
    )


def _drop_idle_customers(company_id: int, invoice_ids: Collection[int]) -> None:
    """Take back the invoices' customers that no invoice in the outbox needs any more."""
    chosen = Invoice.objects.filter(pk__in=invoice_ids)
    customers = set(chosen.values_list("customer", flat=True))
    needing = SyncRecord.objects.filter(company=company_id, invoice__customer__in=customers)
    needed = set(needing.values_list("invoice__customer", flat=True))
    _never_sent(company_id).filter(customer__in=customers - needed).delete()

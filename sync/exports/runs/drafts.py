"""Drafts: what was chosen is stored, each unit of work whole, and shown before anything moves."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from django.db.models import QuerySet

from accounts import access
from accounts.access import Capability
from accounts.models import User
from sync.company.isolation import together_or_apart
from sync.exports.documents import units_of_work
from sync.exports.documents.customer_names import CustomerNames
from sync.exports.rules.by_stage import ready_payments
from sync.exports.rules.eligibility import blocked_among, incomplete_units, visible_payments
from sync.exports.runs import verdicts
from sync.exports.runs.outbox import EXPORT_ANEW
from sync.exports.runs.preflight import in_other_currencies
from sync.exports.runs.runs import chunks
from sync.mappings import rates
from sync.models import BusinessUnit, ExportRun, ExportRunItem, Invoice, Payment, Reason, SyncRecord
from sync.words import in_english, stored

Choice = ExportRunItem.Choice


class UnknownPayments(Exception):
    """Payments that do not exist, or not for this person; the ids are named."""

    def __init__(self, ids: Iterable[int]) -> None:
        self.ids = sorted(ids)
        super().__init__(stored("No such payment: %(ids)s.", ids=", ".join(map(str, self.ids))))


def prepare(
    payment_ids: Collection[int], actor: User | None, *, is_single: bool = False
) -> list[ExportRun]:
    """Store a selection as drafts, one a unit, to be shown before anything moves."""
    allowed = visible_payments(actor, Capability.EXPORT)
    by_unit: dict[int, list[int]] = defaultdict(list)
    for chunk in chunks(dict.fromkeys(payment_ids)):
        for pk, unit_id in allowed.filter(pk__in=chunk).values_list("pk", "business_unit_id"):
            by_unit[unit_id].append(pk)
    unknown = set(payment_ids) - {pk for ids in by_unit.values() for pk in ids}
    if unknown:
        raise UnknownPayments(unknown)
    # What one draft of the press shows as a customer's name, the next ones do not give again.
    names: dict[int | None, CustomerNames] = {}
    return [
        _draft(unit_id, ids, actor, names, is_single=is_single)
        for unit_id, ids in sorted(by_unit.items())
    ]


def prepare_ready(
    unit: BusinessUnit, actor: User | None, narrowed: QuerySet[Payment] | None = None
) -> ExportRun:
    """Store everything of a unit that is ready as a draft, or what of it is in `narrowed`."""
    access.require(actor, Capability.EXPORT, unit.pk)
    if unit.quickbooks_company_id is not None:
        verdicts.renew_all(unit.quickbooks_company_id)
    ready = ready_payments(actor, unit)
    if narrowed is not None:
        ready = ready.filter(pk__in=narrowed.values("pk"))
    return _draft(unit.pk, ready.order_by("received_on", "pk").values_list("pk", flat=True), actor)


def prepare_trial(invoice: Invoice, actor: User | None) -> ExportRun:
    """Store one invoice as a draft that may go before its unit's set-up is finished."""
    access.require(actor, Capability.EXPORT, invoice.business_unit_id)
    ids = invoice.payments.filter(voided_at=None).values_list("pk", flat=True)
    return _draft(invoice.business_unit_id, ids, actor, is_single=True, is_trial=True)


@in_english
def _draft(
    unit_id: int,
    payment_ids: Iterable[int],
    actor: User | None,
    names: dict[int | None, CustomerNames] | None = None,
    **kind: bool,
) -> ExportRun:
    run = ExportRun.objects.create(business_unit_id=unit_id, requested_by=actor, **kind)
    run.company = run.business_unit.quickbooks_company
    run.save(update_fields=["company"])
    incomplete = incomplete_units(run.business_unit, for_trial=run.is_trial)
    given = CustomerNames(run.company) if run.company else None
    if names is not None and given is not None:
        given = names.setdefault(run.company_id, given)

    def add(ids: Sequence[int]) -> None:
        _add_items(run, ids, incomplete, given)

    for chunk in chunks(payment_ids):
        for payment_id, trouble in together_or_apart(chunk, add, run=run.pk).out:
            _skip(run, payment_id, ExportRunItem.Cause.UNEXPECTED, trouble.words(EXPORT_ANEW))
    if run.customer_names:
        run.save(update_fields=["customer_names"])
    return run


def _add_items(
    run: ExportRun,
    payment_ids: Sequence[int],
    incomplete: dict[int, list[str]],
    names: CustomerNames | None,
) -> None:
    invoices = Payment.objects.filter(pk__in=payment_ids).values_list("invoice", flat=True)
    verdicts.renew(run.company_id, list(invoices))
    blocked = blocked_among(payment_ids, incomplete)
    if run.company and any(why.code == Reason.NO_RATE for why in blocked.values()):
        rates.read_anew(run.company)
    free = set(payment_ids) - set(blocked)
    items = _whole_units(run, free, names) if run.company else []
    for payment_id, why in blocked.items():
        items.append(ExportRunItem(run=run, payment_id=payment_id))
        items[-1].skip(why.code, why.words)
    # A sibling may have come with an earlier chunk already.
    ExportRunItem.objects.bulk_create(items, ignore_conflicts=True)
    chosen = ExportRunItem.objects.filter(run=run, payment__in=free, choice=Choice.INCLUDED)
    chosen.update(choice=Choice.SELECTED)


def _skip(run: ExportRun, payment_id: int, code: str, words: str) -> None:
    item = ExportRunItem(run=run, payment_id=payment_id)
    item.skip(code, words)
    ExportRunItem.objects.bulk_create([item], ignore_conflicts=True)


def _whole_units(
    run: ExportRun, payment_ids: Collection[int], names: CustomerNames | None
) -> list[ExportRunItem]:
    if run.company is None:
        raise ValueError("payments of a unit that is not connected are blocked")
    invoices = Payment.objects.filter(pk__in=payment_ids).values_list("invoice", flat=True)
    work = units_of_work.load(run.company, {pk for pk in invoices if pk is not None}, names)
    run.customer_names |= units_of_work.other_names(work.values())
    known = set(
        SyncRecord.objects.filter(
            company=run.company,
            payment__in=[payment.pk for unit in work.values() for payment in unit.payments],
        ).values_list("payment", flat=True)
    )
    halted = in_other_currencies(run.company, work)
    items = [
        ExportRunItem(
            run=run,
            payment=payment,
            choice=Choice.SELECTED if payment.pk in payment_ids else Choice.INCLUDED,
            digest=unit.digest,
        )
        for unit in work.values()
        for payment in unit.payments
        if payment.pk not in known
    ]
    for item in items:
        why = halted.get(item.payment.invoice_id or 0)
        if why is not None:
            item.skip(why.code, why.words)
    return items

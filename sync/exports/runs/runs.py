"""Export runs: a press of the button is prepared, shown, confirmed and put into the outbox."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from accounts import access
from accounts.access import Capability
from accounts.models import User
from sync.company.isolation import attempt, together_or_apart
from sync.company.wake import wake
from sync.exports.documents import units_of_work
from sync.exports.documents.customer_names import CustomerNames
from sync.exports.rules.by_stage import ready_payments
from sync.exports.rules.eligibility import (
    Blocked,
    Reason,
    incomplete_units,
    visible_payments,
    with_reasons,
)
from sync.exports.rules.reasons import blocked_rows
from sync.exports.runs import verdicts
from sync.exports.runs.outbox import EXPORT_ANEW, add_to_outbox
from sync.exports.runs.preflight import in_other_currencies
from sync.exports.runs.progress import is_at_rest
from sync.mappings import rates
from sync.models import (
    BusinessUnit,
    Event,
    ExportRun,
    ExportRunItem,
    Invoice,
    Payment,
    Subject,
    SyncRecord,
)
from sync.models.runs import ExportRunItems
from sync.models.sql import update_each
from sync.words import in_english, stored

Choice = ExportRunItem.Choice
CHUNK = 200
TAX_HELD_WORDS = stored(
    "It was left out of this export, as QuickBooks would work its tax out "
    "otherwise. Correct it and export it anew, or mark it Do not export."
)


class UnknownPayments(Exception):
    """Payments that do not exist, or not for this person; the ids are named."""

    def __init__(self, ids: Iterable[int]) -> None:
        self.ids = sorted(ids)
        super().__init__(stored("No such payment: %(ids)s.", ids=", ".join(map(str, self.ids))))


def chunks(ids: Iterable[int], size: int = CHUNK) -> Iterator[list[int]]:
    """Yield lists of at most `size`."""
    source = iter(ids)
    while chunk := list(islice(source, size)):
        yield chunk


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
    blocked = _blocked(payment_ids, incomplete)
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


def _blocked(payment_ids: Collection[int], incomplete: dict[int, list[str]]) -> dict[int, Blocked]:
    rows = with_reasons(Payment.objects.filter(pk__in=payment_ids), incomplete)
    return blocked_rows(rows, incomplete)


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


@in_english
def confirm(
    run: ExportRun,
    actor: User | None,
    *,
    held: Collection[int] = (),
    as_ours: Collection[int] = (),
) -> ExportRun:
    """Put a draft into the outbox as it was shown; confirming twice changes nothing.

    Of invoices whose tax QuickBooks would work out otherwise, the person leaves out those in
    `held`, and lets those in `as_ours` go with ours.
    """
    access.require(actor, Capability.EXPORT, run.business_unit_id)
    with transaction.atomic():
        locked = ExportRun.objects.select_for_update(of=["self"]).get(pk=run.pk)
        if locked.state != ExportRun.State.DRAFT:
            return locked
        locked.state = ExportRun.State.RUNNING
        locked.confirmed_at = timezone.now()
        locked.requested_by = actor
        locked.save()
        theirs = locked.items.exclude(choice=Choice.SKIPPED)
        theirs.filter(payment__invoice__in=held).skip(ExportRunItem.Cause.TAX_HELD, TAX_HELD_WORDS)
        _audit(locked, actor, as_ours)
        # Where these cannot be done at all, the relay tries again, and says so where it cannot.
        attempt(lambda: _skip_taken(locked), run=locked.pk)
        attempt(lambda: enqueue(locked), run=locked.pk)
        if locked.company is not None:
            wake(locked.company.pk)
    return locked


def _audit(run: ExportRun, actor: User | None, as_ours: Collection[int]) -> None:
    counts = {str(choice): run.items.filter(choice=choice).count() for choice in Choice}
    about = Subject(run.business_unit_id, "exportrun", run.pk, counts)
    Event.objects.record(Event.Action.EXPORT_CONFIRMED, actor, [about])
    going = run.items.exclude(choice=Choice.SKIPPED).filter(payment__invoice__in=as_ours)
    consented = Invoice.objects.filter(pk__in=going.values("payment__invoice")).order_by("pk")
    Event.objects.record(
        Event.Action.TAX_AS_OURS,
        actor,
        [
            Subject(run.business_unit_id, "invoice", pk, {"export": run.pk, "tax": str(tax)})
            for pk, tax in consented.values_list("pk", "tax_total")
        ],
    )


def _skip_taken(run: ExportRun) -> None:
    """Leave out what another run took between this one's preview and its confirmation."""
    record = SyncRecord.objects.filter(company=run.company, payment=OuterRef("payment"))
    taken = run.items.exclude(choice=Choice.SKIPPED).filter(Exists(record)).order_by("pk")
    incomplete = incomplete_units(run.business_unit, for_trial=run.is_trial)
    for chunk in chunks(list(taken.values_list("pk", flat=True))):
        items = {item.payment_id: item for item in run.items.filter(pk__in=chunk)}
        blocked = _blocked(items.keys(), incomplete)
        for payment_id, why in blocked.items():
            items[payment_id].skip(why.code, why.words)
        update_each([items[pk] for pk in blocked], ["choice", "reason_code", "reason"])


def enqueue(run: ExportRun) -> None:
    """Give one chunk of the run's payments their sync records; the relay goes on with the rest."""
    waiting = list(not_enqueued(run)[: 2 * CHUNK])
    with transaction.atomic():
        if waiting and run.company is not None:
            add_to_outbox(run, run.company, waiting)
            run.enqueued_to = waiting[-1].pk
        if not not_enqueued(run).exists():
            run.enqueued_at = timezone.now()
        run.save(update_fields=["enqueued_to", "enqueued_at"])
        finish(run)


def not_enqueued(run: ExportRun) -> ExportRunItems:
    """Return what a confirmed run has yet to put into the outbox."""
    record = SyncRecord.objects.filter(company=run.company, payment=OuterRef("payment"))
    return (
        ExportRunItem.objects.filter(~Exists(record), run=run, pk__gt=run.enqueued_to)
        .exclude(choice=Choice.SKIPPED)
        .select_related("payment")
        .order_by("pk")
    )


def finish(run: ExportRun) -> None:
    """Call the run finished when nothing of it can go on by itself."""
    if run.state == ExportRun.State.RUNNING and run.enqueued_at and is_at_rest(run):
        run.state, run.finished_at = ExportRun.State.FINISHED, timezone.now()
        # Only if it is running still: a retry may have come in between.
        ExportRun.objects.filter(pk=run.pk, state=ExportRun.State.RUNNING).update(
            state=run.state, finished_at=run.finished_at
        )


def end(run: ExportRun, code: str, words: str) -> None:
    """Have nothing more of a confirmed run go: what it has yet to queue is left out, and says why.

    What is in the outbox is the caller's to take back.
    """
    not_enqueued(run).skip(code, words)
    run.enqueued_at = run.enqueued_at or timezone.now()
    run.state, run.finished_at = ExportRun.State.FINISHED, timezone.now()
    run.save(update_fields=["enqueued_at", "state", "finished_at"])


def running(company_id: int) -> QuerySet[ExportRun]:
    """Return the confirmed runs of a company that are not at rest."""
    return ExportRun.objects.filter(company=company_id, state=ExportRun.State.RUNNING).order_by(
        "-is_single", "pk"
    )

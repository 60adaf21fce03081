"""Remedies: what a person decides about a document, each allowed, checked and audited."""

from collections.abc import Collection
from decimal import Decimal

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts import access
from accounts.access import Capability
from accounts.models import User
from sync.connections.requests import UNFINISHED
from sync.connections.wake import wake
from sync.exports import units
from sync.exports.contents import Content
from sync.exports.reasons import money, stopping_record
from sync.exports.rechecking import drop_idle_customer
from sync.exports.recovery import look_first
from sync.models import (
    CompanyRequest,
    Event,
    ExportRun,
    Invoice,
    Payment,
    QuickBooksCompany,
    Refund,
    RefundReview,
    SyncRecord,
)
from sync.quickbooks.documents import name_key

State, Kind = SyncRecord.State, SyncRecord.Kind
MOST_REASON = 300


BEING_REMOVED = "It is being removed from QuickBooks. Wait until that is known."


class RemedyRefused(Exception):
    """It would break a rule; the text says which, for a page."""


def hold(invoice: Invoice, actor: User | None, reason: str) -> None:
    """Mark an invoice with all its payments Do not export; refused once any of it has left."""
    access.require(actor, Capability.RESOLVE, invoice.business_unit_id)
    words = _needed(reason)
    with transaction.atomic():
        companies = _locked_companies(invoice)
        invoice = _locked(invoice)
        records = _records(invoice)
        if (
            records.exclude(qbo_id="").exists()
            or records.filter(state__in=[State.IN_FLIGHT, State.UNCERTAIN]).exists()
        ):
            raise RemedyRefused(
                f"Invoice {invoice.number} is in QuickBooks or on its way there already."
            )
        records.delete()
        for company in companies:
            drop_idle_customer(company, invoice.pk)
        invoice.do_not_export_at, invoice.do_not_export_by = timezone.now(), actor
        invoice.do_not_export_reason = words
        invoice.save(update_fields=["do_not_export_at", "do_not_export_by", "do_not_export_reason"])
        _audit(invoice, actor, "do_not_export", words)


def allow(invoice: Invoice, actor: User | None) -> None:
    """Take Do not export back."""
    access.require(actor, Capability.RESOLVE, invoice.business_unit_id)
    with transaction.atomic():
        invoice = _locked(invoice)
        if invoice.do_not_export_at is None:
            raise RemedyRefused(f"Invoice {invoice.number} is not marked Do not export.")
        records = dict(_records(invoice).values_list("pk", "company"))
        if being_removed(set(records.values())) & records.keys():
            raise RemedyRefused(f"Invoice {invoice.number}: {BEING_REMOVED}")
        invoice.do_not_export_at = invoice.do_not_export_by = None
        invoice.do_not_export_reason = ""
        invoice.save(update_fields=["do_not_export_at", "do_not_export_by", "do_not_export_reason"])
        _audit(invoice, actor, "allow_export", "")


def release(invoice: Invoice, actor: User | None, reason: str) -> None:
    """Let an invoice go that was fully paid before a refund took some of it back."""
    access.require(actor, Capability.RESOLVE, invoice.business_unit_id)
    words = _needed(reason)
    with transaction.atomic():
        invoice = _locked(invoice)
        if invoice.paid_total < invoice.total or invoice.balance_due <= 0:
            raise RemedyRefused(
                f"Only an invoice that a refund made due again can be released; invoice"
                f" {invoice.number} is not one."
            )
        invoice.released_at, invoice.released_by = timezone.now(), actor
        invoice.release_reason = words
        invoice.save(update_fields=["released_at", "released_by", "release_reason"])
        _audit(invoice, actor, "release", words)


def retry(payment: Payment, actor: User | None) -> None:
    """Queue again what stopped the payment, with its content as it stands now.

    What failed was refused for certain, so nothing of it is in QuickBooks. A doubtful one may be
    there, whatever a person says: it is looked for before anything is sent.
    """
    access.require(actor, Capability.RESOLVE, payment.business_unit_id)
    with transaction.atomic():
        company = QuickBooksCompany.objects.select_for_update(no_key=True).get(
            business_units=payment.business_unit_id
        )
        record = stopping_record(payment)
        if record is None or record.qbo_id or record.state == State.MISMATCH:
            raise RemedyRefused("Nothing about this payment failed in a way that can be retried.")
        _refresh_content(company, record, payment)
        if record.state == State.UNCERTAIN:
            look_first(record)
        else:
            record.state = State.PENDING
        record.tries = 0
        record.error = record.error_code = record.error_detail = ""
        record.save()
        # A paused run stays so until a person sends it on.
        ExportRun.objects.filter(records=record, state=ExportRun.State.FINISHED).update(
            state=ExportRun.State.RUNNING, finished_at=None
        )
        Event.objects.create(
            actor=actor,
            business_unit=payment.business_unit,
            action="retry",
            subject_kind="syncrecord",
            subject_id=record.pk,
        )
        wake(company.pk)


def go_on(run: ExportRun, actor: User | None) -> None:
    """Let a paused run go on: a person has seen the differences that paused it."""
    access.require(actor, Capability.RESOLVE, run.business_unit_id)
    with transaction.atomic():
        locked = ExportRun.objects.select_for_update(of=["self"]).get(pk=run.pk)
        if locked.state != ExportRun.State.PAUSED or locked.company_id is None:
            raise RemedyRefused("This export is not paused.")
        locked.state, locked.state_detail = ExportRun.State.RUNNING, ""
        locked.went_on_at = timezone.now()
        locked.save(update_fields=["state", "state_detail", "went_on_at"])
        Event.objects.create(
            actor=actor,
            business_unit=locked.business_unit,
            action="go_on",
            subject_kind="exportrun",
            subject_id=locked.pk,
        )
        wake(locked.company_id)


def _refresh_content(company: QuickBooksCompany, record: SyncRecord, payment: Payment) -> None:
    """Confirm a never-sent unit of work as it stands now."""
    if payment.invoice_id is None:
        raise RemedyRefused("This payment has no invoice.")
    unit = units.load(company, [payment.invoice_id])[payment.invoice_id]
    records = SyncRecord.objects.filter(company=company, qbo_id="").exclude(state=State.IN_FLIGHT)
    if record.kind == Kind.CUSTOMER:
        name = units.free_name(company, unit.invoice.customer)
        record.content = unit.customer | {"display_name": name}
        record.name_key = name_key(name)
    for invoice_record in records.filter(invoice=payment.invoice_id):
        invoice_record.content = unit.content | {"digest": unit.digest}
        invoice_record.save(update_fields=["content"])
        if invoice_record.pk == record.pk:
            record.content = invoice_record.content
    for payment_record in records.filter(payment__in=unit.payment_contents):
        payment_record.content = _as_committed(payment_record, unit)
        payment_record.save(update_fields=["content"])
        if payment_record.pk == record.pk:
            record.content = payment_record.content


def being_removed(companies: Collection[int]) -> set[int]:
    """Return the records whose removal from QuickBooks is asked for and has no outcome yet."""
    asked = CompanyRequest.objects.filter(
        company__in=companies, kind="remove", state__in=UNFINISHED
    )
    unanswered = SyncRecord.objects.filter(
        company__in=companies, batch__operation="delete", batch__settled_at__isnull=True
    )
    return set(unanswered.values_list("pk", flat=True)) | {
        document["record"]
        for params in asked.values_list("params", flat=True)
        for document in params["documents"]
    }


def refund_in_the_way(payment: Payment) -> str:
    """Say why a refund keeps its payment in QuickBooks' books; empty when none does.

    Without the payment nothing would tell of the refund any more, nor of what was entered for it.
    """
    if not payment.refunded_total:
        return ""
    reviews = Refund.objects.filter(payment=payment).values_list("amount", "review__status")
    for amount, status in reviews:
        words = money(amount, payment.currency)
        if status in {RefundReview.Status.RECORDED, RefundReview.Status.VERIFIED}:
            return (
                f"Its refund of {words} was recorded in QuickBooks. Take that entry back there,"
                " then mark the refund Not needed under Refunds to adjust."
            )
        if status != RefundReview.Status.NOT_NEEDED:
            return (
                f"Its refund of {words} is still to adjust. Say first, under Refunds to adjust,"
                " that no adjustment is needed because the payment leaves QuickBooks."
            )
    return ""


def _as_committed(record: SyncRecord, unit: units.UnitOfWork) -> Content:
    """Return a payment as it stands now; of an invoice in QuickBooks it takes what it was to take.

    An invoice that was edited here since is another than the one the payment is applied to there.
    """
    content = unit.payment_contents[record.payment_id or 0]
    invoices = SyncRecord.objects.filter(company=record.company_id, invoice=unit.invoice.pk)
    if not invoices.exclude(qbo_id="").exists():
        return content
    applied = min(Decimal(record.content["applied"]), Decimal(content["amount"]))
    return content | {"applied": str(applied)}


def _locked_companies(invoice: Invoice) -> list[QuickBooksCompany]:
    """Lock the companies that may be about to send it: always before the invoice itself."""
    ids = set(_records(invoice).values_list("company", flat=True))
    rows = QuickBooksCompany.objects.filter(
        Q(pk__in=ids) | Q(pk=invoice.business_unit.quickbooks_company_id)
    )
    return list(rows.select_for_update(no_key=True).order_by("pk"))


def _locked(invoice: Invoice) -> Invoice:
    return Invoice.objects.select_for_update(of=["self"], no_key=True).get(pk=invoice.pk)


def _records(invoice: Invoice) -> QuerySet[SyncRecord]:
    return SyncRecord.objects.filter(invoice=invoice) | SyncRecord.objects.filter(
        payment__invoice=invoice
    )


def _needed(reason: str) -> str:
    words = reason.strip()
    if not words:
        raise RemedyRefused("Say why, for whoever looks at this later.")
    return words[:MOST_REASON]


def _audit(invoice: Invoice, actor: User | None, action: str, reason: str) -> None:
    Event.objects.create(
        actor=actor,
        business_unit=invoice.business_unit,
        action=action,
        subject_kind="invoice",
        subject_id=invoice.pk,
        detail={"reason": reason},
    )

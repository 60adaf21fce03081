"""An import taken back: what it created goes, while nothing of it was exported or built upon."""

from django.db import transaction
from django.db.models import ProtectedError, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from sync.models import (
    Customer,
    Delivery,
    Event,
    Import,
    ImportRow,
    Invoice,
    Payment,
    Refund,
    SyncRecord,
)
from sync.models.events import Subject
from sync.words import number


class CannotUndo(Exception):
    """Why an import stays; the words are for whoever pressed the button."""


def why_not(entry: Import) -> str:
    """Return why an import cannot be undone, empty where it can."""
    if entry.state != Import.State.DONE:
        return _("Only an import that was taken in can be undone.")
    if changed := entry.rows.filter(outcome=ImportRow.Outcome.CHANGED).count():
        return ngettext(
            "It changed %(count)s row that was here before: bring the older file again.",
            "It changed %(count)s rows that were here before: bring the older file again.",
            changed,
        ) % {"count": number(changed)}
    records = SyncRecord.objects.all()
    _customers, invoices, payments, _refunds = _brought(entry)
    is_exported = records.filter(invoice__in=invoices) | records.filter(payment__in=payments)
    if is_exported.exists():
        return _("Some of it was exported to QuickBooks or is on its way there.")
    return ""


def undo(entry: Import, by: User | None) -> None:
    """Delete what an import created, all of it or nothing."""
    try:
        with transaction.atomic():
            entry = Import.objects.select_for_update().get(pk=entry.pk)
            if words := why_not(entry):
                raise CannotUndo(words)
            customers, invoices, payments, refunds = _brought(entry)
            refunds.delete()
            payments.delete()
            invoices.delete()
            customers.filter(invoices=None, payments=None, twins=None).delete()
            entry.deliveries.all().delete()
            entry.state, entry.undone_by, entry.undone_at = Import.State.UNDONE, by, timezone.now()
            entry.save(update_fields=["state", "undone_by", "undone_at"])
            subject = Subject(entry.business_unit_id, "import", entry.pk)
            Event.objects.record(Event.Action.IMPORT_UNDONE, by, [subject])
    except ProtectedError as used:
        words = _("Something else rests on it by now: a payment, a refund or a review.")
        raise CannotUndo(words) from used


Brought = tuple[QuerySet[Customer], QuerySet[Invoice], QuerySet[Payment], QuerySet[Refund]]


def _brought(entry: Import) -> Brought:
    """Return what a file created: what its source knows by ids that no other brought before."""
    unit, source = entry.business_unit_id, entry.source
    ids = {
        kind: entry.deliveries.filter(kind=kind, source=source).values("external_id")
        for kind in Delivery.Kind
    }
    return (
        Customer.objects.filter(
            business_unit=unit, source=source, external_id__in=ids[Delivery.Kind.CUSTOMER]
        ),
        Invoice.objects.filter(
            business_unit=unit, source=source, external_id__in=ids[Delivery.Kind.INVOICE]
        ),
        Payment.objects.filter(
            business_unit=unit, source=source, receipt__in=ids[Delivery.Kind.PAYMENT]
        ),
        Refund.objects.filter(
            payment__business_unit=unit, source=source, external_id__in=ids[Delivery.Kind.REFUND]
        ),
    )

"""Putting words to a change after export, of a document or of a refund that was judged."""

from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from sync.discrepancies.drift.snapshots import change_words, told
from sync.models import Drift, Refund, RefundReview, SyncRecord
from sync.words import called, day, listed, stored


def drift_words(drift: Drift) -> str:
    """Say it: Payment 881 changed in QuickBooks: $200.00 → $150.00 on 9 May 2026.

    Load the record with its invoice or payment, and the unit.
    """
    record = drift.record
    document = record.invoice or record.payment
    currency = document.currency if document else "USD"
    when = day(drift.changed_at.astimezone(ZoneInfo(drift.business_unit.timezone)).date())
    where = _("in QuickBooks") if drift.side == Drift.Side.QUICKBOOKS else _("here")
    name = (
        _("Invoice %(number)s") % {"number": record.invoice.number}
        if record.invoice
        else _("Payment %(id)s") % {"id": record.qbo_id}
    )
    changes = drift.changes
    if changes[0]["field"] == "standing":
        what = change_words(changes[0], currency)
        return _("%(name)s was %(what)s %(where)s on %(when)s") % {
            "name": name, "what": what, "where": where, "when": when,
        }  # fmt: skip
    words = listed(change_words(change, currency) for change in told(changes))
    return _("%(name)s changed %(where)s: %(what)s on %(when)s") % {
        "name": name, "where": where, "what": words, "when": when,
    }  # fmt: skip


def whose(record: SyncRecord) -> tuple[str, str]:
    """Return the customer and the invoice's number of an exported invoice or payment.

    Load the documents with their customers.
    """
    document = record.invoice or record.payment
    invoice = record.invoice or (record.payment and record.payment.invoice)
    customer = document.customer.display_name if document else ""
    return customer, invoice.number if invoice else _("no invoice")


def changed_since(review: RefundReview, refund: Refund) -> str:
    """Say how a refund is no longer what was judged; empty where it is. Load its payment."""
    is_open = review.status == RefundReview.Status.OPEN
    if is_open or review.amount is None or review.stands_for(refund):
        return ""
    if review.payment_id != refund.payment_id:
        return stored("the refund was moved here to another payment.")
    if review.kind != refund.kind:
        kind = called(Refund.Kind(refund.kind).label)
        return stored("the refund is now of another kind: “%(kind)s”.", kind=kind)
    was = review.amount, review.currency
    now = refund.amount, refund.payment.currency
    if was == now:
        return stored("the refund is now dated %(day)s.", day=refund.refunded_on)
    return stored("the refund was changed here from %(was)s to %(now)s.", was=was, now=now)

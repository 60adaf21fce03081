"""Putting words to a change after export, of a document or of a refund that was judged."""

from zoneinfo import ZoneInfo

from sync.discrepancies.drift.snapshots import change_words, told
from sync.exports.rules.reasons import day, money
from sync.models import Drift, Refund, RefundReview, SyncRecord


def drift_words(drift: Drift) -> str:
    """Say it: Payment 881 changed in QuickBooks: $200.00 → $150.00 on 9 May 2026.

    Load the record with its invoice or payment, and the unit.
    """
    record = drift.record
    document = record.invoice or record.payment
    currency = document.currency if document else "USD"
    when = day(drift.changed_at.astimezone(ZoneInfo(drift.business_unit.timezone)).date())
    where = "in QuickBooks" if drift.side == Drift.Side.QUICKBOOKS else "here"
    name = f"Invoice {record.invoice.number}" if record.invoice else f"Payment {record.qbo_id}"
    changes = drift.changes
    if changes[0]["field"] == "standing":
        return f"{name} was {change_words(changes[0], currency)} {where} on {when}"
    words = ", ".join(change_words(change, currency) for change in told(changes))
    return f"{name} changed {where}: {words} on {when}"


def whose(record: SyncRecord) -> tuple[str, str]:
    """Return the customer and the invoice's number of an exported invoice or payment.

    Load the documents with their customers.
    """
    document = record.invoice or record.payment
    invoice = record.invoice or (record.payment and record.payment.invoice)
    customer = document.customer.display_name if document else ""
    return customer, invoice.number if invoice else "no invoice"


def changed_since(review: RefundReview, refund: Refund) -> str:
    """Say how a refund is no longer what was judged; empty where it is. Load its payment."""
    is_open = review.status == RefundReview.Status.OPEN
    if is_open or review.amount is None or review.stands_for(refund):
        return ""
    if review.payment_id != refund.payment_id:
        return "the refund was moved here to another payment."
    if review.kind != refund.kind:
        return f"the refund is now one of another kind: {refund.get_kind_display().lower()}."
    was = money(review.amount, review.currency)
    now = money(refund.amount, refund.payment.currency)
    if was == now:
        return f"the refund is now dated {day(refund.refunded_on)}."
    return f"the refund was changed here from {was} to {now}."

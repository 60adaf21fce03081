"""What the payments that wait take of an invoice that stands in QuickBooks at another total."""

from collections.abc import Mapping
from decimal import Decimal

from sync.exports.documents.confirmed_content import PaymentContent, apply
from sync.exports.documents.units_of_work import payments_of
from sync.models import SyncRecord
from sync.models.sql import update_each

State = SyncRecord.State


def confirm_waiting(
    record: SyncRecord, total: Decimal, contents: Mapping[int, PaymentContent] | None = None
) -> Decimal:
    """Have the payments that were never sent take of the invoice what is there, and never more.

    Each keeps its content, or takes the one given. Returns what was paid in all, by these and by
    those that are there. Runs in the caller's transaction.
    """
    waiting = SyncRecord.objects.filter(
        company=record.company_id,
        payment__invoice=record.invoice_id,
        state__in=[State.PENDING, State.FAILED],
        qbo_id="",
    )
    rows = list(waiting.select_related("payment"))
    invoice_id = record.invoice_id or 0
    taken = payments_of(record.company, [invoice_id])[1][invoice_id]
    applied = apply(total, [row.payment for row in rows if row.payment is not None], taken)
    for row in rows:
        content = (contents or {}).get(row.payment_id or 0, row.content)
        row.content = {**content, "applied": str(applied[row.payment_id or 0])}
    update_each(rows, ["content"])
    return sum((Decimal(row.content["amount"]) for row in rows), taken)

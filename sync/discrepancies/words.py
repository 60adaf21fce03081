"""Putting words to a change after export."""

from zoneinfo import ZoneInfo

from sync.discrepancies.snapshots import change_words, told
from sync.exports.reasons import day
from sync.models import Drift


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

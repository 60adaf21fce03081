"""A payment's stage: where it stands by documents and records alone; for both databases.

What its unit and company let go is never in it, so that these change without any payment's row.
Lists find by it which payments need be asked more (exports/rules/eligibility.py).
"""

from collections.abc import Iterator
from functools import partial

from sync.models import trigger_words
from sync.models.trigger_words import Definition

_when = partial(trigger_words.when, "stage")
_calling = partial(trigger_words.calling, "stage")

_FULLY_PAID = (
    "(ROUND(i.total - i.paid_total + i.refunded_total, 2) <= 0"
    " OR i.released_at IS NOT NULL AND i.paid_total >= i.total)"
)
_ODD_SIBLING = (
    "EXISTS (SELECT 1 FROM sync_payment s WHERE s.invoice_id = i.id AND s.id <> {row}.id"
    " AND s.voided_at IS NULL AND (s.customer_id <> i.customer_id OR s.currency <> i.currency))"
)
# Names of our own tables and columns only; `row` is a table's name or a trigger's NEW.
STAGE = (
    "CASE WHEN EXISTS (SELECT 1 FROM sync_syncrecord r WHERE r.payment_id = {row}.id) THEN 'sent'"
    " WHEN {row}.voided_at IS NOT NULL OR {row}.invoice_id IS NULL THEN 'stopped'"
    " ELSE COALESCE((SELECT CASE WHEN i.voided_at IS NOT NULL THEN 'stopped'"
    " WHEN i.do_not_export_at IS NOT NULL THEN 'held'"
    f" WHEN i.total <= 0 OR NOT {_FULLY_PAID} OR i.lines_total <> i.subtotal"
    " OR {row}.customer_id <> i.customer_id OR {row}.currency <> i.currency"
    f" OR {_ODD_SIBLING} THEN 'stopped' ELSE 'open' END"
    " FROM sync_invoice i WHERE i.id = {row}.invoice_id), 'stopped') END"
)
# What of the payment itself it rests on, and what of its invoice: payments tell that by its sums.
RESTS_ON = ["invoice_id", "customer_id", "currency", "voided_at"]
_INVOICE = (
    "voided_at", "do_not_export_at", "released_at", "customer_id", "currency", "total", "subtotal",
    "lines_total", "paid_total", "refunded_total",
)  # fmt: skip


def touch(payments: str, value: str = "") -> str:
    """Return SQL that gives those payments their stage where they have another."""
    stage = STAGE.format(row="sync_payment")
    # In full: on SQLite the trigger that computes it does not fire while it is at work itself.
    return (
        f"UPDATE sync_payment SET stage = {value or stage} WHERE {payments} AND stage <> {stage};"
    )


def sqlite() -> Iterator[Definition]:
    """Yield the triggers of SQLite."""
    of_invoice = touch("invoice_id = NEW.id")
    yield _when("sync_invoice", f"UPDATE OF {', '.join(_INVOICE)}", "", of_invoice)
    old, new = touch("id = OLD.payment_id"), touch("id = NEW.payment_id")
    yield _when("sync_syncrecord", "INSERT", "NEW.payment_id IS NOT NULL", new)
    yield _when("sync_syncrecord", "UPDATE OF payment_id", "", f"{old} {new}")
    yield _when("sync_syncrecord", "DELETE", "OLD.payment_id IS NOT NULL", old)


def postgresql() -> Iterator[Definition]:
    """Yield the triggers of PostgreSQL, where whatever writes a payment has its stage computed."""
    yield _calling("sync_invoice", "UPDATE", touch("invoice_id = NEW.id", "stage"))
    old, new = touch("id = OLD.payment_id", "stage"), touch("id = NEW.payment_id", "stage")
    yield _calling(
        "sync_syncrecord",
        "INSERT OR DELETE OR UPDATE OF payment_id",
        f"IF TG_OP <> 'INSERT' THEN {old} END IF; IF TG_OP <> 'DELETE' THEN {new} END IF;",
    )

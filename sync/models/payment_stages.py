"""A payment's stage: where it stands by documents and records alone; for both databases.

What its unit and company let go is never in it, so that these change without any payment's row.
Lists find by it which payments need be asked more (exports/rules/eligibility.py).
"""

from collections.abc import Iterator
from functools import partial

from sync.models import trigger_words
from sync.models.trigger_words import Definition

_when = partial(trigger_words.when, "stage")
_changing = partial(trigger_words.changing, "stage")
_calling = partial(trigger_words.calling, "stage")

_FULLY_PAID = (
    "(ROUND(i.total - i.paid_total + i.refunded_total, 2) <= 0"
    " OR i.released_at IS NOT NULL AND i.paid_total >= i.total)"
)
_ODD_SIBLING = (
    "EXISTS (SELECT 1 FROM sync_payment s WHERE s.invoice_id = i.id AND s.id <> {row}.id"
    " AND s.voided_at IS NULL AND (s.customer_id <> i.customer_id OR s.currency <> i.currency))"
)
# Before a person; the states that `standing` in exports/rules/eligibility.py calls stopped.
_STOPPED = "('failed', 'uncertain', 'mismatch')"


def _customer_stopped(company: str, invoice: str) -> str:
    return (
        "EXISTS (SELECT 1 FROM sync_syncrecord c JOIN sync_invoice ci ON ci.customer_id ="
        f" c.customer_id WHERE ci.id = {invoice} AND c.company_id = {company}"
        f" AND c.state IN {_STOPPED})"
    )


def _stops(row: str) -> str:
    """Return the condition that a record stops what waits behind it."""
    waits = _customer_stopped(f"{row}.company_id", f"{row}.invoice_id")
    return f"({row}.state IN {_STOPPED} OR {row}.state = 'pending' AND {waits})"


_INVOICE_STOPPED = (
    "EXISTS (SELECT 1 FROM sync_syncrecord v WHERE v.company_id = r.company_id"
    f" AND v.invoice_id = {{row}}.invoice_id AND {_stops('v')})"
)
# Of records in several companies the last by the alphabet; lists ask those payments themselves.
_BY_RECORDS = (
    f"(SELECT MAX(CASE WHEN r.state = 'exported' THEN 'sent' WHEN r.state IN {_STOPPED}"
    f" OR r.state = 'pending' AND {_INVOICE_STOPPED} THEN 'stuck' ELSE 'queued' END)"
    " FROM sync_syncrecord r WHERE r.payment_id = {row}.id)"
)
# Names of our own tables and columns only; `row` is a table's name or a trigger's NEW.
STAGE = (
    f"COALESCE({_BY_RECORDS}, CASE"
    " WHEN {row}.voided_at IS NOT NULL OR {row}.invoice_id IS NULL THEN 'stopped'"
    " ELSE COALESCE((SELECT CASE WHEN i.voided_at IS NOT NULL THEN 'stopped'"
    " WHEN i.do_not_export_at IS NOT NULL THEN 'held'"
    f" WHEN i.total <= 0 OR NOT {_FULLY_PAID} OR i.lines_total <> i.subtotal"
    " OR {row}.customer_id <> i.customer_id OR {row}.currency <> i.currency"
    f" OR {_ODD_SIBLING} THEN 'stopped' ELSE 'open' END"
    " FROM sync_invoice i WHERE i.id = {row}.invoice_id), 'stopped') END)"
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


def _touch_behind(row: str) -> str:
    """Return SQL that does it for payments that wait behind this record of another document."""
    of_customer = f"(SELECT b.id FROM sync_invoice b WHERE b.customer_id = {row}.customer_id)"
    return f"{touch(f'invoice_id = {row}.invoice_id')} {touch(f'invoice_id IN {of_customer}')}"


_OF_ANOTHER = "{row}.payment_id IS NULL AND {stops}"
_RECORD = ("payment_id", "invoice_id", "customer_id", "company_id", "state")
_old, _new = (_OF_ANOTHER.format(row=row, stops=_stops(row)) for row in ("OLD", "NEW"))


def sqlite() -> Iterator[Definition]:
    """Yield the triggers of SQLite."""
    of_invoice = touch("invoice_id = NEW.id")
    yield _when("sync_invoice", f"UPDATE OF {', '.join(_INVOICE)}", "", of_invoice)
    table, behind = "sync_syncrecord", partial(trigger_words.when, "stage_behind")
    either = touch("id IN (OLD.payment_id, NEW.payment_id)")
    yield _when(table, "INSERT", "NEW.payment_id IS NOT NULL", touch("id = NEW.payment_id"))
    yield _changing(table, _RECORD, either)
    yield _when(table, "DELETE", "OLD.payment_id IS NOT NULL", touch("id = OLD.payment_id"))
    of_old, of_new = _touch_behind("OLD"), _touch_behind("NEW")
    yield behind(table, "INSERT", _new, of_new)
    yield behind(
        table, f"UPDATE OF {', '.join(_RECORD)}", f"{_old} OR {_new}", f"{of_old} {of_new}"
    )
    yield behind(table, "DELETE", _old, of_old)


def postgresql() -> Iterator[Definition]:
    """Yield the triggers of PostgreSQL, where whatever writes a payment has its stage computed."""
    yield _calling("sync_invoice", "UPDATE", touch("invoice_id = NEW.id", "stage"))
    old, new = touch("id = OLD.payment_id", "stage"), touch("id = NEW.payment_id", "stage")
    yield _calling(
        "sync_syncrecord",
        f"INSERT OR DELETE OR UPDATE OF {', '.join(_RECORD)}",
        f"IF TG_OP = 'UPDATE' THEN IF NOT ({trigger_words.differs(_RECORD)}) THEN RETURN NULL;"
        " END IF; END IF;"
        f" IF TG_OP <> 'INSERT' THEN {old} IF {_old} THEN {_touch_behind('OLD')} END IF; END IF;"
        f" IF TG_OP <> 'DELETE' THEN {new} IF {_new} THEN {_touch_behind('NEW')} END IF; END IF;",
    )

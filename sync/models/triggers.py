"""Database triggers that keep stored sums right, whoever writes: the admin, an import or plain SQL.

Invoice.lines_total, paid_total and refunded_total and Payment.refunded_total are each computed in
one place: when their row is written. A change to a line, payment or refund only touches its parent.
A payment's stage is computed the same way; its invoice and its records touch it where it differs.
What may go by a verdict is summed in the verdict's row (open_sums.py).
A refund's unit and currency are its payment's, copied so that the report need not read payments.
Refunds share documents of QuickBooks: all together never more than a document has.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from django.db import connections, transaction

from sync.models import open_sums, payment_stages, readiness_triggers, verdict_triggers


def _sum(query: str) -> str:
    return f"ROUND(COALESCE(({query}), 0), 2)"


def _of_payment(column: str) -> str:
    return f"(SELECT p.{column} FROM sync_payment p WHERE p.id = {{row}}.payment_id)"


_STORED = {
    "sync_refund": {
        "business_unit_id": _of_payment("business_unit_id"),
        "currency": f"COALESCE({_of_payment('currency')}, '')",
    },
    "sync_payment": {
        "refunded_total": _sum(
            "SELECT SUM(r.amount) FROM sync_refund r"
            " WHERE r.payment_id = {row}.id AND r.voided_at IS NULL"
        ),
        "stage": payment_stages.STAGE,
    },
    "sync_invoice": {
        "lines_total": _sum(
            "SELECT SUM(l.amount) FROM sync_invoiceline l WHERE l.invoice_id = {row}.id"
        ),
        "paid_total": _sum(
            "SELECT SUM(p.amount) FROM sync_payment p"
            " WHERE p.invoice_id = {row}.id AND p.voided_at IS NULL"
        ),
        "refunded_total": _sum(
            "SELECT SUM(p.refunded_total) FROM sync_payment p"
            " WHERE p.invoice_id = {row}.id AND p.voided_at IS NULL"
        ),
    },
}
_OF_VERDICTS = {"sync_verdict": open_sums.STORED}
# A row's own columns that what it stores rests on.
_RESTS_ON = {
    "sync_refund": ["payment_id"],
    "sync_payment": payment_stages.RESTS_ON,
}
# Child table, its foreign key, the parent, and the child's columns that the parent's sums rest on.
_CHILDREN = [
    ("sync_refund", "payment_id", "sync_payment", ["payment_id", "amount", "voided_at"]),
    ("sync_invoiceline", "invoice_id", "sync_invoice", ["invoice_id", "amount"]),
    (
        "sync_payment",
        "invoice_id",
        "sync_invoice",
        ["invoice_id", "amount", "voided_at", "refunded_total", "customer_id", "currency"],
    ),
]


def computed(table: str, column: str, row: str) -> str:
    """Return the SQL that a stored column must equal, for the row of that name."""
    return _STORED[table][column].format(row=row)


class Trigger(NamedTuple):
    """One trigger; `function` is the body of the function it calls, on PostgreSQL."""

    name: str
    table: str
    create: str
    function: str = ""


def _sqlite() -> Iterator[Trigger]:
    for table, columns in _STORED.items():
        values = ", ".join(f"{name} = {computed(table, name, table)}" for name in columns)
        # The WHEN is what ends the chain: a row that is already right is not written again.
        wrong = " OR ".join(f"NEW.{c} IS NOT {computed(table, c, 'NEW')}" for c in columns)
        rests_on = ", ".join([*columns, *_RESTS_ON.get(table, [])])
        for event in ("INSERT", f"UPDATE OF {rests_on}"):
            name = f"{table}_sums_{event.split()[0].lower()}"
            yield Trigger(
                name,
                table,
                f"CREATE TRIGGER {name} AFTER {event} ON {table} WHEN {wrong}"
                f" BEGIN UPDATE {table} SET {values} WHERE id = NEW.id; END",
            )
    for child, key, parent, watched in _CHILDREN:
        column = next(iter(_STORED[parent]))
        for event, parents in (
            ("INSERT", f"= NEW.{key}"),
            (f"UPDATE OF {', '.join(watched)}", f"IN (OLD.{key}, NEW.{key})"),
            ("DELETE", f"= OLD.{key}"),
        ):
            name = f"{child}_{event.split()[0].lower()}"
            yield Trigger(
                name,
                child,
                f"CREATE TRIGGER {name} AFTER {event} ON {child}"
                f" BEGIN UPDATE {parent} SET {column} = {column} + 0 WHERE id {parents}; END",
            )
    for event in ("INSERT", "UPDATE OF business_unit_id, currency"):
        name, table = f"sync_payment_copy_{event.split()[0].lower()}", "sync_payment"
        create = f"CREATE TRIGGER {name} AFTER {event} ON {table} BEGIN {_TOUCH} END"
        yield Trigger(name, table, create)


_TOUCH = "UPDATE sync_refund SET currency = currency WHERE payment_id = NEW.id;"


def _calling(name: str, table: str, events: str, function: str) -> Trigger:
    """Return a trigger of PostgreSQL, worded as `pg_get_triggerdef` words it."""
    create = f"CREATE TRIGGER {name} {events} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
    return Trigger(name, table, create, f" BEGIN {function} END ")


def _assigned(table: str, column: str) -> str:
    assigned = f"NEW.{column} := {computed(table, column, 'NEW')};"
    if column != "stage":
        return assigned
    # A new payment touches its invoice, which gives it its stage: not worked out twice.
    later = "TG_OP = 'INSERT' AND NEW.invoice_id IS NOT NULL"
    return f"IF {later} THEN NEW.stage := 'stopped'; ELSE {assigned} END IF;"


def _postgresql() -> Iterator[Trigger]:
    for table, columns in _STORED.items():
        values = " ".join(_assigned(table, column) for column in columns)
        function = f"{values} RETURN NEW;"
        yield _calling(f"{table}_sums", table, "BEFORE INSERT OR UPDATE", function)
    for child, key, parent, watched in _CHILDREN:
        column = next(iter(_STORED[parent]))
        # The parent's row lock makes a second writer wait, and then count the first one's rows.
        yield _calling(
            f"{child}_touch_parent",
            child,
            f"AFTER INSERT OR DELETE OR UPDATE OF {', '.join(watched)}",
            f"IF TG_OP <> 'INSERT' THEN"
            f" UPDATE {parent} SET {column} = {column} WHERE id = OLD.{key}; END IF;"
            f" IF TG_OP = 'INSERT' OR (TG_OP = 'UPDATE' AND NEW.{key} IS DISTINCT FROM OLD.{key})"
            f" THEN UPDATE {parent} SET {column} = {column} WHERE id = NEW.{key}; END IF;"
            f" RETURN NULL;",
        )
    events = "AFTER INSERT OR UPDATE OF business_unit_id, currency"
    yield _calling("sync_payment_copy", "sync_payment", events, f"{_TOUCH} RETURN NULL;")


PIECE = 10_000
_SHARES, _REFUSED = "sync_allocation", "A document would be used for more than it has."
_DOCUMENT = "(SELECT m.adjustment_id FROM sync_refundmatch m WHERE m.id = NEW.match_id)"
_HAS = (
    "(SELECT CASE NEW.effect "
    + " ".join(
        f"WHEN '{effect}' THEN a.{effect}"
        for effect in ("payout", "sale_credit", "receivable_open", "credit_used")
    )
    + f" END FROM sync_adjustment a WHERE a.id = {_DOCUMENT})"
)
_SHARED = (
    "(SELECT ROUND(SUM(s.amount), 2) FROM sync_allocation s"
    " JOIN sync_refundmatch m ON m.id = s.match_id"
    f" WHERE s.effect = NEW.effect AND m.adjustment_id = {_DOCUMENT})"
)


def _sharing(vendor: str) -> Iterator[Trigger]:
    if vendor == "sqlite":  # its writers wait for each other anyway
        for event in ("INSERT", "UPDATE"):
            name = f"{_SHARES}_within_{event.lower()}"
            yield Trigger(
                name,
                _SHARES,
                f"CREATE TRIGGER {name} AFTER {event} ON {_SHARES} WHEN {_SHARED} > {_HAS}"
                f" BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END",
            )
        return
    # The document's row lock makes a second writer wait, and then count the first one's rows.
    yield _calling(
        f"{_SHARES}_within",
        _SHARES,
        "AFTER INSERT OR UPDATE",
        f"PERFORM 1 FROM sync_adjustment WHERE id = {_DOCUMENT} FOR NO KEY UPDATE;"
        f" IF {_SHARED} > {_HAS} THEN"
        f" RAISE EXCEPTION '{_REFUSED}' USING ERRCODE = 'check_violation'; END IF;"
        f" RETURN NULL;",
    )


def definitions(vendor: str) -> dict[str, Trigger]:
    """Return the triggers as they are meant for a database vendor, by name."""
    sums = _sqlite() if vendor == "sqlite" else _postgresql()
    tell = [
        each.sqlite() if vendor == "sqlite" else each.postgresql()
        for each in (payment_stages, verdict_triggers, readiness_triggers, open_sums)
    ]
    every = (*sums, *_sharing(vendor), *(Trigger(*each) for each in chain(*tell)))
    return {trigger.name: trigger for trigger in every}


_PRESENT = {
    "sqlite": "SELECT name, tbl_name, sql, '' FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": (
        # A trigger that somebody switched off is as good as none.
        "SELECT t.tgname, c.relname, pg_get_triggerdef(t.oid, true), p.prosrc FROM pg_trigger t"
        " JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid"
        " WHERE NOT t.tgisinternal AND t.tgenabled = 'O'"
        " AND c.relnamespace = current_schema()::regnamespace"
    ),
}


def present(using: str = "default") -> dict[str, Trigger]:
    """Return the triggers as the database has them, by name."""
    connection = connections[using]
    with connection.cursor() as cursor:
        cursor.execute(_PRESENT[connection.vendor])
        return {row[0]: Trigger(*row) for row in cursor.fetchall()}


def differing(using: str = "default") -> list[Trigger]:
    """Return the triggers that the database lacks, or has otherwise than they are meant."""
    there = present(using)
    meant = definitions(connections[using].vendor).values()
    return [trigger for trigger in meant if there.get(trigger.name) != trigger]


def install(using: str = "default") -> list[str]:
    """Create what is missing or changed and return its names; what is right is not locked.

    Sums of rows that are already there are not touched.
    """
    connection = connections[using]
    if "sync_unitreadiness" not in connection.introspection.table_names():
        return []
    with transaction.atomic(using=using):
        changed = differing(using)
        create(changed, using)
        if any("_readiness" in trigger.name for trigger in changed):
            # While the new triggers keep everybody else from writing, so that nothing is missed.
            fill_readiness(using)
    if any("_stage" in trigger.name for trigger in changed):
        fill_stages(using)
    if any("_verdict" in trigger.name for trigger in changed):
        fill_verdicts(using)
    if any("_open_sums" in trigger.name for trigger in changed):
        fill_open_sums(using)
    return [trigger.name for trigger in changed]


def fill_verdicts(using: str = "default") -> None:
    """Give what has no row yet its verdict, outdated, or the version of its rules."""
    with connections[using].cursor() as cursor:
        for statement in verdict_triggers.FILL:
            cursor.execute(statement)


def fill_stages(using: str = "default") -> None:
    """Give payments that were there before the triggers their stage, a piece at a time."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT MAX(id) FROM sync_payment")
        [last] = cursor.fetchone()
        for start in range(0, last or 0, PIECE):
            cursor.execute(payment_stages.touch(f"id > {start} AND id <= {start + PIECE}"))


def fill_open_sums(using: str = "default") -> None:
    """Sum what may go by verdicts that were there before the triggers, a piece at a time."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT MAX(invoice_id) FROM sync_verdict")
        [last] = cursor.fetchone()
        for start in range(0, last or 0, PIECE):
            piece = f"invoice_id > {start} AND invoice_id <= {start + PIECE}"
            cursor.execute(open_sums.touch(f"version > 0 AND {piece}"))


def fill_readiness(using: str = "default") -> None:
    """Give units that have none yet their readiness, to be found."""
    with connections[using].cursor() as cursor:
        cursor.execute(readiness_triggers.FILL)


def create(wanted: Iterable[Trigger], using: str = "default") -> None:
    """Create triggers, in place of those of the same name."""
    wanted = list(wanted)
    drop(wanted, using)
    with connections[using].cursor() as cursor:
        for trigger in wanted:
            if trigger.function:
                cursor.execute(
                    f"CREATE OR REPLACE FUNCTION {trigger.name}() RETURNS trigger"
                    f" LANGUAGE plpgsql AS $${trigger.function}$$"
                )
            cursor.execute(trigger.create)


def drop(unwanted: Iterable[Trigger], using: str = "default") -> None:
    """Drop triggers where they are; their functions stay."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for trigger in unwanted:
            on_table = f" ON {trigger.table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {trigger.name}{on_table}")


def wrong_sums(using: str = "default") -> dict[str, list[int]]:
    """Return the ids of rows where what is stored is not what it is computed from, by column."""
    found: dict[str, list[int]] = {}
    with connections[using].cursor() as cursor:
        for table, columns in (_STORED | _OF_VERDICTS).items():
            key = "invoice_id" if table in _OF_VERDICTS else "id"
            for column, sql in columns.items():
                cursor.execute(
                    f"SELECT {key} FROM {table}"
                    f" WHERE {column} IS DISTINCT FROM {sql.format(row=table)}"
                )
                if ids := [row[0] for row in cursor.fetchall()]:
                    found[f"{table}.{column}"] = ids
    return found

"""Database triggers that keep stored sums right, whoever writes: the admin, an import or plain SQL.

Invoice.lines_total, paid_total and refunded_total and Payment.refunded_total are each computed in
one place: when their row is written. A change to a line, payment or refund only touches its parent.
A refund's unit and currency are its payment's, copied so that the report need not read payments.
"""

from collections.abc import Iterator

from django.db import connections, transaction


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
            "SELECT SUM(r.amount) FROM sync_refund r WHERE r.payment_id = {row}.id"
        ),
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
# A row's own columns that what it stores rests on.
_RESTS_ON = {"sync_refund": ["payment_id"]}
# Child table, its foreign key, the parent, and the child's columns that the parent's sums rest on.
_CHILDREN = [
    ("sync_refund", "payment_id", "sync_payment", ["payment_id", "amount"]),
    ("sync_invoiceline", "invoice_id", "sync_invoice", ["invoice_id", "amount"]),
    (
        "sync_payment",
        "invoice_id",
        "sync_invoice",
        ["invoice_id", "amount", "voided_at", "refunded_total"],
    ),
]


def computed(table: str, column: str, row: str) -> str:
    """Return the SQL that a stored column must equal, for the row of that name."""
    return _STORED[table][column].format(row=row)


def _sqlite() -> Iterator[tuple[str, str]]:
    for table, columns in _STORED.items():
        values = ", ".join(f"{name} = {computed(table, name, table)}" for name in columns)
        # The WHEN is what ends the chain: a row that is already right is not written again.
        wrong = " OR ".join(f"NEW.{c} IS NOT {computed(table, c, 'NEW')}" for c in columns)
        rests_on = ", ".join([*columns, *_RESTS_ON.get(table, [])])
        for event in ("INSERT", f"UPDATE OF {rests_on}"):
            name = f"{table}_sums_{event.split()[0].lower()}"
            yield (
                name,
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
            yield (
                name,
                f"CREATE TRIGGER {name} AFTER {event} ON {child}"
                f" BEGIN UPDATE {parent} SET {column} = {column} + 0 WHERE id {parents}; END",
            )
    for event in ("INSERT", "UPDATE OF business_unit_id, currency"):
        name = f"sync_payment_copy_{event.split()[0].lower()}"
        yield (name, f"CREATE TRIGGER {name} AFTER {event} ON sync_payment BEGIN {_TOUCH} END")


_TOUCH = "UPDATE sync_refund SET currency = currency WHERE payment_id = NEW.id;"


def _postgresql() -> Iterator[tuple[str, str]]:
    for table, columns in _STORED.items():
        name = f"{table}_sums"
        values = " ".join(f"NEW.{c} := {computed(table, c, 'NEW')};" for c in columns)
        yield (
            name,
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN {values} RETURN NEW; END $$;"
            f" CREATE TRIGGER {name} BEFORE INSERT OR UPDATE ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION {name}()",
        )
    for child, key, parent, watched in _CHILDREN:
        name = f"{child}_touch_parent"
        column = next(iter(_STORED[parent]))
        # The parent's row lock makes a second writer wait, and then count the first one's rows.
        yield (
            name,
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF TG_OP <> 'INSERT' THEN"
            f" UPDATE {parent} SET {column} = {column} WHERE id = OLD.{key}; END IF;"
            f" IF TG_OP = 'INSERT' OR (TG_OP = 'UPDATE' AND NEW.{key} IS DISTINCT FROM OLD.{key})"
            f" THEN UPDATE {parent} SET {column} = {column} WHERE id = NEW.{key}; END IF;"
            f" RETURN NULL; END $$;"
            f" CREATE TRIGGER {name} AFTER INSERT OR DELETE OR UPDATE OF {', '.join(watched)}"
            f" ON {child} FOR EACH ROW EXECUTE FUNCTION {name}()",
        )
    name = "sync_payment_copy"
    yield (
        name,
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN {_TOUCH} RETURN NULL; END $$;"
        f" CREATE TRIGGER {name} AFTER INSERT OR UPDATE OF business_unit_id, currency"
        f" ON sync_payment FOR EACH ROW EXECUTE FUNCTION {name}()",
    )


def definitions(vendor: str) -> dict[str, str]:
    """Return the triggers of a database vendor: name to SQL."""
    return dict(_sqlite() if vendor == "sqlite" else _postgresql())


def _table_of(name: str) -> str:
    return next(
        table
        for table in ("sync_invoiceline", "sync_invoice", "sync_payment", "sync_refund")
        if name.startswith(table)
    )


def install(using: str = "default") -> None:
    """Create every trigger anew; sums of rows that are already there are not touched."""
    connection = connections[using]
    if "sync_refund" not in connection.introspection.table_names():
        return
    with transaction.atomic(using=using), connection.cursor() as cursor:
        for name, sql in definitions(connection.vendor).items():
            on_table = f" ON {_table_of(name)}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on_table}")
            cursor.execute(sql)


def missing(using: str = "default") -> list[str]:
    """Return the names of triggers that the database lacks."""
    connection = connections[using]
    source = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if connection.vendor == "sqlite"
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    )
    with connection.cursor() as cursor:
        cursor.execute(source)
        present = {row[0] for row in cursor.fetchall()}
    return sorted(set(definitions(connection.vendor)) - present)


def wrong_sums(using: str = "default") -> dict[str, list[int]]:
    """Return the ids of rows where what is stored is not what it is computed from, by column."""
    found: dict[str, list[int]] = {}
    with connections[using].cursor() as cursor:
        for table, columns in _STORED.items():
            for column in columns:
                cursor.execute(
                    f"SELECT id FROM {table}"
                    f" WHERE {column} IS DISTINCT FROM {computed(table, column, table)}"
                )
                if ids := [row[0] for row in cursor.fetchall()]:
                    found[f"{table}.{column}"] = ids
    return found

"""Rows by the ten thousand, written by the database itself."""

from django.db import connection


def numbers(count):
    """Return a source of the numbers from 0, in SQL."""
    return (
        "(WITH RECURSIVE one(n) AS"
        f" (SELECT 0 UNION ALL SELECT n + 1 FROM one WHERE n < {count - 1})"
        " SELECT n FROM one) numbers"
    )


def by_place(place, values):
    """Return SQL that has the value of each place."""
    quote = "DATE " if connection.vendor == "postgresql" and not isinstance(values[0], str) else ""
    cases = " ".join(f"WHEN {n} THEN {quote}'{value}'" for n, value in enumerate(values))
    return f"CASE {place} {cases} END"


def _new_uuid():
    return (
        "gen_random_uuid()" if connection.vendor == "postgresql" else "LOWER(HEX(RANDOMBLOB(16)))"
    )


def write_like(like, source, **columns):
    """Write a row like the one given for each of a source's; `columns` says in SQL what differs."""
    fields = [
        field
        for field in like._meta.local_concrete_fields
        if not field.generated and not field.primary_key
    ]
    columns |= {f.column: _new_uuid() for f in fields if f.get_internal_type() == "UUIDField"}
    values = [columns.get(field.column, "%s") for field in fields]
    given = [
        field.get_db_prep_save(field.pre_save(like, True), connection)
        for field in fields
        if field.column not in columns
    ]
    quote = connection.ops.quote_name
    names = ", ".join(quote(field.column) for field in fields)
    table = like._meta.db_table
    with connection.cursor() as cursor:
        source = source.replace("%", "%%")
        sql = ", ".join(value if value == "%s" else value.replace("%", "%%") for value in values)
        cursor.execute(f"INSERT INTO {table} ({names}) SELECT {sql} FROM {source}", given)

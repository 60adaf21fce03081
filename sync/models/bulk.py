"""Saving many rows, each with values of its own."""

from collections.abc import Sequence
from typing import Any, TypeVar

from django.db import connections, models, router

Stored = TypeVar("Stored", bound=models.Model)


def insert_each(model: type[models.Model], rows: Sequence[Any], names: Sequence[str]) -> None:
    """Insert rows by one prepared INSERT; their keys are not brought back, nor defaults filled in.

    Rows are anything with the columns' names: to make a model of each costs more than the insert.
    """
    if not rows:
        return
    connection = connections[router.db_for_write(model)]
    by_name = {field.name: field for field in model._meta.concrete_fields}
    fields = [by_name[name] for name in names]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    # Names of our own tables and columns only; every value is a parameter.
    statement = f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({places})"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.executemany(
            statement,
            [
                [
                    field.get_db_prep_save(getattr(row, field.attname), connection)
                    for field in fields
                ]
                for row in rows
            ],
        )


def update_each(rows: Sequence[Stored], names: Sequence[str]) -> int:
    """Save these fields of the rows by one prepared UPDATE; return how many rows there were.

    Django's bulk_update builds a CASE for every row and field, which costs more than ten times the
    statement itself; an upsert would bring back a row that was deleted meanwhile.
    """
    if not rows:
        return 0
    meta = rows[0]._meta
    connection = connections[router.db_for_write(type(rows[0]))]
    by_name = {field.name: field for field in meta.concrete_fields}
    fields = [by_name[name] for name in names]
    quote = connection.ops.quote_name
    sets = ", ".join(f"{quote(str(field.column))} = %s" for field in fields)
    key = quote(str(meta.pk.column))
    # Names of our own tables and columns only; every value is a parameter.
    statement = f"UPDATE {quote(meta.db_table)} SET {sets} WHERE {key} = %s"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.executemany(
            statement,
            [
                [
                    *(
                        field.get_db_prep_save(getattr(row, field.attname), connection)
                        for field in fields
                    ),
                    row.pk,
                ]
                for row in rows
            ],
        )
        return int(cursor.rowcount)

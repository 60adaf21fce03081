"""Triggers as migrations find and leave them."""

from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import connection, models
from django.db.migrations import AddField, AddIndex, AlterField, Migration, RunPython, RunSQL
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import SeparateDatabaseAndState
from django.test.utils import CaptureQueriesContext

from sync.models import Invoice, Payment, triggers
from sync.models.operations import AddIndexOnline, TouchesSums, locking, untended
from tests.factories import PaymentFactory

ADDED = AddField("invoice", "colour", models.CharField(max_length=10, default="red"))
WIDER = AlterField("payment", "amount", models.DecimalField(max_digits=15, decimal_places=2))


@pytest.fixture
def first():
    """One trigger, as the database has it."""
    return next(iter(triggers.present().values()))


@pytest.mark.django_db
def test_installing_again_locks_and_changes_nothing():
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert triggers.install() == []
    assert not [query for query in queries if query["sql"].startswith(("DROP", "CREATE"))]


@pytest.mark.django_db
def test_only_what_is_missing_or_changed_is_made(first):
    triggers.drop([first])
    assert triggers.differing() == [first]
    with connection.cursor() as cursor:
        cursor.execute(_on_another_event(first))
    assert [each.name for each in triggers.differing()] == [first.name]
    assert triggers.install() == [first.name]
    assert triggers.present()[first.name] == first


def _on_another_event(trigger):
    """Return a trigger of that name which looks away when rows come."""
    return (
        trigger.create.replace(" INSERT OR UPDATE ", " UPDATE ")
        .replace(" AFTER INSERT ", " AFTER DELETE ")
        .replace("NEW", "OLD")
    )


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no such things")
@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE sync_refund DISABLE TRIGGER sync_refund_sums",
        "CREATE OR REPLACE FUNCTION sync_refund_sums() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RETURN NEW; END $$",
    ],
)
def test_a_trigger_that_was_switched_off_or_hollowed_out_is_made_anew(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
    assert [each.name for each in triggers.differing()] == ["sync_refund_sums"]
    assert triggers.install() == ["sync_refund_sums"]
    assert triggers.differing() == []


@pytest.mark.django_db
def test_migrate_puts_a_missing_trigger_back(first, capsys):
    triggers.drop([first])
    call_command("migrate", verbosity=0, skip_checks=False)
    assert "paidup.W005" in capsys.readouterr().err
    assert triggers.differing() == []


@pytest.mark.django_db(transaction=True)
def test_a_summed_table_changes_with_its_triggers_put_back_in_the_same_transaction():
    payment = PaymentFactory(amount=Decimal("40.00"))
    states = _states(TouchesSums(ADDED, WIDER))
    with connection.schema_editor() as editor:
        states[0].database_forwards("sync", editor, *states[1:])
        assert triggers.differing() == []
    with connection.schema_editor() as editor:
        states[0].database_backwards("sync", editor, *reversed(states[1:]))
    assert triggers.differing() == []
    Payment.objects.filter(pk=payment.pk).update(amount=Decimal("41.00"))
    assert Invoice.objects.get().paid_total == Decimal("41.00")
    assert triggers.wrong_sums() == {}


def _states(operation):
    """Return the operation, and the state of the models before and after it."""
    before = MigrationLoader(connection).project_state()
    after = before.clone()
    operation.state_forwards("sync", after)
    return operation, before, after


def test_an_operation_that_forgets_the_triggers_is_named():
    operations = [
        TouchesSums(ADDED),
        AddIndex("invoice", models.Index(fields=["number"], name="by_number")),
        AddField("party", "invoice", models.BooleanField()),
        RunPython(RunPython.noop),
        RunSQL("UPDATE sync_invoice SET number = number"),
    ]
    assert untended(operations) == []
    hidden = SeparateDatabaseAndState(database_operations=[WIDER])
    forgetful = [ADDED, hidden, RunSQL("ALTER TABLE sync_refund ADD colour text")]
    assert untended(forgetful) == [
        "Add field colour to invoice",
        "Alter field amount on payment",
        "Raw SQL operation",
    ]


def test_every_index_since_is_made_while_others_write():
    """Those before locked their table for writers; they are released."""
    migrations = MigrationLoader(None).disk_migrations
    locked = {
        name: found
        for (app, name), migration in migrations.items()
        if app == "sync" and name > "0033" and (found := locking(migration))
    }
    assert locked == {}
    index = models.Index(fields=["number"], name="by_number")
    plain = Migration("9999_plain", "sync")
    plain.operations = [AddIndex("invoice", index), AddIndexOnline("invoice", index)]
    assert locking(plain) == ["Create index by_number on field(s) number of model invoice"]


def test_every_migration_since_the_first_tends_the_triggers():
    migrations = MigrationLoader(None).disk_migrations
    forgotten = {
        name: forgotten
        for (app, name), migration in migrations.items()
        if app == "sync"
        and name != "0001_initial"
        and (forgotten := untended(migration.operations))
    }
    assert forgotten == {}

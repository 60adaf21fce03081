"""After a restored backup nothing is sent twice, and nothing stays without a word."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.utils import timezone

from accounts.access import AccessDenied
from accounts.models import Role
from sync import tasks
from sync.company import sessions
from sync.exports.delivery import settling, strays
from sync.exports.delivery.relay import drain, relay
from sync.exports.runs import runs
from sync.exports.runs.drafts import prepare_ready
from sync.models import Customer, Event, Invoice, Payment, QuickBooksCompany, Stray, SyncRecord
from tests.exports import ledger
from tests.factories import InvoiceFactory, MembershipFactory, PaymentFactory
from tests.sampled import one_in

pytestmark = pytest.mark.django_db(transaction=True)
MADE_NOW = {SyncRecord: "queued_at"}


def dump():
    """Return every row of the product, as a backup has them."""
    models = list(apps.get_app_config("sync").get_models())
    return [(model, list(model.objects.order_by("pk"))) for model in models]


def restore(kept):
    """Put the rows of a backup in the place of what is there."""
    with transaction.atomic():
        for model, _ in kept:
            model.objects.all()._raw_delete(connection.alias)
        for model, rows in kept:
            moments = [getattr(row, MADE_NOW[model]) for row in rows] if model in MADE_NOW else []
            model.objects.all()._raw_delete(connection.alias)  # what triggers made of rows before
            model.objects.bulk_create(rows)
            for row, moment in zip(rows, moments, strict=False):
                model.objects.filter(pk=row.pk).update(**{MADE_NOW[model]: moment})


@pytest.fixture
def restart(monkeypatch):
    """Start the product anew: what a process remembers is gone."""

    def anew():
        monkeypatch.setenv("PAIDUP_EPOCH", "after the restore")
        monkeypatch.setattr(sessions, "_remembered", {})

    return anew


@pytest.fixture
def work(unit):
    """Three invoices of two customers, all paid, each in two payments."""
    one, other = (InvoiceFactory(business_unit=unit) for _ in range(2))
    invoices = [one, other, InvoiceFactory(business_unit=unit, customer=one.customer)]
    for invoice in invoices:
        half = invoice.total / 2
        for amount in (half, invoice.total - half):
            PaymentFactory(invoice=invoice, amount=amount)
    return invoices


def export_all(unit):
    run = runs.confirm(prepare_ready(unit, None), None)
    drain(run, tasks.HANDLERS)
    return run


def assert_all_there_once(simulator, unit):
    """The whole ledger: each of ours once and equal to the cent, and nothing else with our mark."""
    realm = unit.quickbooks_company.realm_id
    for model, entity in ((Customer, "Customer"), (Invoice, "Invoice"), (Payment, "Payment")):
        there = ledger.ours_only(simulator.documents(realm, entity))
        assert len(there) == model.objects.count(), entity
    ledger.assert_equal_to_ours(simulator, unit)
    assert set(SyncRecord.objects.values_list("state", flat=True)) == {"exported"}
    assert SyncRecord.objects.count() == 2 + 3 + 6
    assert not Stray.objects.filter(settled_at=None).exists()


def test_dump_of_what_was_queued(simulator, unit, work, restart):
    run = runs.confirm(prepare_ready(unit, None), None)
    backup = dump()
    drain(run, tasks.HANDLERS)
    restore(backup)
    restart()
    run.refresh_from_db()
    drain(run, tasks.HANDLERS)
    assert_all_there_once(simulator, unit)


@pytest.mark.parametrize("answers", one_in(2, [1, 2]))
def test_dump_in_the_middle_of_an_export(simulator, unit, work, restart, monkeypatch, answers):
    backups, settle = [], settling.settle

    def settle_after_a_dump(session, answered):
        backups.append(dump())
        return settle(session, answered)

    with monkeypatch.context() as patch:
        patch.setattr(settling, "settle", settle_after_a_dump)
        run = export_all(unit)
    restore(backups[answers - 1])
    # No process holds the company any more that held it when the backup was made.
    QuickBooksCompany.objects.update(lease_expires_at=timezone.now() - timedelta(hours=1))
    restart()
    run.refresh_from_db()
    drain(run, tasks.HANDLERS)
    assert_all_there_once(simulator, unit)


def test_dump_from_before_the_export_names_what_is_there_and_finds_it_again(
    simulator, unit, work, restart
):
    backup = dump()
    export_all(unit)
    restore(backup)
    restart()
    relay(unit.quickbooks_company_id, tasks.HANDLERS)
    assert Stray.objects.count() == 2 + 3 + 6
    assert set(Stray.objects.values_list("words", "business_unit")) == {(strays.KNOWN, unit.pk)}
    assert not SyncRecord.objects.exists()
    accountant = MembershipFactory(business_unit=unit, role=Role.ACCOUNTANT).user
    assert strays.deal_with(list(Stray.objects.values_list("pk", flat=True)), accountant) == 0
    export_all(unit)
    assert_all_there_once(simulator, unit)


def test_what_was_entered_after_the_dump_is_named_to_a_person(simulator, unit, work, restart):
    export_all(unit)
    backup = dump()
    late = InvoiceFactory(business_unit=unit, customer=work[0].customer, number="LATE-1")
    PaymentFactory(invoice=late, amount=late.total)
    export_all(unit)
    restore(backup)
    restart()
    relay(unit.quickbooks_company_id, tasks.HANDLERS)
    named = {(stray.kind, stray.name.split(",")[0], stray.words) for stray in Stray.objects.all()}
    assert ("invoice", "LATE-1", strays.UNKNOWN) in named
    assert {kind for kind, _, _ in named} == {"invoice", "payment"}
    assert Stray.objects.count() == 2
    accountant = MembershipFactory(business_unit=unit, role=Role.ACCOUNTANT).user
    viewer = MembershipFactory(business_unit=unit, role=Role.VIEWER).user
    ids = list(Stray.objects.values_list("pk", flat=True))
    with pytest.raises(AccessDenied):
        strays.deal_with(ids, viewer)
    assert Stray.objects.filter(settled_at=None).count() == 2
    assert strays.deal_with(ids, accountant) == 2
    assert Event.objects.filter(action=Event.Action.STRAY_DEALT_WITH, actor=accountant).count() == 2


def test_a_session_that_goes_on_asks_nothing_more(simulator, unit, work, restart):
    export_all(unit)
    company = unit.quickbooks_company
    simulator.clear_journal()
    relay(company.pk, tasks.HANDLERS)
    assert simulator.journal(company.realm_id, kind="api") == []
    restart()
    for _ in range(2):
        relay(company.pk, tasks.HANDLERS)
    (asked,) = simulator.journal(company.realm_id, kind="api")
    assert asked["path"].endswith("/cdc")


def test_a_database_put_back_under_a_living_process_is_noticed(simulator, unit, work):
    company = QuickBooksCompany.objects.get(pk=unit.quickbooks_company_id)
    backup = dump()
    export_all(unit)
    restore(backup)
    relay(company.pk, tasks.HANDLERS)
    assert Stray.objects.count() == 2 + 3 + 6


def test_a_document_that_is_there_twice_is_named(simulator, unit, work, restart, bookkeeper):
    export_all(unit)
    (theirs, *_) = bookkeeper.ours("Payment")
    copied = {
        name: theirs[name]
        for name in ("CustomerRef", "TotalAmt", "TxnDate", "PrivateNote", "CurrencyRef")
        if name in theirs
    }
    bookkeeper.send("Payment", copied)
    restart()
    relay(unit.quickbooks_company_id, tasks.HANDLERS)
    assert [stray.words for stray in Stray.objects.all()] == [strays.TWICE]

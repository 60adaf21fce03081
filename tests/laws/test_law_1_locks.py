"""Law 1, once: two who act at the same moment are served one after the other.

Companies are locked before the invoices of a unit of work, whoever acts, so that none waits for
each other.
"""

from decimal import Decimal
from itertools import permutations

import pytest
from django.db import OperationalError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sync.discrepancies.refunds import verdicts
from sync.exports.delivery import planner
from sync.exports.remedies import decide
from sync.exports.runs import runs
from sync.exports.runs.drafts import prepare, prepare_ready
from sync.mappings.mappings import CompanyMappings
from sync.models import ExportRun, QuickBooksCompany, SyncRecord
from tests.factories import BusinessUnitFactory, PaymentFactory, RefundFactory, SyncRecordFactory
from tests.laws.holding import locks, session_of

pytestmark = pytest.mark.django_db
COMPANY, INVOICE, RUN = "QuickBooksCompany", "Invoice", "ExportRun"


def test_who_presses_locks_the_run_then_the_company_then_the_invoices(fully_paid):
    run = prepare_ready(fully_paid.business_unit, None)
    with locks() as taken:
        runs.confirm(run, None)
    assert taken == [RUN, COMPANY, INVOICE]
    assert SyncRecord.objects.count() == 3


def test_the_rest_of_a_run_enters_the_outbox_under_the_company_as_well(fully_paid):
    [run] = prepare([fully_paid.payments.get().pk], None)
    ExportRun.objects.filter(pk=run.pk).update(state="running", confirmed_at=timezone.now())
    run.refresh_from_db()
    with locks() as taken:
        runs.enqueue(run)
    assert taken == [COMPANY, INVOICE]
    assert SyncRecord.objects.count() == 3


def test_what_is_planned_is_asked_again_with_company_and_invoices_locked(company, fully_paid):
    runs.confirm(prepare_ready(fully_paid.business_unit, None), None)
    session = session_of(company)
    with locks() as taken, transaction.atomic():
        session.lease.lock()
        found = list(SyncRecord.objects.filter(kind="invoice"))
        planner.still_as_confirmed(company, found, CompanyMappings(company))
    assert taken == [COMPANY, INVOICE]


@pytest.mark.parametrize("plan", [planner.plan_batches, planner.plan_singles])
def test_planning_locks_the_company_it_has_the_lease_of(company, fully_paid, plan):
    [draft] = prepare([fully_paid.payments.get().pk], None, is_single=True)
    runs.confirm(draft, None)
    with locks() as taken:
        [planned] = plan(session_of(company), 1)
    assert taken[0] == COMPANY
    assert [record.kind for record in planned.records] == ["customer"]


@pytest.mark.parametrize("decision", list(decide.Decision))
def test_what_a_person_decides_locks_the_company_then_the_invoice(company, fully_paid, decision):
    with locks() as taken:
        decide.decide(decision, [fully_paid.pk], None, "why")
    assert taken == [COMPANY, INVOICE]


def test_a_decision_locks_each_company_that_holds_a_record_of_it(company, fully_paid):
    before = QuickBooksCompany.objects.get(name="Bystander LLC")
    SyncRecordFactory(company=before, kind="invoice", payment=None, invoice=fully_paid)
    with CaptureQueriesContext(connection) as asked:
        decide.decide(decide.Decision.HOLD, [fully_paid.pk], None, "why")
    both = {f"IN ({one}, {other}) ORDER BY" for one, other in permutations((before.pk, company.pk))}
    [locked] = [q["sql"] for q in asked if any(ids in q["sql"] for ids in both)]
    assert 'FROM "sync_quickbookscompany"' in locked


def test_a_paused_run_is_sent_on_once(company):
    run = ExportRun.objects.create(
        business_unit=BusinessUnitFactory(quickbooks_company=company),
        company=company,
        state="paused",
        confirmed_at=timezone.now(),
    )
    with locks() as taken:
        decide.go_on(run, None)
    assert taken == [RUN]
    with pytest.raises(decide.RemedyRefused, match="not paused"):
        decide.go_on(run, None)


def test_refunds_are_locked_before_what_was_read_of_them_is_written(company):
    refund = RefundFactory()
    given = {"company": company, "state": "exported", "qbo_id": "9"}
    SyncRecordFactory(**given, payment=refund.payment)
    customer = refund.payment.customer
    SyncRecordFactory(**given, kind="customer", payment=None, customer=customer)
    with locks() as taken, transaction.atomic():
        verdicts.settle(company)
    assert taken == ["Refund"]


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_enqueueing_waits_for_the_company(company, fully_paid):
    """On PostgreSQL: another connection holds the company, and nothing is enqueued meanwhile."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite locks the whole database instead")
    run = prepare_ready(fully_paid.business_unit, None)
    other = connections.create_connection("default")
    other.settings_dict = connection.settings_dict
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute(
                "SELECT 1 FROM sync_quickbookscompany WHERE id = %s FOR NO KEY UPDATE", [company.pk]
            )
            with connection.cursor() as here:
                here.execute("SET lock_timeout = '200ms'")
            with pytest.raises(OperationalError, match="lock timeout"):
                runs.confirm(run, None)
            assert not SyncRecord.objects.exists()
            cursor.execute("COMMIT")
        runs.confirm(run, None)
        assert SyncRecord.objects.count() == 3
    finally:
        other.close()
        with connection.cursor() as here:
            here.execute("RESET lock_timeout")


def test_two_drafts_of_the_same_payments_give_one_record_each(fully_paid):
    PaymentFactory(invoice=fully_paid, amount=Decimal("5.00"))
    drafts = [prepare_ready(fully_paid.business_unit, None) for _ in range(2)]
    for draft in drafts:
        runs.confirm(draft, None)
    assert SyncRecord.objects.count() == 4
    assert set(drafts[1].items.values_list("choice", flat=True)) == {"skipped"}
    assert set(drafts[1].items.values_list("reason_code", flat=True)) == {"IN_PROGRESS"}

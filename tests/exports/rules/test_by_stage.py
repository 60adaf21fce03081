"""Ready, not ready and held, found by stage: just what the definition says of each payment."""

import random
from collections import Counter
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from sync.exports.rules.by_stage import (
    STATES,
    held_among,
    not_ready_among,
    not_ready_parts,
    ready_among,
    sent_among,
    units_now,
)
from sync.exports.rules.eligibility import incomplete_units, with_reasons, with_standing
from sync.exports.rules.ready_sums import ready_by_unit, ready_up_to, unsettled_by_unit
from sync.models import (
    BusinessUnit,
    Customer,
    Invoice,
    Payment,
    QuickBooksCompany,
    SyncRecord,
    Verdict,
    triggers,
)
from tests.factories import (
    BusinessUnitFactory,
    CustomerFactory,
    DepositFactory,
    InvoiceFactory,
    InvoiceLineFactory,
    ItemMappingFactory,
    MethodMappingFactory,
    PaymentFactory,
    QuickBooksCompanyFactory,
    RefundFactory,
    SyncRecordFactory,
    TaxMappingFactory,
    UnitSetupFactory,
)

pytestmark = pytest.mark.django_db
State = SyncRecord.State


def a_unit(**company):
    made = QuickBooksCompanyFactory(**company)
    ItemMappingFactory(company=made)
    MethodMappingFactory(company=made)
    TaxMappingFactory(company=made)
    return BusinessUnitFactory(quickbooks_company=made)


def paid(unit, number=None, **values):
    named = {"number": number} if number else {}
    return PaymentFactory(invoice=InvoiceFactory(business_unit=unit, **named, **values))


def send(payment, company=None, state=State.EXPORTED):
    for kind in ("customer", "invoice", "payment"):
        document = {"customer": payment.customer, "invoice": payment.invoice, "payment": payment}
        SyncRecordFactory(
            company=company or payment.business_unit.quickbooks_company,
            kind=kind,
            state=state,
            content={"display_name": f"Kay {payment.pk}", "applied": "150.00"},
            payment=payment if kind == "payment" else None,
            **({} if kind == "payment" else {kind: document[kind]}),
            qbo_id=f"{kind}-{payment.pk}" if state == State.EXPORTED else "",
        )


@pytest.fixture
def world():
    """Payments of every kind in units of every kind."""
    unit = a_unit(book_close_date=date(2026, 3, 31))
    for _ in range(2):
        paid(unit)
    send(paid(unit))
    send(paid(unit), state=State.FAILED)
    paid(unit, issued_on=date(2026, 2, 1))
    PaymentFactory(invoice=InvoiceFactory(business_unit=unit), received_on=date(2026, 3, 1))
    paid(unit, customer__display_name="A: B", customer__business_unit=unit)
    DepositFactory(business_unit=unit)
    Payment.objects.filter(pk=paid(unit).pk).update(voided_at=timezone.now())
    Invoice.objects.filter(pk=paid(unit).invoice_id).update(voided_at=timezone.now())
    PaymentFactory(invoice=InvoiceFactory(business_unit=unit), amount=Decimal(10))
    Invoice.objects.filter(pk=paid(unit).invoice_id).update(do_not_export_at=timezone.now())
    RefundFactory(payment=paid(unit))
    InvoiceLineFactory(invoice=paid(unit).invoice)
    PaymentFactory(
        invoice=InvoiceFactory(business_unit=unit), customer=CustomerFactory(business_unit=unit)
    )
    PaymentFactory(invoice=InvoiceFactory(business_unit=unit), currency="CAD")
    for source in ("one", "two"):
        paid(unit, "T-1", source=source)
    late = paid(unit)
    send(late)
    PaymentFactory(invoice=late.invoice)
    # Two units in one company, one of which has the other's number there.
    shared = a_unit()
    other = BusinessUnitFactory(quickbooks_company=shared.quickbooks_company)
    send(paid(other, "N-1"))
    paid(shared, "N-1")
    paid(unit, "N-1")
    # One that takes several currencies, with a customer that is of another there.
    several = a_unit(
        preferences={
            "SalesFormsPrefs": {"CustomTxnNumbers": True},
            "CurrencyPrefs": {"MultiCurrencyEnabled": True},
        }
    )
    known = paid(several)
    SyncRecordFactory(
        company=several.quickbooks_company,
        kind="customer",
        customer=known.customer,
        content={"currency": "CAD", "display_name": "Kay"},
        payment=None,
    )
    paid(several, currency="EUR")
    # One that moved to another company, with payments in the first one, and one that failed there.
    moved = a_unit()
    first = moved.quickbooks_company
    for state in (State.EXPORTED, State.FAILED):
        send(paid(moved), state=state)
    paid(moved)
    moved.quickbooks_company = a_unit().quickbooks_company
    moved.save()
    UnitSetupFactory(business_unit=moved, company=moved.quickbooks_company)
    assert first != moved.quickbooks_company
    # One that is not connected, one that lacks something, one that ended.
    paid(BusinessUnitFactory())
    paid(BusinessUnitFactory(quickbooks_company=QuickBooksCompanyFactory()))
    paid(a_unit(status=QuickBooksCompany.Status.NEEDS_RECONNECT))


def by_definition():
    """Return the payments that are ready, not ready and held, asked of every one in full."""
    rows = list(
        with_reasons(Payment.objects.all(), incomplete_units()).values_list(
            "pk", "standing", "reason"
        )
    )
    return (
        {pk for pk, _, reason in rows if not reason},
        {pk for pk, standing, reason in rows if not standing and reason not in {"", HELD}},
        {pk for pk, _, reason in rows if reason == HELD},
    )


HELD = "DO_NOT_EXPORT"


def summed(payments):
    """Return number and amounts by currency of payments, by unit, added up one by one."""
    found = {}
    rows = Payment.objects.filter(pk__in=payments)
    for unit_id, currency, amount in rows.values_list("business_unit", "currency", "amount"):
        number, amounts = found.get(unit_id, (0, {}))
        amounts[currency] = amounts.get(currency, 0) + amount
        found[unit_id] = number + 1, amounts
    return found


def by_stage():
    every, units = Payment.objects.all(), units_now()
    parts = [set(part.values_list("pk", flat=True)) for part in not_ready_parts(every, units)]
    not_ready = set(not_ready_among(every, units).values_list("pk", flat=True))
    assert not_ready == set().union(*parts)
    assert len(not_ready) == sum(map(len, parts))
    ready = set(ready_among(every, units).values_list("pk", flat=True))
    sums = ready_by_unit(units, None)
    assert {pk: (each.payments, each.amounts) for pk, each in sums.items()} == summed(ready)
    counts = Counter(every.filter(pk__in=not_ready).values_list("business_unit", flat=True))
    stays = unsettled_by_unit(units, None, sums)
    assert {pk: each.not_ready for pk, each in stays.items() if each.not_ready} == counts
    assert ready_up_to(units, None, 100) == len(ready)
    assert ready_up_to(units, None, 2) >= min(3, len(ready))
    standing = dict(with_standing(every).values_list("pk", "standing"))
    for stage_, states in STATES.items():
        found = sent_among(every, stage_, units)
        assert set(found.values_list("pk", flat=True)) == {
            pk for pk, state in standing.items() if state in states
        }
    problems = Counter(found.values_list("business_unit", flat=True))
    assert {pk: each.problems for pk, each in stays.items() if each.problems} == problems
    assert triggers.wrong_sums() == {}
    return ready, not_ready, set(held_among(every, units).values_list("pk", flat=True))


def test_stages_find_what_the_definition_says(world):
    ready, not_ready, held = by_definition()
    assert by_stage() == (ready, not_ready, held)
    assert len(ready) > 5
    assert len(held) == 1
    reasons = with_reasons(Payment.objects.all(), incomplete_units()).values_list("reason")
    assert len(set(reasons)) > 15
    assert triggers.wrong_sums() == {}


def test_units_that_come_and_go_change_no_payment(world):
    stages = dict(Payment.objects.values_list("pk", "stage"))
    QuickBooksCompany.objects.update(book_close_date=date(2026, 12, 31))
    assert by_stage() == by_definition()
    assert by_stage()[0] == set()
    QuickBooksCompany.objects.update(book_close_date=None)
    BusinessUnit.objects.update(export_start_date=date(2026, 5, 4))
    assert by_stage() == by_definition()
    BusinessUnit.objects.update(quickbooks_company=None)
    assert by_stage() == by_definition()
    assert dict(Payment.objects.values_list("pk", "stage")) == stages


def test_an_outdated_or_refused_verdict_is_not_ready(world):
    version = {"business_unit__quickbooks_company__rules__version": -5}
    assert not Verdict.objects.filter(**version)
    ready = by_definition()[0]
    refused, outdated = sorted(ready)[:2]
    found = Verdict.objects.filter(invoice__payments=refused)
    found.update(code="NOT_MAPPED", words="No item.")
    assert refused not in by_stage()[0]
    assert by_stage() == by_definition()
    assert outdated in by_stage()[0]


def stage(payment):
    assert triggers.wrong_sums() == {}
    return Payment.objects.get(pk=payment.pk).stage


def sql(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_a_stage_follows_whatever_its_documents_become():
    payment = PaymentFactory()
    invoice = Invoice.objects.filter(pk=payment.invoice_id)
    assert stage(payment) == "open"
    for field, value, was in (
        ("voided_at", timezone.now(), "stopped"),
        ("do_not_export_at", timezone.now(), "held"),
        ("customer", CustomerFactory(), "stopped"),
        ("currency", "CAD", "stopped"),
    ):
        before = invoice.values_list(field, flat=True)[0]
        invoice.update(**{field: value})
        assert stage(payment) == was, field
        invoice.update(**{field: before})
        assert stage(payment) == "open"
    sibling = PaymentFactory(invoice=payment.invoice, customer=CustomerFactory())
    assert stage(payment) == stage(sibling) == "stopped"
    Payment.objects.filter(pk=sibling.pk).update(customer=payment.customer)
    assert stage(payment) == stage(sibling) == "open"
    sql("UPDATE sync_payment SET currency = 'EUR' WHERE id = %s", sibling.pk)
    assert stage(payment) == "stopped"
    sql("UPDATE sync_payment SET voided_at = '2026-06-01T00:00Z' WHERE id = %s", sibling.pk)
    assert (stage(payment), stage(sibling)) == ("open", "stopped")
    sql("UPDATE sync_payment SET amount = 1 WHERE id = %s", payment.pk)
    assert stage(payment) == "stopped"
    sql("UPDATE sync_payment SET amount = 150 WHERE id = %s", payment.pk)
    refund = RefundFactory(payment=payment)
    assert stage(payment) == "stopped"
    invoice.update(released_at=timezone.now())
    assert stage(payment) == "open"
    refund.delete()
    line = InvoiceLineFactory(invoice=payment.invoice)
    assert stage(payment) == "stopped"
    line.delete()
    Payment.objects.filter(pk=payment.pk).update(stage="sent")
    assert stage(payment) == "open"
    sql("UPDATE sync_payment SET invoice_id = NULL WHERE id = %s", payment.pk)
    assert stage(payment) == "stopped"


def test_a_stage_follows_records():
    payment = PaymentFactory()
    first = SyncRecordFactory(payment=payment)
    second = SyncRecordFactory(payment=payment)
    assert stage(payment) == "queued"
    Invoice.objects.update(voided_at=timezone.now())
    assert stage(payment) == "queued"
    sql("UPDATE sync_syncrecord SET state = 'failed', error = 'No' WHERE id = %s", first.pk)
    assert stage(payment) == "stuck"
    SyncRecord.objects.filter(pk=first.pk).delete()
    assert stage(payment) == "queued"
    sql("DELETE FROM sync_syncrecord WHERE id = %s", second.pk)
    assert stage(payment) == "stopped"


def test_a_stage_is_the_standing_whatever_record_changes_and_how():
    unit = a_unit()
    payment = paid(unit)
    send(payment)
    sibling = PaymentFactory(invoice=payment.invoice)
    stages = {state: stage for stage, states in STATES.items() for state in states}
    draws = random.Random(7)
    walked = set()
    for _ in range(120):
        kind = draws.choice(["customer", "invoice", "payment"])
        state = draws.choice(["pending", "exported", "failed", "uncertain", "mismatch"])
        record = SyncRecord.objects.filter(kind=kind)
        if kind != "payment" and draws.random() < 0.2:
            gone = record.get()
            record.delete()
            SyncRecord.objects.bulk_create([gone])
        record.update(state=state, error="No", qbo_id=f"{kind}-1")
        standing = with_standing(Payment.objects.filter(pk=payment.pk)).get().standing
        assert stage(payment) == stages[standing], (kind, state, standing)
        walked.add(stage(payment))
    assert walked == {"sent", "queued", "stuck"}
    assert stage(sibling) == "open"  # it has no record: nothing stands in its way but these
    assert triggers.wrong_sums() == {}


def test_what_stops_an_invoice_or_customer_stops_only_what_waits_behind_it():
    unit = a_unit()
    payment = paid(unit)
    send(payment, state=State.PENDING)
    beside = paid(unit)
    send(beside, state=State.PENDING)
    for kind in ("invoice", "customer"):
        ours = SyncRecord.objects.filter(**{kind: getattr(payment, kind)})
        ours.update(state=State.FAILED, error="No")
        assert (stage(payment), stage(beside)) == ("stuck", "queued"), kind
        sql("UPDATE sync_syncrecord SET company_id = %s WHERE id = %s",
            QuickBooksCompanyFactory().pk, ours.get().pk)  # fmt: skip
        assert stage(payment) == "queued"
        ours.update(company=unit.quickbooks_company)
        assert stage(payment) == "stuck"
        ours.update(state=State.PENDING)
        assert stage(payment) == "queued"


def test_a_payment_that_comes_by_bulk_or_lies_has_its_stage():
    invoice = InvoiceFactory()
    given = {
        "invoice": invoice,
        "business_unit": invoice.business_unit,
        "customer": invoice.customer,
        "stage": "sent",
    }
    Payment.objects.bulk_create(PaymentFactory.build(amount=Decimal(75), **given) for _ in range(2))
    assert set(Payment.objects.values_list("stage", flat=True)) == {"open"}
    assert triggers.wrong_sums() == {}
    assert Customer.objects.count() == 1


def test_payments_that_were_there_before_get_their_stage():
    payment = PaymentFactory()
    ours = [each for name, each in triggers.present().items() if "sync_payment_sums" in name]
    triggers.drop(ours)
    Payment.objects.update(stage="held")
    assert triggers.wrong_sums() == {"sync_payment.stage": [payment.pk]}
    triggers.install()
    triggers.fill_stages()
    assert stage(payment) == "open"

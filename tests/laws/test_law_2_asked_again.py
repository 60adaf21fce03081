"""Law 2: what was confirmed is asked again under lock before it leaves, and taken back whole."""

from decimal import Decimal

import pytest
from django.utils import timezone

from sync.exports.delivery.revalidation import changes, still_as_confirmed
from sync.exports.runs import runs
from sync.exports.runs.drafts import prepare_ready
from sync.mappings.mappings import CompanyMappings
from sync.models import Customer, ExportRunItem, Invoice, QuickBooksCompany, SyncRecord
from tests.factories import (
    BusinessUnitFactory,
    InvoiceFactory,
    PaymentFactory,
    RefundFactory,
    SyncRecordFactory,
)


@pytest.fixture
def queued(fully_paid):
    """The invoice in the outbox, and one of the same unit with another customer beside it."""
    PaymentFactory(invoice=InvoiceFactory(business_unit=fully_paid.business_unit, number="STAYS"))
    runs.confirm(prepare_ready(fully_paid.business_unit, None), None)
    assert SyncRecord.objects.count() == 6
    return fully_paid


def ask(company, **which):
    return still_as_confirmed(
        company, list(SyncRecord.objects.filter(**which)), CompanyMappings(company)
    )


def left():
    return sorted(SyncRecord.objects.values_list("kind", flat=True))


def why(invoice):
    [item] = ExportRunItem.objects.filter(payment__invoice=invoice)
    return item.choice, item.reason_code


def test_what_stands_as_confirmed_goes(company, queued):
    found = list(SyncRecord.objects.all())
    assert still_as_confirmed(company, found, CompanyMappings(company)) == found
    assert SyncRecord.objects.count() == 6


def hold(invoice):
    Invoice.objects.filter(pk=invoice.pk).update(do_not_export_at=timezone.now())


def give_back(invoice):
    RefundFactory(payment=invoice.payments.get(), amount=Decimal("0.01"))


def redate(invoice):
    Invoice.objects.filter(pk=invoice.pk).update(issued_on="2026-05-05")


def rename_customer(invoice):
    Customer.objects.filter(pk=invoice.customer_id).update(email="new@example.com")


def move_unit(invoice):
    other = QuickBooksCompany.objects.get(name="Bystander LLC")
    type(invoice.business_unit).objects.update(quickbooks_company=other)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (hold, "DO_NOT_EXPORT"),
        (give_back, "NOT_FULLY_PAID"),
        (redate, "CHANGED"),
        (rename_customer, "CHANGED"),
    ],
)
@pytest.mark.parametrize("kind", ["customer", "invoice"])
def test_what_changed_is_taken_back_whole_and_nothing_else(company, queued, change, code, kind):
    change(queued)
    going = ask(company, kind=kind)
    assert [record.kind for record in going] == [kind]
    assert (going[0].customer or going[0].invoice.customer) != queued.customer
    assert left() == ["customer", "invoice", "payment"]
    assert not SyncRecord.objects.filter(invoice=queued).exists()
    assert why(queued) == ("skipped", code)
    assert why(Invoice.objects.get(number="STAYS")) == ("selected", "")


def test_a_unit_that_moved_takes_all_of_its_own_back(company, queued):
    move_unit(queued)
    assert ask(company, kind="invoice") == []
    assert left() == []
    assert why(queued) == ("skipped", "CHANGED")


def test_a_customer_that_changed_keeps_every_invoice_of_it_here(company, queued):
    second = InvoiceFactory(business_unit=queued.business_unit, customer=queued.customer)
    PaymentFactory(invoice=second)
    runs.confirm(prepare_ready(queued.business_unit, None), None)
    rename_customer(queued)
    [going] = ask(company, invoice__in=[queued, Invoice.objects.get(number="STAYS")])
    assert going.invoice.number == "STAYS"
    assert left() == ["customer", "invoice", "payment"]
    assert why(second) == ("skipped", "CHANGED")


def test_a_customer_that_another_invoice_needs_stays(company, queued):
    second = InvoiceFactory(business_unit=queued.business_unit, customer=queued.customer)
    PaymentFactory(invoice=second)
    runs.confirm(prepare_ready(queued.business_unit, None), None)
    redate(queued)
    ask(company, kind="invoice")
    assert SyncRecord.objects.filter(customer=queued.customer).exists()
    assert left() == ["customer"] * 2 + ["invoice"] * 2 + ["payment"] * 2


@pytest.mark.parametrize(
    ("values", "stays"),
    [
        ({"state": "failed"}, False),
        ({"state": "exported", "qbo_id": "5"}, True),
        ({"state": "uncertain"}, True),
    ],
)
def test_a_customer_that_is_there_or_may_be_keeps_its_record(company, queued, values, stays):
    SyncRecord.objects.filter(customer=queued.customer).update(**values)
    redate(queued)
    ask(company, kind="invoice")
    assert SyncRecord.objects.filter(customer=queued.customer).exists() is stays


@pytest.mark.parametrize(
    ("values", "is_asked"),
    [
        ({}, True),
        ({"state": "failed"}, False),
        ({"state": "exported", "qbo_id": "8"}, False),
    ],
)
def test_a_customer_goes_for_the_sake_of_what_waits(company, queued, values, is_asked):
    SyncRecord.objects.filter(invoice=queued).update(**values)
    redate(queued)
    going = ask(company, kind="customer")
    assert len(going) == 2 - is_asked


def test_records_of_another_company_are_left_alone(company, queued):
    other = QuickBooksCompany.objects.get(name="Bystander LLC")
    theirs = [
        SyncRecordFactory(company=other, kind="customer", payment=None, customer=queued.customer),
        SyncRecordFactory(company=other, kind="invoice", payment=None, invoice=queued),
        SyncRecordFactory(company=other, payment=queued.payments.get()),
    ]
    redate(queued)
    ask(company, invoice=queued, pk__lt=theirs[0].pk)
    assert SyncRecord.objects.filter(pk__in=[one.pk for one in theirs]).count() == 3


def test_payments_that_are_there_already_are_not_asked_again(company, queued):
    payment = queued.payments.get()
    SyncRecord.objects.filter(payment=payment).update(state="exported", qbo_id="9")
    SyncRecord.objects.filter(customer=queued.customer).update(state="exported", qbo_id="5")
    type(payment).objects.filter(pk=payment.pk).update(voided_at=timezone.now())
    record = SyncRecord.objects.get(invoice=queued)
    [(code, _)] = changes(company, {queued.pk: record}, CompanyMappings(company)).values()
    assert code == "CHANGED"


def test_nothing_asked_locks_and_changes_nothing(company, queued, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert changes(company, {}, CompanyMappings(company)) == {}


def test_a_unit_that_lacks_a_mapping_now_keeps_it_here(company, queued):
    BusinessUnitFactory(quickbooks_company=company)
    company.methodmapping_set.all().delete()
    assert ask(company, kind="invoice") == []
    assert why(queued) == ("skipped", "SETUP_INCOMPLETE")
